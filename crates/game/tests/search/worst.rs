//! The longest line of play, from the reveal of a claim to its last verdict: the formula and a search find the same number.
//!
//! How long a line lasts depends on sizes of segments, clocks and turns alone, so positions that agree in them are one.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256};
use opml_game::rules::{Call, Docket};
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, Court, DisputeSlot, FinalState, GuestVersion, Opening, Phase,
    Position, Post, Profile, Side, Terms, Tick, cut,
};

use crate::world::{Table, junk};

/// What a line's duration depends on.
type Key = (Phase, u64, Side, u32, u32);

struct Lines<'a> {
    terms: Terms<'a>,
    /// Small steps that an opening of phase 2 may claim.
    openings: &'a [u64],
    /// Clocks are charged in multiples of so many seconds.
    tick: u32,
    known: HashMap<Key, (u64, u64)>,
}

impl Lines<'_> {
    /// Seconds that can still be charged until the dispute is over, and lists that can still be posted.
    fn longest(&mut self, position: Position) -> (u64, u64) {
        let Position { phase, steps, mover, submitter_budget, challenger_budget, .. } = position;
        let key = (phase, steps, mover, submitter_budget, challenger_budget);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let budget = position.budget(mover);
        // It is evaluated in the clock's last second, or the clock runs out.
        let mut worst = (u64::from(budget), 0);
        let Terms { profile, guest } = self.terms;
        let entries = self.terms.entries(phase, steps);
        let mut parts: Vec<u64> = (1..=entries).map(|j| cut::part(steps, entries, j)).collect();
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            let posted: Vec<(Phase, u64)> = match phase {
                Phase::Small if part <= u64::from(guest.max_evaluated) => continue,
                Phase::Large if part == 1 => {
                    self.openings.iter().map(|&m| (Phase::Small, m)).collect()
                }
                _ => vec![(phase, part)],
            };
            for spent in (0..=budget).step_by(self.tick as usize) {
                let now = Tick { time: position.time + spent, block: position.block + spent };
                assert_eq!(position.elapsed(now, profile), u64::from(spent));
                let left = u64::from(budget - spent);
                for &(phase, steps) in &posted {
                    let next = Position { phase, steps, ..position.moved(now, left, profile) };
                    let (seconds, lists) = self.longest(next);
                    worst.0 = worst.0.max(u64::from(spent) + seconds);
                    worst.1 = worst.1.max(lists + 1);
                }
            }
        }
        self.known.insert(key, worst);
        worst
    }
}

/// The position after a dispute is opened in the last second of the window.
fn opened(profile: Profile, guest: GuestVersion, n: u64, m: u64) -> Position {
    let court = Court::new(vec![profile], vec![(guest, Table::default())]);
    let claim = Claim {
        request_id: B256::ZERO,
        round: 0,
        guest: 0,
        profile: 0,
        submitter: Address::ZERO,
        s0: junk(0, 0),
        n,
        sn: junk(n, 0),
        outcome: 1,
        output_hash: B256::ZERO,
    };
    let (start, last) = (1_000, 1_000 + profile.window);
    let status = ClaimStatus::Open;
    let slot = ClaimSlot { submitter: Address::ZERO, time: start, block: start, live: 0, status };
    let terms = Terms { profile: &profile, guest: &guest };
    let list =
        |phase, steps| (1..=terms.entries(phase, steps)).map(|j| junk(n, j)).collect::<Vec<_>>();
    let post = if n == 1 {
        let end = FinalState::Done { guest_half: junk(0, 1), data_half: junk(0, 2) };
        let mut list = list(Phase::Small, m);
        list.pop();
        Post::Opening(Opening { steps: m, end }, list)
    } else {
        Post::List(list(Phase::Large, n))
    };
    let docket = Docket { claim: slot, dispute: DisputeSlot::None };
    let call = |time| Call {
        now: Tick { time, block: time },
        caller: Address::repeat_byte(1),
        value: profile.bond(0),
        balance: U256::ZERO,
    };
    court.open(&call(last + 1), &docket, &claim, 0, &post.encode()).unwrap_err();
    court.open(&call(last), &docket, &claim, 0, &post.encode()).unwrap().position.unwrap()
}

/// Seconds from the reveal to the verdict and lists, of the longest line.
fn search(
    profile: Profile,
    guest: GuestVersion,
    n: u64,
    openings: &[u64],
    tick: u32,
) -> (u64, u64) {
    let terms = Terms { profile: &profile, guest: &guest };
    let mut lines = Lines { terms, openings, tick, known: HashMap::new() };
    let first = if n == 1 { openings } else { &openings[..1] };
    let ends = first.iter().map(|&m| lines.longest(opened(profile, guest, n, m)));
    let worst = ends.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1))).unwrap();
    (u64::from(profile.window) + worst.0, 1 + worst.1)
}

const fn guest(max_steps_bits: u8, max_evaluated: u8) -> GuestVersion {
    GuestVersion {
        root: B256::ZERO,
        verifier: Address::ZERO,
        entry: 0x1000,
        max_steps_bits,
        max_evaluated,
    }
}

#[test]
fn the_formula_is_the_longest_line_of_small_games() {
    let mut games = 0;
    for (arity_bits, max_steps_bits, max_evaluated, increment) in (1..=2u8).flat_map(|a| {
        (0..=4u8).flat_map(move |m| {
            [1, 2, 3].into_iter().flat_map(move |r| [0, 1, 3].map(|inc| (a, m, r, inc)))
        })
    }) {
        let profile = Profile {
            window: 5,
            clock: 3,
            increment,
            seconds_per_block: 1,
            arity_bits,
            stake_gwei: 100,
            bond_gwei: 10,
            answer_window: 0,
        };
        let guest = guest(max_steps_bits, max_evaluated);
        let terms = Terms { profile: &profile, guest: &guest };
        let all: Vec<u64> = (1..=guest.max_steps()).collect();
        for n in 1..=9 {
            let found = search(profile, guest, n, &all, 1);
            let formula = (terms.verdict_within(n), terms.longest(n));
            assert_eq!(found, formula, "n {n}, {profile:?}, {guest:?}");
            games += 1;
        }
    }
    assert_eq!(games, 2 * 5 * 3 * 3 * 9);
}

/// docs/economics.md, *How long it can take*: profile *fast*, n = 2^24 large steps of up to 2^30 small ones, blocks of 12 s.
#[test]
fn the_formula_is_the_longest_line_of_the_fast_profile() {
    let profile = Profile {
        window: 600,
        clock: 600,
        increment: 24,
        seconds_per_block: 12,
        arity_bits: 5,
        stake_gwei: 1_300_000_000,
        bond_gwei: 130_000_000,
        answer_window: 0,
    };
    let (guest, n) = (guest(30, 16), 1 << 24);
    let terms = Terms { profile: &profile, guest: &guest };
    // The number of lists grows at these sizes and nowhere else.
    let most = guest.max_steps();
    let steps = (0..6).map(|e| 16 << (5 * e)).flat_map(|m| [m, m + 1]).chain([1, most]);
    let openings: Vec<u64> = steps.filter(|&m| m <= most).collect();
    let (seconds, lists) = search(profile, guest, n, &openings, 12);
    assert_eq!((seconds, lists), (terms.verdict_within(n), terms.longest(n)));
    assert_eq!((seconds, lists), (2016, 11));
    // The bound that the design publishes counts an increment for each list and one more.
    let published = 600 + 2 * 600 + (lists + 1) * 24;
    assert!(seconds <= published && published <= 35 * 60);
}
