use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use alloy::{
    consensus::{SignableTransaction, TxEnvelope},
    eips::{BlockNumberOrTag, Encodable2718},
    network::TxSigner,
    providers::{DynProvider, Provider},
    rpc::types::TransactionRequest,
    signers::Signature,
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Address, B256, ChainId};
use thiserror::Error;
use tokio::sync::broadcast;

use super::{
    FeePolicy, Refusal,
    encode::{EncodeError, Encoded, encode},
    pending::Pending,
};
use crate::{
    plan::Call,
    store::{Store, StoreError},
    view::Head,
};

/// The most gas that one transaction may have (EIP-7825).
const MAX_GAS: u64 = 1 << 24;

/// Why the queue could not do its work; it tries again at the next block.
#[derive(Debug, Error)]
pub enum QueueError {
    /// The node could not be asked.
    #[error("{what}: {source}")]
    Rpc {
        /// The question.
        what: &'static str,
        /// What went wrong.
        source: RpcError<TransportErrorKind>,
    },
    /// The queue's rows could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row does not encode or decode.
    #[error("queue row {key}: {source}")]
    Row {
        /// Key of the call.
        key: String,
        /// What the codec said.
        source: serde_json::Error,
    },
    /// The signer refused.
    #[error("signer: {0}")]
    Signer(#[from] alloy::signers::Error),
}

/// A transaction of this node that was mined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Name of the contract's function.
    pub what: String,
    /// Key of the call.
    pub key: String,
    /// Hash of the transaction.
    pub hash: B256,
    /// Height of its block.
    pub block: u64,
    /// Gas used.
    pub gas: u64,
    /// Whether it was executed without a revert.
    pub success: bool,
}

/// The one writer of an account.
///
/// At every block it is given the calls that the plan wants and does, in this order:
/// 1. rows whose nonce is used up leave once the store has seen their block, so that the plan knows of them;
/// 2. rows that the contract would refuse now are replaced by a transfer of nothing; rows without inclusion for some blocks
///    are sent again at a higher fee;
/// 3. calls without a row are tried against the node; what would revert is dropped, the rest gets the next nonce, a row on
///    disk, and is sent. A row is written before its transaction leaves, so a crash never sends a call twice.
pub struct TxQueue {
    provider: DynProvider,
    signer: Arc<dyn TxSigner<Signature> + Send + Sync>,
    chain_id: ChainId,
    contract: Address,
    store: Store,
    fees: FeePolicy,
    /// By nonce.
    pending: BTreeMap<u64, Pending>,
    /// Calls that the contract refused, with the block at which it did.
    refused: HashMap<String, B256>,
    receipts: broadcast::Sender<Receipt>,
}

impl fmt::Debug for TxQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxQueue")
            .field("account", &self.signer.address())
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

