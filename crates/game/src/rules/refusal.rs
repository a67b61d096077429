use alloy_primitives::{Address, B256, U256};
use thiserror::Error;

use super::WitnessRefused;

/// Why the contract would revert; each variant has the name and the arguments of the contract's error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the arguments are documented by the messages")]
pub enum Refusal {
    /// The claim is not open.
    #[error("claim {claim_id} has status {status}, not open")]
    ClaimNotOpen { claim_id: B256, status: u8 },
    /// The claim names a profile that does not exist.
    #[error("there is no profile {0}")]
    UnknownProfile(u8),
    /// The claim names a guest version that does not exist.
    #[error("there is no guest version {0}")]
    UnknownGuest(u8),
    /// The guest version was retired.
    #[error("guest version {0} is retired")]
    RetiredGuest(u8),
    /// The window of the claim is over.
    #[error("window of claim {claim_id} is closed: {elapsed} s of {window} s have passed")]
    WindowClosed { claim_id: B256, elapsed: u64, window: u64 },
    /// Bonds are numbered for so many disputes at once, and no more.
    #[error("claim {claim_id} has {live} live disputes")]
    TooManyDisputes { claim_id: B256, live: u32 },
    /// Less than the bond was sent.
    #[error("the bond is {required} wei, only {sent} were sent")]
    WrongBond { required: U256, sent: U256 },
    /// The challenger has used this nonce.
    #[error("dispute {0} exists")]
    DisputeExists(B256),
    /// Position or pair are not those of the dispute's slot.
    #[error("dispute {0} is not at this position, or the pair is not in its list")]
    StalePosition(B256),
    /// The dispute is over.
    #[error("dispute {0} is decided")]
    DisputeDecided(B256),
    /// It is the other side's turn.
    #[error("dispute {dispute_id} waits for {mover}, not for {caller}")]
    NotMover { dispute_id: B256, mover: Address, caller: Address },
    /// The side to move has lost by its clock.
    #[error("the clock of dispute {dispute_id} ran out: {elapsed} s of {budget} s")]
    ClockExpired { dispute_id: B256, elapsed: u64, budget: u64 },
    /// The side to move still has time.
    #[error("the clock of dispute {dispute_id} still runs: {elapsed} s of {budget} s")]
    ClockRunning { dispute_id: B256, elapsed: u64, budget: u64 },
    /// The list has no such entry.
    #[error("entry {pick} of a list of {entries}")]
    BadPick { pick: U256, entries: u64 },
    /// The body has the wrong length.
    #[error("the body has {got} bytes instead of {expected}")]
    BadBodyLength { expected: usize, got: usize },
    /// The mover asserts the end that it rejects.
    #[error("the list ends in the rejected state {0}")]
    SameEnd(B256),
    /// The segment is short enough, or its start is FAULT.
    #[error("dispute {0} is to be evaluated, not cut")]
    MustEvaluate(B256),
    /// The segment is too long, or of the other phase.
    #[error("dispute {0} is to be cut, not evaluated")]
    MustMove(B256),
    /// m is out of range.
    #[error("{m} small steps, not 1 to {max}")]
    BadStepCount { m: u64, max: u64 },
    /// The final state of an opening is not in one of the allowed forms.
    #[error("the final state is not one in which a large step can end")]
    BadFinalState,
    /// The evaluation would decide for the list's author a part that somebody else picked.
    #[error("the evaluation does not decide dispute {0}: its caller picked for the mover")]
    NotDecisive(B256),
    /// The verifier refuses the witness; the contract reverts with the verifier's own error.
    #[error(transparent)]
    Witness(#[from] WitnessRefused),
}

impl Refusal {
    /// Name of the contract's error, or `None` for an error of the verifier.
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::ClaimNotOpen { .. } => "ClaimNotOpen",
            Self::UnknownProfile(_) => "UnknownProfile",
            Self::UnknownGuest(_) => "UnknownGuest",
            Self::RetiredGuest(_) => "RetiredGuest",
            Self::WindowClosed { .. } => "WindowClosed",
            Self::TooManyDisputes { .. } => "TooManyDisputes",
            Self::WrongBond { .. } => "WrongBond",
            Self::DisputeExists(_) => "DisputeExists",
            Self::StalePosition(_) => "StalePosition",
            Self::DisputeDecided(_) => "DisputeDecided",
            Self::NotMover { .. } => "NotMover",
            Self::ClockExpired { .. } => "ClockExpired",
            Self::ClockRunning { .. } => "ClockRunning",
            Self::BadPick { .. } => "BadPick",
            Self::BadBodyLength { .. } => "BadBodyLength",
            Self::SameEnd(_) => "SameEnd",
            Self::MustEvaluate(_) => "MustEvaluate",
            Self::MustMove(_) => "MustMove",
            Self::BadStepCount { .. } => "BadStepCount",
            Self::BadFinalState => "BadFinalState",
            Self::NotDecisive(_) => "NotDecisive",
            Self::Witness(_) => return None,
        })
    }
}
