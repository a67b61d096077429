//! What the chain says: requests, claims and disputes as rebuilt from events.
//!
//! The records here are facts of one chain and nobody's opinion: no key, no address of one's own and no result of one's own
//! computation is among them. [`apply`] is the only writer, so that undoing its writes undoes everything.

mod apply;
mod records;
mod snapshot;
mod state;

pub use apply::{ApplyError, apply};
pub use records::{
    Appointment, Claim, ClaimStatus, Commitment, Credit, Dispute, GuestVersion, Model, Outcome,
    Post, Profile, Request, RequestStatus, Verdict,
};
pub use snapshot::{Ended, Owed, View};
pub use state::{Key, Records, Row, Rows, State, StateError, Typed, load, scan};

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// A block as others name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash of the header.
    pub hash: B256,
}

/// The newest block of a view, with the time that clocks are read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Height.
    pub number: u64,
    /// Hash of the header.
    pub hash: B256,
    /// Timestamp in seconds.
    pub time: u64,
}

impl Head {
    /// The block without its time.
    pub const fn block(&self) -> BlockRef {
        BlockRef { number: self.number, hash: self.hash }
    }
}
