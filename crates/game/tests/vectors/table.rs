//! Tables of hex strings, and the seeded source of what they hold.

use std::fmt::LowerHex;

use alloy_primitives::{Address, B256, hex};
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// A table by columns.
#[derive(Default)]
pub(crate) struct Table(Map<String, Value>);

impl Table {
    pub(crate) fn put(&mut self, column: &str, cell: String) {
        let cells = self.0.entry(column).or_insert_with(|| json!([]));
        cells.as_array_mut().unwrap().push(cell.into());
    }

    pub(crate) fn number(&mut self, column: &str, cell: impl LowerHex) {
        self.put(column, format!("{cell:#x}"));
    }

    pub(crate) fn bytes(&mut self, column: &str, cell: impl AsRef<[u8]>) {
        self.put(column, hex::encode_prefixed(cell));
    }

    pub(crate) fn finish(self) -> Value {
        let lengths: Vec<usize> =
            self.0.values().map(|column| column.as_array().unwrap().len()).collect();
        assert!(lengths.iter().all(|&length| length == lengths[0] && length > 0), "{lengths:?}");
        Value::Object(self.0)
    }
}

/// Where the vectors' values come from.
pub(crate) struct Source(pub(crate) ChaCha8Rng);

impl Source {
    pub(crate) fn word(&mut self) -> B256 {
        self.0.random::<[u8; 32]>().into()
    }

    pub(crate) fn address(&mut self) -> Address {
        self.0.random::<[u8; 20]>().into()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
