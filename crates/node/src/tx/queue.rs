use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::Arc,
};

use alloy::{network::TxSigner, providers::DynProvider, signers::Signature};
use alloy_primitives::{Address, B256, Bytes, ChainId, U256};
use tokio::sync::broadcast;

use super::{
    FeePolicy, QueueError, Refusal,
    encode::{EncodeError, Encoded, encode},
    pending::Pending,
    wire::{Sent, Verdict, Wire},
};
use crate::{plan::Call, store::Store, view::Head};

/// The most gas that one transaction may have (EIP-7825).
const MAX_GAS: u64 = 1 << 24;
/// Blocks that a row which is in no pool has for its past to come back: whoever else lost a move to a reorganisation makes it again in
/// the next two or three.
const PAST: u64 = 8;

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
/// 2. rows that may never have left (after a crash, or when the node refused them) are sent as they are; rows that the contract
///    would refuse now, or that the node goes on refusing, are replaced by a transfer of nothing; rows without inclusion for
///    some blocks are sent again at a higher fee;
/// 3. calls without a row are tried against the node; what would revert is dropped, the rest gets the lowest free nonce, a row
///    on disk, and is sent. A row is written before its transaction leaves, so a crash never sends a call twice.
///
/// A row that the contract would refuse and that the node does not have in its pool may be one whose past a reorganisation, or the
/// node's own crash, took away. It costs nothing as it lies, so it has some blocks' time for its past to come back before it is
/// taken back.
///
/// A call that the node refuses, for lack of funds for example, never keeps the calls after it from being sent.
pub struct TxQueue {
    wire: Wire,
    contract: Address,
    store: Store,
    fees: FeePolicy,
    /// By nonce.
    pending: BTreeMap<u64, Pending>,
    /// Nonces of rows whose last attempt may not be in the pool.
    unsent: BTreeSet<u64>,
    /// Nonces of rows that are sent again at the next step, however patient the fees are.
    hurried: BTreeSet<u64>,
    /// Calls that were refused, with the block at which they were.
    refused: HashMap<String, B256>,
    receipts: broadcast::Sender<Receipt>,
}

