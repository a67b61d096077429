//! The guest program that this version was built with.

use std::{fs, path::Path};

use eyre::{Result, WrapErr};

/// The bytes of a guest program: those of a file, or the committed ones.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn elf(path: Option<&Path>) -> Result<Vec<u8>> {
    match path {
        Some(path) => fs::read(path).wrap_err_with(|| format!("guest program {}", path.display())),
        None => Ok(opml_settings::GUEST.to_vec()),
    }
}
