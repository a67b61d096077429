//! The named stories of the end-to-end tests, on a development chain of reth whose extension is the honest party.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../tests/tests/e2e/money.rs"]
mod money;

use std::collections::BTreeSet;

use opml_game::Side;
use opml_tests::{
    What,
    scenario::{Ending, Event, Place, Topic, Verdict, all, find, held_out},
};

/// Plays a story. Only parties that lie have transactions refused.
async fn tell(name: &str) -> Ending {
    let story = find(name).unwrap();
    let (program, inside) = (env!("CARGO_BIN_EXE_opml-reth").into(), story.honest());
    let topic = Topic::Digit { picture: held_out(3).unwrap() };
    let place = Place::Reth { program, inside };
    let mut tell = |event: &Event| println!("{event:?}");
    let ending = story.run_on(place, &topic, &mut tell).await.unwrap();
    let report = &ending.report;
    println!("{name}: {:?}, {} s", report.moves, report.seconds);
    let mine = || report.transactions.iter().filter(|entry| entry.from == inside);
    assert!(mine().count() > 0 || ending.disputes.is_empty(), "{inside} does nothing");
    assert!(mine().all(|entry| entry.success), "{:?}", report.transactions);
    assert!(report.callback, "the dapp has no answer");
    money::is_conserved(&ending).await;
    ending
}

/// The verdicts: who won, and whether by proof.
fn verdicts(ending: &Ending) -> Vec<(Side, bool)> {
    let verdicts = ending.disputes.iter().filter_map(|dispute| dispute.verdict);
    verdicts.map(|verdict| (verdict.winner(), verdict.by_proof)).collect()
}

/// A lie fell to the extension, and the truth was claimed after it.
fn is_caught(ending: &Ending, by_proof: bool) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert_eq!(verdicts(ending), [(Side::Challenger, by_proof)]);
    assert_eq!(ending.claims.len(), 2);
}

/// The extension's claim was disputed, and stands.
fn stands(ending: &Ending, by_proof: bool) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Finalized, "submitter"));
    assert_eq!(verdicts(ending), [(Side::Submitter, by_proof)]);
    assert_eq!(ending.claims.len(), 1);
}

/// The claim was true, and nobody disputed it.
fn is_undisputed(ending: &Ending) {
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.disputes.is_empty());
    let count = |what| ending.report.transactions.iter().filter(|entry| entry.what == what).count();
    assert_eq!([What::Commit, What::Reveal, What::Finalise].map(count), [1, 1, 1]);
}

/// The whole run was one large step.
fn is_single_phase(ending: &Ending) {
    is_caught(ending, true);
    assert_eq!(ending.report.moves.phase1, 0);
    assert_eq!(ending.claims[0].n, 1);
}

/// The extension judged the lie by proof; a challenger that lies as well won nothing.
fn is_judged_by_the_honest(ending: &Ending) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert!(verdicts(ending).contains(&(Side::Challenger, true)));
}

macro_rules! story {
    ($(#[$attribute:meta])* $test:ident $name:literal |$ending:ident| $check:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])*
        async fn $test() {
            let $ending = &tell($name).await;
            $check
        }
    };
}

macro_rules! stories {
    (
        always {$($often:ident $name:literal |$ending:ident| $check:expr;)*}
        rarely {$($rare:ident $rare_name:literal |$rare_ending:ident| $rare_check:expr;)*}
    ) => {
        $(story!($often $name |$ending| $check);)*
        $(story!(
            #[ignore = "together they take minutes"]
            $rare $rare_name |$rare_ending| $rare_check
        );)*

        #[test]
        fn every_story_that_has_a_name_is_here() {
            let here = BTreeSet::from([$($name,)* $($rare_name),*]);
            assert_eq!(all().iter().map(|story| story.name).collect::<BTreeSet<_>>(), here);
        }
    };
}

stories! {
    always {
        honest "honest" |ending| is_undisputed(ending);
        liar "liar" |ending| is_caught(ending, true);
        lying_challenger_in_phase_1 "lying-challenger-phase-1" |ending| stands(ending, true);
    }
    rarely {
        wrong_output "wrong-output" |ending| is_caught(ending, true);
        changed_weight "changed-weight" |ending| is_caught(ending, true);
        fewer_steps "fewer-steps" |ending| is_caught(ending, true);
        more_steps "more-steps" |ending| is_caught(ending, true);
        more_steps_of_a_halted_state_are_true "more-steps-true" |ending| is_undisputed(ending);
        false_inner_state "false-inner-state" |ending| is_caught(ending, true);
        lying_challenger_in_phase_2 "lying-challenger-phase-2" |ending| stands(ending, true);
        lying_challenger_at_the_last_step "lying-challenger-last-step" |ending| stands(ending, true);
        silent_liar "silent-liar" |ending| is_caught(ending, false);
        silent_challenger "silent-challenger" |ending| stands(ending, false);
        single_phase "single-phase" |ending| is_single_phase(ending);
        two_challengers "two-challengers" |ending| is_judged_by_the_honest(ending);
    }
}
