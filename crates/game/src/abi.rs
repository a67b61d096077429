//! Requests and claims as calls and events carry them (`IOpMLTypes`), in the types of whichever bindings: each contract's have their
//! own. This is the only place that goes from field to field.

use alloy_sol_types::{Result, SolType, SolValue};

use crate::{Claim, Request};

mod layout {
    //! Field by field as the contract declares them.

    alloy_sol_types::sol! {
        struct Request {
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
        struct Claim {
            bytes32 requestId;
            uint32 round;
            uint8 guest;
            uint8 profile;
            address submitter;
            bytes32 s0;
            uint64 n;
            bytes32 sn;
            uint8 outcome;
            bytes32 outputHash;
        }
    }
}

impl Request {
    /// The request in the type that bindings have for `IOpMLTypes.Request`.
    ///
    /// # Errors
    /// If `T` is a type of something else.
    pub fn to_abi<T: SolValue + From<<T::SolType as SolType>::RustType>>(&self) -> Result<T> {
        let request = layout::Request {
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
        T::abi_decode(&request.abi_encode())
    }

    /// The request in a value of the bindings' type for it.
    ///
    /// # Errors
    /// If `request` is of a type of something else.
    pub fn from_abi(request: &impl SolValue) -> Result<Self> {
        let request = <layout::Request as SolValue>::abi_decode(&request.abi_encode())?;
        Ok(Self {
            requester: request.requester,
            nonce: request.nonce,
            model: request.model,
            guest: request.guest,
            profile: request.profile,
            input_hash: request.inputHash,
            callback: request.callback,
            gas_limit: request.gasLimit,
            data_hash: request.dataHash,
        })
    }
}

impl Claim {
    /// The claim in the type that bindings have for `IOpMLTypes.Claim`.
    ///
    /// # Errors
    /// If `T` is a type of something else.
    pub fn to_abi<T: SolValue + From<<T::SolType as SolType>::RustType>>(&self) -> Result<T> {
        let claim = layout::Claim {
            requestId: self.request_id,
            round: self.round,
            guest: self.guest,
            profile: self.profile,
            submitter: self.submitter,
            s0: self.s0,
            n: self.n,
            sn: self.sn,
            outcome: self.outcome,
            outputHash: self.output_hash,
        };
        T::abi_decode(&claim.abi_encode())
    }

    /// The claim in a value of the bindings' type for it.
    ///
    /// # Errors
    /// If `claim` is of a type of something else.
    pub fn from_abi(claim: &impl SolValue) -> Result<Self> {
        let claim = <layout::Claim as SolValue>::abi_decode(&claim.abi_encode())?;
        Ok(Self {
            request_id: claim.requestId,
            round: claim.round,
            guest: claim.guest,
            profile: claim.profile,
            submitter: claim.submitter,
            s0: claim.s0,
            n: claim.n,
            sn: claim.sn,
            outcome: claim.outcome,
            output_hash: claim.outputHash,
        })
    }
}
