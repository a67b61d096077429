//! Nothing of the machine that a file was made on: no absolute paths, no hosts of package registries.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use eyre::{Result, WrapErr, ensure};

use crate::{process, project::Project, tools::Tools};

/// What no tracked file may contain, in two halves so that this file does not contain it either.
///
/// Lock files pin content by hash; a registry's host in them would override the one that the user has configured.
const FORBIDDEN: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/home/", "runner"),
    ("/.cargo/reg", "istry/"),
    ("registry.npm", "js.org"),
    ("registry.yarn", "pkg.com"),
    ("index.cra", "tes.io"),
    ("static.cra", "tes.io"),
    ("files.python", "hosted.org"),
    ("deb.deb", "ian.org"),
];

/// Searches every tracked file, binaries too: panic messages carry the path of their source.
pub(super) fn check(project: &Project, _: &Tools) -> Result<()> {
    let listing = process::capture(
        Command::new("git").args(["ls-files", "-z", "--cached"]).current_dir(project.root()),
    )?;
    let listing = String::from_utf8(listing).wrap_err("git lists a file name that is not UTF-8")?;
    let files: BTreeSet<&str> = listing.split('\0').filter(|name| !name.is_empty()).collect();
    let mut findings = Vec::new();
    for name in files {
        findings.extend(leaks(&project.root().join(name))?.map(|leak| format!("{name}: {leak}")));
    }
    ensure!(
        findings.is_empty(),
        "tracked files name this machine or a registry:\n{}",
        findings.join("\n")
    );
    Ok(())
}

/// The forbidden strings that a file contains; none if the file was deleted but is still in the index.
fn leaks(path: &Path) -> Result<impl Iterator<Item = String>> {
    let bytes = if path.is_file() {
        fs::read(path).wrap_err_with(|| format!("cannot read {}", path.display()))?
    } else {
        Vec::new()
    };
    Ok(FORBIDDEN
        .iter()
        .map(|(left, right)| format!("{left}{right}"))
        .filter(move |needle| contains(&bytes, needle.as_bytes())))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::{FORBIDDEN, leaks};
    use std::fs;

    #[test]
    fn a_path_is_found_in_text_and_between_binary_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let (left, right) = FORBIDDEN[0];
        for content in [format!("see {left}{right}x"), format!("\0\u{ff}{left}{right}\0")] {
            fs::write(&path, content).unwrap();
            assert_eq!(leaks(&path).unwrap().collect::<Vec<_>>(), [format!("{left}{right}")]);
        }
    }

    #[test]
    fn clean_and_deleted_files_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(leaks(&path).unwrap().count(), 0);
        fs::write(&path, "network/a, work/").unwrap();
        assert_eq!(leaks(&path).unwrap().count(), 0);
    }
}
