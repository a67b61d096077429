//! How a story ended.

use crate::Entry;

/// What became of the first claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is final.
    Finalized,
    /// It lost a dispute.
    Rejected,
}

impl Verdict {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finalized => "finalized",
            Self::Rejected => "rejected",
        }
    }
}

/// Lists that were posted in the first claim's deciding dispute; without one, in its longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moves {
    /// Over large steps, the opening of the dispute included.
    pub phase1: usize,
    /// Over small steps, the opening of phase 2 included.
    pub phase2: usize,
}

/// How a story ended.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the scenario.
    pub name: String,
    /// What became of the first claim.
    pub verdict: Verdict,
    /// Whether the dapp's callback received the answer in the end.
    pub callback: bool,
    /// Who won about the first claim: its submitter, or the challenger that it fell to.
    pub winner: String,
    /// How long the dispute was.
    pub moves: Moves,
    /// Everything that happened on chain.
    pub transactions: Vec<Entry>,
    /// How long it took to play.
    pub seconds: f64,
}
