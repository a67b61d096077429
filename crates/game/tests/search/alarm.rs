//! An honest party never moves when its own trace and the dispute do not belong together.

use std::convert::Infallible;

use alloy_primitives::{Address, B256};
use opml_game::{
    Action, Alarm, Assessment, Claim, FinalState, GuestVersion, Line, Opening, Phase, Position,
    Profile, Prover, Side, Terms, Trace,
};

use crate::world::{Ending, World, junk};

const PROFILE: Profile = Profile {
    window: 100,
    clock: 100,
    increment: 0,
    seconds_per_block: 12,
    arity_bits: 1,
    stake_gwei: 0,
    bond_gwei: 0,
    answer_window: 0,
};

fn world() -> World {
    World::new(&[Ending::Done(2); 4], 3, 1)
}

/// A list of two over the whole run, with the submitter to move.
fn line(start: B256, entries: [B256; 2]) -> Line {
    let position = Position {
        steps: 4,
        time: 0,
        block: 0,
        submitter_budget: 0,
        challenger_budget: 0,
        lists: 1,
        bond_index: 0,
        phase: Phase::Large,
        mover: Side::Submitter,
        max_evaluated: 1,
        profile: 0,
        guest: 0,
    };
    Line { position, start, entries: entries.into(), large: 0, small: 0 }
}

fn answer(side: Side, line: &Line) -> Action {
    let world = world();
    Prover::new(&world)
        .answer(Terms { profile: &PROFILE, guest: &world.guest }, side, line)
        .unwrap()
}

#[test]
fn a_start_outside_the_own_trace_is_an_alarm() {
    let world = world();
    let line = line(junk(0, 0), [world.state(2), junk(4, 0)]);
    let alarm = Alarm::UnknownStart { own: world.state(0), agreed: junk(0, 0) };
    for side in [Side::Submitter, Side::Challenger] {
        assert_eq!(answer(side, &line), Action::Alarm(alarm));
    }
}

#[test]
fn a_true_list_to_reject_is_an_alarm() {
    let world = world();
    let line = line(world.state(0), [world.state(2), world.state(4)]);
    assert_eq!(
        answer(Side::Submitter, &line),
        Action::Alarm(Alarm::TrueEnd { end: world.state(4) })
    );
    assert_eq!(answer(Side::Challenger, &line), Action::Wait);
}

#[test]
fn a_false_list_of_the_own_side_is_an_alarm() {
    let world = world();
    let line = line(world.state(0), [junk(2, 0), world.state(4)]);
    assert_eq!(
        answer(Side::Challenger, &line),
        Action::Alarm(Alarm::NotOwnList { own: world.state(2) })
    );
    assert!(matches!(answer(Side::Submitter, &line), Action::Move { pick: 1, .. }));
}

#[test]
fn a_claim_about_another_run_is_an_alarm() {
    let world = world();
    let claim = |s0| Claim {
        request_id: B256::ZERO,
        round: 0,
        guest: 0,
        profile: 0,
        submitter: Address::ZERO,
        s0,
        n: 4,
        sn: world.state(4),
        outcome: 1,
        output_hash: B256::ZERO,
    };
    let terms = Terms { profile: &PROFILE, guest: &world.guest };
    let mut prover = Prover::new(&world);
    assert_eq!(prover.open(terms, &claim(world.state(0))), Ok(Action::Wait));
    let alarm = Alarm::UnknownStart { own: world.state(0), agreed: junk(0, 0) };
    assert_eq!(prover.assess(&claim(junk(0, 0))), Ok(Assessment::CannotTell(alarm)));
    assert_eq!(prover.open(terms, &claim(junk(0, 0))), Ok(Action::Alarm(alarm)));
}

/// A trace whose native engine and guest program disagree on every large step.
struct Torn<'a>(&'a World);

impl Trace for Torn<'_> {
    type Error = Infallible;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        self.0.large_states(steps)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Infallible> {
        let end = FinalState::Done { guest_half: junk(0, 0), data_half: junk(large + 1, 0) };
        Ok(Opening { steps: 2, end })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        self.0.small_states(large, steps)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Infallible> {
        self.0.witness(large, from, count)
    }
}

#[test]
fn an_engine_that_is_not_the_guest_is_an_alarm() {
    let world = world();
    let guest: GuestVersion = world.guest;
    let line = Line {
        position: Position { steps: 2, ..line(B256::ZERO, [B256::ZERO; 2]).position },
        ..line(world.state(0), [world.state(1), junk(2, 0)])
    };
    let action = Prover::new(Torn(&world)).answer(
        Terms { profile: &PROFILE, guest: &guest },
        Side::Submitter,
        &line,
    );
    let alarm = Alarm::TornSeam { large: 1, native: world.state(2), guest: junk(2, 0) };
    assert_eq!(action, Ok(Action::Alarm(alarm)));
}
