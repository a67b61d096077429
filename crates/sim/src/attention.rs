//! When validators compute: the attention challenge (docs/protocol.md §11), by its formula and simulated.
//!
//! A validator that has computed S* knows whether it is called, answers for `g` if it is, and earns R. One that has not computed
//! stays silent, and loses G when it was called. (To answer at random is to be wrong: an answer is a hash of S*.) If it is the first
//! to show its own silence, it has the caller's quarter back: so it loses ¾·G at least, and that is what it is taken to lose here.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{
    config::Config,
    outcome::{Prices, of_gwei},
};

/// Means per request, in ether, at one probability of being called.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Watch {
    /// p.
    pub called: f64,
    /// ¾·p·G over C.
    pub slash_over_cost: f64,
    /// What a diligent validator has, simulated.
    pub diligent: f64,
    /// What a lazy one has, simulated.
    pub lazy: f64,
    /// The difference by the formula: `p·(¾·G + R - g) - C`.
    pub formula: f64,
}

/// Part of G that whoever shows the silence gets: `BOUNTY_DIVISOR` of the contract.
pub const BOUNTY: f64 = 1.0 / opml_game::attention::BOUNTY_DIVISOR as f64;

/// Amounts of the challenge in ether.
struct Stakes {
    /// What silence costs at least.
    slash: f64,
    reward: f64,
    answer: f64,
    cost: f64,
}

impl Stakes {
    fn of(config: &Config, prices: &Prices, price_gwei: f64) -> Self {
        let attention = &config.attention;
        Self {
            slash: (1.0 - BOUNTY) * of_gwei(attention.slash_gwei),
            reward: of_gwei(attention.reward_gwei),
            answer: prices.answered as f64 * price_gwei / 1e9,
            cost: of_gwei(config.request.inference_gwei),
        }
    }
}

/// Simulates all requests with validators that are called with probability `called`.
pub fn simulate(config: &Config, prices: &Prices, price_gwei: f64, called: f64) -> Watch {
    let Stakes { slash, reward, answer, cost } = Stakes::of(config, prices, price_gwei);
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let (mut diligent, mut lazy) = (0.0, 0.0);
    for _ in 0..config.requests {
        diligent -= cost;
        if rng.random_bool(called) {
            // Who would lose more by the answer's gas than by silence stays silent, too.
            diligent += (reward - answer).max(-slash);
            lazy -= slash;
        }
    }
    let requests = f64::from(config.requests);
    Watch {
        called,
        slash_over_cost: called * slash / cost,
        diligent: diligent / requests,
        lazy: lazy / requests,
        formula: called * (slash + reward - answer) - cost,
    }
}

/// The thresholds at one price of gas.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Threshold {
    /// Price of gas in gwei.
    pub price_gwei: f64,
    /// Least p at which a validator that takes part computes: `C / (¾·G + R - g)`; above 1 none does.
    pub diligence: f64,
    /// Least R at which it takes part: `g + C / p`, at the configured p.
    pub reward: f64,
    /// Least G at which slashing pays its gas.
    pub slash: f64,
}

/// The thresholds at a price of gas.
pub fn threshold(config: &Config, prices: &Prices, price_gwei: f64) -> Threshold {
    let Stakes { slash, reward, answer, cost } = Stakes::of(config, prices, price_gwei);
    let gain = slash + reward - answer;
    Threshold {
        price_gwei,
        diligence: if gain > 0.0 { cost / gain } else { f64::MAX },
        reward: answer + cost / config.attention.called,
        slash: prices.slashed as f64 * price_gwei / 1e9 / BOUNTY,
    }
}
