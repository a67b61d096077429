//! A page of bytes with its cached root.

use crate::{LEAF_BYTES, PAGE_BYTES, PAGE_HEIGHT, reduce, stale::Subtree};
use alloy_primitives::B256;
use std::sync::{Arc, LazyLock, OnceLock};

const LEAVES_PER_PAGE: usize = 1 << PAGE_HEIGHT;

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
        Self::new([0; PAGE_BYTES])
    }
}

impl Page {
    pub(crate) const fn new(bytes: [u8; PAGE_BYTES]) -> Self {
        Self { bytes, root: OnceLock::new() }
    }

    pub(crate) const fn bytes(&self) -> &[u8; PAGE_BYTES] {
        &self.bytes
    }

    /// Gives access for writing; the cached root is forgotten.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; PAGE_BYTES] {
        self.root.take();
        &mut self.bytes
    }

    pub(crate) fn root(&self) -> B256 {
        *self.root.get_or_init(|| node(&self.bytes, PAGE_HEIGHT, 0))
    }
}

impl Subtree for Page {
    const LEVELS: u32 = PAGE_HEIGHT;

    fn nodes(&self, _: u32, nodes: &mut [B256]) {
        copy_leaves(&self.bytes, nodes);
    }

    fn cached_root(&self) -> &OnceLock<B256> {
        &self.root
    }
}

/// Root of the subtree of `height ≤ PAGE_HEIGHT` at `index` inside a page.
pub(crate) fn node(page: &[u8; PAGE_BYTES], height: u32, index: usize) -> B256 {
    let bytes = LEAF_BYTES << height;
    let mut nodes = [B256::ZERO; LEAVES_PER_PAGE];
    let nodes = &mut nodes[..1 << height];
    copy_leaves(&page[index * bytes..][..bytes], nodes);
    reduce::root(nodes, 0)
}

/// Copies whole leaves, as many as there are of both.
pub(crate) fn copy_leaves(bytes: &[u8], leaves: &mut [B256]) {
    for (leaf, bytes) in leaves.iter_mut().zip(bytes.as_chunks().0) {
        leaf.0 = *bytes;
    }
}
