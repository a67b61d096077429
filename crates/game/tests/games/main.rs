//! Random games of real size against the deployed contracts: requests whose run is known in closed form, honest parties by the
//! prover, and liars in every seat. No verdict is against an honest party, every request gets its right answer in time, and the
//! honest party is never out of pocket.
//!
//! `cargo xtask fuzz games` plays more of them, by these variables: `OPML_GAMES`, `OPML_GAMES_SEED`, `OPML_GAMES_FIRST`,
//! `OPML_GAMES_JSON`.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[expect(dead_code, reason = "the comparison of rules and contract uses more of it")]
#[path = "../solidity/chain.rs"]
mod chain;
mod liar;
mod machine;
mod play;
mod settle;
mod turn;

use std::env;
use std::time::Instant;

use alloy_primitives::Address;
use chain::{Chain, INPUT};
use liar::any;
use machine::{Kind, Machine};
use opml_contracts::ToyCourt;
use opml_game::Profile;
use play::{CHALLENGER, Game, HONEST, STRANGER, SUBMITTER, Seen};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Games that are played with every run of the tests.
const SLICE: u64 = 300;
/// A chain holds so many guest versions, which are the machines, and is used for so many games.
const MACHINES: usize = 100;
const GAMES_PER_CHAIN: u64 = 500;

/// Every arity; clocks from hasty to slow.
fn profiles() -> Vec<Profile> {
    let profile = |arity_bits: u8| Profile {
        window: 60 * u32::from(arity_bits),
        clock: 60 + 90 * u32::from(arity_bits % 4),
        increment: [0, 12, 24][usize::from(arity_bits) % 3],
        seconds_per_block: [1, 12][usize::from(arity_bits) % 2],
        arity_bits,
        stake_gwei: 13_000_000,
        bond_gwei: 1_300_000,
        answer_window: 0,
    };
    (1..=6).map(profile).collect()
}

/// A machine of any size: large and small steps up to 2^32, one in three with a step that faults.
fn machine(rng: &mut ChaCha8Rng, model: alloy_primitives::B256, verifier: Address) -> Machine {
    let sizes = [1 << rng.random_range(0..=31u32), 1 << rng.random_range(0..=31u32)];
    let [n, m] = sizes.map(|most| any(rng, most));
    let bits = (m.ilog2() + 1).max(rng.random_range(1..=40)) as u8;
    let kinds = [Kind::ExitsWithOne, Kind::Faults, Kind::NeverEnds];
    let kind = kinds[rng.random_range(0..3)];
    let fault = (rng.random_range(0..3) == 0).then(|| (any(rng, n) - 1, kind));
    Machine::new((n, m), fault, (INPUT, model), (verifier, bits, rng.random_range(1..=16)))
}

/// A chain with new machines.
fn stage(rng: &mut ChaCha8Rng) -> (Chain, Vec<Machine>) {
    let mut chain = Chain::new(&[HONEST, SUBMITTER, CHALLENGER, STRANGER]);
    let verifier = chain.deploy(ToyCourt::BYTECODE.to_vec());
    for profile in profiles() {
        chain.add_profile(&profile);
    }
    let model = chain.model;
    let machines: Vec<_> = (0..MACHINES).map(|_| machine(rng, model, verifier)).collect();
    for machine in &machines {
        chain.add_guest(&machine.guest);
    }
    (chain, machines)
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is {text}, not a number"))
    })
}

#[test]
fn honest_parties_win_every_game() {
    let (games, seed) = (variable("OPML_GAMES", SLICE), variable("OPML_GAMES_SEED", 1));
    let first = variable("OPML_GAMES_FIRST", 0);
    let (profiles, mut seen, start) = (profiles(), Seen::new(), Instant::now());
    let mut number = first;
    while number < first + games {
        // A chain's machines and each game have seeds of their own, so that one game can be played again.
        let era = number / GAMES_PER_CHAIN;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(era << 32);
        let (mut chain, machines) = stage(&mut rng);
        while number < first + games && number / GAMES_PER_CHAIN == era {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(era << 32 | (number % GAMES_PER_CHAIN + 1));
            let (profile, guest) =
                (rng.random_range(0..profiles.len()), rng.random_range(0..machines.len()));
            let alarm = Alarm { seed, number };
            let game = Game {
                chain: &mut chain,
                rng: &mut rng,
                machine: &machines[guest],
                profile: profiles[profile],
                terms: (profile as u8, guest as u8),
                number,
                seen: &mut seen,
                due: Default::default(),
            };
            game.play();
            alarm.quiet();
            number += 1;
            if number.is_multiple_of(1000) {
                eprintln!("{} games, {} s", number - first, start.elapsed().as_secs());
            }
        }
    }
    report(games, seed, &seen);
    let all = [
        "true claims final",
        "false claims rejected",
        "submitter wins by proof",
        "submitter wins by time",
        "challenger wins by proof",
        "challenger wins by time",
        "refused moves",
        "refused evaluations",
        "silent turns",
    ];
    for what in all {
        assert!(games < SLICE || seen.contains_key(what), "no game had {what}");
    }
}

/// Says which game it was that failed.
struct Alarm {
    seed: u64,
    number: u64,
}

impl Alarm {
    const fn quiet(self) {
        std::mem::forget(self);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let Self { seed, number } = self;
        eprintln!("show again: cargo xtask fuzz games --seed {seed} --first {number} --games 1");
    }
}

fn report(games: u64, seed: u64, seen: &Seen) {
    if env::var_os("OPML_GAMES_JSON").is_some() {
        println!("{}", serde_json::json!({ "games": games, "seed": seed, "seen": seen }));
        return;
    }
    eprintln!("{games} games with seed {seed}:");
    for (what, count) in seen {
        eprintln!("{count:>12} {what}");
    }
}
