//! The persistent tree above the pages: 16 children a node, 8 levels for the 32 levels of hashes.

use crate::{
    DEPTH, PAGE_BYTES, PAGE_HEIGHT,
    child::Child,
    hash::zero_hash,
    page::{self, Page},
    reduce,
    stale::{Stale, Subtree},
};
use alloy_primitives::B256;
use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

/// Levels of the hash tree that one branch spans.
pub(crate) const SPAN: u32 = 4;
pub(crate) const CHILDREN: usize = 1 << SPAN;

/// An inner node with its cached root. The root belongs to the content, so snapshots share it too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    children: [Option<Child>; CHILDREN],
    root: OnceLock<B256>,
}

impl Branch {
    pub(crate) const fn new(children: [Option<Child>; CHILDREN]) -> Self {
        Self { children, root: OnceLock::new() }
    }

    pub(crate) const fn children(&self) -> &[Option<Child>] {
        &self.children
    }

    /// The page `number`, counted from the first page below the root, unless it is absent.
    pub(crate) fn page(&self, number: u64) -> Option<&[u8; PAGE_BYTES]> {
        let mut branch = self;
        let mut height = DEPTH;
        loop {
            height -= SPAN;
            match branch.children[slot(number >> (height - PAGE_HEIGHT))].as_ref()? {
                Child::Branch(next) => branch = next,
                Child::Page(page) => return Some(page.bytes()),
                Child::Mapped { region, .. } => return region.page(number),
            }
        }
    }

    /// The page `number`, to be written or replaced.
    pub(crate) fn page_mut(&mut self, number: u64) -> &mut Arc<Page> {
        let place = &mut self.places(PAGE_HEIGHT, number, DEPTH)[0];
        place.get_or_insert_with(|| Child::Page(Arc::default())).page_mut()
    }

    /// The children that the subtree of `height ≥ PAGE_HEIGHT` at `index` consists of, to be written
    /// or replaced: the path to them from this branch, which stands at `top`, is unshared and has
    /// lost its roots.
    pub(crate) fn places(&mut self, height: u32, index: u64, top: u32) -> &mut [Option<Child>] {
        self.root.take();
        let below = top - SPAN;
        if height >= below {
            return &mut self.children[group(height - below, index)];
        }
        self.children[slot(index >> (below - height))]
            .get_or_insert_with(|| Child::Branch(Arc::default()))
            .branch_mut(below)
            .places(height, index, below)
    }

    /// Root of this branch, which stands at `height`.
    pub(crate) fn root(&self, height: u32) -> B256 {
        *self.root.get_or_init(|| self.ancestor(height, SPAN, 0))
    }

    /// Root of the group of `2^levels` children that leads to `index`, in a branch of `height`.
    fn ancestor(&self, height: u32, levels: u32, index: u64) -> B256 {
        let below = height - SPAN;
        let children = &self.children[group(levels, index)];
        let mut stale = Stale::default();
        stale.add_children(children, below);
        stale.settle();
        let mut nodes = [B256::ZERO; CHILDREN];
        let nodes = &mut nodes[..children.len()];
        copy_roots(children, below, nodes);
        reduce::root(nodes, below)
    }

    /// Root of the subtree of `height` at `index`, both counted in the whole tree; `self` is its top.
    pub(crate) fn node(&self, height: u32, index: u64) -> B256 {
        let mut branch = self;
        let mut top = DEPTH;
        loop {
            if height == top {
                return branch.root(top);
            }
            let below = top - SPAN;
            if height >= below {
                return branch.ancestor(top, height - below, index);
            }
            match &branch.children[slot(index >> (below - height))] {
                None => return zero_hash(height),
                Some(Child::Branch(next)) => branch = next,
                Some(Child::Mapped { region, .. }) => return region.node(height, index),
                Some(Child::Page(page)) => {
                    let index = index % (1 << (PAGE_HEIGHT - height));
                    return page::node(page.bytes(), height, index as usize);
                }
            }
            top = below;
        }
    }

    /// Pages below this branch that the branch in its place elsewhere does not share. Mapped ones belong to their file.
    pub(crate) fn unshared_pages(&self, other: Option<&Self>) -> u64 {
        let pages = |(slot, child): (usize, &Option<Child>)| {
            let other = other.and_then(|other| other.children[slot].as_ref());
            match (child, other) {
                (None | Some(Child::Mapped { .. }), _) => 0,
                (Some(Child::Page(page)), Some(Child::Page(other))) => {
                    u64::from(!Arc::ptr_eq(page, other))
                }
                (Some(Child::Page(_)), _) => 1,
                (Some(Child::Branch(branch)), Some(Child::Branch(other))) => {
                    if Arc::ptr_eq(branch, other) { 0 } else { branch.unshared_pages(Some(other)) }
                }
                (Some(Child::Branch(branch)), _) => branch.unshared_pages(None),
            }
        };
        self.children.iter().enumerate().map(pages).sum()
    }

    /// Calls `visit` with the number and the content of every page in `range`, in rising order.
    /// This branch stands at `top` and is number `index` of its height.
    pub(crate) fn for_each_page<'a>(
        &'a self,
        index: u64,
        top: u32,
        range: &Range<u64>,
        visit: &mut impl FnMut(u64, &'a [u8; PAGE_BYTES]),
    ) {
        let below = top - SPAN;
        for (child, index) in self.children.iter().zip(index * CHILDREN as u64..) {
            let first = index << (below - PAGE_HEIGHT);
            let pages = range.start.max(first)..range.end.min(first + (1 << (below - PAGE_HEIGHT)));
            match child {
                _ if pages.is_empty() => {}
                None => {}
                Some(Child::Branch(next)) => next.for_each_page(index, below, range, visit),
                Some(Child::Page(page)) => visit(index, page.bytes()),
                Some(Child::Mapped { region, .. }) => {
                    region.pages(pages).for_each(|(number, bytes)| visit(number, bytes));
                }
            }
        }
    }
}

impl Subtree for Branch {
    const LEVELS: u32 = SPAN;

    fn nodes(&self, height: u32, nodes: &mut [B256]) {
        copy_roots(&self.children, height, nodes);
    }

    fn cached_root(&self) -> &OnceLock<B256> {
        &self.root
    }
}

/// Which child of its branch is number `index` of its height.
const fn slot(index: u64) -> usize {
    index as usize % CHILDREN
}

/// The children below node `index` of the height `levels` above them.
const fn group(levels: u32, index: u64) -> Range<usize> {
    let first = slot(index << levels);
    first..first + (1 << levels)
}

fn copy_roots(children: &[Option<Child>], height: u32, roots: &mut [B256]) {
    for (root, child) in roots.iter_mut().zip(children) {
        *root = child.as_ref().map_or_else(|| zero_hash(height), |child| child.root(height));
    }
}
