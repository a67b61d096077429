use alloy_primitives::{Address, B256, Bytes, U64};
use serde::{Deserialize, Serialize};

use super::{ClaimStatus, Outcome};

/// An output with all that leads from it to its claim's id, so that nobody has to believe who tells it: docs/protocol.md §2 and §7.
///
/// S_n = keccak(keccak(runRoot ‖ O) ‖ model), where O is the root of outcome and output: `runRoot` and `model` are the path from O
/// to S_n. The rest is what the ids of request and claim are hashes of. Whether the claim of that id is final, the contract
/// says: `claimSlot(claim)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutputProof {
    /// Id of the request.
    pub request: B256,
    /// Id of the claim.
    pub claim: B256,
    /// Where the claim stands in this node's store.
    pub status: ClaimStatus,
    /// Id of the chain.
    pub chain_id: U64,
    /// The opML contract.
    pub contract: Address,
    /// Who asks.
    pub requester: Address,
    /// Tells apart requests that are alike.
    pub nonce: U64,
    /// M: the model id, and the second sibling of the path.
    pub model: B256,
    /// Number of the guest version.
    pub guest: U64,
    /// Number of the profile.
    pub profile: U64,
    /// keccak of the input.
    pub input_hash: B256,
    /// Who receives the result; zero for nobody.
    pub callback: Address,
    /// Gas that the callback gets.
    pub gas_limit: U64,
    /// keccak of the data that the callback gets back.
    pub data_hash: B256,
    /// Rejected claims before this one.
    pub round: U64,
    /// Who claims.
    pub submitter: Address,
    /// State before the run.
    pub s0: B256,
    /// Large steps.
    pub n: U64,
    /// State after the run.
    pub sn: B256,
    /// What the run ends in.
    pub outcome: Outcome,
    /// C_n, the first sibling of the path; zero for a fault.
    pub run_root: B256,
    /// The output.
    pub output: Bytes,
}
