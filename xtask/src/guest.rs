//! `cargo xtask guest`: builds the guest program, the ELF that defines a large step.
//!
//! The guest's bytes are consensus: its memory root is part of every claim. So the build calls
//! `rustc` crate by crate with fixed symbol metadata and remapped paths (cargo would mix absolute
//! paths into symbol names), and the ELF is committed together with the toolchain that made it.

mod build;
mod toolchain;

use std::{fs, path::Path};

use eyre::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toolchain::{Toolchain, Versions};

use crate::project::Project;

/// `crates/guest/guest.json`: what the committed ELF is and what built it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// SHA-256 of `opml-guest.elf`, in hex.
    sha256: String,
    /// Address of the first instruction, in hex.
    entry: String,
    /// The toolchain that built it; another one may give other bytes.
    toolchain: Versions,
}

impl Manifest {
    fn of(elf: &[u8], toolchain: &Toolchain) -> Result<Self> {
        let entry = elf
            .get(24..32)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u64::from_le_bytes)
            .ok_or_else(|| eyre::eyre!("the linker wrote {} bytes, no ELF header", elf.len()))?;
        Ok(Self {
            sha256: hex(&Sha256::digest(elf)),
            entry: format!("{entry:#x}"),
            toolchain: toolchain.versions.clone(),
        })
    }

    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).wrap_err_with(|| path.display().to_string())?;
        serde_json::from_str(&text).wrap_err_with(|| path.display().to_string())
    }
}

/// Builds the guest and writes `opml-guest.elf` and `guest.json`; installs the toolchain on a
/// Debian machine where this runs as root. With `check`, writes nothing: rebuilds and compares with
/// the committed files, or says in one line why that was skipped.
///
/// # Errors
/// When the toolchain is missing and cannot be installed, when a compiler fails, and under `check`
/// when the committed files differ from what their sources give.
pub(crate) fn run(check: bool) -> Result<()> {
    let project = Project::locate();
    let guest = project.root().join("crates/guest");
    let (elf, manifest) = (guest.join("opml-guest.elf"), guest.join("guest.json"));
    let task = if check { verify } else { write };
    task(project.root(), &elf, &manifest)
}

fn write(root: &Path, elf_path: &Path, manifest_path: &Path) -> Result<()> {
    let toolchain = Toolchain::find_or_install()?;
    let elf = build::guest(root, &toolchain)?;
    let manifest = Manifest::of(&elf, &toolchain)?;
    fs::write(elf_path, &elf).wrap_err_with(|| elf_path.display().to_string())?;
    fs::write(manifest_path, serde_json::to_string_pretty(&manifest)? + "\n")
        .wrap_err_with(|| manifest_path.display().to_string())?;
    eprintln!("guest: {} bytes, sha256 {}", elf.len(), manifest.sha256);
    Ok(())
}

fn verify(root: &Path, elf_path: &Path, manifest_path: &Path) -> Result<()> {
    let committed = Manifest::read(manifest_path)?;
    let elf = fs::read(elf_path).wrap_err_with(|| elf_path.display().to_string())?;
    let sha256 = hex(&Sha256::digest(&elf));
    ensure!(
        sha256 == committed.sha256,
        "{} has sha256 {sha256}, guest.json says {}",
        elf_path.display(),
        committed.sha256
    );
    let toolchain = match Toolchain::find() {
        Ok(toolchain) if toolchain.versions == committed.toolchain => toolchain,
        Ok(toolchain) => {
            let (here, there) = (&toolchain.versions, &committed.toolchain);
            eprintln!(
                "guest: rebuild skipped, the toolchain here is {here}, the ELF is of {there}"
            );
            return Ok(());
        }
        Err(reason) => {
            eprintln!("guest: rebuild skipped, {reason}");
            return Ok(());
        }
    };
    let rebuilt = Manifest::of(&build::guest(root, &toolchain)?, &toolchain)?;
    if rebuilt != committed {
        bail!(
            "the committed guest is not what its sources give: committed {} at {}, rebuilt {} at {}; \
             run `cargo xtask guest`",
            committed.sha256,
            committed.entry,
            rebuilt.sha256,
            rebuilt.entry
        );
    }
    eprintln!("guest: rebuilt, equal to the committed ELF {sha256}");
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
