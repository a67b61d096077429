//! What is simulated: a TOML file, checked before anything runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use opml_game::{GuestVersion, Preset, Profile};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A file that cannot be simulated.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no TOML, or not of this form.
    #[error("{name}, line {line}: {reason}")]
    Syntax {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A value that makes no sense.
    #[error("{key} is {value}, but {rule}")]
    Value {
        /// The key, with its section.
        key: &'static str,
        /// The value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
}

/// Everything that the simulation depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Config {
    pub seed: u64,
    pub requests: u32,
    pub gas_gwei: Vec<f64>,
    pub profile: Court,
    pub run: Run,
    pub request: Asked,
    pub attention: Attention,
    pub agents: Agents,
}

/// The profile of the court.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Court {
    pub window_s: u32,
    pub clock_s: u32,
    pub increment_s: u16,
    pub arity: u64,
    pub stake_gwei: u64,
    pub bond_gwei: u64,
}

/// The run in dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Run {
    pub large_steps: u64,
    pub small_steps_bits: u8,
    pub max_evaluated: u8,
}

/// Requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Asked {
    pub fee_gwei: u64,
    pub prize_gwei: u64,
    pub inference_gwei: u64,
    pub watched: f64,
}

/// The attention challenge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Attention {
    pub called: f64,
    pub slash_gwei: u64,
    pub reward_gwei: u64,
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "economics.toml says what each line is")]
pub struct Agents {
    pub honest: u32,
    pub lazy: u32,
    pub cheating: u32,
    pub sybil: u32,
    pub griefing: u32,
    pub griefed: f64,
}

/// The checked-in file.
const DEFAULT: &str = include_str!("../economics.toml");

impl Config {
    /// What the checked-in file says.
    ///
    /// # Errors
    /// If that file is wrong.
    pub fn checked_in() -> Result<Self, ConfigError> {
        Self::parse("economics.toml", DEFAULT)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or one of its lines cannot be simulated.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads the text of a file that is called `name`.
    ///
    /// # Errors
    /// If one of its lines cannot be simulated.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            let reason = error.message().trim().replace('\n', ", ");
            ConfigError::Syntax { name: name.to_owned(), line, reason }
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, value: &dyn ToString, rule| {
            Err(ConfigError::Value { key, value: value.to_string(), rule })
        };
        let Self { profile, run, request, attention, agents, .. } = self;
        if self.requests == 0 || self.requests > 10_000_000 {
            return refuse("requests", &self.requests, "1 to 10,000,000 can be simulated");
        }
        if self.gas_gwei.is_empty() {
            return refuse("gas_gwei", &"empty", "tables need a price");
        }
        for price in &self.gas_gwei {
            if !(price.is_finite() && *price > 0.0 && *price <= 10_000.0) {
                return refuse("gas_gwei", price, "a price is above 0 and at most 10,000");
            }
        }
        if profile.window_s < 60 || profile.clock_s < 60 {
            let shorter = profile.window_s.min(profile.clock_s);
            return refuse(
                "profile.window_s or clock_s",
                &shorter,
                "the contract takes 60 and more",
            );
        }
        if !(2..=64).contains(&profile.arity) || !profile.arity.is_power_of_two() {
            return refuse(
                "profile.arity",
                &profile.arity,
                "it must be a power of two from 2 to 64",
            );
        }
        if profile.bond_gwei == 0 || profile.stake_gwei / 10 < profile.bond_gwei {
            return refuse(
                "profile.stake_gwei",
                &profile.stake_gwei,
                "a stake is at least ten bonds",
            );
        }
        if run.large_steps == 0 || run.large_steps > 1 << 40 {
            return refuse("run.large_steps", &run.large_steps, "a model has 1 to 2^40 of them");
        }
        if run.small_steps_bits > 40 {
            return refuse("run.small_steps_bits", &run.small_steps_bits, "40 is the most");
        }
        if !(1..=16).contains(&run.max_evaluated) {
            return refuse("run.max_evaluated", &run.max_evaluated, "1 to 16 steps are evaluated");
        }
        let shares = [
            ("request.watched", request.watched),
            ("attention.called", attention.called),
            ("agents.griefed", agents.griefed),
        ];
        for (key, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return refuse(key, &share, "a probability is from 0 to 1");
            }
        }
        let Agents { honest, lazy, cheating, sybil, .. } = *agents;
        if [honest, lazy, cheating, sybil]
            .into_iter()
            .try_fold(0u32, u32::checked_add)
            .is_none_or(|all| all == 0)
        {
            return refuse("agents", &"nobody", "somebody has to answer the requests");
        }
        Ok(())
    }

    /// The court's profile. Blocks are those of Ethereum.
    pub const fn profile(&self) -> Profile {
        let Court { window_s, clock_s, increment_s, arity, stake_gwei, bond_gwei } = self.profile;
        Profile {
            window: window_s,
            clock: clock_s,
            increment: increment_s,
            seconds_per_block: Preset::FAST.profile.seconds_per_block,
            arity_bits: arity.ilog2() as u8,
            stake_gwei,
            bond_gwei,
            answer_window: 0,
        }
    }

    /// The guest version, as far as it counts.
    pub const fn guest(&self) -> GuestVersion {
        GuestVersion {
            root: alloy_primitives::B256::ZERO,
            verifier: alloy_primitives::Address::ZERO,
            entry: 0,
            max_steps_bits: self.run.small_steps_bits,
            max_evaluated: self.run.max_evaluated,
        }
    }
}
