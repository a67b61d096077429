//! The stories that have names, and what must be true of each.

use alloy::{providers::Provider, rpc::types::Filter};
use alloy_sol_types::SolEvent;
use opml_contracts::{DigitsDapp, OpML};
use opml_game::Side;
use opml_tests::{
    What,
    scenario::{Ending, Event, Topic, Verdict, all, find, held_out},
};

use crate::money;

/// The most transactions between a lying claim and the next one, payouts and the next commitment included.
const MAX_TRANSACTIONS: usize = 11;

/// Plays a story about a held-out picture.
async fn tell(name: &str) -> Ending {
    let verbose = std::env::var_os("OPML_STORY").is_some();
    let mut observer = |event: &Event| {
        if verbose {
            eprintln!("{event:?}");
        }
    };
    let topic = Topic::Digit { picture: held_out(3).unwrap() };
    let ending = find(name).unwrap().run(&topic, &mut observer).await.unwrap();
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

/// The dapp received one answer, once.
async fn is_delivered_once(ending: &Ending) {
    assert!(ending.report.callback);
    let filter = Filter::new().address(vec![ending.world.opml(), ending.dapp.unwrap().address()]);
    let logs = ending.world.chain().provider().get_logs(&filter.from_block(0)).await.unwrap();
    let count = |topic| logs.iter().filter(|log| log.topic0() == Some(&topic)).count();
    assert_eq!(count(OpML::CallbackDelivered::SIGNATURE_HASH), 1);
    assert_eq!(count(OpML::CallbackFailed::SIGNATURE_HASH), 0);
    assert_eq!(count(DigitsDapp::DigitRead::SIGNATURE_HASH), 1);
}

/// A lie was told, caught, and answered again honestly.
async fn is_caught(ending: &Ending, by: (Side, bool)) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert_eq!(by_proof(ending), [by]);
    assert_eq!(ending.claims.len(), 2);
    let mut rounds = report.transactions.split(|entry| entry.what == What::Reveal);
    let dispute = rounds.nth(1).unwrap();
    assert!(dispute.len() <= MAX_TRANSACTIONS, "{dispute:?}");
    is_delivered_once(ending).await;
}

/// An honest claim was disputed and stands.
async fn stands(ending: &Ending, by: (Side, bool)) {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Finalized, "submitter"));
    assert_eq!(by_proof(ending), [by]);
    assert_eq!(ending.claims.len(), 1);
    is_delivered_once(ending).await;
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
    assert!(ending.disputes.is_empty());
    is_delivered_once(&ending).await;
    let count = |what| ending.report.transactions.iter().filter(|entry| entry.what == what).count();
    assert_eq!((count(What::Commit), count(What::Reveal), count(What::Finalise)), (1, 1, 1));
});
story!(liar, "liar", |ending| is_caught(&ending, PROVED).await);
story!(wrong_output, "wrong-output", |ending| is_caught(&ending, PROVED).await);
story!(changed_weight, "changed-weight", |ending| is_caught(&ending, PROVED).await);
story!(fewer_steps, "fewer-steps", |ending| is_caught(&ending, PROVED).await);
story!(more_steps, "more-steps", |ending| is_caught(&ending, PROVED).await);
story!(more_steps_of_a_halted_state_are_true, "more-steps-true", |ending| {
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.disputes.is_empty());
    is_delivered_once(&ending).await;
});
story!(false_inner_state, "false-inner-state", |ending| is_caught(&ending, PROVED).await);
story!(lying_challenger_in_phase_1, "lying-challenger-phase-1", |ending| stands(&ending, DEFENDED)
    .await);
story!(lying_challenger_in_phase_2, "lying-challenger-phase-2", |ending| stands(&ending, DEFENDED)
    .await);
story!(lying_challenger_at_the_last_step, "lying-challenger-last-step", |ending| {
    stands(&ending, DEFENDED).await;
});
story!(silent_liar, "silent-liar", |ending| is_caught(&ending, (Side::Challenger, false)).await);
story!(silent_challenger, "silent-challenger", |ending| {
    stands(&ending, (Side::Submitter, false)).await;
});
story!(single_phase, "single-phase", |ending| {
    is_caught(&ending, PROVED).await;
    assert_eq!(ending.report.moves.phase1, 0);
    assert_eq!(ending.claims[0].n, 1);
});
story!(two_challengers, "two-challengers", |ending| {
    let report = &ending.report;
    assert_eq!((report.verdict, report.winner.as_str()), (Verdict::Rejected, "challenger"));
    assert!(report.callback);
});

/// Blocks, gas and hashes depend on the story alone, not on the machine. Only two parties that act in one block may lie in it
/// either way round: whose transaction came first is not the story's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_is_the_same_every_time() {
    let transactions = async || {
        let mut entries = tell("liar").await.report.transactions;
        entries.sort_by(|a, b| (a.block, &a.from).cmp(&(b.block, &b.from)));
        entries
    };
    assert_eq!(transactions().await, transactions().await);
}

#[test]
fn names_are_unique() {
    let names: std::collections::BTreeSet<_> = all().iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), all().len());
}
