//! Transactions under way, as the store keeps them.

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    signers::Signature,
};
use alloy_primitives::{Address, B256, Bytes, ChainId, TxKind, U256};
use serde::{Deserialize, Serialize};

use super::fees::Fees;

/// One transaction under way with all attempts at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Key of the call.
    pub(super) key: String,
    /// Name of the contract's function.
    pub(super) what: String,
    /// The nonce that all attempts share.
    pub(super) nonce: u64,
    /// Receiver.
    pub(super) to: Address,
    /// Wei.
    pub(super) value: U256,
    /// Calldata.
    pub(super) data: Bytes,
    /// Gas limit.
    pub(super) gas: u64,
    /// Wei per gas of the last attempt.
    pub(super) max_fee: u128,
    /// Tip per gas of the last attempt.
    pub(super) tip: u128,
    /// Hashes of all attempts, the last one at the end.
    pub(super) hashes: Vec<B256>,
    /// Signature of the last attempt; `None` before the first one. With it the same transaction can be sent again: some signers,
    /// as key services, sign otherwise each time, and others ask a person first.
    pub(super) signature: Option<Signature>,
    /// Height at the last attempt.
    pub(super) sent_at: u64,
    /// Whether the last attempt only uses up the nonce.
    pub(super) cancelled: bool,
}

/// Gas of a transfer.
const TRANSFER_GAS: u64 = 21_000;

impl Pending {
    /// The fees of the last attempt.
    pub(super) const fn fees(&self) -> Fees {
        Fees { max_fee: self.max_fee, tip: self.tip }
    }

    /// The transaction of the last attempt.
    pub(super) fn transaction(&self, chain_id: ChainId) -> TxEip1559 {
        TxEip1559 {
            chain_id,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.max_fee,
            max_priority_fee_per_gas: self.tip,
            to: TxKind::Call(self.to),
            value: self.value,
            access_list: Default::default(),
            input: self.data.clone(),
        }
    }

    /// The last attempt as it was signed; `None` before the first one.
    pub(super) fn signed(&self, chain_id: ChainId) -> Option<TxEnvelope> {
        Some(self.transaction(chain_id).into_signed(self.signature?).into())
    }

    /// Whether the last attempt is one of `account`.
    pub(super) fn is_of(&self, account: Address, chain_id: ChainId) -> bool {
        let digest = self.transaction(chain_id).signature_hash();
        let signer =
            self.signature.map(|signature| signature.recover_address_from_prehash(&digest));
        matches!(signer, Some(Ok(signer)) if signer == account)
    }

    /// Makes the transaction as it is now, with its signature, the last attempt.
    pub(super) fn attempt(&mut self, signature: Signature, chain_id: ChainId) -> TxEnvelope {
        let signed = TxEnvelope::from(self.transaction(chain_id).into_signed(signature));
        self.signature = Some(signature);
        self.hashes.push(*signed.tx_hash());
        signed
    }

    /// Turns it into a transfer of nothing to `account`, which uses up the nonce at the least cost.
    pub(super) fn cancel(&mut self, account: Address) {
        self.to = account;
        self.value = U256::ZERO;
        self.data = Bytes::new();
        self.gas = TRANSFER_GAS;
        self.cancelled = true;
    }
}
