//! A page of bytes with its cached root.

use crate::{LEAF_BYTES, PAGE_BYTES, PAGE_HEIGHT, hash::reduce};
use alloy_primitives::B256;
use std::sync::{Arc, LazyLock, OnceLock};

const LEAVES_PER_PAGE: usize = PAGE_BYTES / LEAF_BYTES;

/// The page that every absent page reads as.
pub(crate) static ZERO_PAGE: LazyLock<Arc<Page>> = LazyLock::new(Arc::default);

/// 4 KiB of memory. Its root is computed when first asked for and dropped on the next write.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    bytes: [u8; PAGE_BYTES],
    root: OnceLock<B256>,
}

impl Default for Page {
    fn default() -> Self {
        Self { bytes: [0; PAGE_BYTES], root: OnceLock::new() }
    }
}

impl Page {
    pub(crate) const fn bytes(&self) -> &[u8; PAGE_BYTES] {
        &self.bytes
    }

    /// Gives access for writing; the cached root is forgotten.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; PAGE_BYTES] {
        self.root.take();
        &mut self.bytes
    }

    pub(crate) fn root(&self) -> B256 {
        *self.root.get_or_init(|| self.node(PAGE_HEIGHT, 0))
    }

    /// Root of the subtree of `height ≤ PAGE_HEIGHT` at `index` inside this page.
    pub(crate) fn node(&self, height: u32, index: usize) -> B256 {
        let mut leaves = [B256::ZERO; LEAVES_PER_PAGE];
        let count = 1 << height;
        for (slot, i) in leaves.iter_mut().zip(index * count..(index + 1) * count) {
            slot.copy_from_slice(&self.bytes[i * LEAF_BYTES..(i + 1) * LEAF_BYTES]);
        }
        reduce(&mut leaves[..count], 0)
    }
}
