//! The conditions without which a witness could prove what is not so, and the defences of the protocol: each is taken out
//! alone, and the tests that are named for it must fail.

use std::{collections::BTreeSet, process::Command};

use eyre::{Result, bail, ensure, eyre};
use serde_json::json;

use crate::project::Project;

use super::{Args, Fate, cargo, program, tree::Tree, verifier::Bench};

/// Blocks: the condition in words, the file, the text before, the text after, and the tests, one a line.
const LIST: &str = include_str!("conditions.txt");

struct Condition {
    words: &'static str,
    file: &'static str,
    before: &'static str,
    after: &'static str,
    tests: Vec<Test>,
}

/// A test by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    /// Of `contracts/test`; of a condition of the verifier, of `contracts/test/vm`.
    Forge(&'static str),
    /// Of `step_differential`.
    Differential(&'static str),
    /// Of the tests `it` of a package.
    Crate(&'static str, &'static str),
}

/// Takes out each condition whose file the arguments choose.
///
/// # Errors
/// If the table cannot be read, a test fails without a change, or one passes without its condition.
pub(super) fn run(project: &Project, args: &Args) -> Result<()> {
    let mut conditions = conditions()?;
    conditions.retain(|found| found.file.contains(&args.file));
    for condition in &mut conditions {
        condition.tests.retain(|test| test.name().contains(&args.test));
    }
    if args.list {
        for Condition { words, file, before, after, .. } in &conditions {
            println!("{words}\n{file}\n- {before}\n+ {after}\n");
        }
        return Ok(());
    }
    let mut bench = Bench::new(project)?;
    check_unchanged(project, &mut bench, &conditions)?;
    let mut passed = 0;
    let mut rows = Vec::new();
    for condition in &conditions {
        let source = bench.tree().read(condition.file)?;
        let changed = condition.change(&source)?;
        for test in &condition.tests {
            let is_noticed = match test.fate(project, &mut bench, condition.file, &changed)? {
                Fate::Killed(_) => true,
                Fate::Survived => false,
                Fate::Unviable => {
                    bail!("{} does not compile without: {}", condition.file, condition.words)
                }
            };
            passed += usize::from(!is_noticed);
            eprintln!("{} without: {}: {}", condition.file, condition.words, verdict(is_noticed));
            rows.push((condition, test.name(), is_noticed));
        }
    }
    print(&rows, args.json);
    ensure!(passed == 0, "{passed} tests pass without the condition that they are named for");
    Ok(())
}

/// Checks that every test that is named passes as long as nothing is changed.
fn check_unchanged(project: &Project, bench: &mut Bench, conditions: &[Condition]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for condition in conditions {
        for test in condition.tests.iter().filter(|test| seen.insert(**test)) {
            let source = bench.tree().read(condition.file)?;
            let fate = test.fate(project, bench, condition.file, &source)?;
            ensure!(fate == Fate::Survived, "{} fails without a change", test.name());
        }
    }
    Ok(())
}

fn print(rows: &[(&Condition, String, bool)], as_json: bool) {
    if as_json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(condition, test, is_noticed)| {
                json!({
                    "condition": condition.words,
                    "file": condition.file,
                    "test": test,
                    "fails_without": is_noticed,
                })
            })
            .collect();
        println!("{}", json!(rows));
        return;
    }
    println!("| condition | source | test | without it |\n|---|---|---|---|");
    for (condition, test, is_noticed) in rows {
        let Condition { words, file, .. } = condition;
        println!("| {words} | `{file}` | `{test}` | {} |", verdict(*is_noticed));
    }
}

const fn verdict(is_noticed: bool) -> &'static str {
    if is_noticed { "fails" } else { "PASSES" }
}

impl Condition {
    /// `source` without the condition.
    fn change(&self, source: &str) -> Result<String> {
        let found = source.matches(self.before).count();
        ensure!(found == 1, "{} has {found} times `{}`", self.file, self.before);
        Ok(source.replacen(self.before, self.after, 1))
    }
}

impl Test {
    fn parse(line: &'static str) -> Result<Self> {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["forge", name] => Ok(Self::Forge(name)),
            ["differential", name] => Ok(Self::Differential(name)),
            ["crate", package, name] => Ok(Self::Crate(package, name)),
            _ => Err(eyre!("conditions.txt: no test: {line}")),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Forge(name) => name.to_owned(),
            Self::Differential(name) => format!("step_differential {name}"),
            Self::Crate(package, name) => format!("{package} {name}"),
        }
    }

    /// Runs the test with `text` in the place of `file`.
    fn fate(self, project: &Project, bench: &mut Bench, file: &str, text: &str) -> Result<Fate> {
        match self {
            Self::Forge(name) => bench.forge(file, text, name),
            Self::Differential(name) if bench.compile(file, text)? => {
                bench.differential("step_differential", &[name])
            }
            Self::Differential(_) => Ok(Fate::Unviable),
            Self::Crate(package, name) => {
                in_crate(project, bench.tree(), (file, text), package, name)
            }
        }
    }
}

/// Runs a test of `package` in the copy.
fn in_crate(
    project: &Project,
    tree: &Tree,
    (file, text): (&str, &str),
    package: &str,
    name: &str,
) -> Result<Fate> {
    let original = tree.read(file)?;
    tree.write(file, text)?;
    let tests = cargo::build_test(tree.cargo(project), package, "it")?;
    tree.write(file, &original)?;
    let Some(tests) = tests else { return Ok(Fate::Unviable) };
    let folder = tree.folder(&format!("crates/{}", package.trim_start_matches("opml-")));
    program::fate(Command::new(tests).arg(name).current_dir(folder), "crate")
}

fn conditions() -> Result<Vec<Condition>> {
    LIST.split("\n\n").filter(|block| !block.trim().is_empty()).map(condition).collect()
}

fn condition(block: &'static str) -> Result<Condition> {
    let lines: Vec<&str> = block.trim().lines().collect();
    let [words, file, before, after, tests @ ..] = &lines[..] else {
        bail!("conditions.txt: a block is words, file, -, + and tests: {block}");
    };
    let (Some(before), Some(after)) = (before.strip_prefix("- "), after.strip_prefix('+')) else {
        bail!("conditions.txt: no - and + in: {block}");
    };
    ensure!(!tests.is_empty(), "conditions.txt: no test for: {words}");
    let tests = tests.iter().map(|line| Test::parse(line)).collect::<Result<_>>()?;
    Ok(Condition { words, file, before, after: after.trim_start(), tests })
}
