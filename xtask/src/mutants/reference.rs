//! The reference step as a target: its sources, and the tests that must notice.

use std::{collections::BTreeMap, path::Path, time::Duration};

use eyre::{Result, ensure};

use crate::project::Project;

use super::{
    Fate, Mutant,
    schemata::{MODULE, Schemata, VARIABLE, without_const},
    tree::{Ended, Tree},
};

/// The sources that say what a step does.
pub(super) const FILES: &[&str] = &[
    "crates/fpvm/src/step.rs",
    "crates/fpvm/src/alu.rs",
    "crates/fpvm/src/muldiv.rs",
    "crates/fpvm/src/load_store.rs",
    "crates/fpvm/src/branch.rs",
    "crates/fpvm/src/instruction.rs",
    "crates/fpvm/src/fault.rs",
    "crates/fpvm/src/cpu.rs",
    "crates/fpvm/src/decode.rs",
    "crates/fpvm/src/decode/fields.rs",
];

/// The folder of the crate's sources.
const CRATE: &str = "crates/fpvm/src";

/// Tests by what they know, outside opinions first: cases recorded from QEMU; the vectors of the protocol; what
/// people wrote; QEMU on whole programs.
const STAGES: &[(&str, &[&str])] = &[
    ("recorded cases", &["oracle::"]),
    ("vectors", &["vectors::vectors_hold"]),
    (
        "unit tests",
        &["arithmetic::", "control::", "load_store::", "history::", "encodings::", "elf::"],
    ),
    ("witness and run", &["witness::", "run::", "totality::"]),
    ("QEMU corpus", &["corpus::"]),
];

/// A stage that takes longer has met an endless loop.
const LIMIT: Duration = Duration::from_secs(300);

/// Tests every mutant: those inside functions together in one binary, the others one by one.
///
/// # Errors
/// If the unchanged sources fail, or something cannot be built or started.
pub(super) fn fates(project: &Project, mutants: &[Mutant]) -> Result<Vec<Fate>> {
    let tree = Tree::copy(project)?;
    let mut fates = vec![Fate::Unviable; mutants.len()];
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..mutants.len()).partition(|at| mutants[*at].change.body.is_some());
    let (tests, viable) = build_together(project, &tree, mutants, inside)?;
    let fate = test(&tree, &tests, 0)?;
    ensure!(fate == Fate::Survived, "the unchanged sources fail: {fate:?}");
    for at in viable {
        fates[at] = test(&tree, &tests, at + 1)?;
        tell(mutants, at, fates[at]);
    }
    for at in outside {
        let mutant = &mutants[at];
        tree.write(mutant.file, &mutant.mutated())?;
        if let Some(tests) = tree.build_test(project, "opml-fpvm", "it")? {
            fates[at] = test(&tree, &tests, 0)?;
        }
        tree.write(mutant.file, &mutant.source)?;
        tell(mutants, at, fates[at]);
    }
    Ok(fates)
}

fn tell(mutants: &[Mutant], at: usize, fate: Fate) {
    let Mutant { file, line, .. } = &mutants[at];
    eprintln!("{}/{} {file}:{line} {fate:?}", at + 1, mutants.len());
}

/// Builds one test binary with all of the chosen mutants that the compiler accepts; returns it and them. The sources
/// of the copy are the original ones afterwards.
fn build_together(
    project: &Project,
    tree: &Tree,
    mutants: &[Mutant],
    mut chosen: Vec<usize>,
) -> Result<(std::path::PathBuf, Vec<usize>)> {
    let originals = tree.sources(Path::new(CRATE))?;
    let library = format!("{CRATE}/lib.rs");
    for (file, source) in &originals {
        // Its values are made when the process is loaded.
        if !file.ends_with("pool.rs") {
            tree.write(file, &without_const(source))?;
        }
    }
    tree.write(&format!("{CRATE}/mutants.rs"), MODULE)?;
    tree.write(&library, &format!("{}\nmod mutants;\n", without_const(&originals[&library])))?;
    let tests = loop {
        let schemata: BTreeMap<&str, Schemata> = FILES
            .iter()
            .filter_map(|file| {
                let of_file = chosen.iter().filter(|at| mutants[**at].file == *file);
                let of_file: Vec<_> = of_file.map(|at| (*at + 1, &mutants[*at])).collect();
                let (_, first) = of_file.first()?;
                Some((*file, Schemata::write(&first.source, &of_file)))
            })
            .collect();
        for (file, schemata) in &schemata {
            tree.write(file, &schemata.text)?;
        }
        let errors = tree.errors(project, "opml-fpvm")?;
        if errors.is_empty() {
            break tree.build_test(project, "opml-fpvm", "it")?;
        }
        let before = chosen.len();
        for (file, line) in &errors {
            let refused =
                schemata.get(file.as_str()).and_then(|schemata| schemata.mutant_at(*line));
            chosen.retain(|at| Some(at + 1) != refused);
        }
        ensure!(chosen.len() < before, "the rewritten sources do not compile: {errors:?}");
        eprintln!("{} mutants do not compile", before - chosen.len());
    };
    for (file, source) in &originals {
        tree.write(file, source)?;
    }
    match tests {
        Some(tests) => Ok((tests, chosen)),
        None => eyre::bail!("the tests of the rewritten sources do not compile"),
    }
}

/// Runs the tests on one mutant until one fails.
fn test(tree: &Tree, tests: &Path, number: usize) -> Result<Fate> {
    for (stage, arguments) in STAGES {
        match tree.run(tests, arguments, (VARIABLE, &number.to_string()), LIMIT)? {
            Ended::Well => {}
            Ended::Badly => return Ok(Fate::Killed(stage)),
            Ended::Never => return Ok(Fate::Killed("time")),
        }
    }
    Ok(Fate::Survived)
}
