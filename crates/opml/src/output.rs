//! Files that are there completely or not at all.

use std::{fs, io::Write, path::Path};

use eyre::{Result, WrapErr};
use tempfile::Builder;

/// Writes a file beside its place and then puts it there, in one step.
///
/// # Errors
/// If the folder cannot be written to; what was at `path` before is then still there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let place = || format!("cannot write {}", path.display());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    // Like any file that a program makes: whether others may read it is for the umask to say.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).wrap_err_with(place)?;
    file.write_all(bytes).wrap_err_with(place)?;
    file.persist(path).map_err(|error| error.error).wrap_err_with(place)?;
    Ok(())
}

/// Makes a folder with all above it, unless it is there.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).wrap_err_with(|| format!("cannot make the folder {}", path.display()))
}
