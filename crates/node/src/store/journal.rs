//! From the changes of blocks to the table of records, and back.

use redb::{ReadableTable, Table, WriteTransaction};

use super::{
    LOG, STATE, StoreError, UNDO,
    changes::{Changes, pack, unpack},
    layers::Layers,
    reader::get,
};
use crate::view::{Records, State, StateError};

/// The records as one block changes them. What it changes waits in memory.
pub(super) struct Journal<'a, 'tx> {
    table: Table<'tx, &'static [u8], &'static [u8]>,
    layers: &'a Layers,
    changes: Changes,
}

impl<'a, 'tx> Journal<'a, 'tx> {
    pub(super) fn new(tx: &'tx WriteTransaction, layers: &'a Layers) -> Result<Self, StoreError> {
        Ok(Self { table: tx.open_table(STATE)?, layers, changes: Changes::new() })
    }

    pub(super) fn into_changes(self) -> Changes {
        self.changes
    }
}

impl Records for Journal<'_, '_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => get(self.layers, &self.table, key),
        }
    }
}

impl State for Journal<'_, '_> {
    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        self.changes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        Ok(())
    }
}

/// Writes the layers' changes to the table, each key once and in order, and for each block what it replaced.
pub(super) fn merge(tx: &WriteTransaction, layers: &Layers) -> Result<(), StoreError> {
    let mut table = tx.open_table(STATE)?;
    let mut undo = tx.open_table(UNDO)?;
    let mut now = Changes::new();
    for layer in layers.iter() {
        let mut replaced = Changes::new();
        for (key, value) in &layer.changes {
            let earlier = match now.insert(key.clone(), value.clone()) {
                Some(earlier) => earlier,
                None => table.get(key.as_slice())?.map(|bytes| bytes.value().to_vec()),
            };
            replaced.insert(key.clone(), earlier);
        }
        undo.insert(layer.height, pack(&replaced).as_slice())?;
    }
    apply(&mut table, &now)?;
    tx.open_table(LOG)?.retain(|_, _| false)?;
    Ok(())
}

/// Puts back what the merged blocks above `height` replaced, the newest block's first, and forgets it.
pub(super) fn undo(tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    let mut table = tx.open_table(STATE)?;
    let mut undo = tx.open_table(UNDO)?;
    for entry in undo.range(height + 1..)?.rev() {
        let (block, replaced) = entry?;
        let damaged = || StoreError::DamagedJournal { block: block.value() };
        apply(&mut table, &unpack(replaced.value()).ok_or_else(damaged)?)?;
    }
    undo.retain_in(height + 1.., |_, _| false)?;
    Ok(())
}

fn apply(
    table: &mut Table<'_, &'static [u8], &'static [u8]>,
    changes: &Changes,
) -> Result<(), StoreError> {
    for (key, value) in changes {
        match value {
            Some(value) => drop(table.insert(key.as_slice(), value.as_slice())?),
            None => drop(table.remove(key.as_slice())?),
        }
    }
    Ok(())
}
