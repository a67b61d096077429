//! Ids are hashes of content (docs/protocol.md §7): a reorg or a race can never apply a call to something else.

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolValue;

mod preimage {
    //! The preimages exactly as `abi.encode` lays them out.

    alloy_sol_types::sol! {
        struct Request {
            uint256 chainId;
            address court;
            address requester;
            uint64 nonce;
            bytes32 model;
            uint8 guest;
            uint8 profile;
            bytes32 inputHash;
            address callback;
            uint32 gasLimit;
            bytes32 dataHash;
        }
        struct Content {
            uint8 guest;
            uint8 profile;
            bytes32 s0;
            uint64 n;
            bytes32 sn;
            uint8 outcome;
            bytes32 outputHash;
        }
        struct Claim {
            bytes32 requestId;
            uint32 round;
            address submitter;
            bytes32 content;
        }
        struct Dispute {
            bytes32 claimId;
            address challenger;
            uint64 nonce;
        }
    }
}

/// A request (`IOpMLTypes.Request`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Who asks.
    pub requester: Address,
    /// Tells apart requests that are alike.
    pub nonce: u64,
    /// M: the model id.
    pub model: B256,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// keccak of the input.
    pub input_hash: B256,
    /// Who receives the result, or zero.
    pub callback: Address,
    /// Gas that the callback gets.
    pub gas_limit: u32,
    /// keccak of the data that the callback gets back.
    pub data_hash: B256,
}

impl Request {
    /// The request's id at the contract `court` on chain `chain_id`.
    pub fn id(&self, chain_id: u64, court: Address) -> B256 {
        let preimage = preimage::Request {
            chainId: alloy_primitives::U256::from(chain_id),
            court,
            requester: self.requester,
            nonce: self.nonce,
            model: self.model,
            guest: self.guest,
            profile: self.profile,
            inputHash: self.input_hash,
            callback: self.callback,
            gasLimit: self.gas_limit,
            dataHash: self.data_hash,
        };
        keccak256(preimage.abi_encode())
    }
}

/// A claim (`IOpMLTypes.Claim`): for this request, the run ends after `n` large steps in state `sn`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The request that it answers.
    pub request_id: B256,
    /// How many claims of the request were rejected before.
    pub round: u32,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// Who claims.
    pub submitter: Address,
    /// S_0, computed by the contract from the input and the model id.
    pub s0: B256,
    /// Large steps of the run.
    pub n: u64,
    /// S_n, or FAULT.
    pub sn: B256,
    /// 1 done, 2 program error, 3 fault.
    pub outcome: u8,
    /// keccak of the output.
    pub output_hash: B256,
}

impl Claim {
    /// What a commitment to the claim hides.
    pub fn content(&self) -> B256 {
        let preimage = preimage::Content {
            guest: self.guest,
            profile: self.profile,
            s0: self.s0,
            n: self.n,
            sn: self.sn,
            outcome: self.outcome,
            outputHash: self.output_hash,
        };
        keccak256(preimage.abi_encode())
    }

    /// The claim's id, which is that of its commitment.
    pub fn id(&self) -> B256 {
        let preimage = preimage::Claim {
            requestId: self.request_id,
            round: self.round,
            submitter: self.submitter,
            content: self.content(),
        };
        keccak256(preimage.abi_encode())
    }
}

/// What names a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DisputeKey {
    /// The disputed claim.
    pub claim_id: B256,
    /// Who disputes.
    pub challenger: Address,
    /// Tells apart disputes of one challenger on one claim.
    pub nonce: u64,
}

impl DisputeKey {
    /// The dispute's id.
    pub fn id(&self) -> B256 {
        let preimage = preimage::Dispute {
            claimId: self.claim_id,
            challenger: self.challenger,
            nonce: self.nonce,
        };
        keccak256(preimage.abi_encode())
    }
}
