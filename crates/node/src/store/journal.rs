//! Writes that remember what they replaced.

use std::collections::BTreeMap;

use redb::{ReadOnlyTable, ReadableTable, Table, WriteTransaction};

use super::{STATE, StoreError, UNDO};
use crate::view::{Records, Row, Rows, State, StateError};

/// The records of a write transaction, as one block changes them.
///
/// What changes waits in memory until the block is complete: then each key is written once and in order, and what all of
/// them replaced makes one row.
pub(super) struct Journal<'tx> {
    state: Table<'tx, &'static [u8], &'static [u8]>,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'tx> Journal<'tx> {
    pub(super) fn new(tx: &'tx WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self { state: tx.open_table(STATE)?, changes: BTreeMap::new() })
    }

    /// Writes the changes, and to the journal of the block at `height` what they replace.
    pub(super) fn write(mut self, tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
        let mut replaced = Vec::new();
        for (key, value) in &self.changes {
            let earlier = match value {
                Some(value) => self.state.insert(key.as_slice(), value.as_slice())?,
                None => self.state.remove(key.as_slice())?,
            };
            pack(&mut replaced, key, earlier.as_ref().map(|bytes| bytes.value()));
        }
        tx.open_table(UNDO)?.insert(height, replaced.as_slice())?;
        Ok(())
    }
}

impl Records for Journal<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => get(&self.state, key),
        }
    }
}

impl State for Journal<'_> {
    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        self.changes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        Ok(())
    }
}

/// The records of a read transaction.
pub(super) struct Reader(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl Reader {
    pub(super) const fn over(table: ReadOnlyTable<&'static [u8], &'static [u8]>) -> Self {
        Self(table)
    }

    /// The rows from the key `first` on whose keys begin with its first byte, read one by one.
    pub(super) fn from<'a>(
        &self,
        first: &'a [u8],
    ) -> Result<impl Iterator<Item = Result<Row, StateError>> + use<'a>, StateError> {
        let kind = first.first().copied();
        let rows = self.0.range(first..).map_err(storage)?;
        let rows = rows.map(|row| {
            let (key, value) = row.map_err(storage)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        });
        Ok(rows.take_while(move |row: &Result<Row, _>| {
            row.as_ref().map_or(true, |(key, _)| key.first().copied() == kind)
        }))
    }
}

impl Records for Reader {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        get(&self.0, key)
    }
}

impl Rows for Reader {
    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError> {
        range(&self.0, prefix)
    }
}

/// Puts back what the blocks above `height` replaced, the newest block's first, and forgets it.
pub(super) fn undo(tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    let mut state = tx.open_table(STATE)?;
    let mut undo = tx.open_table(UNDO)?;
    for entry in undo.range(height + 1..)?.rev() {
        let (block, replaced) = entry?;
        let mut rest = replaced.value();
        while !rest.is_empty() {
            let damaged = || StoreError::DamagedJournal { block: block.value() };
            let (key, earlier) = unpack(&mut rest).ok_or_else(damaged)?;
            match earlier {
                Some(value) => drop(state.insert(key, value)?),
                None => drop(state.remove(key)?),
            }
        }
    }
    undo.retain_in(height + 1.., |_, _| false)?;
    Ok(())
}

fn get(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StateError> {
    Ok(table.get(key).map_err(storage)?.map(|bytes| bytes.value().to_vec()))
}

fn range(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
) -> Result<Vec<Row>, StateError> {
    let mut rows = Vec::new();
    for row in table.range(prefix..).map_err(storage)? {
        let (key, value) = row.map_err(storage)?;
        if !key.value().starts_with(prefix) {
            break;
        }
        rows.push((key.value().to_vec(), value.value().to_vec()));
    }
    Ok(rows)
}

/// Key length (1 byte: the longest key has 53) and key, then 0 for no earlier value, or 1, its length (4 bytes, little
/// end first) and the value.
fn pack(row: &mut Vec<u8>, key: &[u8], earlier: Option<&[u8]>) {
    row.push(key.len() as u8);
    row.extend(key);
    row.push(earlier.is_some().into());
    if let Some(earlier) = earlier {
        row.extend((earlier.len() as u32).to_le_bytes());
        row.extend(earlier);
    }
}

/// Takes the next key and its earlier value off the row.
fn unpack<'a>(row: &mut &'a [u8]) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let mut take = |count: usize| {
        let (taken, rest) = row.split_at_checked(count)?;
        *row = rest;
        Some(taken)
    };
    let length = take(1)?[0];
    let key = take(length.into())?;
    if take(1)?[0] == 0 {
        return Some((key, None));
    }
    let length = u32::from_le_bytes(take(4)?.try_into().ok()?);
    Some((key, Some(take(length as usize)?)))
}

fn storage(error: redb::StorageError) -> StateError {
    StateError::Storage(error.to_string())
}
