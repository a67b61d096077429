//! The chain view on disk (redb): one atomic transaction per block, with what it takes to undo it.
//!
//! Readers see a block as soon as its transaction is through. On disk it is later: with the next [`Store::sync`], merge of layers or
//! row of the queue, whichever comes first, and all blocks before it with it. So what a killed process leaves is the view as of a
//! block, one that was the newest once, and no row of the queue is there without the blocks that it was written after.
//!
//! Four tables hold the view: `state` (records by key), `log` (for each of the newest blocks, the changes that are not in `state`
//! yet; see `layers`), `blocks` (what was applied, for gap and reorg detection) and `undo` (for each older block, the earlier value
//! of every key it wrote). Two more are local to this node: `meta` and `queue`. No table holds a key or an address of the operator.

mod changes;
mod error;
mod journal;
mod layers;
mod queue;
mod reader;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use alloy_primitives::{Address, B256, Bytes, ChainId};
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use serde::{Deserialize, Serialize};

pub use error::StoreError;

use crate::{
    source::Block,
    view::{BlockRef, Claim, Head, Key, Records, Request, Row, Rows, Typed, View, apply, load},
};
use changes::{pack, unpack};
use journal::{Journal, merge, undo};
use layers::Layers;
use queue::QUEUE;
use reader::Reader;

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Records by key.
const STATE: Table = TableDefinition::new("state");
/// The newest blocks: height → every key that the block wrote, with its value.
const LOG: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("log");
/// Applied blocks: height → [`Applied`].
const BLOCKS: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("blocks");
/// Earlier values: height → every key that the block wrote, with the value before.
const UNDO: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("undo");
/// What the database is of.
const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
/// Changes when a record's encoding does.
const SCHEMA: u32 = 6;

/// Blocks that can always be undone, whatever the source calls final: 4096 blocks are 13 hours at 12 s.
const KEEP_BLOCKS: u64 = 4096;

/// Records that one page of a list looks at.
const MAX_LOOKED_AT: usize = 10_000;

/// What a database belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Id of the chain.
    pub chain_id: ChainId,
    /// The opML contract.
    pub contract: Address,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    schema: u32,
    identity: Identity,
}

/// What the store keeps of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Applied {
    hash: B256,
    parent: B256,
    time: u64,
}

/// The database of one node. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    db: Arc<Database>,
    /// What lies over the table of records. Whoever changes the two does it under this lock, so that readers see both as of one
    /// block.
    layers: Arc<RwLock<Layers>>,
}

impl Store {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// If the file cannot be opened, is in use, or belongs to another chain, contract or version.
    pub fn open(path: &Path, identity: Identity) -> Result<Self, StoreError> {
        Self::over(Database::create(path)?, identity)
    }

    /// A database in memory, for tests and dry runs.
    ///
    /// # Errors
    /// If the storage engine fails.
    pub fn in_memory(identity: Identity) -> Result<Self, StoreError> {
        let backend = redb::backends::InMemoryBackend::new();
        Self::over(Database::builder().create_with_backend(backend)?, identity)
    }

    fn over(db: Database, identity: Identity) -> Result<Self, StoreError> {
        let store = Self { db: Arc::new(db), layers: Arc::default() };
        store.stamp(identity)?;
        let mut layers = Layers::default();
        for row in store.db.begin_read()?.open_table(LOG)?.iter()? {
            let (height, row) = row?;
            let (height, row) = (height.value(), row.value());
            let damaged = StoreError::DamagedJournal { block: height };
            let changes = unpack(row).ok_or(damaged)?;
            layers.push(height, changes, row.len());
        }
        *store.layers.write().unwrap_or_else(PoisonError::into_inner) = layers;
        Ok(store)
    }

    fn stamp(&self, identity: Identity) -> Result<(), StoreError> {
        let tx = self.db.begin_write()?;
        {
            // Before the others: tables of another version may have other types.
            let mut meta = tx.open_table(META)?;
            let found = meta.get("stamp")?.map(|bytes| bytes.value().to_vec());
            match found {
                Some(bytes) => {
                    let stamp: Stamp = decode("stamp", &bytes)?;
                    if stamp.schema != SCHEMA {
                        return Err(StoreError::Schema { expected: SCHEMA, found: stamp.schema });
                    }
                    if stamp.identity != identity {
                        return Err(StoreError::Identity {
                            expected: identity,
                            found: stamp.identity,
                        });
                    }
                }
                None => {
                    let stamp = Stamp { schema: SCHEMA, identity };
                    meta.insert("stamp", encode("stamp", &stamp)?.as_slice())?;
                }
            }
            // Opening for writing makes the tables, so that readers always find them.
            tx.open_table(STATE)?;
            tx.open_table(LOG)?;
            tx.open_table(BLOCKS)?;
            tx.open_table(UNDO)?;
            tx.open_table(QUEUE)?;
        }
        Ok(tx.commit()?)
    }

