//! Rules = contract: random games in which every call is made on both, with the same acceptance, the same error to the byte and
//! the same slots.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod attention;
mod chain;
mod ends;
mod errors;
mod flood;
mod life;
mod operators;
mod output;
mod player;
mod toy;
mod twins;

use twins::Twins;

const GAMES: u64 = 1500;

#[test]
fn rules_and_contract_accept_refuse_and_write_the_same() {
    let mut twins = Twins::new(7);
    for number in 0..GAMES {
        twins.game(number);
    }
    eprintln!("{:#?}", twins.seen);
    let refusals = [
        "ClaimNotOpen",
        "open RetiredGuest",
        "evaluate RetiredGuest",
        "evaluateFault RetiredGuest",
        "timeout RetiredGuest",
        "WindowClosed",
        "WrongBond",
        "DisputeExists",
        "StalePosition",
        "DisputeDecided",
        "NotMover",
        "ClockExpired",
        "ClockRunning",
        "BadPick",
        "BadBodyLength",
        "SameEnd",
        "MustEvaluate",
        "MustMove",
        "BadStepCount",
        "BadFinalState",
        "NotDecisive",
        "verifier",
    ];
    let decisions = [
        "open None",
        "move None",
        "(Submitter, true)",
        "(Submitter, false)",
        "(Challenger, true)",
        "(Challenger, false)",
    ];
    let settlements = [
        "collect Forfeited",
        "collect Returned",
        "collect Won",
        "collect reopens",
        "collect waits",
        "collectUnfinished Forfeited",
        "collectUnfinished Shared",
        "collectUnfinished waits",
        "annul",
        "refund at once",
        "collect Undone",
        "collectUnfinished Returned",
        "judge Late",
        "judge Rejected",
        "judge refused",
    ];
    let keys = [
        "name done",
        "name TooMany",
        "name Exists",
        "dismiss done",
        "dismiss NotOperator",
        "operator plays",
        "operator is nobody",
    ];
    for name in refusals.into_iter().chain(decisions).chain(settlements).chain(keys) {
        assert!(twins.seen.keys().any(|key| key.contains(name)), "no call gave {name}");
    }
}
