//! `cargo xtask mutants`: does a test notice when one rule of the machine is wrong?
//!
//! Every small change of a source (see `rules`) is made in a copy of the tree, and runs alone; the tests of
//! that source must fail. A mutant that no test can notice, because it computes the same, is listed with its
//! reason in `equivalent.txt`.

mod cargo;
mod conditions;
mod equivalent;
mod program;
mod reference;
mod report;
mod rules;
mod schemata;
mod solc;
mod tokens;
mod tree;
mod verifier;

use std::{fs, rc::Rc};

use clap::ValueEnum;
use eyre::{Result, WrapErr};

use crate::project::Project;

use report::Report;
use rules::Rules;
use tokens::Change;

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
    /// Of the conditions: only the tests whose name contains this.
    #[arg(long, default_value = "")]
    test: String,
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
    /// The step verifier on chain, against those of opml-contracts.
    Verifier,
    /// What a witness must fulfil: each condition of `conditions.txt`, against the tests named there.
    Conditions,
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
    /// The whole source, and what changes in it.
    source: Rc<str>,
    change: Change,
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
    type Fates = fn(&Project, &[Mutant]) -> Result<Vec<Fate>>;
    let (files, rules, fates): (_, _, Fates) = match args.target {
        Target::Step => (reference::FILES, rules::RUST, reference::fates),
        Target::Verifier => (verifier::FILES, rules::SOLIDITY, verifier::fates),
        Target::Conditions => return conditions::run(project, args),
    };
    let mutants = mutants(project, files, rules, args)?;
    if args.list {
        for mutant in &mutants {
            println!("{}:{}\n- {}\n+ {}", mutant.file, mutant.line, mutant.before, mutant.after);
        }
        eprintln!("{} mutants", mutants.len());
        return Ok(());
    }
    let mut report = Report::default();
    for (mutant, fate) in mutants.iter().zip(fates(project, &mutants)?) {
        report.add(mutant, fate, equivalent::reason(mutant));
    }
    if args.json {
        report.print_json()
    } else {
        report.print()
    }
    report.verdict()
}

/// Says what became of a mutant while others still run.
fn tell(mutants: &[Mutant], at: usize, fate: Fate) {
    let Mutant { file, line, .. } = &mutants[at];
    eprintln!("{}/{} {file}:{line} {fate:?}", at + 1, mutants.len());
}

/// The mutants of `files` that the arguments choose.
fn mutants(
    project: &Project,
    files: &[&'static str],
    rules: &'static Rules,
    args: &Args,
) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for file in files.iter().filter(|file| file.contains(&args.file)) {
        let source: Rc<str> = fs::read_to_string(project.root().join(file))
            .wrap_err_with(|| format!("cannot read {file}"))?
            .into();
        for change in tokens::changes(&source, rules).wrap_err_with(|| format!("in {file}"))? {
            mutants.push(Mutant::new(file, &source, change));
        }
    }
    equivalent::check(&mutants, files, &args.file)?;
    Ok(mutants.into_iter().skip(args.from).step_by(args.every as usize).collect())
}

impl Mutant {
    fn new(file: &'static str, source: &Rc<str>, change: Change) -> Self {
        let Change { range, with, .. } = &change;
        let line_start = source[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[range.end..].find('\n').map_or(source.len(), |at| range.end + at);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (head, tail) = (&source[line_start..range.start], &source[range.end..line_end]);
        Self {
            file,
            line: source[..range.start].matches('\n').count() + 1,
            before: words(&source[line_start..line_end]),
            after: words(&format!("{head}{with}{tail}")),
            source: Rc::clone(source),
            change,
        }
    }

    /// The whole source after the change.
    fn mutated(&self) -> String {
        let mut source = self.source.to_string();
        source.replace_range(self.change.range.clone(), &self.change.with);
        source
    }
}
