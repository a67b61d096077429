//! From the bytes of an answer to the id of its claim (docs/protocol.md §2 and §7): what somebody needs who has the contract's word on
//! the claim and from anybody else the bytes.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use opml_engine::seam::{self, Outcome};
use thiserror::Error;

use crate::{Claim, Request};

/// Greatest length of an output in bytes (docs/protocol.md §3).
const MAX_OUTPUT: usize = 1 << 20;

/// An output with all that its claim's id is made of. Nothing in it is trusted: a change anywhere breaks S_n or gives another id.
///
/// The path from the output to S_n has two siblings: C_n, and M, which is the model id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputProof {
    /// The chain.
    pub chain_id: u64,
    /// The opML contract.
    pub court: Address,
    /// What was asked.
    pub request: Request,
    /// Claims of the request that were rejected before.
    pub round: u32,
    /// Who claims.
    pub submitter: Address,
    /// S_0, which the contract computed from the input.
    pub s0: B256,
    /// Large steps of the run.
    pub n: u64,
    /// S_n, or FAULT.
    pub sn: B256,
    /// How the run ended.
    pub outcome: Outcome,
    /// C_n; zero for a fault.
    pub run_root: B256,
    /// The output; empty unless the outcome is done.
    pub output: Bytes,
}

/// Why bytes are not the output of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutputProofError {
    /// No output is that long.
    #[error("an output of {length} bytes, of which there are at most {MAX_OUTPUT}")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// A run without an output has one.
    #[error("{length} bytes of output of a run that ended as {outcome:?}")]
    OutputOfFailure {
        /// Its length.
        length: usize,
        /// How the run ended.
        outcome: Outcome,
    },
    /// A fault leaves no C_n.
    #[error("C_n is {0} after a fault, which leaves none")]
    RunRootOfFault(B256),
    /// The output does not lead to S_n.
    #[error("output, C_n and model lead to the state {found}, the claim says {claimed}")]
    WrongEnd {
        /// What the claim says.
        claimed: B256,
        /// What follows from the proof.
        found: B256,
    },
    /// It is a proof about another request.
    #[error("the proof is about request {found}, not {asked}")]
    OtherRequest {
        /// The one that was asked for.
        asked: B256,
        /// That of the proof.
        found: B256,
    },
    /// It is a proof about another claim.
    #[error("the proof is about claim {found}, not {asked}")]
    OtherClaim {
        /// The one that was asked for.
        asked: B256,
        /// That of the proof.
        found: B256,
    },
}

impl OutputProof {
    /// The claim that the proof is about.
    pub fn claim(&self) -> Claim {
        Claim {
            request_id: self.request.id(self.chain_id, self.court),
            round: self.round,
            guest: self.request.guest,
            profile: self.request.profile,
            submitter: self.submitter,
            s0: self.s0,
            n: self.n,
            sn: self.sn,
            outcome: self.outcome as u8,
            output_hash: keccak256(&self.output),
        }
    }

    /// Checks that the output is what the claim `claim` says about the request `request`. Whether that claim is final is for the
    /// contract to say: its slot of this id ([`ClaimSlot`](crate::ClaimSlot)).
    ///
    /// # Errors
    /// If the bytes do not lead to S_n, or the proof is about another request or claim.
    pub fn verify(&self, request: B256, claim: B256) -> Result<(), OutputProofError> {
        let (length, outcome) = (self.output.len(), self.outcome);
        if length > MAX_OUTPUT {
            return Err(OutputProofError::TooLong { length });
        }
        if outcome != Outcome::Done && length != 0 {
            return Err(OutputProofError::OutputOfFailure { length, outcome });
        }
        if outcome == Outcome::Fault && self.run_root != B256::ZERO {
            return Err(OutputProofError::RunRootOfFault(self.run_root));
        }
        let end = seam::sn(self.run_root, outcome, &self.output, self.request.model);
        if end != self.sn {
            return Err(OutputProofError::WrongEnd { claimed: self.sn, found: end });
        }
        let found = self.claim();
        if found.request_id != request {
            let (asked, found) = (request, found.request_id);
            return Err(OutputProofError::OtherRequest { asked, found });
        }
        if found.id() != claim {
            return Err(OutputProofError::OtherClaim { asked: claim, found: found.id() });
        }
        Ok(())
    }
}
