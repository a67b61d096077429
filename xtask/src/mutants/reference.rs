//! The reference step as a target: its sources, and the tests that must notice.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, ensure, eyre};

use crate::project::Project;

use super::{
    Fate, Mutant, cargo, program,
    schemata::{MODULE, Schemata, VARIABLE, without_const},
    tell,
    tree::Tree,
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

/// The crate, its folder, and the folders of its sources and tests.
const PACKAGE: &str = "opml-fpvm";
const FOLDER: &str = "crates/fpvm";
const CRATE: &str = "crates/fpvm/src";
const TESTS: &str = "crates/fpvm/tests/it";

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

/// Tests every mutant: those inside functions together in one binary, the others one by one.
///
/// # Errors
/// If the unchanged sources fail, or something cannot be built or started.
pub(super) fn fates(project: &Project, mutants: &[Mutant]) -> Result<Vec<Fate>> {
    let tree = Tree::copy(project, "step")?;
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
        if let Some(tests) = build_test(project, &tree)? {
            fates[at] = test(&tree, &tests, 0)?;
        }
        tree.write(mutant.file, &mutant.source)?;
        tell(mutants, at, fates[at]);
    }
    Ok(fates)
}

/// Builds one test binary with all of the chosen mutants that the compiler accepts; returns it and them. The sources
/// of the copy are the original ones afterwards.
fn build_together(
    project: &Project,
    tree: &Tree,
    mutants: &[Mutant],
    mut chosen: Vec<usize>,
) -> Result<(PathBuf, Vec<usize>)> {
    // Constant functions of the tests call those of the crate.
    let mut originals = tree.sources(Path::new(CRATE))?;
    originals.extend(tree.sources(Path::new(TESTS))?);
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
        let errors = cargo::errors(tree.cargo(project), PACKAGE)?;
        if errors.is_empty() {
            break build_test(project, tree)?;
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
    // They stay in the copy, to be looked at.
    let tests = tests.ok_or_else(|| eyre!("the tests of the rewritten sources do not compile"))?;
    for (file, source) in &originals {
        tree.write(file, source)?;
    }
    Ok((tests, chosen))
}

/// Builds the tests of the copy; none if the compiler refuses.
fn build_test(project: &Project, tree: &Tree) -> Result<Option<PathBuf>> {
    cargo::build_test(tree.cargo(project), PACKAGE, "it")
}

/// Runs the tests on one mutant until one fails.
fn test(tree: &Tree, tests: &Path, number: usize) -> Result<Fate> {
    for (stage, arguments) in STAGES {
        let mut command = Command::new(tests);
        command.args(*arguments).current_dir(tree.folder(FOLDER));
        let fate = program::fate(command.env(VARIABLE, number.to_string()), stage)?;
        if fate != Fate::Survived {
            return Ok(fate);
        }
    }
    Ok(Fate::Survived)
}
