//! The protocol round the dispute, searched exhaustively: one honest party that is live, one that the attacker can knock off the
//! network, and an attacker with capital, against the rules of the crate. docs/testing.md says what the bounds are.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod attacker;
mod calls;
#[path = "../common/mod.rs"]
mod common;
mod honest;
mod money;
mod mutation;
mod properties;
mod search;
mod state;
#[expect(dead_code, reason = "the search of one dispute uses more of it")]
#[path = "../search/world.rs"]
mod world;

use attacker::Bounds;
use honest::Duty;
use mutation::{Mutation, Rules};
use opml_game::{Court, Profile};
use search::{Attack, Search, Tally};
use state::{Party, Stage, State};
use world::{Ending, World, wrong_large};

const BOND_GWEI: u64 = 1_600;
const STAKE_GWEI: u64 = 10 * BOND_GWEI;
const GWEI: i128 = 1_000_000_000;

/// Where a request stands when the search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// It is open.
    Race,
    /// The frail party has claimed the truth.
    FrailSubmitter,
    /// The attacker has claimed a lie, and the frail party disputes it.
    FrailChallenger,
}

/// Capital in tenths of a stake.
fn stage(tenths: u64, without: Option<Mutation>) -> Stage {
    let profile = Profile {
        window: 2,
        clock: 2,
        increment: 1,
        seconds_per_block: 1,
        arity_bits: 1,
        stake_gwei: STAKE_GWEI,
        bond_gwei: BOND_GWEI,
        answer_window: 0,
    };
    let world = World::new(&[Ending::Done(2); 2], 1, 1);
    let serving = Court::new(vec![profile], vec![(world.guest, world.table.clone())]);
    let retired = Court { retired: [0].into(), ..serving.clone() };
    Stage {
        courts: [serving, retired],
        rules: Rules { profile, without },
        n: 2,
        capital: i128::from(STAKE_GWEI * tenths / 10) * GWEI,
        world,
    }
}

fn begin(stage: &Stage, scene: Scene) -> State {
    let state = State::new(3);
    let (party, sn) = match scene {
        Scene::Race => return state,
        Scene::FrailSubmitter => (Party::Frail, stage.truth()),
        Scene::FrailChallenger => (Party::Attacker, wrong_large(stage.n)),
    };
    let mut state = state.commit(stage, party, sn).unwrap();
    state.now.time += 2;
    state.now.block += 2;
    let state = state.reveal(stage, 0).unwrap();
    match scene {
        Scene::FrailChallenger => state.perform(stage, Party::Frail, Duty::Open(0)).unwrap(),
        Scene::Race | Scene::FrailSubmitter => state,
    }
}

fn search(stage: &Stage, scene: Scene, bounds: Bounds) -> Result<Tally, Attack> {
    let mut search = Search::new(stage, bounds);
    search.explore(&begin(stage, scene))?;
    eprintln!("{scene:?}, {bounds:?}, capital {}: {:?}", stage.capital / GWEI, search.tally);
    Ok(search.tally)
}

/// Everything that an attacker with so many tenths of a stake can do; gives how many claims fell on the longest way.
fn assert_holds(scene: Scene, bounds: Bounds, tenths: u64) -> u32 {
    let stage = stage(tenths, None);
    match search(&stage, scene, bounds) {
        Ok(tally) => {
            // The clocks' bound is reached, and who times out is one block later.
            assert_eq!(u64::from(tally.latest), stage.terms().verdict_within(stage.n) + 1);
            assert!(tally.ends > 0, "{tally:?}");
            tally.rounds
        }
        Err(attack) => panic!("{scene:?}, {bounds:?}, capital {tenths}: {attack:#?}"),
    }
}

const SMALL: Bounds = Bounds { suits: 1, truth: true, early: false, retire: false };

#[test]
fn a_race_for_the_claim_ends_with_the_right_answer() {
    assert_eq!(assert_holds(Scene::Race, Bounds { suits: 2, ..SMALL }, 14), 1);
    assert_eq!(assert_holds(Scene::Race, Bounds { truth: false, early: true, ..SMALL }, 25), 2);
}

#[test]
fn each_rejected_claim_takes_twice_the_capital() {
    for (tenths, rounds) in [(9, 0), (11, 1), (19, 1), (30, 2), (55, 3)] {
        assert_eq!(assert_holds(Scene::Race, Bounds { truth: false, ..SMALL }, tenths), rounds);
    }
}

#[test]
fn a_submitter_that_is_knocked_out_keeps_four_fifths() {
    assert_eq!(assert_holds(Scene::FrailSubmitter, Bounds { suits: 2, ..SMALL }, 4), 1);
    assert_eq!(assert_holds(Scene::FrailSubmitter, Bounds { early: true, ..SMALL }, 25), 2);
}

