//! The records as of one block.

use std::iter;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

use super::{STATE, StoreError, layers::Layers};
use crate::view::{Records, Row, Rows, StateError};

/// The table of records with the layers over it.
pub(super) struct Reader {
    layers: Layers,
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl Reader {
    pub(super) fn new(tx: &ReadTransaction, layers: Layers) -> Result<Self, StoreError> {
        Ok(Self { layers, table: tx.open_table(STATE)? })
    }

    /// The rows from the key `first` on whose keys begin with `prefix`, read one by one.
    pub(super) fn rows<'a>(
        &'a self,
        first: &'a [u8],
        prefix: &'a [u8],
    ) -> Result<impl Iterator<Item = Result<Row, StateError>> + use<'a>, StateError> {
        let rows = self.table.range(first..).map_err(storage)?.map(|row| {
            let (key, value) = row.map_err(storage)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        });
        let inside = move |row: &Result<Row, StateError>| {
            row.as_ref().map_or(true, |(key, _)| key.starts_with(prefix))
        };
        let mut rows = rows.take_while(inside).peekable();
        let mut changed = self.layers.range(first, prefix).into_iter().peekable();
        Ok(iter::from_fn(move || {
            loop {
                let changed_next = match (changed.peek(), rows.peek()) {
                    (Some((key, _)), Some(Ok((row, _)))) if *key == row => {
                        rows.next();
                        true
                    }
                    (Some((key, _)), Some(Ok((row, _)))) => *key < row.as_slice(),
                    (Some(_), None) => true,
                    (_, Some(_)) => false,
                    (None, None) => return None,
                };
                if !changed_next {
                    return rows.next();
                }
                if let Some((key, Some(value))) = changed.next() {
                    return Some(Ok((key.to_vec(), value.to_vec())));
                }
            }
        }))
    }
}

impl Records for Reader {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        get(&self.layers, &self.table, key)
    }
}

impl Rows for Reader {
    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError> {
        self.rows(prefix, prefix)?.collect()
    }
}

/// The newest value of `key`.
pub(super) fn get(
    layers: &Layers,
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StateError> {
    match layers.get(key) {
        Some(value) => Ok(value.map(<[u8]>::to_vec)),
        None => Ok(table.get(key).map_err(storage)?.map(|bytes| bytes.value().to_vec())),
    }
}

fn storage(error: redb::StorageError) -> StateError {
    StateError::Storage(error.to_string())
}
