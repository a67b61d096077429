//! Who is in a story, and what it is about.

use std::sync::Arc;

use opml_engine::ModelFile;
use opml_game::Profile;
use opml_node::{
    plan::Roles,
    player::{NativePlayers, Players},
};

use super::Place;
use crate::world::STANDARD;

/// When somebody's node is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// From the beginning to the end.
    Always,
    /// From the beginning until a claim has been rejected.
    UntilRejection,
    /// Since a claim has been rejected.
    AfterRejection,
}

/// A party with a node.
#[derive(Clone)]
pub struct Role {
    /// Its name in the ledger.
    pub name: &'static str,
    /// What its node begins of itself.
    pub roles: Roles,
    /// What it believes.
    pub players: Arc<dyn Players>,
    /// When its node is up.
    pub presence: Presence,
    /// The party whose operator it is: that one has named its key before anything is asked.
    pub operates: Option<&'static str>,
}

impl std::fmt::Debug for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Role")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .field("presence", &self.presence)
            .field("operates", &self.operates)
            .finish_non_exhaustive()
    }
}

impl Role {
    /// Somebody who answers requests.
    pub fn submitter(name: &'static str, players: Arc<dyn Players>) -> Self {
        Self { name, roles: Roles::SUBMITTER, players, presence: Presence::Always, operates: None }
    }

    /// Somebody who disputes claims that it believes false.
    pub fn challenger(name: &'static str, players: Arc<dyn Players>) -> Self {
        Self { name, roles: Roles::CHALLENGER, players, presence: Presence::Always, operates: None }
    }

    /// Somebody who plays for a party, and begins nothing of its own.
    pub fn operator(name: &'static str, party: &'static str, players: Arc<dyn Players>) -> Self {
        let roles = Roles::OBSERVER;
        Self { name, roles, players, presence: Presence::Always, operates: Some(party) }
    }

    /// The same, but up at other times.
    #[must_use]
    pub fn present(self, presence: Presence) -> Self {
        Self { presence, ..self }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The digit in a picture, through the dapp.
    Picture {
        /// The model that reads it.
        model: Arc<ModelFile>,
        /// 8 × 8 pixels of 0 to 16.
        picture: Vec<u8>,
    },
    /// The same as text, through a dapp of the ORA AI oracle and the front for it.
    Prompt {
        /// The model that reads it.
        model: Arc<ModelFile>,
        /// 8 × 8 pixels of 0 to 16, which are characters of UTF-8.
        picture: Vec<u8>,
    },
    /// Any model on the committed guest, without a callback.
    Model {
        /// The model.
        model: Arc<ModelFile>,
        /// The input.
        input: Vec<u8>,
    },
    /// The digits model on a guest program of its own, with a bound of `2^max_steps_bits` small steps.
    Guest {
        /// The program.
        elf: Vec<u8>,
        /// The bound.
        max_steps_bits: u8,
        /// The input.
        input: Vec<u8>,
    },
}

/// When a node is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downtime {
    /// After it has sent its transactions, and up again before they are mined.
    BetweenBlocks,
    /// While a block is made.
    DuringBlocks,
}

/// Whose node is killed, and started again on its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Whose.
    pub name: &'static str,
    /// For how long.
    pub when: Downtime,
    /// At which block of the story, counted from 0, or at every one.
    pub round: Option<usize>,
}

/// A story before it is played.
#[derive(Debug, Clone)]
pub struct Script {
    /// What is asked.
    pub subject: Subject,
    /// The court.
    pub profile: Profile,
    /// Who is there.
    pub cast: Vec<Role>,
    /// Whose node does not stay up.
    pub crash: Option<Crash>,
    /// The chain.
    pub place: Place,
}

impl Script {
    /// A story on anvil, under [`STANDARD`] and without crashes.
    pub const fn new(subject: Subject, cast: Vec<Role>) -> Self {
        Self { subject, profile: STANDARD, cast, crash: None, place: Place::Anvil }
    }
}

/// Players that compute and tell what they computed.
pub(super) fn honest() -> Arc<dyn Players> {
    Arc::new(NativePlayers)
}
