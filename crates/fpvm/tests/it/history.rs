//! One test for each bug that verifiers of this kind have had, on everything that runs or verifies the machine in Rust.

#![expect(clippy::unwrap_used, reason = "a helper of tests ends them at the first surprise")]

#[path = "history/bugs/mod.rs"]
mod bugs;

use crate::engines::ENGINES;
use bugs::{Case, every_bug};
use opml_fpvm::{State, verify, witness};

/// Every way to the successor must lead to the state that was written out by hand.
fn check(case: &Case) {
    let assert_end = |way: &str, state: &State| {
        assert_eq!(state.cpu, case.end.cpu, "{} by {way}", case.name);
        assert_eq!(state.memory.root(), case.end.memory.root(), "{} by {way}", case.name);
    };
    assert_eq!(case.start_hash.unwrap_or(case.start.hash()), case.start.hash(), "{}", case.name);
    let mut stepped = case.start.clone();
    (0..case.steps).for_each(|_| stepped.step());
    assert_end("the reference step", &stepped);
    for (name, engine) in ENGINES {
        let mut run = case.start.clone();
        run.run_with(engine, case.steps.into());
        assert_end(name, &run);
    }
    let proved = verify(case.steps, &witness(&case.start, case.steps).unwrap()).unwrap();
    assert_eq!(proved, (case.start.hash(), case.end.hash()), "{} by its witness", case.name);
}

macro_rules! tests {
    ($($bug:ident)*) => {
        $(#[test]
        fn $bug() {
            let cases = bugs::$bug();
            assert!(!cases.is_empty());
            cases.iter().for_each(check);
        })*
    };
}
every_bug!(tests);
