//! The attention challenge, searched exhaustively: an honest validator that answers in time, and an attacker that has the other
//! seats, chooses when everything happens, and lies about who was right. docs/testing.md says what the bounds are.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod attacker;
mod honest;
mod properties;
mod search;
mod state;

use opml_game::attention::Challenge;
use search::Search;
use state::{Stage, State};

/// One defence that the challenge does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mutation {
    /// Any claim says who was called and who was right.
    AnyClaimJudges,
    /// Answers are accepted when S_n is known.
    AnswersStayOpen,
    /// A deposit comes back as soon as its seat is given up.
    ReleaseAtOnce,
    /// A judgement is not kept.
    JudgedTwice,
}

/// How much the attacker may do.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Its accounts.
    accounts: usize,
    /// Whether seats are given up and taken again meanwhile.
    churn: bool,
    /// Requests that are put before the roster.
    requests: usize,
    /// Whether its validators compute, or know S_n only when it is revealed.
    diligent: bool,
    /// V.
    draws: u8,
    /// p in ten thousandths.
    called: u16,
}

fn stage(bounds: Bounds, without: Option<Mutation>) -> Stage {
    let stays_open = without == Some(Mutation::AnswersStayOpen);
    let challenge = Challenge {
        profile: 0,
        draws: bounds.draws,
        called_per_ten_thousand: bounds.called,
        capacity: 1,
        epoch_seconds: Stage::EPOCH,
        slash: 8,
        reward: 2,
        answers_for: if stays_open { u64::MAX } else { Stage::ANSWERS_FOR.into() },
        seconds_per_block: 1,
    };
    Stage { challenge, bounds, without }
}

fn assert_holds(bounds: Bounds) {
    let stage = stage(bounds, None);
    let mut search = Search::new(&stage);
    let found = search.explore(&State::new(&stage));
    eprintln!("{bounds:?}: {:?}", search.tally);
    found.unwrap_or_else(|attack| panic!("{bounds:?}: {attack:#?}"));
    let tally = search.tally;
    assert!(tally.rewards > 0 && tally.slashes > 0 && tally.ends > 0, "{tally:?}");
}

const SMALL: Bounds =
    Bounds { accounts: 1, churn: true, requests: 1, diligent: true, draws: 1, called: 10_000 };

#[test]
fn an_honest_validator_is_paid_and_never_slashed() {
    assert_holds(SMALL);
    assert_holds(Bounds { churn: false, diligent: false, draws: 2, called: 5_000, ..SMALL });
}

#[test]
fn two_requests_in_two_epochs_take_no_more_than_a_deposit() {
    assert_holds(Bounds { churn: false, requests: 2, diligent: false, ..SMALL });
}

/// Minutes of one core: `cargo test -p opml-game --test attention -- --ignored --nocapture`.
#[test]
#[ignore = "searches millions of states"]
fn everything_holds_at_larger_bounds() {
    assert_holds(Bounds { diligent: false, draws: 2, called: 5_000, ..SMALL });
    assert_holds(Bounds { accounts: 2, churn: false, draws: 2, called: 5_000, ..SMALL });
}

/// Without one of its rules the challenge falls to the attack that the rule is there for.
#[test]
fn without_a_defence_the_search_finds_the_attack() {
    for (without, found) in [
        (Mutation::AnyClaimJudges, "the honest validator is slashed"),
        (Mutation::AnswersStayOpen, "a validator that has not computed is rewarded"),
        (Mutation::ReleaseAtOnce, "a deposit does not cover"),
        (Mutation::JudgedTwice, "a deposit does not cover"),
    ] {
        let bounds = Bounds { diligent: false, draws: 2, ..SMALL };
        let stage = stage(bounds, Some(without));
        let attack = Search::new(&stage).explore(&State::new(&stage));
        let attack = attack.expect_err(&format!("nothing is found without {without:?}"));
        eprintln!("{without:?}: {} in {} steps", attack[0], attack.len() - 1);
        assert!(attack[0].starts_with(found), "{without:?}: {attack:#?}");
    }
}