impl fmt::Debug for TxQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxQueue")
            .field("account", &self.account())
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
            wire: Wire { provider, signer, chain_id },
            contract,
            store,
            fees,
            pending: BTreeMap::new(),
            unsent: BTreeSet::new(),
            hurried: BTreeSet::new(),
            refused: HashMap::new(),
            receipts,
        };
        for (key, bytes) in queue.store.queue()? {
            let row: Pending = serde_json::from_slice(&bytes)
                .map_err(|source| QueueError::Row { key: key.clone(), source })?;
            if row.is_of(queue.account(), chain_id) {
                queue.unsent.insert(row.nonce);
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
        self.wire.account()
    }

    /// Keys of the calls under way.
    pub fn under_way(&self) -> Vec<String> {
        self.pending.values().map(|row| row.key.clone()).collect()
    }

    /// Has the call of this key sent again at the next step, at a higher fee; does nothing if it is not under way.
    pub fn hurry(&mut self, key: &str) {
        let rows = self.pending.values().filter(|row| row.key == key);
        self.hurried.extend(rows.map(|row| row.nonce));
    }

    /// Does what is to be done after the block `head` when the plan wants `calls`.
    ///
    /// # Errors
    /// If the node is silent, or the store or the signer fails; what was done until then stays done.
    pub async fn step(&mut self, head: Head, calls: &[Call]) -> Result<(), QueueError> {
        let used = self.wire.used().await?;
        self.clear(head, used).await?;
        self.fill_gap(head, used).await?;
        for row in self.pending.range(used..).map(|(_, row)| row.clone()).collect::<Vec<_>>() {
            self.renew(head, row).await?;
        }
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
            let Some(receipt) = self.wire.receipt(&row.hashes).await? else {
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
            // A row that was taken back only used up its nonce.
            if receipt.to != Some(self.account()) {
                let Pending { key, what, .. } = row;
                // Nobody listening is no error.
                let _ = self.receipts.send(Receipt { what, key, hash, block, gas, success });
            }
            self.remove(row.nonce)?;
        }
        Ok(())
    }

    /// Sends a row again that is not included, or takes it back if it has become useless.
    async fn renew(&mut self, head: Head, row: Pending) -> Result<(), QueueError> {
        let (nonce, mut next) = (row.nonce, row.clone());
        let hurried = self.hurried.remove(&nonce);
        let impatient = hurried || head.number >= row.sent_at + self.fees.patience;
        let useless = !row.cancelled
            && match self.wire.check(&row).await? {
                Verdict::Fine(()) => false,
                Verdict::Refused(refusal) => {
                    tracing::info!(target: "opml::tx", key = row.key, nonce, ?refusal, "reverts now");
                    true
                }
                Verdict::Unable(why) => {
                    tracing::warn!(target: "opml::tx", key = row.key, nonce, why, "not tried");
                    false
                }
            };
        if useless && !hurried && self.unsent.contains(&nonce) {
            if self.wire.has(&row).await? {
                self.unsent.remove(&nonce);
            } else if head.number < row.sent_at + PAST {
                tracing::info!(target: "opml::tx", key = row.key, nonce, "keeping it for a while");
                return Ok(());
            }
        }
        if !useless
            && self.unsent.contains(&nonce)
            && let Some(signed) = row.signed(self.wire.chain_id)
        {
            let hash = signed.tx_hash();
            tracing::info!(target: "opml::tx", key = row.key, nonce, %hash, "sending what may not have left");
            match self.wire.submit(&signed).await? {
                Sent::Taken => {
                    self.unsent.remove(&nonce);
                    next.sent_at = head.number;
                    return self.keep(next);
                }
                Sent::NonceUsed => return Ok(()),
                Sent::Refused(why) => {
                    tracing::warn!(target: "opml::tx", key = row.key, nonce, why, "still refused");
                }
            }
        }
        let stuck = impatient && self.unsent.contains(&nonce);
        if (useless || stuck) && !row.cancelled {
            tracing::info!(target: "opml::tx", key = row.key, nonce, "taking it back");
            next.cancel(self.account());
        } else if !impatient {
            return Ok(());
        }
        match self.fees.raised(row.fees(), self.wire.base_fee().await?) {
            Some(fees) => (next.max_fee, next.tip) = (fees.max_fee, fees.tip),
            // Under the old fee only a pool that has lost the original takes it.
            None if next.cancelled && !row.cancelled => {}
            None => {
                self.unsent.insert(nonce);
                return Ok(());
            }
        }
        next.sent_at = head.number;
        self.dispatch(next, Some(row)).await?;
        Ok(())
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
            Err(error @ (EncodeError::Gone { .. } | EncodeError::NotPlayed { .. })) => {
                tracing::debug!(target: "opml::tx", key, %error, "not sent");
                return Ok(());
            }
            Err(error @ EncodeError::Abi(_)) => {
                tracing::error!(target: "opml::tx", key, %error, "not sent");
                return Ok(());
            }
        };
        let mut row = Pending {
            what: call.name().to_owned(),
            to: call.contract().unwrap_or(self.contract),
            value,
            data,
            ..self.blank(key, self.free_nonce(used), head)
        };
        match self.wire.estimate(&row).await? {
            // A quarter more: what the estimate saw may have changed by the time of the block.
            Verdict::Fine(estimate) => {
                row.gas = (estimate + estimate / 4).max(gas.unwrap_or_default()).min(MAX_GAS);
                let fees = self.fees.first(self.wire.base_fee().await?);
                (row.max_fee, row.tip) = (fees.max_fee, fees.tip);
                let key = row.key.clone();
                if !self.dispatch(row, None).await? {
                    self.refused.insert(key, head.hash);
                }
                return Ok(());
            }
            Verdict::Refused(Refusal::MovedOn(why) | Refusal::Exists(why)) => {
                tracing::debug!(target: "opml::tx", key = row.key, why, "not sent: no longer so");
            }
            Verdict::Refused(Refusal::Wrong(why)) | Verdict::Unable(why) => {
                tracing::warn!(target: "opml::tx", key = row.key, why, "not sent: refused");
            }
        }
        self.refused.insert(row.key, head.hash);
        Ok(())
    }

    /// After a reorganisation a nonce below those under way may be free again, and no call may want it: rows that wait behind it
    /// for some blocks get a transfer of nothing before them.
    async fn fill_gap(&mut self, head: Head, used: u64) -> Result<(), QueueError> {
        let nonce = self.free_nonce(used);
        let waits = |row: &Pending| head.number >= row.sent_at + self.fees.patience;
        if !self.pending.range(nonce..).any(|(_, row)| waits(row)) {
            return Ok(());
        }
        let fees = self.fees.first(self.wire.base_fee().await?);
        let mut row = self.blank(format!("gap/{nonce}"), nonce, head);
        row.cancel(self.account());
        (row.max_fee, row.tip) = (fees.max_fee, fees.tip);
        self.dispatch(row, None).await?;
        Ok(())
    }

    /// The lowest nonce that is neither used nor under way.
    fn free_nonce(&self, used: u64) -> u64 {
        (used..).find(|nonce| !self.pending.contains_key(nonce)).unwrap_or(used)
    }

    /// A row without a transaction.
    const fn blank(&self, key: String, nonce: u64, head: Head) -> Pending {
        Pending {
            key,
            what: String::new(),
            nonce,
            to: self.contract,
            value: U256::ZERO,
            data: Bytes::new(),
            gas: 0,
            max_fee: 0,
            tip: 0,
            hashes: Vec::new(),
            signature: None,
            sent_at: head.number,
            cancelled: false,
        }
    }

    /// Writes a row and sends its transaction. Whatever the node refuses was never under way: `earlier` stands again, or the
    /// nonce is free. Gives whether the row stays.
    async fn dispatch(
        &mut self,
        mut row: Pending,
        earlier: Option<Pending>,
    ) -> Result<bool, QueueError> {
        let signature = self.wire.sign(&row).await?;
        let signed = row.attempt(signature, self.wire.chain_id);
        let (nonce, key, hash) = (row.nonce, row.key.clone(), signed.tx_hash());
        tracing::info!(
            target: "opml::tx", what = row.what, key, nonce, %hash,
            max_fee = row.max_fee, cancelled = row.cancelled, "sending"
        );
        self.keep(row)?;
        // Until the node has answered; silence leaves it so.
        self.unsent.insert(nonce);
        let refusal = match self.wire.submit(&signed).await? {
            Sent::Taken => {
                self.unsent.remove(&nonce);
                return Ok(true);
            }
            Sent::NonceUsed => return Ok(true),
            Sent::Refused(why) => why,
        };
        tracing::warn!(target: "opml::tx", key, nonce, refusal, "the node refuses the transaction");
        match earlier {
            // It may have left the pool meanwhile: it is sent again as it was.
            Some(row) => self.keep(row)?,
            None => self.remove(nonce)?,
        }
        Ok(false)
    }

    /// Writes a row.
    fn keep(&mut self, row: Pending) -> Result<(), QueueError> {
        let bytes = serde_json::to_vec(&row)
            .map_err(|source| QueueError::Row { key: row.key.clone(), source })?;
        self.store.set_queue(&row.key, Some(&bytes))?;
        self.pending.insert(row.nonce, row);
        Ok(())
    }

    fn remove(&mut self, nonce: u64) -> Result<(), QueueError> {
        self.unsent.remove(&nonce);
        self.hurried.remove(&nonce);
        if let Some(row) = self.pending.remove(&nonce) {
            self.store.set_queue(&row.key, None)?;
        }
        Ok(())
    }
}
