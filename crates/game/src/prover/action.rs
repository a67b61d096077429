use alloy_primitives::B256;
use thiserror::Error;

/// What a party should do next. Bodies are calldata bodies (docs/protocol.md §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing: the claim is true, or it is the opponent's turn.
    Wait,
    /// Dispute the claim: `open(claim, nonce, body)`.
    Open {
        /// List, or opening ‖ list.
        body: Vec<u8>,
    },
    /// `move(…, pick, body)`.
    Move {
        /// The first entry that is not true, from 1.
        pick: u64,
        /// Pair, proof and post.
        body: Vec<u8>,
    },
    /// `evaluate(…, pick, body)`.
    Evaluate {
        /// The part to evaluate.
        pick: u64,
        /// End, proof and witness.
        body: Vec<u8>,
    },
    /// `evaluateFault(…, pick, body)`.
    EvaluateFault {
        /// The part that starts in FAULT.
        pick: u64,
        /// End and proof.
        body: Vec<u8>,
    },
    /// Do not move, wake a human.
    Alarm(Alarm),
}

/// Why an honest party must not move: its own trace and the dispute do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Alarm {
    /// The agreed start is not in the own trace: another run, another model, or a wrong computation.
    #[error("the agreed start is {agreed}, the own trace has {own}")]
    UnknownStart {
        /// The trace's state at that step.
        own: B256,
        /// The state that both sides agreed on.
        agreed: B256,
    },
    /// The opponent's list is the own trace: whatever was asserted against it was false.
    #[error("the list to reject is true, up to its end {end}")]
    TrueEnd {
        /// The list's last state.
        end: B256,
    },
    /// The own last list is not the own trace: it was computed wrongly, or another key posted it.
    #[error("the list posted by the own side differs from the own trace, which has {own}")]
    NotOwnList {
        /// The trace's state at the first difference.
        own: B256,
    },
    /// Native engine and guest program disagree on a large step.
    #[error("large step {large} ends in {native} natively and in {guest} in the guest")]
    TornSeam {
        /// The large step, from 0.
        large: u64,
        /// State after it by the native engine.
        native: B256,
        /// State after it by the guest program.
        guest: B256,
    },
}

/// What a party thinks of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assessment {
    /// Its end state is that of the own trace.
    True,
    /// It is not.
    False,
    /// The claim is not about the run that the trace is of.
    CannotTell(Alarm),
}
