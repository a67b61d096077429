//! Roots that were dropped and are asked for again: all of a level together.

use crate::{
    DEPTH, PAGE_HEIGHT,
    branch::{Branch, SPAN},
    child::Child,
    page::Page,
    reduce::reduce,
};
use alloy_primitives::B256;
use std::{
    sync::OnceLock,
    thread::{available_parallelism, scope},
};

/// Heights at which branches stand.
const BRANCH_HEIGHTS: usize = ((DEPTH - PAGE_HEIGHT) / SPAN) as usize;

/// Subtrees reduced together: full lanes on every level, and the nodes stay in the processor's
/// second-level cache.
const TOGETHER: usize = 64;

/// A thread is worth its start for this many subtrees: some milliseconds of hashing.
const PER_THREAD: usize = 256;

/// A subtree whose root is computed from a fixed number of nodes and then kept.
pub(crate) trait Subtree: Sync {
    /// Levels between those nodes and the root.
    const LEVELS: u32;

    /// Copies the `2^LEVELS` nodes, of which each has `height`.
    fn nodes(&self, height: u32, nodes: &mut [B256]);

    /// Where the root is kept.
    fn cached_root(&self) -> &OnceLock<B256>;
}

/// The pages and branches below some node that have no root.
#[derive(Default)]
pub(crate) struct Stale<'a> {
    pages: Vec<&'a Page>,
    /// By height, the lowest first.
    branches: [Vec<&'a Branch>; BRANCH_HEIGHTS],
}

impl<'a> Stale<'a> {
    /// Adds `branch`, which stands at `height`, and what lies below, as far as the roots are missing.
    pub(crate) fn add_branch(&mut self, branch: &'a Branch, height: u32) {
        if branch.cached_root().get().is_none() {
            self.add_children(branch.children(), height - SPAN);
            self.branches[((height - PAGE_HEIGHT) / SPAN - 1) as usize].push(branch);
        }
    }

    /// Adds what stands at `height` and what lies below, as far as the roots are missing.
    pub(crate) fn add_children(&mut self, children: &'a [Option<Child>], height: u32) {
        for child in children.iter().flatten() {
            match child {
                Child::Branch(branch) => self.add_branch(branch, height),
                Child::Page(page) if page.cached_root().get().is_none() => self.pages.push(page),
                // A mapped root is known.
                Child::Page(_) | Child::Mapped { .. } => {}
            }
        }
    }

    /// Computes and keeps all the missing roots, from the pages up.
    pub(crate) fn settle(&self) {
        settle(&self.pages, 0);
        for (height, branches) in (PAGE_HEIGHT..).step_by(SPAN as usize).zip(&self.branches) {
            settle(branches, height);
        }
    }
}

/// Computes the roots of `subtrees`, whose nodes have `height` and are known.
fn settle<T: Subtree>(subtrees: &[&T], height: u32) {
    let parts = subtrees.len() / PER_THREAD;
    if parts < 2 {
        return settle_alone(subtrees, height);
    }
    // Asked for only here, because the answer comes from the file system.
    let threads = available_parallelism().map_or(1, |threads| threads.get().min(parts));
    scope(|scope| {
        for part in subtrees.chunks(subtrees.len().div_ceil(threads)) {
            scope.spawn(move || settle_alone(part, height));
        }
    });
}

fn settle_alone<T: Subtree>(subtrees: &[&T], height: u32) {
    let mut nodes = vec![B256::ZERO; subtrees.len().min(TOGETHER) << T::LEVELS];
    for together in subtrees.chunks(TOGETHER) {
        let nodes = &mut nodes[..together.len() << T::LEVELS];
        for (subtree, nodes) in together.iter().zip(nodes.chunks_exact_mut(1 << T::LEVELS)) {
            subtree.nodes(height, nodes);
        }
        let roots = reduce(nodes, height, T::LEVELS);
        for (subtree, root) in together.iter().zip(roots) {
            // Another thread may have been here first, with the same root.
            let _ = subtree.cached_root().set(*root);
        }
    }
}
