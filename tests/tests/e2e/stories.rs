//! The stories that have names, and what must be true of each.

use opml_game::Side;
use opml_tests::{
    What,
    scenario::{Ending, Event, Options, Verdict, all, find},
};

use crate::money;

/// The most transactions from a lying claim to its verdict.
const MAX_TRANSACTIONS: usize = 10;

/// Plays a story about a held-out picture.
async fn tell(name: &str) -> Ending {
    let verbose = std::env::var_os("OPML_STORY").is_some();
    let mut observer = |event: &Event| {
        if verbose {
            eprintln!("{event:?}");
        }
    };
    let options = Options::held_out(3).unwrap();
    let ending = find(name).unwrap().run(&options, &mut observer).await.unwrap();
    if verbose {
        eprintln!("{name}: {:?} {} s", ending.report.moves, ending.report.seconds);
    }
    money::is_conserved(&ending).await;
    ending
}

/// How the verdict on the first claim was reached.
fn by_proof(ending: &Ending) -> Vec<(Side, bool)> {
    let verdicts = ending.disputes.iter().filter_map(|dispute| dispute.verdict);
    verdicts.map(|verdict| (verdict.winner(), verdict.by_proof)).collect()
}

/// A lie was told, caught, and answered again honestly.
fn is_caught(ending: &Ending, by: (Side, bool)) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert_eq!(by_proof(ending), [by]);
    assert!(report.callback, "the honest answer is delivered");
    assert_eq!(ending.claims.len(), 2);
    let disputing = [What::Open, What::Move, What::Evaluate, What::Timeout];
    let disputing = report.transactions.iter().filter(|entry| disputing.contains(&entry.what));
    assert!(disputing.count() <= MAX_TRANSACTIONS);
}

/// An honest claim was disputed and stands.
fn stands(ending: &Ending, by: (Side, bool)) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Finalized, "submitter"));
    assert_eq!(by_proof(ending), [by]);
    assert!(report.callback);
    assert_eq!(ending.claims.len(), 1);
}

const PROVED: (Side, bool) = (Side::Challenger, true);
const DEFENDED: (Side, bool) = (Side::Submitter, true);

macro_rules! story {
    ($test:ident, $name:literal, |$ending:ident| $check:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let $ending = tell($name).await;
            $check
        }
    };
}

story!(honest, "honest", |ending| {
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.report.callback && ending.disputes.is_empty());
    let count = |what| ending.report.transactions.iter().filter(|entry| entry.what == what).count();
    assert_eq!((count(What::Claim), count(What::Finalise)), (1, 1));
});
story!(liar, "liar", |ending| is_caught(&ending, PROVED));
story!(wrong_output, "wrong-output", |ending| is_caught(&ending, PROVED));
story!(changed_weight, "changed-weight", |ending| is_caught(&ending, PROVED));
story!(fewer_steps, "fewer-steps", |ending| is_caught(&ending, PROVED));
story!(more_steps, "more-steps", |ending| is_caught(&ending, PROVED));
story!(more_steps_of_a_halted_state_are_true, "more-steps-true", |ending| {
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.report.callback && ending.disputes.is_empty());
});
story!(false_inner_state, "false-inner-state", |ending| is_caught(&ending, PROVED));
story!(lying_challenger_in_phase_1, "lying-challenger-phase-1", |ending| stands(&ending, DEFENDED));
story!(lying_challenger_in_phase_2, "lying-challenger-phase-2", |ending| stands(&ending, DEFENDED));
story!(lying_challenger_at_the_last_step, "lying-challenger-last-step", |ending| {
    stands(&ending, DEFENDED);
});
story!(silent_liar, "silent-liar", |ending| is_caught(&ending, (Side::Challenger, false)));
story!(silent_challenger, "silent-challenger", |ending| {
    stands(&ending, (Side::Submitter, false));
});
story!(single_phase, "single-phase", |ending| {
    is_caught(&ending, PROVED);
    assert_eq!(ending.report.moves.phase1, 0);
    assert_eq!(ending.claims[0].n, 1);
});
story!(two_challengers, "two-challengers", |ending| {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert!(report.callback);
});

#[test]
fn names_are_unique() {
    let names: std::collections::BTreeSet<_> = all().iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), all().len());
}
