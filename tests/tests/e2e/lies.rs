//! Lies of every kind and place, of submitters and of challengers.

use opml_game::Side;
use opml_tests::{
    liars::{self, Length, Moment},
    scenario::{Verdict, liar_and_challenger, lying_challenger},
    world::STANDARD,
};

use crate::table::{HALVES, tell, verdict};

/// Where stories are made up: large steps before the end, the last true moment, and how long the large step is said to be.
const NONSENSE: &[(u64, Moment, Length)] = &[
    (30, Moment::After(1), Length::True),
    (30, Moment::Middle, Length::Half),
    (1, Moment::Middle, Length::Double),
    (1, Moment::BeforeExit, Length::True),
    (2, Moment::BeforeExit, Length::Double),
];

/// Machines that somebody reached into.
const SEEDS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submitters_who_make_things_up_are_rejected() {
    for &(back, moment, length) in NONSENSE {
        for profile in [STANDARD, HALVES] {
            let cast = liar_and_challenger(liars::nonsense(back, moment, length));
            let ending = tell("nonsense", profile, cast, None).await;
            assert_eq!(verdict(&ending), (Verdict::Rejected, Side::Challenger, true));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn challengers_who_make_things_up_lose() {
    let mut proved = 0;
    for &(back, moment, length) in NONSENSE {
        for profile in [STANDARD, HALVES] {
            let cast = lying_challenger(liars::nonsense(back, moment, length));
            let ending = tell("nonsense", profile, cast, None).await;
            let (end, winner, by_proof) = verdict(&ending);
            assert_eq!(
                (end, winner),
                (Verdict::Finalized, Side::Submitter),
                "{back} {moment:?} {length:?}"
            );
            proved += u32::from(by_proof);
        }
    }
    // How many steps there are decides whose the last turn is. A liar who has it falls silent: no witness leads to what was
    // made up.
    assert!(proved > 0, "no dispute went as far as a proof");
}

/// Whatever was done to the machine, and whenever: the claim falls if and only if its end is not the true one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_that_somebody_reached_into_are_found_out() {
    let mut caught = 0;
    for seed in 0..SEEDS {
        let cast = liar_and_challenger(liars::meddling(seed));
        let ending = tell("meddling", STANDARD, cast, None).await;
        let truth = ending.claims.last().unwrap();
        if ending.claims.len() == 1 {
            assert!(ending.disputes.is_empty(), "seed {seed}: nothing had happened");
        } else {
            assert_ne!(ending.claims[0].sn, truth.sn, "seed {seed}");
            assert_eq!(
                verdict(&ending),
                (Verdict::Rejected, Side::Challenger, true),
                "seed {seed}"
            );
            caught += 1;
        }
    }
    assert!(caught > 0, "no seed does any harm");
}