#[test]
fn a_challenger_that_is_knocked_out_keeps_everything() {
    assert_eq!(assert_holds(Scene::FrailChallenger, SMALL, 14), 1);
    let bounds = Bounds { truth: false, early: true, ..SMALL };
    assert_eq!(assert_holds(Scene::FrailChallenger, bounds, 14), 1);
}

/// Minutes of one core: `cargo test -p opml-game --test protocol -- --ignored --nocapture`.
#[test]
#[ignore = "searches millions of states"]
fn everything_holds_at_larger_bounds() {
    let all = Bounds { suits: 2, truth: true, early: true, retire: false };
    let later = Bounds { early: false, ..all };
    for (scene, bounds, tenths, rounds) in [
        (Scene::Race, all, 14, 1),
        (Scene::Race, later, 30, 2),
        (Scene::Race, Bounds { truth: false, ..SMALL }, 120, 4),
        (Scene::FrailSubmitter, all, 4, 1),
        (Scene::FrailSubmitter, later, 25, 2),
        (Scene::FrailChallenger, later, 25, 1),
        (Scene::FrailChallenger, Bounds { early: true, ..SMALL }, 45, 2),
        (Scene::Race, Bounds { suits: 2, retire: true, ..SMALL }, 14, 1),
        (Scene::FrailSubmitter, Bounds { suits: 2, retire: true, ..SMALL }, 25, 2),
    ] {
        assert_eq!(assert_holds(scene, bounds, tenths), rounds, "{scene:?}, {bounds:?}");
    }
}

/// Everything that an attacker can do that has the guardian at its disposal.
#[test]
fn a_retirement_costs_no_honest_party_anything() {
    let bounds = Bounds { retire: true, ..SMALL };
    for (scene, bounds, tenths) in [
        (Scene::Race, bounds, 14),
        (Scene::FrailSubmitter, bounds, 4),
        (Scene::FrailSubmitter, bounds, 25),
        (Scene::FrailChallenger, Bounds { truth: false, ..bounds }, 14),
    ] {
        assert_holds(scene, bounds, tenths);
    }
}

/// Without one of its rules the protocol falls to an attack of the kind that the rule is there for.
#[test]
fn without_a_defence_the_search_finds_the_attack() {
    for (without, scene, tenths, found) in [
        (Mutation::TimeoutSettlesAtOnce, Scene::FrailSubmitter, 2, "G4: the frail party has lost"),
        (Mutation::StakeDoesNotDouble, Scene::Race, 25, "G3: 3 claims rejected"),
        (Mutation::NoReclaim, Scene::Race, 12, "G3: no answer"),
        (Mutation::NoExtension, Scene::FrailSubmitter, 2, "G3: the request ends Refunded"),
        (Mutation::OneDisputeAtATime, Scene::Race, 12, "G1: false claim"),
        (Mutation::FinalDespiteDisputes, Scene::Race, 12, "G1: false claim"),
        (Mutation::AnybodyPicks, Scene::Race, 12, "Live loses dispute"),
        (Mutation::EarlyTimeout, Scene::Race, 12, "Live loses dispute"),
        (Mutation::HalfTheFee, Scene::FrailSubmitter, 25, "G4: the attacker loses"),
        (Mutation::LiveBondsReturn, Scene::FrailSubmitter, 4, "G4: the attacker loses"),
        (Mutation::NothingBurned, Scene::Race, 12, "G4: the attacker loses"),
        (Mutation::EveryCommitmentReturns, Scene::Race, 12, "G4: the attacker loses"),
    ] {
        let bounds = Bounds { suits: 2, truth: true, ..SMALL };
        let attack = search(&stage(tenths, Some(without)), scene, bounds);
        let attack = attack.expect_err(&format!("nothing is found without {without:?}"));
        eprintln!("{without:?}: {} in {} steps", attack[0], attack.len() - 1);
        assert!(attack[0].starts_with(found), "{without:?}: {attack:#?}");
    }
}

/// Without one of the rules of retirement, the guardian's act costs an honest party something, or makes a lie the answer.
#[test]
fn without_a_rule_of_retirement_the_search_finds_the_attack() {
    for (without, scene, tenths, found) in [
        (Mutation::ClocksCountAfterwards, Scene::FrailSubmitter, 2, "retired: "),
        (Mutation::RetirementCosts, Scene::Race, 4, "retired: "),
        (Mutation::FinalAfterwards, Scene::Race, 12, "G1: claim "),
        (Mutation::VerdictsAfterwards, Scene::Race, 12, "Live loses dispute"),
        (Mutation::NothingIsAnnulled, Scene::Race, 12, "money is stuck"),
    ] {
        let bounds = Bounds { truth: false, retire: true, ..SMALL };
        let attack = search(&stage(tenths, Some(without)), scene, bounds);
        let attack = attack.expect_err(&format!("nothing is found without {without:?}"));
        eprintln!("{without:?}: {} in {} steps", attack[0], attack.len() - 1);
        assert!(attack[0].starts_with(found), "{without:?}: {attack:#?}");
    }
}
