//! A copy of the sources, with a target folder of its own.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, WrapErr, ensure};

use crate::{process, project::Project};

/// A profile that compiles quickly and still runs the tests in seconds.
const PROFILE: &str = "[profile.dev]\nopt-level = 1\ndebug = false\n";

/// The copy.
pub(super) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Copies every tracked file to `target/mutants/NAME`. The compiler of the machine, which takes longest to build and
    /// is no part of what is tested, stays out.
    pub(super) fn copy(project: &Project, name: &str) -> Result<Self> {
        let root = project.root().join("target/mutants").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).wrap_err("cannot remove the last copy")?;
        }
        let mut listing = Command::new("git");
        listing.args(["ls-files", "-z"]).current_dir(project.root());
        let listing = process::capture(&mut listing)?;
        for name in String::from_utf8_lossy(&listing).split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (project.root().join(name), root.join(name));
            if from.is_file() {
                fs::create_dir_all(to.parent().unwrap_or(&root))?;
                fs::copy(&from, &to).wrap_err_with(|| format!("cannot copy {name}"))?;
            }
        }
        let manifest = root.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        let dependency = "opml-fpvm = { path = \"crates/fpvm\"";
        ensure!(text.contains(dependency), "the workspace names opml-fpvm otherwise");
        let text = text.replace(dependency, &format!("{dependency}, default-features = false"));
        let rest = text.find("[profile.").unwrap_or(text.len());
        fs::write(&manifest, format!("{}{PROFILE}", &text[..rest]))?;
        Ok(Self { root })
    }

    /// Every Rust source in `folder`, by its path in the tree.
    pub(super) fn sources(&self, folder: &Path) -> Result<BTreeMap<String, String>> {
        let mut sources = BTreeMap::new();
        for entry in fs::read_dir(self.root.join(folder))? {
            let path = folder.join(entry?.file_name());
            if self.root.join(&path).is_dir() {
                sources.extend(self.sources(&path)?);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(self.root.join(&path))?;
                sources.insert(path.display().to_string(), text);
            }
        }
        Ok(sources)
    }

    /// A folder of the copy.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Gives the copy what is installed in the project, and not tracked.
    pub(super) fn link(&self, project: &Project, name: &str) -> Result<()> {
        symlink(project.root().join(name), self.root.join(name))
            .wrap_err_with(|| format!("cannot link {name}"))
    }

    /// A source of the copy.
    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file)).wrap_err_with(|| format!("cannot read {file}"))
    }

    /// Replaces a source of the copy.
    pub(super) fn write(&self, file: &str, source: &str) -> Result<()> {
        fs::write(self.root.join(file), source).wrap_err_with(|| format!("cannot write {file}"))
    }

    /// The project's cargo in the copy, with no lint in the way.
    pub(super) fn cargo(&self, project: &Project) -> Command {
        let mut command = project.cargo();
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.with_extension("target"))
            .env("RUSTFLAGS", "--cap-lints=warn");
        command
    }
}
