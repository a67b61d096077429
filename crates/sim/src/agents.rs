//! Many requests, and what each kind of agent has of them.

use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{
    config::Config,
    outcome::{Prices, of_gwei},
};

/// A kind of agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Computes, answers truly, and disputes what is false.
    Honest,
    /// Saves the computation and answers anything.
    Lazy,
    /// Answers falsely, for the prize.
    Cheating,
    /// The same, and overthrows its own claim by another name when an honest challenger comes.
    Sybil,
    /// Disputes true claims.
    Griefing,
}

/// All kinds, in the order of tables.
pub const KINDS: [Kind; 5] =
    [Kind::Honest, Kind::Lazy, Kind::Cheating, Kind::Sybil, Kind::Griefing];

/// What one kind of agent has of all requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Account {
    /// The kind.
    pub kind: Kind,
    /// Things that it has done: claims, or disputes of griefers.
    pub acts: u32,
    /// Claims of it that became final though they are false.
    pub false_finals: u32,
    /// What it has per act, in ether.
    pub per_act: f64,
}

/// Simulates all requests at one price of gas.
pub fn simulate(config: &Config, prices: &Prices, price_gwei: f64) -> Vec<Account> {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let agents = &config.agents;
    let counts = [agents.honest, agents.lazy, agents.cheating, agents.sybil];
    let mut submitters: Vec<Kind> = KINDS
        .iter()
        .zip(counts)
        .flat_map(|(kind, count)| std::iter::repeat_n(*kind, count as usize))
        .collect();
    submitters.shuffle(&mut rng);
    let mut accounts = Accounts::default();
    for index in 0..config.requests as usize {
        match submitters[index % submitters.len()] {
            Kind::Honest => accounts.honest(config, prices, price_gwei, &mut rng),
            kind => accounts.lying(kind, config, prices, price_gwei, &mut rng),
        }
    }
    accounts.rows()
}

#[derive(Debug, Default)]
struct Accounts {
    sums: [(u32, u32, f64); 5],
}

impl Accounts {
    const fn of(&mut self, kind: Kind) -> &mut (u32, u32, f64) {
        &mut self.sums[kind as usize]
    }

    fn add(&mut self, kind: Kind, acts: u32, amount: f64) {
        let (count, _, sum) = self.of(kind);
        *count += acts;
        *sum += amount;
    }

    /// A true claim, and the griefers that dispute it.
    fn honest(&mut self, config: &Config, prices: &Prices, price_gwei: f64, rng: &mut ChaCha8Rng) {
        let gas = prices.claim as f64 * price_gwei / 1e9;
        let fee = of_gwei(config.request.fee_gwei);
        self.add(Kind::Honest, 1, fee - gas - of_gwei(config.request.inference_gwei));
        for _ in 0..config.agents.griefing {
            if rng.random_bool(config.agents.griefed) {
                let griefed = prices.griefed(price_gwei);
                self.add(Kind::Griefing, 1, -griefed.lost);
                self.add(Kind::Honest, 0, griefed.net());
            }
        }
    }

    /// A false claim: somebody is there to see it, or nobody.
    fn lying(
        &mut self,
        kind: Kind,
        config: &Config,
        prices: &Prices,
        price_gwei: f64,
        rng: &mut ChaCha8Rng,
    ) {
        if !rng.random_bool(config.request.watched) {
            let gas = prices.claim as f64 * price_gwei / 1e9;
            // What a lazy answer is worth to others is none of its author's business.
            let prize = if kind == Kind::Lazy { 0 } else { config.request.prize_gwei };
            self.of(kind).1 += 1;
            return self.add(kind, 1, of_gwei(config.request.fee_gwei + prize) - gas);
        }
        let inference = of_gwei(config.request.inference_gwei);
        let (lost, gained) = if kind == Kind::Sybil {
            let raced = prices.raced(price_gwei);
            (raced.lost, raced.honest)
        } else {
            let caught = prices.caught(price_gwei);
            (caught.lost, caught.gained)
        };
        self.add(kind, 1, -lost);
        self.add(Kind::Honest, 0, gained - inference);
    }

    fn rows(&self) -> Vec<Account> {
        let row = |kind: Kind| {
            let (acts, false_finals, sum) = self.sums[kind as usize];
            Account { kind, acts, false_finals, per_act: sum / f64::from(acts.max(1)) }
        };
        KINDS.map(row).to_vec()
    }
}
