//! Rows of the transaction queue.

use redb::{ReadableDatabase, ReadableTable, TableDefinition};

use super::{Store, StoreError};

/// Transactions under way, by key; written by the transaction queue alone.
pub(super) const QUEUE: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("queue");

impl Store {
    /// The queue's rows.
    pub(crate) fn queue(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let table = self.db.begin_read()?.open_table(QUEUE)?;
        let rows = table.iter()?.map(|row| {
            let (key, value) = row?;
            Ok((key.value().to_owned(), value.value().to_vec()))
        });
        rows.collect()
    }

    /// Writes or removes one row of the queue. It is on disk when this returns, and every block that was committed before with it: what
    /// is sent for the sake of a block, or forgotten because of one, never outlives it.
    pub(crate) fn set_queue(&self, key: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        let tx = self.db.begin_write()?;
        {
            let mut table = tx.open_table(QUEUE)?;
            match value {
                Some(value) => drop(table.insert(key, value)?),
                None => drop(table.remove(key)?),
            }
        }
        Ok(tx.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use alloy_primitives::{Address, B256};

    use super::Store;
    use crate::{source::Block, store::Identity, view::Head};

    #[test]
    fn a_row_takes_the_blocks_before_it_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let [path, copy] = ["opml.redb", "copy.redb"].map(|name| folder.path().join(name));
        let identity = Identity { chain_id: 1, contract: Address::ZERO };
        let store = Store::open(&path, identity).unwrap();
        // What a killed process leaves is what the file has at that moment.
        let killed = || {
            fs::copy(&path, &copy).unwrap();
            let left = Store::open(&copy, identity).unwrap();
            (left.head().unwrap().map(|head| head.number), left.queue().unwrap().len())
        };
        let hash = |number: u64| B256::left_padding_from(&number.to_be_bytes());
        let commit = |number: u64| {
            let head = Head { number, hash: hash(number), time: number };
            let block = Block { head, parent: hash(number - 1), events: Vec::new() };
            store.commit(&block, 0).unwrap();
        };
        commit(1);
        commit(2);
        assert_eq!(killed(), (None, 0));
        store.set_queue("commit/1", Some(b"row")).unwrap();
        assert_eq!(killed(), (Some(2), 1));
        commit(3);
        assert_eq!(killed(), (Some(2), 1));
        store.set_queue("commit/1", None).unwrap();
        assert_eq!(killed(), (Some(3), 0));
    }
}
