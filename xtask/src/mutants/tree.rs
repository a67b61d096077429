//! A copy of the sources, with a target folder of its own.

use std::{
    collections::BTreeMap,
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

/// A profile that compiles quickly and still runs the tests in seconds.
const PROFILE: &str = "[profile.dev]\nopt-level = 1\ndebug = false\n";

/// The copy.
pub(super) struct Tree {
    root: PathBuf,
}

/// How a test binary ended.
pub(super) enum Ended {
    Well,
    Badly,
    /// Not within its time.
    Never,
}

impl Tree {
    /// Copies every tracked file to `target/mutants/tree`. The compiler of the machine, which takes longest to build and
    /// is no part of what is tested, stays out.
    pub(super) fn copy(project: &Project) -> Result<Self> {
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

    /// Replaces a source of the copy.
    pub(super) fn write(&self, file: &str, source: &str) -> Result<()> {
        fs::write(self.root.join(file), source).wrap_err_with(|| format!("cannot write {file}"))
    }

    /// The sources and lines at which the compiler finds errors in the library of `package`.
    pub(super) fn errors(&self, project: &Project, package: &str) -> Result<Vec<(String, usize)>> {
        let mut command = self.cargo(project, &["check", "--lib"]);
        let output = command
            .args(["--package", package, "--no-default-features"])
            .output()
            .wrap_err("cannot start cargo")?;
        let mut errors = Vec::new();
        for message in messages(&output.stdout) {
            let Some(diagnostic) = message.message.filter(|found| found.level == "error") else {
                continue;
            };
            let spans = diagnostic.spans.into_iter().filter(|span| span.is_primary);
            errors.extend(spans.map(|span| (span.file_name, span.line_start)));
        }
        ensure!(
            output.status.success() || !errors.is_empty(),
            "cargo check fails without an error"
        );
        Ok(errors)
    }

    /// Builds a test binary; none if the compiler refuses.
    pub(super) fn build_test(
        &self,
        project: &Project,
        package: &str,
        test: &str,
    ) -> Result<Option<PathBuf>> {
        let mut command = self.cargo(project, &["test", "--no-run"]);
        command.args(["--package", package, "--no-default-features", "--test", test]);
        let output = command.output().wrap_err("cannot start cargo")?;
        if !output.status.success() {
            return Ok(None);
        }
        let executable = messages(&output.stdout).find_map(|message| {
            message.executable.filter(|_| message.target.is_some_and(|target| target.name == test))
        });
        ensure!(executable.is_some(), "cargo names no executable of test {test}");
        Ok(executable)
    }

    /// The project's cargo in the copy, with messages for programs and no lint in the way.
    fn cargo(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = project.cargo();
        command
            .args(arguments)
            .args(["--quiet", "--message-format=json"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.with_file_name("target"))
            .env("RUSTFLAGS", "--cap-lints=warn")
            .stderr(Stdio::null());
        command
    }

    /// Runs a test binary of opml-fpvm with an environment variable, for at most `limit`.
    pub(super) fn run(
        &self,
        program: &Path,
        arguments: &[&str],
        (name, value): (&str, &str),
        limit: Duration,
    ) -> Result<Ended> {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.root.join("crates/fpvm"))
            .env(name, value)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .wrap_err_with(|| format!("cannot start {}", program.display()))?;
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(if status.success() { Ended::Well } else { Ended::Badly });
            }
            if start.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Ok(Ended::Never);
            }
            thread::sleep(POLL);
        }
    }
}

/// A line of cargo about something that it built, or that the compiler says about it.
#[derive(Deserialize)]
struct Message {
    target: Option<BuiltTarget>,
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

fn messages(output: &[u8]) -> impl Iterator<Item = Message> {
    output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}
