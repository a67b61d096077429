//! `cargo xtask mutants`: does a test notice when one rule of the machine is wrong?
//!
//! Every small change of a source (see `rules`) is made in a copy of the tree, one at a time; the tests of
//! that source must fail. A mutant that no test can notice, because it computes the same, is listed with its
//! reason in `equivalent.txt`.

mod equivalent;
mod reference;
mod report;
mod rules;
mod tokens;
mod tree;

use std::{fs, rc::Rc};

use clap::ValueEnum;
use eyre::{Result, WrapErr, ensure};

use crate::project::Project;

use report::Report;
use tree::Tree;

/// Arguments of `cargo xtask mutants`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// What is mutated.
    #[arg(long, value_enum, default_value = "step")]
    target: Target,
    /// Only the sources whose path contains this.
    #[arg(long, default_value = "")]
    file: String,
    /// Only every n-th mutant.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: usize,
    /// List the mutants instead of testing them.
    #[arg(long)]
    list: bool,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// The reference step, against the tests of opml-fpvm.
    Step,
}

/// One wrong rule.
#[derive(Clone, Debug)]
struct Mutant {
    /// The source, relative to the root of the tree.
    file: &'static str,
    /// Line, counted from 1.
    line: usize,
    /// That line before and after, without indentation.
    before: String,
    after: String,
    /// The whole source before and after the change.
    original: Rc<str>,
    mutated: String,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The compiler refused it.
    Unviable,
    /// Tests failed; which ones ran last.
    Killed(&'static str),
    /// All tests passed.
    Survived,
}

/// Tests every mutant of the target.
///
/// # Errors
/// If the unchanged sources fail, a mutant survives that is not listed as equivalent, or one that is listed is
/// killed or does not exist.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let Target::Step = args.target;
    let mutants = mutants(project, reference::FILES, args)?;
    if args.list {
        for mutant in &mutants {
            println!("{}:{}\n- {}\n+ {}", mutant.file, mutant.line, mutant.before, mutant.after);
        }
        eprintln!("{} mutants", mutants.len());
        return Ok(());
    }
    let tree = Tree::copy(project, reference::PROFILE)?;
    eprintln!("building and testing the unchanged sources");
    let fate = reference::test(project, &tree)?;
    ensure!(fate == Fate::Survived, "the unchanged sources fail: {fate:?}");
    let mut report = Report::default();
    for (number, mutant) in mutants.iter().enumerate() {
        tree.write(mutant.file, &mutant.mutated)?;
        let fate = reference::test(project, &tree)?;
        tree.write(mutant.file, &mutant.original)?;
        eprintln!("{}/{} {}:{} {fate:?}", number + 1, mutants.len(), mutant.file, mutant.line);
        report.add(mutant, fate, equivalent::reason(mutant));
    }
    if args.json {
        report.print_json()
    } else {
        report.print()
    }
    report.verdict()
}

/// The mutants of `files` that the arguments choose.
fn mutants(project: &Project, files: &[&'static str], args: &Args) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for file in files.iter().filter(|file| file.contains(&args.file)) {
        let source: Rc<str> = fs::read_to_string(project.root().join(file))
            .wrap_err_with(|| format!("cannot read {file}"))?
            .into();
        for change in tokens::changes(&source).wrap_err_with(|| format!("in {file}"))? {
            mutants.push(Mutant::new(file, &source, &change));
        }
    }
    equivalent::check(&mutants, files, &args.file)?;
    Ok(mutants.into_iter().skip(args.from).step_by(args.every as usize).collect())
}

impl Mutant {
    fn new(file: &'static str, source: &Rc<str>, change: &tokens::Change) -> Self {
        let mut mutated = source.to_string();
        mutated.replace_range(change.range.clone(), &change.with);
        let start = change.range.start;
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let whole = |text: &str, end: usize| {
            let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
            text[line_start..end].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        Self {
            file,
            line: source[..start].matches('\n').count() + 1,
            before: whole(source, change.range.end),
            after: whole(&mutated, start + change.with.len()),
            original: Rc::clone(source),
            mutated,
        }
    }
}
