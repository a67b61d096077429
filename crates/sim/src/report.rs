//! Everything that is simulated, for programs and for readers.

use std::fmt::Write;

use opml_game::Terms;
use serde::Serialize;

use crate::{
    agents::{self, Account},
    attention::{self, Threshold, Watch},
    config::Config,
    delay::{self, Delay},
    gas::{Gas, NotMeasured},
    outcome::{Prices, of_gwei},
};

/// One dispute against a true claim, at one price of gas. Amounts are in ether.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Griefing {
    /// Price of gas in gwei.
    pub price_gwei: f64,
    /// What the honest side spends on gas.
    pub outlay: f64,
    /// What it gets of the bond.
    pub repaid: f64,
    /// What it has in the end.
    pub net: f64,
    /// What the attacker loses.
    pub attacker_loss: f64,
    /// The attacker's loss over the honest side's outlay.
    pub factor: f64,
}

/// A false claim, at one price of gas. Amounts are in ether.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cheating {
    /// Price of gas in gwei.
    pub price_gwei: f64,
    /// What its author loses to an honest challenger.
    pub lost: f64,
    /// What the challenger gains.
    pub challenger: f64,
    /// What its author loses that overthrows it itself.
    pub raced: f64,
    /// What the honest challenger has that was overtaken.
    pub overtaken: f64,
    /// From this probability on that somebody looks, it does not pay.
    pub deterred_from: f64,
}

/// The accounts of all kinds of agents, at one price of gas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Market {
    /// Price of gas in gwei.
    pub price_gwei: f64,
    /// One row for each kind.
    pub accounts: Vec<Account>,
}

/// All results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Lists of the longest dispute over the run.
    pub lists: u16,
    /// Seconds from a reveal to the last verdict, at most.
    pub verdict_within_s: u64,
    /// Disputes against a true claim.
    pub griefing: Vec<Griefing>,
    /// False claims.
    pub cheating: Vec<Cheating>,
    /// What agents have.
    pub market: Vec<Market>,
    /// Thresholds of the attention challenge.
    pub thresholds: Vec<Threshold>,
    /// Diligence and laziness over p, at the middle one of the prices.
    pub attention: Vec<Watch>,
    /// The cost of delay.
    pub delay: Vec<Delay>,
}

/// Probabilities of being called that are simulated: `p·G` is about C at the first.
const CALLED: [f64; 9] = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1, 0.5];

impl Report {
    /// Simulates everything.
    ///
    /// # Errors
    /// If a call of the configured court was never measured.
    pub fn simulate(config: &Config, gas: &Gas) -> Result<Self, NotMeasured> {
        let prices = Prices::of(config, gas)?;
        let each = config.gas_gwei.iter().copied();
        let middle = config.gas_gwei[config.gas_gwei.len() / 2];
        let (profile, guest) = (config.profile(), config.guest());
        let terms = Terms { profile: &profile, guest: &guest };
        Ok(Self {
            lists: prices.line.lists,
            verdict_within_s: terms.verdict_within(config.run.large_steps),
            griefing: each.clone().map(|price| griefing(&prices, price)).collect(),
            cheating: each.clone().map(|price| cheating(config, &prices, price)).collect(),
            market: each
                .clone()
                .map(|price_gwei| Market {
                    price_gwei,
                    accounts: agents::simulate(config, &prices, price_gwei),
                })
                .collect(),
            thresholds: each.map(|price| attention::threshold(config, &prices, price)).collect(),
            attention: CALLED.map(|p| attention::simulate(config, &prices, middle, p)).to_vec(),
            delay: (0..=10).map(|rounds| delay::delay(config, rounds)).collect(),
        })
    }

