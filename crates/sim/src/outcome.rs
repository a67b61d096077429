//! What the ends of requests are worth to everybody in them, by the rules of `opml-game`. Amounts are in ether.

use alloy_primitives::U256;
use opml_game::{Fate, Profile, Split};

use crate::{
    config::Config,
    dispute::Line,
    gas::{Gas, NotMeasured},
};

/// Wei as ether.
pub fn ether(wei: U256) -> f64 {
    f64::from(wei) / 1e18
}

/// Gwei as ether.
pub fn of_gwei(gwei: u64) -> f64 {
    gwei as f64 / 1e9
}

/// Everything that outcomes are computed from.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The court.
    pub profile: Profile,
    /// The longest dispute over the run.
    pub line: Line,
    /// Gas of a commitment, a reveal and a finalisation: what a claim costs that nobody disputes.
    pub claim: u64,
    /// Gas of a commitment and a reveal.
    pub made: u64,
    /// Gas of `timeout` and of `collect` by a submitter.
    pub won_by_time: u64,
    /// Gas of the dearest evaluation in a dispute, and of `collect` by a challenger.
    pub won_by_proof: u64,
    /// Gas of a first opening.
    pub opened: u64,
    /// Gas of a validator's answer after somebody's draw.
    pub answered: u64,
    /// Gas of showing that a validator was silent, by somebody without credit: the dearest there is.
    pub slashed: u64,
}

impl Prices {
    /// The prices of the configured court and run.
    ///
    /// # Errors
    /// If one of the calls was never measured.
    pub fn of(config: &Config, gas: &Gas) -> Result<Self, NotMeasured> {
        let profile = config.profile();
        let k = profile.arity();
        let made = gas.of_call("commit", "")? + gas.dearest_of("reveal", "input of 64")?;
        Ok(Self {
            profile,
            line: Line::longest(config, gas)?,
            claim: made + gas.of_call("finalise", "no callback, known credit slot")?,
            made,
            won_by_time: gas.of_call("timeout", "any list")?
                + gas.of_call("collect", "claim stands, new credit slot")?,
            // A verdict hardly depends on k: three words of proof.
            won_by_proof: gas.dearest_of("evaluate", "k = 32, r = 16, around")?
                + gas.of_call("collect", "claim rejected, new credit slot")?,
            opened: gas.of_call("open", &format!("k = {k}, phase 1, full list"))?,
            answered: gas.of_call("answer", "after a draw")?,
            slashed: gas.of_call("slash", "new credit slot")?,
        })
    }

    /// What of a split is `f`, in ether.
    fn split(&self, fate: Fate, others: u32, lists: u16, f: impl Fn(Split) -> U256) -> f64 {
        ether(f(self.profile.settle(fate, 0, others, 0, lists)))
    }

    fn bond(&self) -> f64 {
        ether(self.profile.bond(0))
    }

    fn stake(&self) -> f64 {
        ether(self.profile.stake(0))
    }

    /// A dispute against a true claim: lists to the end, then silence.
    pub fn griefed(&self, price_gwei: f64) -> Griefed {
        let price = price_gwei / 1e9;
        let spent = (self.line.submitter + self.won_by_time) as f64 * price;
        let repaid = self.split(Fate::Forfeited, 0, self.line.lists, |split| split.submitter);
        let lost = self.bond() + self.line.challenger as f64 * price;
        Griefed { spent, repaid, lost }
    }

    /// A false claim that an honest challenger overthrows by proof.
    pub fn caught(&self, price_gwei: f64) -> Caught {
        let price = price_gwei / 1e9;
        let claimed = (self.made + self.line.submitter) as f64 * price;
        let prize =
            self.split(Fate::Won, 0, self.line.lists, |split| split.challenger) - self.bond();
        let spent = (self.line.challenger + self.won_by_proof) as f64 * price;
        Caught { lost: self.stake() + claimed, gained: prize - spent }
    }

    /// A false claim that its author overthrows by another name, right after an honest challenger has opened.
    pub fn raced(&self, price_gwei: f64) -> Raced {
        let price = price_gwei / 1e9;
        let back = self.split(Fate::Won, 1, 1, |split| split.challenger) - self.bond();
        let (repaid, rest) = (
            self.split(Fate::Shared, 1, 1, |split| split.challenger) - self.bond(),
            self.split(Fate::Shared, 1, 1, |split| split.winner),
        );
        let spent = (self.made + self.opened + self.won_by_proof) as f64 * price;
        Raced {
            lost: self.stake() - back - rest + spent,
            honest: repaid - self.opened as f64 * price,
        }
    }
}

/// One dispute against a true claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Griefed {
    /// Gas of the submitter.
    pub spent: f64,
    /// What it gets of the bond.
    pub repaid: f64,
    /// Bond and gas of the challenger.
    pub lost: f64,
}

impl Griefed {
    /// The attacker's loss over the honest side's outlay.
    pub fn factor(&self) -> f64 {
        self.lost / self.spent
    }

    /// What the honest side has in the end.
    pub fn net(&self) -> f64 {
        self.repaid - self.spent
    }
}

/// A false claim and an honest challenger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Caught {
    /// What its author loses.
    pub lost: f64,
    /// What the challenger gains.
    pub gained: f64,
}

/// A false claim and the self-challenge race.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raced {
    /// What its author loses.
    pub lost: f64,
    /// What the honest challenger gains that was too slow, which is gas at the flat rate.
    pub honest: f64,
}
