//! A node is killed and restarted at every point of a dispute: it continues and wins.

use opml_game::{Profile, Side};
use opml_tests::{
    What, liars,
    scenario::{Crash, Downtime, Ending, Role, Verdict, liar_and_challenger, lying_challenger},
    world::STANDARD,
};

use crate::table::{HALVES, tell, verdict};

/// Blocks from the question to the verdict at an arity of 32, and some.
const ROUNDS: usize = 12;

async fn crashing(profile: Profile, cast: Vec<Role>, crash: Crash) -> Ending {
    let ending = tell("restarts", profile, cast, Some(crash)).await;
    // Nothing is sent twice: no transaction of anybody is refused.
    let ledger = &ending.report.transactions;
    assert!(ledger.iter().all(|entry| entry.success), "{ledger:?}");
    assert!(ending.report.callback);
    ending
}

async fn challenger(profile: Profile, when: Downtime, round: Option<usize>) {
    let crash = Crash { name: "challenger", when, round };
    let ending = crashing(profile, liar_and_challenger(liars::wrong_value()), crash).await;
    assert_eq!(verdict(&ending), (Verdict::Rejected, Side::Challenger, true));
    assert_eq!(ending.disputes.len(), 1);
}

async fn submitter(profile: Profile, when: Downtime, round: Option<usize>) {
    let crash = Crash { name: "submitter", when, round };
    let ending = crashing(profile, lying_challenger(liars::wrong_value()), crash).await;
    assert_eq!(verdict(&ending), (Verdict::Finalized, Side::Submitter, true));
    let count = |what| ending.report.transactions.iter().filter(|entry| entry.what == what).count();
    assert_eq!((count(What::Commit), count(What::Reveal)), (1, 1));
}

macro_rules! restarts {
    ($($test:ident: $who:ident, $profile:expr, $when:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            $who($profile, Downtime::$when, None).await;
        }
    )*};
}

restarts! {
    a_challenger_that_never_stays_up: challenger, STANDARD, BetweenBlocks;
    a_challenger_that_sees_no_block_live: challenger, STANDARD, DuringBlocks;
    a_challenger_that_never_stays_up_in_a_long_game: challenger, HALVES, BetweenBlocks;
    a_challenger_that_sees_no_block_live_in_a_long_game: challenger, HALVES, DuringBlocks;
    a_submitter_that_never_stays_up: submitter, STANDARD, BetweenBlocks;
    a_submitter_that_sees_no_block_live: submitter, STANDARD, DuringBlocks;
    a_submitter_that_never_stays_up_in_a_long_game: submitter, HALVES, BetweenBlocks;
    a_submitter_that_sees_no_block_live_in_a_long_game: submitter, HALVES, DuringBlocks;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_that_crashes_once() {
    for round in 0..ROUNDS {
        challenger(STANDARD, Downtime::DuringBlocks, Some(round)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_that_crashes_once() {
    for round in 0..ROUNDS {
        submitter(STANDARD, Downtime::BetweenBlocks, Some(round)).await;
    }
}