    /// The tables, in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        self.tables(&mut text);
        text
    }

    fn tables(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "One dispute of {} lists against a true claim:\n\n\
             | gas price, gwei | honest outlay | repaid | honest net | attacker's loss | factor |\n|---|---|---|---|---|---|",
            self.lists
        );
        for row in &self.griefing {
            let Griefing { price_gwei, outlay, repaid, net, attacker_loss, factor } = row;
            let _ = writeln!(
                text,
                "| {price_gwei} | {outlay:.5} | {repaid:.5} | {net:.5} | {attacker_loss:.4} | {factor:.1} |"
            );
        }
        let _ = writeln!(
            text,
            "\nA false claim:\n\n\
             | gas price, gwei | author's loss | challenger's gain | loss in the self-challenge race | overtaken challenger's net | does not pay if watched from |\n|---|---|---|---|---|---|"
        );
        for row in &self.cheating {
            let Cheating { price_gwei, lost, challenger, raced, overtaken, deterred_from } = row;
            let _ = writeln!(
                text,
                "| {price_gwei} | {lost:.4} | {challenger:.4} | {raced:.4} | {overtaken:.5} | {deterred_from:.3} |"
            );
        }
        let _ = writeln!(
            text,
            "\nWhat agents have per claim, griefers per dispute:\n\n\
             | gas price, gwei | agent | claims or disputes | false and final | ether each |\n|---|---|---|---|---|"
        );
        for Market { price_gwei, accounts } in &self.market {
            for Account { kind, acts, false_finals, per_act } in accounts {
                let kind = format!("{kind:?}").to_lowercase();
                let _ = writeln!(
                    text,
                    "| {price_gwei} | {kind} | {acts} | {false_finals} | {per_act:.5} |"
                );
            }
        }
        let _ = writeln!(
            text,
            "\nAttention, by the formula:\n\n\
             | gas price, gwei | computing pays from p | taking part pays from R | slashing pays from G |\n|---|---|---|---|"
        );
        for row in &self.thresholds {
            let Threshold { price_gwei, diligence, reward, slash } = row;
            let _ = writeln!(text, "| {price_gwei} | {diligence:.6} | {reward:.6} | {slash:.4} |");
        }
        let _ = writeln!(
            text,
            "\n| p | ¾·p·G / C | diligent, ether per request | lazy | difference | by the formula |\n|---|---|---|---|---|---|"
        );
        for row in &self.attention {
            let Watch { called, slash_over_cost, diligent, lazy, formula } = row;
            let difference = diligent - lazy;
            let _ = writeln!(
                text,
                "| {called} | {slash_over_cost:.2} | {} | {} | {} | {} |",
                micro(*diligent),
                micro(*lazy),
                micro(difference),
                micro(*formula),
            );
        }
        let _ = writeln!(
            text,
            "\nThe answer delayed by rejected claims, each fought to the last second:\n\n\
             | rejected | hours at most | capital, ether | lost | next stake |\n|---|---|---|---|---|"
        );
        for Delay { rounds, hours, capital, lost, next_stake } in &self.delay {
            let _ = writeln!(
                text,
                "| {rounds} | {hours:.2} | {capital:.2} | {lost:.2} | {next_stake:.1} |"
            );
        }
    }
}

/// Six digits, and no sign before a nought.
fn micro(ether: f64) -> String {
    let text = format!("{ether:.6}");
    if text == "-0.000000" { text[1..].to_owned() } else { text }
}

/// One row, at any price.
pub fn griefing(prices: &Prices, price_gwei: f64) -> Griefing {
    let griefed = prices.griefed(price_gwei);
    Griefing {
        price_gwei,
        outlay: griefed.spent,
        repaid: griefed.repaid,
        net: griefed.net(),
        attacker_loss: griefed.lost,
        factor: griefed.factor(),
    }
}

fn cheating(config: &Config, prices: &Prices, price_gwei: f64) -> Cheating {
    let (caught, raced) = (prices.caught(price_gwei), prices.raced(price_gwei));
    // The author chooses the cheaper end of the two.
    let lost = caught.lost.min(raced.lost);
    let gas = prices.claim as f64 * price_gwei / 1e9;
    let prize = of_gwei(config.request.prize_gwei + config.request.fee_gwei) - gas;
    Cheating {
        price_gwei,
        lost: caught.lost,
        challenger: caught.gained,
        raced: raced.lost,
        overtaken: raced.honest,
        deterred_from: (prize / (prize + lost)).max(0.0),
    }
}
