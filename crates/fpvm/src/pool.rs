//! What was decoded of a text, kept from run to run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;
use opml_memory::{LEAF_BYTES, Memory};

use crate::TEXT_END;

/// Height of the subtree over the text: 2^24 bytes are 2^19 leaves.
pub(crate) const TEXT_HEIGHT: u32 = (TEXT_END / LEAF_BYTES as u64).ilog2();

/// Texts of which something is kept.
const CAPACITY: usize = 8;

/// Values that belong to texts, by the text's root, least recently used first.
///
/// A value is taken out to be used, so two runs of one text at a time make two.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<(B256, T)>>);

impl<T: Default> Pool<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Calls `with` with the value of the text of `memory`, which is a new one if none is at hand.
    pub(crate) fn with<R>(
        &self,
        memory: &mut Memory,
        with: impl FnOnce(&mut T, &mut Memory) -> R,
    ) -> R {
        let text = memory.node(TEXT_HEIGHT, 0);
        let mut value = self.take(text).unwrap_or_default();
        let result = with(&mut value, memory);
        let mut values = self.lock();
        if values.len() == CAPACITY {
            values.remove(0);
        }
        values.push((text, value));
        result
    }

    fn take(&self, text: B256) -> Option<T> {
        let mut values = self.lock();
        let at = values.iter().rposition(|(key, _)| *key == text)?;
        Some(values.remove(at).1)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(B256, T)>> {
        // No call that could panic is made while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
