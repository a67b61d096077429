//! Writes that remember what they replaced.

use std::collections::HashSet;

use redb::{ReadOnlyTable, ReadableTable, Table, WriteTransaction};

use super::{STATE, StoreError, UNDO};
use crate::view::{Row, State, StateError};

/// The records of a write transaction. The earlier value of each key goes to the journal at its first write.
pub(super) struct Journal<'tx> {
    state: Table<'tx, &'static [u8], &'static [u8]>,
    undo: Table<'tx, (u64, u32), &'static [u8]>,
    height: u64,
    written: HashSet<Vec<u8>>,
}

impl<'tx> Journal<'tx> {
    pub(super) fn new(tx: &'tx WriteTransaction, height: u64) -> Result<Self, StoreError> {
        Ok(Self {
            state: tx.open_table(STATE)?,
            undo: tx.open_table(UNDO)?,
            height,
            written: HashSet::new(),
        })
    }

    fn remember(&mut self, key: &[u8]) -> Result<(), StateError> {
        if self.written.contains(key) {
            return Ok(());
        }
        let earlier = self.state.get(key).map_err(storage)?.map(|bytes| bytes.value().to_vec());
        let sequence = self.written.len() as u32;
        let entry = pack(key, earlier.as_deref());
        self.undo.insert((self.height, sequence), entry.as_slice()).map_err(storage)?;
        self.written.insert(key.to_vec());
        Ok(())
    }
}

impl State for Journal<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.state.get(key).map_err(storage)?.map(|bytes| bytes.value().to_vec()))
    }

    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        self.remember(key)?;
        match value {
            Some(value) => drop(self.state.insert(key, value).map_err(storage)?),
            None => drop(self.state.remove(key).map_err(storage)?),
        }
        Ok(())
    }

    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError> {
        range(&self.state, prefix)
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

impl State for Reader {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(key).map_err(storage)?.map(|bytes| bytes.value().to_vec()))
    }

    fn set(&mut self, _: &[u8], _: Option<&[u8]>) -> Result<(), StateError> {
        Err(StateError::Storage("a read transaction cannot write".to_owned()))
    }

    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError> {
        range(&self.0, prefix)
    }
}

/// Puts back what the blocks above `height` replaced, newest write first, and forgets it.
pub(super) fn undo(tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    let mut state = tx.open_table(STATE)?;
    let mut undo = tx.open_table(UNDO)?;
    let above = (height + 1, 0)..;
    for entry in undo.range(above.clone())?.rev() {
        let (_, entry) = entry?;
        match unpack(entry.value()) {
            (key, Some(value)) => drop(state.insert(key, value)?),
            (key, None) => drop(state.remove(key)?),
        }
    }
    undo.retain_in(above, |_, _| false)?;
    Ok(())
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

/// Key length (1 byte: the longest key has 53), key, then 0 for no earlier value or 1 and the value.
fn pack(key: &[u8], earlier: Option<&[u8]>) -> Vec<u8> {
    let mut entry = vec![key.len() as u8];
    entry.extend(key);
    entry.push(earlier.is_some().into());
    entry.extend(earlier.unwrap_or_default());
    entry
}

fn unpack(entry: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (key, rest) = entry[1..].split_at(entry[0].into());
    (key, (rest[0] == 1).then_some(&rest[1..]))
}

fn storage(error: redb::StorageError) -> StateError {
    StateError::Storage(error.to_string())
}
