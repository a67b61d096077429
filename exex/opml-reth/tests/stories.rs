//! Named stories of the end-to-end tests, on a development chain of reth whose extension is the honest party.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use opml_game::Side;
use opml_tests::{
    What,
    scenario::{Ending, Event, Place, Topic, Verdict, find, held_out},
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
    ending
}

/// The verdicts: who won, and whether by proof.
fn verdicts(ending: &Ending) -> Vec<(Side, bool)> {
    let verdicts = ending.disputes.iter().filter_map(|dispute| dispute.verdict);
    verdicts.map(|verdict| (verdict.winner(), verdict.by_proof)).collect()
}

/// A lie fell to the extension by proof, and the truth was claimed after it.
fn is_caught(ending: &Ending) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert_eq!(verdicts(ending), [(Side::Challenger, true)]);
    assert_eq!(ending.claims.len(), 2);
}

/// The extension's claim was disputed, and stands by proof.
fn stands(ending: &Ending) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Finalized, "submitter"));
    assert_eq!(verdicts(ending), [(Side::Submitter, true)]);
    assert_eq!(ending.claims.len(), 1);
}

/// The claim was true, and nobody disputed it.
fn is_undisputed(ending: &Ending) {
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.disputes.is_empty());
    let count = |what| ending.report.transactions.iter().filter(|entry| entry.what == what).count();
    assert_eq!([What::Commit, What::Reveal, What::Finalise].map(count), [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest() {
    is_undisputed(&tell("honest").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn liar() {
    is_caught(&tell("liar").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lying_challenger_in_phase_1() {
    stands(&tell("lying-challenger-phase-1").await);
}
