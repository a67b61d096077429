//! A copy of the sources, with a target folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use eyre::{Result, WrapErr, ensure};
use serde::Deserialize;

use crate::{process, project::Project};

/// How often a running test is asked whether it has ended.
const POLL: Duration = Duration::from_millis(5);

/// The copy.
pub(super) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Copies every tracked file to `target/mutants/tree`; `profile` replaces the profiles of the workspace.
    pub(super) fn copy(project: &Project, profile: &str) -> Result<Self> {
        let root = project.root().join("target/mutants/tree");
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
        let rest = text.find("[profile.").unwrap_or(text.len());
        fs::write(&manifest, format!("{}{profile}", &text[..rest]))?;
        Ok(Self { root })
    }

    /// Replaces a source of the copy.
    pub(super) fn write(&self, file: &str, source: &str) -> Result<()> {
        fs::write(self.root.join(file), source).wrap_err_with(|| format!("cannot write {file}"))
    }

    /// Builds a test binary; none if the compiler refuses.
    pub(super) fn build_test(
        &self,
        project: &Project,
        package: &str,
        test: &str,
    ) -> Result<Option<PathBuf>> {
        let output = project
            .cargo()
            .args(["test", "--no-run", "--quiet", "--message-format=json"])
            .args(["--package", package, "--test", test])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.with_file_name("target"))
            .stderr(Stdio::null())
            .output()
            .wrap_err("cannot start cargo")?;
        if !output.status.success() {
            return Ok(None);
        }
        let executable = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
            .find(|message| message.target.name == test)
            .and_then(|message| message.executable);
        ensure!(executable.is_some(), "cargo names no executable of test {test}");
        Ok(executable)
    }

    /// Whether `program` ends well within `limit`.
    pub(super) fn passes(
        &self,
        program: &Path,
        arguments: &[&str],
        limit: Duration,
    ) -> Result<bool> {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.root.join("crates/fpvm"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .wrap_err_with(|| format!("cannot start {}", program.display()))?;
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.success());
            }
            if start.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Ok(false);
            }
            thread::sleep(POLL);
        }
    }
}

/// A line of cargo about something that it built.
#[derive(Deserialize)]
struct Message {
    target: BuiltTarget,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
}