    /// Applies a block in one transaction: its events, its header and what it takes to undo it. Readers see it when this returns; on
    /// disk it is after [`sync`](Self::sync).
    ///
    /// A block that is applied already is left alone. `finalized` is the height below which the source never reverts; what it
    /// takes to undo older blocks is forgotten.
    ///
    /// # Errors
    /// If the block does not follow the head, or an event contradicts earlier ones. Nothing is written then.
    pub fn commit(&self, block: &Block, finalized: u64) -> Result<(), StoreError> {
        let mut tx = self.db.begin_write()?;
        let head = head_of(&tx.open_table(BLOCKS)?)?;
        if let Some(head) = head {
            if head.block() == block.head.block() {
                return Ok(());
            }
            // A gap is for the source to vouch for, and only below finality; see `ChainSource`.
            let follows = block.head.number > head.number
                && (block.parent == head.hash
                    || (block.head.number > head.number + 1 && head.number <= finalized));
            if !follows {
                return Err(StoreError::NotNext {
                    head: head.block(),
                    block: block.head.block(),
                    parent: block.parent,
                });
            }
        }
        let mut layers = self.layers();
        let mut durability = Durability::None;
        {
            let mut journal = Journal::new(&tx, &layers)?;
            for event in &block.events {
                apply(&mut journal, block.head, event)
                    .map_err(|source| StoreError::Apply { block: block.head.block(), source })?;
            }
            let changes = journal.into_changes();
            let row = pack(&changes);
            tx.open_table(LOG)?.insert(block.head.number, row.as_slice())?;
            layers.push(block.head.number, changes, row.len());
            if layers.are_full() {
                merge(&tx, &layers)?;
                layers = Layers::default();
                // No more than these blocks ever wait for the disk.
                durability = Durability::Immediate;
            }
            let applied =
                Applied { hash: block.head.hash, parent: block.parent, time: block.head.time };
            let bytes = encode("block", &applied)?;
            tx.open_table(BLOCKS)?.insert(block.head.number, bytes.as_slice())?;
            prune(&tx, finalized.min(block.head.number.saturating_sub(KEEP_BLOCKS)))?;
        }
        tx.set_durability(durability)?;
        self.publish(tx, layers)
    }

    /// Undoes every block above `to` in one transaction, newest first. On disk that is after [`sync`](Self::sync); a process that is
    /// killed before finds the undone blocks again, for its source to revert.
    ///
    /// # Errors
    /// If `to` is not an applied block, or is older than what can be undone. Nothing is written then.
    pub fn revert(&self, to: BlockRef) -> Result<(), StoreError> {
        let mut tx = self.db.begin_write()?;
        {
            let mut blocks = tx.open_table(BLOCKS)?;
            let known = row(blocks.get(to.number)?)?.is_some_and(|applied| applied.hash == to.hash);
            if !known {
                return Err(StoreError::UnknownBlock { block: to });
            }
            undo(&tx, to.number)?;
            tx.open_table(LOG)?.retain_in(to.number + 1.., |_, _| false)?;
            blocks.retain_in(to.number + 1.., |_, _| false)?;
        }
        let mut layers = self.layers();
        layers.truncate(to.number);
        tx.set_durability(Durability::None)?;
        self.publish(tx, layers)
    }

