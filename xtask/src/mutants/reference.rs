//! The reference step as a target: its sources, and the tests that must notice.

use std::time::Duration;

use eyre::Result;

use crate::project::Project;

use super::{Fate, tree::Tree};

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

/// A profile that compiles quickly and still runs the tests in seconds.
pub(super) const PROFILE: &str = "[profile.dev]\nopt-level = 1\ndebug = false\n";

/// Tests by what they know, outside opinions first: cases recorded from QEMU; the vectors of the protocol; what
/// people wrote; and at last the comparison of the engines, which share many a rule with the step.
const STAGES: &[(&str, &[&str])] = &[
    ("oracle", &["oracle::"]),
    ("vectors", &["vectors::vectors_hold"]),
    (
        "unit tests",
        &["arithmetic::", "control::", "load_store::", "history::", "encodings::", "run::"],
    ),
    ("all others", &["--skip=random::", "--skip=vectors::vectors_are_current"]),
    ("random programs", &["random::"]),
];

/// A stage that takes longer has met an endless loop.
const LIMIT: Duration = Duration::from_secs(90);

/// Builds the tests of the copy and runs them until one fails.
///
/// # Errors
/// If a program cannot be started.
pub(super) fn test(project: &Project, tree: &Tree) -> Result<Fate> {
    let Some(tests) = tree.build_test(project, "opml-fpvm", "it")? else {
        return Ok(Fate::Unviable);
    };
    for (stage, arguments) in STAGES {
        if !tree.passes(&tests, arguments, LIMIT)? {
            return Ok(Fate::Killed(stage));
        }
    }
    Ok(Fate::Survived)
}
