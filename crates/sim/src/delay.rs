//! What it costs to keep a request from its answer: one false claim after the other, each fought to the last second.

use opml_game::{Fate, Profile, Terms};
use serde::Serialize;

use crate::{config::Config, outcome::ether};

/// What so many rejected claims take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Delay {
    /// Rejected claims.
    pub rounds: u32,
    /// Hours until the next claim can be final, at most.
    pub hours: f64,
    /// Capital that is needed if each claim is overthrown by its author's other name: half of each stake comes back. In ether.
    pub capital: f64,
    /// What is lost, in ether.
    pub lost: f64,
    /// The next stake, which the honest party gets back.
    pub next_stake: f64,
}

/// What `rounds` rejected claims take.
pub fn delay(config: &Config, rounds: u32) -> Delay {
    let (profile, guest) = (config.profile(), config.guest());
    let terms = Terms { profile: &profile, guest: &guest };
    let round_s =
        terms.verdict_within(config.run.large_steps) + 2 * u64::from(profile.seconds_per_block);
    let (mut lost, mut capital) = (0.0, 0.0f64);
    for round in 0..rounds {
        capital = capital.max(lost + stake(&profile, round));
        lost += burned(&profile, round);
    }
    let last = u64::from(profile.window) + 2 * u64::from(profile.seconds_per_block);
    let hours = (u64::from(rounds) * round_s + last) as f64 / 3600.0;
    Delay { rounds, hours, capital, lost, next_stake: stake(&profile, rounds) }
}

fn stake(profile: &Profile, round: u32) -> f64 {
    ether(profile.stake(round))
}

/// What nobody gets of the stake of a lost claim.
fn burned(profile: &Profile, round: u32) -> f64 {
    ether(profile.settle(Fate::Won, round, 0, 0, 1).burned)
}
