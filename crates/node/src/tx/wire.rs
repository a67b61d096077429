//! The account and its Ethereum node: signing, asking, sending.

use std::sync::Arc;

use alloy::{
    consensus::TxEnvelope,
    eips::{BlockNumberOrTag, Encodable2718},
    network::{TransactionBuilder, TxSigner},
    providers::{DynProvider, Provider},
    rpc::types::{TransactionReceipt, TransactionRequest},
    signers::Signature,
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Address, B256, ChainId};

use super::{QueueError, Refusal, pending::Pending};

/// One account at one Ethereum node.
pub(super) struct Wire {
    pub(super) provider: DynProvider,
    pub(super) signer: Arc<dyn TxSigner<Signature> + Send + Sync>,
    pub(super) chain_id: ChainId,
}

/// What the node said to a question about a call. Only silence is an error: a node that answers is asked the next question.
#[derive(Debug)]
pub(super) enum Verdict<T> {
    /// It would be executed.
    Fine(T),
    /// The contract would revert.
    Refused(Refusal),
    /// The node does not even try, for lack of funds for example.
    Unable(String),
}

/// What became of a transaction that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// It is in the pool.
    Taken,
    /// Its nonce is used up.
    NonceUsed,
    /// It is not in the pool, and this is why.
    Refused(String),
}

impl Wire {
    pub(super) fn account(&self) -> Address {
        self.signer.address()
    }

    /// Nonces used up in the newest block.
    pub(super) async fn used(&self) -> Result<u64, QueueError> {
        let used = self.provider.get_transaction_count(self.account()).latest().await;
        used.map_err(|source| QueueError::Rpc { what: "nonce", source })
    }

    /// The receipt of the one of `hashes` that was mined.
    pub(super) async fn receipt(
        &self,
        hashes: &[B256],
    ) -> Result<Option<TransactionReceipt>, QueueError> {
        for hash in hashes {
            let receipt = self.provider.get_transaction_receipt(*hash).await;
            let receipt = receipt.map_err(|source| QueueError::Rpc { what: "receipt", source })?;
            if receipt.is_some() {
                return Ok(receipt);
            }
        }
        Ok(None)
    }

    /// Whether the node has the last attempt at a row: in its pool, or in a block that it knows.
    pub(super) async fn has(&self, row: &Pending) -> Result<bool, QueueError> {
        let Some(hash) = row.hashes.last() else { return Ok(false) };
        let known = self.provider.get_transaction_by_hash(*hash).await;
        let known = known.map_err(|source| QueueError::Rpc { what: "transaction", source })?;
        Ok(known.is_some())
    }

    /// Whether a row would be executed now.
    pub(super) async fn check(&self, row: &Pending) -> Result<Verdict<()>, QueueError> {
        let call = self.provider.call(self.request(row).with_gas_limit(row.gas));
        let result = call.block(BlockNumberOrTag::Latest.into()).await;
        verdict("call", result.map(drop))
    }

    /// The gas that a row takes.
    pub(super) async fn estimate(&self, row: &Pending) -> Result<Verdict<u64>, QueueError> {
        // Not on top of the pool: somebody's low offer there must not keep this account from making its own.
        let estimate = self.provider.estimate_gas(self.request(row));
        verdict("gas estimate", estimate.block(BlockNumberOrTag::Latest.into()).await)
    }

    fn request(&self, row: &Pending) -> TransactionRequest {
        TransactionRequest::default()
            .from(self.account())
            .to(row.to)
            .value(row.value)
            .input(row.data.clone().into())
    }

    /// The newest base fee in wei per gas.
    pub(super) async fn base_fee(&self) -> Result<u128, QueueError> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await;
        let block = block.map_err(|source| QueueError::Rpc { what: "base fee", source })?;
        Ok(block.and_then(|block| block.header.base_fee_per_gas).unwrap_or_default().into())
    }

    /// Signs a row as it is now. Asked again, the signer may give another signature.
    pub(super) async fn sign(&self, row: &Pending) -> Result<Signature, QueueError> {
        Ok(self.signer.sign_transaction(&mut row.transaction(self.chain_id)).await?)
    }

    /// Sends a signed transaction.
    pub(super) async fn submit(&self, signed: &TxEnvelope) -> Result<Sent, QueueError> {
        let Err(source) = self.provider.send_raw_transaction(&signed.encoded_2718()).await else {
            return Ok(Sent::Taken);
        };
        let Some(response) = source.as_error_resp() else {
            return Err(QueueError::Rpc { what: "send", source });
        };
        // The words are geth's; the other clients took them over.
        let message = response.message.to_lowercase();
        Ok(if message.contains("already known") || message.contains("already imported") {
            Sent::Taken
        } else if message.contains("nonce too low") {
            Sent::NonceUsed
        } else {
            Sent::Refused(message)
        })
    }
}

fn verdict<T>(
    what: &'static str,
    result: Result<T, RpcError<TransportErrorKind>>,
) -> Result<Verdict<T>, QueueError> {
    match result {
        Ok(value) => Ok(Verdict::Fine(value)),
        Err(source) => match (Refusal::of(&source), source.as_error_resp()) {
            (Some(refusal), _) => Ok(Verdict::Refused(refusal)),
            (None, Some(response)) => Ok(Verdict::Unable(response.message.to_string())),
            (None, None) => Err(QueueError::Rpc { what, source }),
        },
    }
}
