//! The step verifier on chain as a target: its sources, and the tests that must notice.
//!
//! Each mutant is compiled alone, by one solc process that stays, without the optimizer. Its code replaces that of the committed
//! artifact in the tests of `opml-contracts`, which run it in an EVM of their own process. (The forge tests of
//! `contracts/test/vm` would be compiled anew with every mutant; they are tried on the conditions of a witness.)

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use eyre::{Result, WrapErr, ensure, eyre};
use tempfile::NamedTempFile;

use crate::{project::Project, tools::Tools};

use super::{
    Fate, Mutant, cargo, program,
    solc::{self, Solc},
    tell,
    tree::Tree,
};

/// The sources that say what a step does and what a witness proves.
pub(super) const FILES: &[&str] = &[
    "contracts/src/MipsVerifier.sol",
    "contracts/src/vm/Bits.sol",
    "contracts/src/vm/Fault.sol",
    "contracts/src/vm/Layout.sol",
    "contracts/src/vm/MemoryProof.sol",
    "contracts/src/vm/MipsAlu.sol",
    "contracts/src/vm/MipsBits.sol",
    "contracts/src/vm/MipsBranch.sol",
    "contracts/src/vm/MipsMemory.sol",
    "contracts/src/vm/MipsMultiply.sol",
    "contracts/src/vm/MipsShift.sol",
    "contracts/src/vm/MipsState.sol",
    "contracts/src/vm/MipsStep.sol",
    "contracts/src/vm/MipsTrap.sol",
    "contracts/src/vm/Raw.sol",
    "contracts/src/vm/SiblingTable.sol",
];

/// Tests of `step_differential`, the quickest first.
const STAGES: &[(&str, &[&str])] = &[
    ("vectors", &["vectors::"]),
    ("bugs of the past", &["history::"]),
    (
        "rules of a witness",
        &[
            "a_window_has_1_to_16_steps",
            "a_field_of_a_witness_has_at_most_8_bytes",
            "a_witness_that_breaks_one_rule_is_refused",
            "a_refusal_says_which_leaf_and_what_its_runs_cover",
        ],
    ),
    ("words next to encodings", &["words_one_bit_away_from_an_encoding_agree"]),
    ("random programs", &["random_programs_agree"]),
    ("witnesses", &["mutated_witnesses_prove_nothing_else", "redundant_witnesses_agree"]),
    ("guest", &["windows_of_the_guest_agree"]),
];

/// The package of those tests, its folder, and the variable that names a file with another verifier's code.
const PACKAGE: &str = "opml-contracts";
const FOLDER: &str = "crates/contracts";
const VARIABLE: &str = "OPML_VERIFIER";

/// What runs the tests on changed sources of the verifier.
pub(super) struct Bench {
    solc: Solc,
    sources: BTreeMap<String, String>,
    tests: PathBuf,
    /// Where those tests run.
    folder: PathBuf,
    /// The code that they test.
    code: NamedTempFile,
    forge: PathBuf,
    /// A copy of all sources, for forge.
    tree: Tree,
}

impl Bench {
    pub(super) fn new(project: &Project) -> Result<Self> {
        let tools = Tools::install(project)?;
        let tree = Tree::copy(project, "verifier")?;
        tree.link(project, "contracts/node_modules")?;
        let tests = cargo::build_test(project.cargo(), PACKAGE, "step_differential")?
            .ok_or_else(|| eyre!("step_differential does not compile"))?;
        Ok(Self {
            solc: Solc::start(project)?,
            sources: solc::sources(&project.contracts())?,
            tests,
            folder: project.root().join(FOLDER),
            code: NamedTempFile::new().wrap_err("no place for the code")?,
            forge: tools.path("forge"),
            tree,
        })
    }

    /// The copy of the sources.
    pub(super) const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Compiles the verifier with `text` in the place of `file`; whether the compiler accepts it.
    pub(super) fn compile(&mut self, file: &str, text: &str) -> Result<bool> {
        let path = file.strip_prefix("contracts/").unwrap_or(file);
        let mut sources = self.sources.clone();
        sources.insert(path.to_owned(), text.to_owned());
        let code = self.solc.compile(&sources)?;
        if let Some(code) = &code {
            fs::write(self.code.path(), code).wrap_err("cannot write the code")?;
        }
        Ok(code.is_some())
    }

    /// Runs tests of `step_differential` on the code that was compiled last.
    pub(super) fn differential(&self, stage: &'static str, tests: &[&str]) -> Result<Fate> {
        let mut command = Command::new(&self.tests);
        command.args(tests).current_dir(&self.folder).env(VARIABLE, self.code.path());
        program::fate(&mut command, stage)
    }

    /// Runs the forge tests that are called `test` with `text` in the place of `file`.
    pub(super) fn forge(&self, file: &str, text: &str, test: &str) -> Result<Fate> {
        let original = self.tree.read(file)?;
        self.tree.write(file, text)?;
        let mut command = Command::new(&self.forge);
        command.args(["test", "--match-test", &format!("^{test}\\(")]);
        command.current_dir(self.tree.folder("contracts"));
        // Without the optimizer; the verifier and its tests alone, or the protocol, too.
        let is_verifier = FILES.contains(&file);
        command.env("FOUNDRY_PROFILE", if is_verifier { "coverage" } else { "conditions" });
        let fate = program::fate(&mut command, "forge");
        self.tree.write(file, &original)?;
        fate
    }
}

/// Tests every mutant, one by one.
///
/// # Errors
/// If the unchanged sources fail, or something cannot be built or started.
pub(super) fn fates(project: &Project, mutants: &[Mutant]) -> Result<Vec<Fate>> {
    let mut bench = Bench::new(project)?;
    if let Some(first) = mutants.first() {
        let fate = test(&mut bench, first.file, &first.source)?;
        ensure!(fate == Fate::Survived, "the unchanged sources fail: {fate:?}");
    }
    let mut fates = Vec::with_capacity(mutants.len());
    for (at, mutant) in mutants.iter().enumerate() {
        fates.push(test(&mut bench, mutant.file, &mutant.mutated())?);
        tell(mutants, at, fates[at]);
    }
    Ok(fates)
}

/// Runs the tests with `text` in the place of `file` until one fails.
fn test(bench: &mut Bench, file: &str, text: &str) -> Result<Fate> {
    if !bench.compile(file, text)? {
        return Ok(Fate::Unviable);
    }
    for (stage, tests) in STAGES {
        let fate = bench.differential(stage, tests)?;
        if fate != Fate::Survived {
            return Ok(fate);
        }
    }
    Ok(Fate::Survived)
}