    /// Puts on disk whatever was committed or undone, and waits for it. Gives the newest block that is there now.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn sync(&self) -> Result<Option<Head>, StoreError> {
        let tx = self.db.begin_write()?;
        let head = head_of(&tx.open_table(BLOCKS)?)?;
        // Durable, and with it everything before.
        tx.commit()?;
        Ok(head)
    }

    /// The newest applied block.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn head(&self) -> Result<Option<Head>, StoreError> {
        head_of(&self.db.begin_read()?.open_table(BLOCKS)?)
    }

    /// The applied blocks that can still be reverted to, newest first.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn known_blocks(&self) -> Result<Vec<BlockRef>, StoreError> {
        let table = self.db.begin_read()?.open_table(BLOCKS)?;
        let mut known = Vec::new();
        for entry in table.iter()?.rev() {
            let (number, bytes) = entry?;
            let applied: Applied = decode("block", bytes.value())?;
            known.push(BlockRef { number: number.value(), hash: applied.hash });
        }
        Ok(known)
    }

    /// Whether the block is applied, unless it is forgotten: below finality and 4,096 blocks behind the head.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn has_block(&self, block: BlockRef) -> Result<bool, StoreError> {
        let blocks = self.db.begin_read()?.open_table(BLOCKS)?;
        Ok(row(blocks.get(block.number)?)?.is_some_and(|applied| applied.hash == block.hash))
    }

    /// Requests with an answer window that have had a final claim with an output since this time, each with that claim.
    ///
    /// # Errors
    /// If the storage fails or a record does not decode.
    pub fn answered_since(&self, time: u64) -> Result<Vec<(Request, Claim)>, StoreError> {
        let reader = self.reader()?;
        let first = Key::Answered(time, B256::ZERO).encode();
        let mut answered = Vec::new();
        for row in reader.rows(&first, &first[..1])? {
            let (key, _) = row?;
            let id = B256::from_slice(&key[key.len() - B256::len_bytes()..]);
            let Some(request) = load::<Request>(&reader, id)? else { continue };
            let Some(&last) = request.claims.last() else { continue };
            if let Some(claim) = load::<Claim>(&reader, last)? {
                answered.push((request, claim));
            }
        }
        Ok(answered)
    }

    /// What `account` can decide on, as of the newest block.
    ///
    /// # Errors
    /// If the storage fails or a record does not decode.
    pub fn view(&self, account: Address) -> Result<View, StoreError> {
        let (tx, layers) = self.read()?;
        let head = head_of(&tx.open_table(BLOCKS)?)?;
        Ok(View::read(&Reader::new(&tx, layers)?, head, account)?)
    }

    /// The record of an id.
    ///
    /// # Errors
    /// If the storage fails or the record does not decode.
    pub fn record<R: Typed>(&self, id: R::Id) -> Result<Option<R>, StoreError> {
        Ok(load(&self.reader()?, id)?)
    }

    /// Some records of a kind in the order of their ids, from the one behind `after` on: those that `keep` makes something of, at
    /// most `limit` of them. The second half is the last id that was looked at, if there may be more: no call looks at more than
    /// 10,000 records.
    ///
    /// # Errors
    /// If the storage fails or a record does not decode, or as `keep` does.
    pub fn page<R: Typed<Id = B256>, T, E: From<StoreError>>(
        &self,
        after: Option<B256>,
        limit: usize,
        mut keep: impl FnMut(B256, R) -> Result<Option<T>, E>,
    ) -> Result<(Vec<T>, Option<B256>), E> {
        let reader = self.reader()?;
        let first = R::key(after.unwrap_or_default()).encode();
        let mut kept = Vec::new();
        for (looked_at, row) in
            reader.rows(&first, &first[..1]).map_err(StoreError::from)?.enumerate()
        {
            let (key, bytes) = row.map_err(StoreError::from)?;
            let id = B256::from_slice(&key[1..]);
            if Some(id) == after {
                continue;
            }
            kept.extend(keep(id, decode("record", &bytes)?)?);
            if kept.len() >= limit || looked_at >= MAX_LOOKED_AT {
                return Ok((kept, Some(id)));
            }
        }
        Ok((kept, None))
    }

    /// Bytes by their keccak: an input, an output or callback data that an event carried.
    ///
    /// # Errors
    /// If the storage fails or no event carried bytes of this hash.
    pub fn blob(&self, hash: B256) -> Result<Bytes, StoreError> {
        let bytes = self.reader()?.get(&Key::Blob(hash).encode())?;
        bytes.map(Bytes::from).ok_or(StoreError::UnknownBlob { hash })
    }

    /// Every key and value of the chain view: what two stores of the same chain agree on.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn dump(&self) -> Result<Vec<Row>, StoreError> {
        Ok(self.reader()?.range(&[])?)
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        let (tx, layers) = self.read()?;
        Reader::new(&tx, layers)
    }

    /// The tables and what lies over them, as of one block.
    fn read(&self) -> Result<(ReadTransaction, Layers), StoreError> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        Ok((self.db.begin_read()?, layers.clone()))
    }

    /// What lies over the tables; inside a write transaction it cannot change.
    fn layers(&self) -> Layers {
        self.layers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Commits the transaction together with what lies over the tables from now on: for readers, both at once.
    fn publish(&self, tx: WriteTransaction, next: Layers) -> Result<(), StoreError> {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        tx.commit()?;
        *layers = next;
        Ok(())
    }
}

fn head_of(blocks: &impl ReadableTable<u64, &'static [u8]>) -> Result<Option<Head>, StoreError> {
    let Some((number, bytes)) = blocks.last()? else { return Ok(None) };
    let applied: Applied = decode("block", bytes.value())?;
    Ok(Some(Head { number: number.value(), hash: applied.hash, time: applied.time }))
}

fn row(bytes: Option<redb::AccessGuard<'_, &'static [u8]>>) -> Result<Option<Applied>, StoreError> {
    bytes.map(|bytes| decode("block", bytes.value())).transpose()
}

/// Forgets how to undo blocks at or below `height`, except that the block at `height` itself stays known.
fn prune(tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    tx.open_table(UNDO)?.retain_in(..=height, |_, _| false)?;
    tx.open_table(BLOCKS)?.retain_in(..height, |_, _| false)?;
    Ok(())
}

fn encode(what: &'static str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|source| StoreError::Codec { what, source })
}

fn decode<T: for<'de> Deserialize<'de>>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Codec { what, source })
}
