//! Blocks whose changes lie over the table of records.
//!
//! Records have hashes for keys, so every record of a block dirties a page of the table. A block is therefore written as one row of a
//! log, and kept in memory; every so often the changes of all such blocks go into the table together, each key once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::changes::Changes;

/// Layers, and bytes in them, from which they are merged into the table.
const MAX_LAYERS: usize = 32;
const MAX_BYTES: usize = 32 << 20;

/// The changes of one block.
#[derive(Debug)]
pub(super) struct Layer {
    /// Height of the block.
    pub(super) height: u64,
    /// Unsorted, because most keys that are looked up are in no layer, and all layers must say so.
    pub(super) changes: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Bytes of its row in the log.
    bytes: usize,
}

/// Layers, the oldest first. A clone stays as it is whatever becomes of the original.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers(Vec<Arc<Layer>>);

impl Layers {
    /// Adds the changes of a block, whose row in the log has so many bytes.
    pub(super) fn push(&mut self, height: u64, changes: Changes, bytes: usize) {
        let changes = changes.into_iter().collect();
        self.0.push(Arc::new(Layer { height, changes, bytes }));
    }

    /// Takes off the blocks above `height`.
    pub(super) fn truncate(&mut self, height: u64) {
        self.0.retain(|layer| layer.height <= height);
    }

    /// Whether it is time to merge them.
    pub(super) fn are_full(&self) -> bool {
        self.0.len() >= MAX_LAYERS
            || self.0.iter().map(|layer| layer.bytes).sum::<usize>() >= MAX_BYTES
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Layer> {
        self.0.iter().map(|layer| &**layer)
    }

    /// What the newest layer that changed the record made of it; the outer `None` if none did.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.0.iter().rev().find_map(|layer| layer.changes.get(key)).map(Option::as_deref)
    }

    /// The records that were changed, from the key `first` on, whose keys begin with `prefix`.
    pub(super) fn range(&self, first: &[u8], prefix: &[u8]) -> BTreeMap<&[u8], Option<&[u8]>> {
        let mut newest = BTreeMap::new();
        for layer in self.iter() {
            let changes =
                layer.changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
            newest.extend(changes.filter(|(key, _)| *key >= first && key.starts_with(prefix)));
        }
        newest
    }
}
