//! Where things are in the working tree.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The working tree that this xtask was built from.
#[derive(Debug)]
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the tree from the manifest of xtask, so that tasks work from every folder in it. Cargo says where that is at run time,
    /// too: trees that share a target folder share the program.
    pub(crate) fn locate() -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR");
        let manifest = manifest.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        Self { root: manifest.parent().unwrap_or(&manifest).to_path_buf() }
    }

    /// The folder of the workspace manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The Foundry project.
    pub(crate) fn contracts(&self) -> PathBuf {
        self.root.join("contracts")
    }

    /// The committed artifacts of the deployable contracts.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.root.join("crates/contracts/artifacts")
    }

    /// `path` as a person would write it: relative to the root of the tree.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The cargo that runs this task, in the root of the tree.
    ///
    /// What cargo has told this task about itself is not passed on: build scripts of dependencies look at it, so they, and all
    /// that depends on them, would be built anew whenever a call by hand follows one by a task.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let told = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
            });
            if told {
                command.env_remove(name);
            }
        }
        command
    }
}