impl TxQueue {
    /// The queue of the signer's account, with what was under way when the store was last used.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub async fn new(
        provider: DynProvider,
        signer: Arc<dyn TxSigner<Signature> + Send + Sync>,
        chain_id: ChainId,
        contract: Address,
        store: Store,
        fees: FeePolicy,
        receipts: broadcast::Sender<Receipt>,
    ) -> Result<Self, QueueError> {
        let mut queue = Self {
            provider,
            signer,
            chain_id,
            contract,
            store,
            fees,
            pending: BTreeMap::new(),
            refused: HashMap::new(),
            receipts,
        };
        for (key, bytes) in queue.store.queue()? {
            let row: Pending = serde_json::from_slice(&bytes)
                .map_err(|source| QueueError::Row { key: key.clone(), source })?;
            // Signatures are deterministic: another hash means that the row is of another key.
            let (_, hash) = queue.sign(&row).await?;
            if row.hashes.last() == Some(&hash) {
                queue.pending.insert(row.nonce, row);
            } else {
                tracing::warn!(target: "opml::tx", key, "dropping a transaction of another account");
                queue.store.set_queue(&key, None)?;
            }
        }
        Ok(queue)
    }

    /// The account.
    pub fn account(&self) -> Address {
        self.signer.address()
    }

    /// Keys of the calls under way.
    pub fn under_way(&self) -> Vec<String> {
        self.pending.values().map(|row| row.key.clone()).collect()
    }

    /// Does what is to be done after the block `head` when the plan wants `calls`.
    ///
    /// # Errors
    /// If the node, the store or the signer fails; what was done until then stays done.
    pub async fn step(&mut self, head: Head, calls: &[Call]) -> Result<(), QueueError> {
        let used = self.provider.get_transaction_count(self.account()).latest().await;
        let used = used.map_err(|source| QueueError::Rpc { what: "nonce", source })?;
        self.clear(head, used).await?;
        self.renew(head, used).await?;
        for call in calls {
            let key = call.key();
            let known = self.pending.values().any(|row| row.key == key);
            if !known && self.refused.get(&key) != Some(&head.hash) {
                self.send(head, used, call, key).await?;
            }
        }
        self.refused.retain(|_, at| *at == head.hash);
        Ok(())
    }

    /// Removes rows whose nonce is used up, once the store has seen the block that used it.
    async fn clear(&mut self, head: Head, used: u64) -> Result<(), QueueError> {
        let done: Vec<Pending> = self.pending.range(..used).map(|(_, row)| row.clone()).collect();
        for row in done {
            let mut mined = None;
            for hash in &row.hashes {
                let receipt = self.provider.get_transaction_receipt(*hash).await;
                let receipt =
                    receipt.map_err(|source| QueueError::Rpc { what: "receipt", source })?;
                mined = mined.or(receipt);
            }
            let Some(receipt) = mined else {
                tracing::warn!(
                    target: "opml::tx", key = row.key, nonce = row.nonce,
                    "the nonce was used by a transaction that is not of this node"
                );
                self.remove(row.nonce)?;
                continue;
            };
            let block = receipt.block_number.unwrap_or(head.number);
            if block > head.number {
                continue;
            }
            let (success, gas) = (receipt.status(), receipt.gas_used);
            let hash = receipt.transaction_hash;
            tracing::info!(
                target: "opml::tx", what = row.what, %hash, block, gas, success,
                cancelled = row.cancelled, "mined"
            );
            if receipt.to == Some(self.contract) {
                let Pending { key, what, .. } = row;
                // Nobody listening is no error.
                let _ = self.receipts.send(Receipt { what, key, hash, block, gas, success });
            }
            self.remove(row.nonce)?;
        }
        Ok(())
    }

    /// Sends again what is not included, or takes it back if it would revert.
    async fn renew(&mut self, head: Head, used: u64) -> Result<(), QueueError> {
        let rows: Vec<Pending> = self.pending.range(used..).map(|(_, row)| row.clone()).collect();
        for mut row in rows {
            let refused = if row.cancelled { None } else { self.refusal(&row).await? };
            if let Some(refusal) = &refused {
                tracing::info!(
                    target: "opml::tx", key = row.key, nonce = row.nonce, ?refusal,
                    "taking back a transaction that would revert"
                );
                row.cancel(self.account());
            } else if head.number < row.sent_at + self.fees.patience {
                continue;
            }
            let base_fee = self.base_fee().await?;
            if let Some(fees) = self.fees.raised(row.fees(), base_fee) {
                (row.max_fee, row.tip) = (fees.max_fee, fees.tip);
            } else if refused.is_some() {
                // Under the old fee the pool refuses a replacement: leave the original alone.
                continue;
            }
            row.sent_at = head.number;
            self.dispatch(row).await?;
        }
        Ok(())
    }

    /// Why the contract would refuse a row now.
    async fn refusal(&self, row: &Pending) -> Result<Option<Refusal>, QueueError> {
        let request = TransactionRequest::default()
            .from(self.account())
            .to(row.to)
            .value(row.value)
            .input(row.data.clone().into());
        match self.provider.call(request).block(BlockNumberOrTag::Latest.into()).await {
            Ok(_) => Ok(None),
            Err(error) => match Refusal::of(&error) {
                Some(refusal) => Ok(Some(refusal)),
                None => Err(QueueError::Rpc { what: "call", source: error }),
            },
        }
    }

    /// Tries a call and sends it, unless the contract would refuse it.
    async fn send(
        &mut self,
        head: Head,
        used: u64,
        call: &Call,
        key: String,
    ) -> Result<(), QueueError> {
        let Encoded { data, value, gas } = match encode(&self.store, self.account(), call) {
            Ok(encoded) => encoded,
            Err(EncodeError::Store(error)) => return Err(error.into()),
            Err(error @ EncodeError::Gone { .. }) => {
                tracing::debug!(target: "opml::tx", key, %error, "not sent");
                return Ok(());
            }
        };
        let request = TransactionRequest::default()
            .from(self.account())
            .to(self.contract)
            .value(value)
            .input(data.clone().into());
        let estimate = match self.provider.estimate_gas(request).await {
            Ok(estimate) => estimate,
            Err(error) => {
                let Some(refusal) = Refusal::of(&error) else {
                    return Err(QueueError::Rpc { what: "gas estimate", source: error });
                };
                match &refusal {
                    Refusal::MovedOn(why) | Refusal::Exists(why) => {
                        tracing::debug!(target: "opml::tx", key, why, "not sent: no longer so");
                    }
                    Refusal::Wrong(why) => {
                        tracing::warn!(target: "opml::tx", key, why, "not sent: refused");
                    }
                }
                self.refused.insert(key, head.hash);
                return Ok(());
            }
        };
        let fees = self.fees.first(self.base_fee().await?);
        let next = self.pending.last_key_value().map_or(0, |(nonce, _)| nonce + 1).max(used);
        let row = Pending {
            key,
            what: call.name().to_owned(),
            nonce: next,
            to: self.contract,
            value,
            data,
            // A quarter more: what the estimate saw may have changed by the time of the block.
            gas: (estimate + estimate / 4).max(gas.unwrap_or_default()).min(MAX_GAS),
            max_fee: fees.max_fee,
            tip: fees.tip,
            hashes: Vec::new(),
            sent_at: head.number,
            cancelled: false,
        };
        self.dispatch(row).await
    }

    /// Writes a row and sends its transaction.
    async fn dispatch(&mut self, mut row: Pending) -> Result<(), QueueError> {
        let (raw, hash) = self.sign(&row).await?;
        if !row.hashes.contains(&hash) {
            row.hashes.push(hash);
        }
        let bytes = serde_json::to_vec(&row)
            .map_err(|source| QueueError::Row { key: row.key.clone(), source })?;
        self.store.set_queue(&row.key, Some(&bytes))?;
        let (nonce, first) = (row.nonce, row.hashes.len() == 1);
        tracing::info!(
            target: "opml::tx", what = row.what, key = row.key, nonce, %hash,
            max_fee = row.max_fee, cancelled = row.cancelled, "sending"
        );
        self.pending.insert(nonce, row);
        match self.provider.send_raw_transaction(&raw).await {
            Ok(_) => Ok(()),
            Err(source) => {
                let Some(response) = source.as_error_resp() else {
                    return Err(QueueError::Rpc { what: "send", source });
                };
                let message = response.message.to_lowercase();
                // It may be in the pool from before a restart; the receipt will tell.
                if message.contains("already known") || message.contains("already imported") {
                    return Ok(());
                }
                tracing::warn!(target: "opml::tx", nonce, message, "the node refuses the transaction");
                if first && self.pending.last_key_value().is_some_and(|(last, _)| *last == nonce) {
                    self.remove(nonce)?;
                }
                Ok(())
            }
        }
    }

    async fn sign(&self, row: &Pending) -> Result<(Vec<u8>, B256), QueueError> {
        let mut transaction = row.transaction(self.chain_id);
        let signature = self.signer.sign_transaction(&mut transaction).await?;
        let envelope = TxEnvelope::from(transaction.into_signed(signature));
        Ok((envelope.encoded_2718(), *envelope.tx_hash()))
    }

    async fn base_fee(&self) -> Result<u128, QueueError> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await;
        let block = block.map_err(|source| QueueError::Rpc { what: "base fee", source })?;
        Ok(block.and_then(|block| block.header.base_fee_per_gas).unwrap_or_default().into())
    }

    fn remove(&mut self, nonce: u64) -> Result<(), QueueError> {
        if let Some(row) = self.pending.remove(&nonce) {
            self.store.set_queue(&row.key, None)?;
        }
        Ok(())
    }
}
