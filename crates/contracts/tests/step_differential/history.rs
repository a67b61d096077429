//! One test for each bug that verifiers of this kind have had, on the verifier on chain: the list of cases is that of
//! `opml-fpvm`, which runs it in Rust.

#[path = "../../../fpvm/tests/it/history/bugs/mod.rs"]
mod bugs;

use bugs::{Case, every_bug};
use opml_fpvm::witness;
use opml_vmfuzz::Evm;

/// The verifier must prove the step from the one state to the other that was written out by hand.
fn check(evm: &mut Evm, case: &Case) {
    let witness = witness(&case.start, case.steps).unwrap();
    let run = evm.run(case.steps, &witness).unwrap_or_else(|refusal| {
        panic!("{}: {refusal}: {:x?}", case.name, case.start.cpu);
    });
    assert_eq!(run.start, case.start_hash.unwrap_or(case.start.hash()), "start of {}", case.name);
    assert_eq!(run.end, case.end.hash(), "{}: {:x?}", case.name, case.start.cpu);
}

macro_rules! tests {
    ($($bug:ident)*) => {
        $(#[test]
        fn $bug() {
            let mut evm = crate::verifier();
            let cases = bugs::$bug();
            assert!(!cases.is_empty());
            cases.iter().for_each(|case| check(&mut evm, case));
        })*
    };
}
every_bug!(tests);
