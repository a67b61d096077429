//! What an attention contract says (docs/protocol.md §11), as of one block.
//!
//! The store follows the opML contract alone. Attention is read by calls at the head's hash instead: what they give is what the chain
//! that the head ends says, so there is nothing to undo when the head is replaced, nothing on disk that could differ from the chain,
//! and the contract's rules on rosters and epochs are not there twice. Which requests to ask about is in the store.

mod client;
mod reader;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use opml_game::attention::{BOUNTY_DIVISOR, JUDGED, LIABLE_EPOCHS, Lots, answer};

pub use reader::{ReadError, ask};
pub(crate) use reader::{Reader, Scope};

use serde::Serialize;

use crate::view::{BlockRef, Claim};

/// The terms of a contract; nobody can change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Profile of the requests that may be enrolled.
    pub profile: u8,
    /// V: seats that are drawn at most.
    pub draws: u8,
    /// p in ten thousandths.
    pub called: u16,
    /// Requests of one model that seats answer for in an epoch.
    pub capacity: u16,
    /// E: seconds of an epoch, not 0.
    pub epoch_seconds: u64,
    /// G in wei: what a called validator without a right answer loses.
    pub slash: U256,
    /// R in wei: what one with a right answer earns.
    pub reward: U256,
}

impl Terms {
    /// The epoch of a timestamp.
    pub const fn epoch(&self, time: u64) -> u64 {
        time / self.epoch_seconds
    }

    /// Whether what was enrolled in `epoch` can be judged at this time.
    pub const fn judges(&self, epoch: u64, time: u64) -> bool {
        self.epoch(time) < epoch + LIABLE_EPOCHS
    }

    /// What is set aside for the rewards of a request, in wei.
    pub fn funding(&self) -> U256 {
        self.reward * U256::from(self.draws)
    }

    /// What showing a silence earns, in wei.
    pub fn bounty(&self) -> U256 {
        self.slash / U256::from(BOUNTY_DIVISOR)
    }
}

/// A validator on the roster of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its deposit in wei.
    pub deposit: U256,
    /// The first epoch whose requests it answers for.
    pub from: u64,
    /// The first epoch from then on whose requests it does not.
    pub until: u64,
}

impl Member {
    /// Whether it answers for what is enrolled in an epoch.
    pub const fn is_liable(&self, epoch: u64) -> bool {
        self.from <= epoch && epoch < self.until
    }
}

/// A drawn seat whose validator answers for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Which of the draws it was: the first one that hit the validator.
    pub index: u8,
    /// The validator.
    pub validator: Address,
    /// Its answer: zero if there is none, [`JUDGED`] if it was rewarded or slashed.
    pub given: B256,
}

impl Seat {
    /// Whether it was rewarded or slashed.
    pub fn is_judged(&self) -> bool {
        self.given == JUDGED
    }

    /// Whether it has answered with this end state.
    pub fn is_right(&self, request: B256, sn: B256) -> bool {
        self.given == answer(request, sn, self.validator)
    }
}

/// A request before the validators, that can still be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The model.
    pub model: B256,
    /// Epoch of the enrolment.
    pub epoch: u64,
    /// Whether the contract has kept who is drawn: nobody is judged before.
    pub drawn: bool,
    /// The draws; `None` before the first commitment.
    pub lots: Option<Lots>,
    /// The drawn seats; none before the first commitment.
    pub seats: Vec<Seat>,
    /// The final claim of the request, if it has one with an output.
    pub last: Option<Claim>,
}

impl Enrolment {
    /// The drawn seats that have to answer if the run ends in `sn`.
    pub fn called(&self, sn: B256, terms: &Terms) -> impl Iterator<Item = &Seat> {
        let called = terms.called;
        let lots = self.lots;
        self.seats
            .iter()
            .filter(move |seat| lots.is_some_and(|lots| lots.calls(seat.validator, sn, called)))
    }

    /// Whether nothing about it can concern `account` any more: everybody called was judged, or others have answered right.
    fn is_settled(&self, request: B256, terms: &Terms, account: Address) -> bool {
        let Some(last) = &self.last else { return false };
        self.called(last.sn, terms).all(|seat| {
            seat.is_judged() || seat.validator != account && seat.is_right(request, last.sn)
        })
    }
}

/// What one contract says to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// The contract.
    pub contract: Address,
    /// The block as of which it says so.
    pub at: BlockRef,
    /// Its terms.
    pub terms: Terms,
    /// What the account can withdraw from it, in wei.
    pub credit: U256,
    /// Where the account is or was a validator, of the models that the node holds.
    pub members: BTreeMap<B256, Member>,
    /// Requests for these models that can still be judged, by id.
    pub enrolments: BTreeMap<B256, Enrolment>,
}

impl Attention {
    /// Whether the account answers for what was enrolled for a model in an epoch.
    pub fn is_liable(&self, model: B256, epoch: u64) -> bool {
        self.members.get(&model).is_some_and(|member| member.is_liable(epoch))
    }

    /// What the account has in the contract.
    pub fn stake(&self) -> AttentionStake {
        AttentionStake {
            contract: self.contract,
            deposits: self.members.values().map(|member| member.deposit).sum(),
            seats: self.members.len(),
            credit: self.credit,
        }
    }
}

/// What an account has in an attention contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttentionStake {
    /// The contract.
    pub contract: Address,
    /// Deposits of its seats in wei, of those too that it has given up and not released.
    pub deposits: U256,
    /// How many deposits these are: one for each model.
    pub seats: usize,
    /// What it can withdraw, in wei.
    pub credit: U256,
}
