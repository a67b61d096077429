//! The seam between the phases, from both sides: which openings are accepted, and that no accepted one but the true one
//! survives an honest opponent.

use alloy_primitives::{Address, B256, U256};
use opml_fpvm::Cpu;
use opml_game::rules::{Call, Docket};
use opml_game::seam::FAULT;
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, Court, DisputeSlot, FinalState, Opening, Phase, Post, Profile,
    Refusal, Side, Tick,
};

use crate::adversary::{Alphabet, Letter};
use crate::play::{Evaluation, Game};
use crate::world::{Ending, Table, World, wrong_large};

const NOW: Tick = Tick { time: 100, block: 10 };

const fn hash(byte: u8) -> B256 {
    B256::repeat_byte(byte)
}

fn packed(version: u8, exit: u64) -> Box<[u8; opml_fpvm::PACKED_BYTES]> {
    let mut packed = Box::new(Cpu { exit, hi: 5, ..Cpu::start(0x1000) }.pack(hash(9)));
    packed[0] = version;
    packed
}

/// docs/protocol.md §8, *phase-2 opening*, in its own words.
fn is_allowed(opening: &Opening, rejected: B256, max: u64) -> bool {
    let m = opening.steps;
    let (form, y) = match &opening.end {
        FinalState::Done { data_half, .. } => (true, *data_half),
        FinalState::Failed { .. } => (true, FAULT),
        FinalState::Running { packed } => {
            (m == max && packed[0] == 1 && packed[65..73] == [0; 8], FAULT)
        }
    };
    1 <= m && m <= max && form && y != rejected
}

#[test]
fn an_opening_is_accepted_iff_it_is_one_of_the_allowed_forms() {
    let profile = Profile {
        window: 100,
        clock: 10,
        increment: 0,
        seconds_per_block: 12,
        arity_bits: 2,
        stake_gwei: 0,
        bond_gwei: 0,
        answer_window: 0,
    };
    let world = World::new(&[], 3, 2);
    let max = world.guest.max_steps();
    let court = Court::new(vec![profile], vec![(world.guest, Table::default())]);
    let slot = ClaimSlot {
        submitter: Address::ZERO,
        time: 100,
        block: 10,
        live: 0,
        status: ClaimStatus::Open,
    };
    let docket = Docket { claim: slot, dispute: DisputeSlot::None };
    let call = Call { now: NOW, caller: Address::ZERO, value: U256::ZERO, balance: U256::ZERO };

    let mut ends: Vec<FinalState> = [hash(1), hash(2), FAULT]
        .map(|data_half| FinalState::Done { guest_half: hash(7), data_half })
        .into();
    ends.extend(
        [1, 0xff, 0x101, 0x1ff, 0x201, 0x20d, u64::MAX]
            .map(|exit| FinalState::Failed { exit, root: hash(3) }),
    );
    for (version, exit) in [(1, 0), (0, 0), (2, 0), (1, 0x100), (1, 0x203), (1, 1 << 63)] {
        ends.push(FinalState::Running { packed: packed(version, exit) });
    }
    let (mut accepted, mut refused) = (0, 0);
    for rejected in [hash(1), hash(2), FAULT] {
        let claim = Claim {
            request_id: hash(0),
            round: 0,
            guest: 0,
            profile: 0,
            submitter: Address::ZERO,
            s0: hash(4),
            n: 1,
            sn: rejected,
            outcome: 1,
            output_hash: hash(0),
        };
        for (steps, end) in [0, 1, 2, max - 1, max, max + 1, u64::MAX]
            .into_iter()
            .flat_map(|m| ends.iter().map(move |end| (m, end)))
        {
            let opening = Opening { steps, end: end.clone() };
            let p = if steps <= 2 { 1 } else { 4.min(steps) };
            let allowed = is_allowed(&opening, rejected, max);
            for (list, fits) in [(p - 1, true), (p, false), (p.max(2) - 2, p == 1)] {
                let post = Post::Opening(opening.clone(), vec![hash(6); list as usize]);
                let ruling = court.open(&call, &docket, &claim, 0, &post.encode());
                assert_eq!(
                    ruling.is_ok(),
                    allowed && fits,
                    "{opening:?} against {rejected}: {ruling:?}"
                );
                match ruling {
                    Ok(ruling) => {
                        let position = ruling.position.unwrap();
                        assert_eq!(
                            (position.phase, position.steps, position.mover),
                            (Phase::Small, steps, Side::Submitter)
                        );
                        accepted += 1;
                    }
                    Err(
                        Refusal::BadStepCount { .. }
                        | Refusal::BadFinalState
                        | Refusal::SameEnd(_)
                        | Refusal::BadBodyLength { .. },
                    ) => refused += 1,
                    Err(other) => panic!("{opening:?}: {other}"),
                }
            }
        }
    }
    assert!(accepted > 50 && refused > accepted, "{accepted} accepted, {refused} refused");
}

/// Every asserted pair (S_0, e): if e is the true successor, no accepted opening beats it; if not, the true opening beats it.
#[test]
fn no_pair_of_large_states_but_the_true_one_survives() {
    const LETTERS: Alphabet = Alphabet {
        large: &[Letter::True],
        small: &[Letter::True, Letter::Wrong, Letter::Junk, Letter::Late, Letter::Fault],
    };
    let endings = [
        Ending::Done(1),
        Ending::Done(4),
        Ending::Done(7),
        Ending::Failed(1),
        Ending::Failed(5),
        Ending::Running,
    ];
    for ending in endings {
        for r in 1..=3 {
            let world = World::new(&[ending], 3, r);
            for end in [world.state(1), wrong_large(1), world.state(0), FAULT] {
                let honest = if end == world.state(1) { Side::Submitter } else { Side::Challenger };
                let mut game =
                    Game::new(&world, 1, (1, end), honest, LETTERS, Evaluation::Decisive);
                if let Err(loss) = game.search() {
                    panic!("{ending:?}, r {r}, asserted {end}: {loss:#?}");
                }
                assert!(honest == Side::Challenger || game.tried.0 > 20, "{:?}", game.tried);
            }
        }
    }
}
