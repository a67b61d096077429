//! What an audience gets to see while a story is played.

use alloy_primitives::{Address, B256};
use opml_game::{Phase, Side};

use crate::Entry;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A line of the story.
    Note(String),
    /// The stage is set, and the question asked.
    Stage {
        /// Where the chain's JSON-RPC answers while the story is played.
        url: String,
        /// The accounts that have names.
        parties: Vec<(Address, String)>,
    },
    /// A transaction is on the chain.
    TxSeen(Entry),
    /// A dispute is about a smaller part of the run.
    PositionChanged {
        /// The dispute.
        dispute: B256,
        /// Steps that were in dispute before.
        n_before: u64,
        /// Steps in dispute now; of phase 2 they are small ones.
        n_after: u64,
        /// Phase now.
        phase: Phase,
        /// Whose turn it is.
        mover: Side,
    },
    /// A dispute is decided.
    Decided {
        /// The dispute.
        dispute: B256,
        /// Who won.
        winner: Side,
        /// By proof, or else by clock.
        by_proof: bool,
    },
    /// What became of a claim.
    Verdict {
        /// The claim.
        claim: B256,
        /// Who made it.
        submitter: String,
        /// Whether it is final; else it is rejected.
        stands: bool,
    },
}

/// Somebody who watches.
pub trait Observer: Send {
    /// Is told about every event in order.
    fn event(&mut self, event: &Event);
}

/// Nobody watches.
impl Observer for () {
    fn event(&mut self, _: &Event) {}
}

impl<F: FnMut(&Event) + Send> Observer for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}
