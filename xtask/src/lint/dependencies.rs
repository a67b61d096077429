//! Every declared dependency is used: its name occurs as an identifier in the sources that may use it.
//!
//! What is depended on for its effect alone (a feature, a linked library) is listed by its package under
//! `package.metadata.cargo-machete.ignored`, which `cargo machete` reads too.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use eyre::{Result, WrapErr, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::{process, project::Project, tools::Tools};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A member of the workspace, as `cargo metadata` describes it.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    /// `None` for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

impl Dependency {
    /// The name that manifests use.
    fn key(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.name)
    }

    /// The folders and files, relative to the package, whose code can name the dependency.
    fn scope(&self) -> &'static [&'static str] {
        match self.kind.as_deref() {
            None => &["src"],
            Some("dev") => &["src", "tests", "benches", "examples"],
            Some(_) => &["build.rs"],
        }
    }
}

/// Checks the dependencies of every member, and that the workspace's own list has no entry that no member takes.
pub(super) fn check(project: &Project, _: &Tools) -> Result<()> {
    let json = process::capture(project.cargo().args([
        "metadata",
        "--no-deps",
        "--format-version=1",
        "--quiet",
    ]))?;
    let metadata: Metadata =
        serde_json::from_slice(&json).wrap_err("cannot read the output of `cargo metadata`")?;

    let mut findings = Vec::new();
    for package in &metadata.packages {
        findings.extend(unused(package)?);
    }
    let taken: BTreeSet<&str> = metadata
        .packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(Dependency::key)
        .collect();
    let manifest = fs::read_to_string(project.root().join("Cargo.toml"))
        .wrap_err("cannot read the workspace manifest")?;
    for name in workspace_dependencies(&manifest) {
        if !taken.contains(name) {
            findings.push(format!("workspace: no member takes `{name}`"));
        }
    }
    ensure!(findings.is_empty(), "unused dependencies:\n{}", findings.join("\n"));
    Ok(())
}

/// One finding for each dependency that the package never names.
fn unused(package: &Package) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().unwrap_or(&package.manifest_path);
    let ignored = &package.metadata["cargo-machete"]["ignored"];
    let ignored = ignored.as_array().map_or(&[][..], Vec::as_slice);
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let key = dependency.key();
        if ignored.iter().any(|name| name == key) {
            continue;
        }
        let mut words = BTreeSet::new();
        for part in dependency.scope() {
            collect_words(&folder.join(part), &mut words)?;
        }
        if !words.contains(&key.replace('-', "_")) {
            let table = match dependency.kind.as_deref() {
                None => "dependencies".to_owned(),
                Some(kind) => format!("{kind}-dependencies"),
            };
            findings.push(format!("{}: [{table}] {key}", package.name));
        }
    }
    Ok(findings)
}

/// Adds the identifiers of every Rust file at or under `path`; nothing if there is no such path.
fn collect_words(path: &Path, words: &mut BTreeSet<String>) -> Result<()> {
    if path.is_dir() {
        let entries =
            fs::read_dir(path).wrap_err_with(|| format!("cannot list {}", path.display()))?;
        for entry in entries {
            let entry = entry.wrap_err_with(|| format!("cannot list {}", path.display()))?;
            collect_words(&entry.path(), words)?;
        }
    } else if path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
        let text =
            fs::read_to_string(path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
        words.extend(identifiers(&text).map(str::to_owned));
    }
    Ok(())
}

/// The identifiers in `text` that are not on a comment line.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty())
}

/// The keys of `[workspace.dependencies]`, which this project writes one to a line.
fn workspace_dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Dependency, Package, identifiers, unused, workspace_dependencies};
    use serde_json::json;
    use std::fs;

    fn dependency(name: &str, kind: Option<&str>) -> Dependency {
        Dependency { name: name.to_owned(), rename: None, kind: kind.map(str::to_owned) }
    }

    #[test]
    fn a_dependency_counts_as_used_only_where_its_kind_allows() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/deep")).unwrap();
        fs::create_dir(folder.path().join("tests")).unwrap();
        fs::write(folder.path().join("src/deep/a.rs"), "use used_one::X; // only_comment\n")
            .unwrap();
        fs::write(folder.path().join("src/lib.rs"), "//! commented_one\nfn f() { used_one() }")
            .unwrap();
        fs::write(folder.path().join("tests/t.rs"), "use test_only as t;").unwrap();
        let package = Package {
            name: "p".to_owned(),
            manifest_path: folder.path().join("Cargo.toml"),
            dependencies: vec![
                dependency("used-one", None),
                dependency("commented-one", None),
                dependency("test-only", None),
                dependency("test-only", Some("dev")),
                dependency("effect", None),
                dependency("cc", Some("build")),
            ],
            metadata: json!({"cargo-machete": {"ignored": ["effect"]}}),
        };
        assert_eq!(
            unused(&package).unwrap(),
            [
                "p: [dependencies] commented-one",
                "p: [dependencies] test-only",
                "p: [build-dependencies] cc",
            ]
        );
    }

    #[test]
    fn identifiers_are_whole_words() {
        let words: Vec<_> =
            identifiers("use serde_json::{self, Value};\n  // hex\nrand2();").collect();
        assert_eq!(words, ["use", "serde_json", "self", "Value", "rand2"]);
    }

    #[test]
    fn the_workspace_list_ends_at_the_next_table() {
        let manifest = "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\n# a\na = \"1\"\n\n\
                        b-c = { version = \"2\" }\n\n[profile.dev]\nopt-level = 1\n";
        assert_eq!(workspace_dependencies(manifest).collect::<Vec<_>>(), ["a", "b-c"]);
    }
}
