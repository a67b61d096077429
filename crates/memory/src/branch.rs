//! The persistent tree above the pages: 16 children a node, 8 levels for the 32 levels of hashes.

use crate::{
    DEPTH, PAGE_HEIGHT,
    hash::zero_hash,
    page::Page,
    reduce,
    stale::{Stale, Subtree},
};
use alloy_primitives::B256;
use std::sync::{Arc, OnceLock};

/// Levels of the hash tree that one branch spans.
pub(crate) const SPAN: u32 = 4;
const CHILDREN: usize = 1 << SPAN;

/// What hangs below a branch. Shared between snapshots until one of them writes.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    Branch(Arc<Branch>),
    Page(Arc<Page>),
}

impl Child {
    fn root(&self, height: u32) -> B256 {
        match self {
            Self::Branch(branch) => branch.root(height),
            Self::Page(page) => page.root(),
        }
    }
}

/// An inner node with its cached root. The root belongs to the content, so snapshots share it too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    children: [Option<Child>; CHILDREN],
    root: OnceLock<B256>,
}

impl Branch {
    /// Which child of a branch of `height` leads to page `number`.
    const fn slot(number: u64, height: u32) -> usize {
        (number >> (height - SPAN - PAGE_HEIGHT)) as usize % CHILDREN
    }

    /// The page `number`, counted from the first page below the root, unless it is absent.
    pub(crate) fn page(&self, number: u64) -> Option<&Arc<Page>> {
        let mut branch = self;
        let mut height = DEPTH;
        loop {
            match branch.children[Self::slot(number, height)].as_ref()? {
                Child::Branch(next) => branch = next,
                Child::Page(page) => return Some(page),
            }
            height -= SPAN;
        }
    }

    /// The place of page `number` below a branch of `height`; makes the path to it unshared and
    /// forgets the roots along it.
    pub(crate) fn page_mut(&mut self, number: u64, height: u32) -> &mut Arc<Page> {
        self.root.take();
        let below = height - SPAN;
        let child = self.children[Self::slot(number, height)].get_or_insert_with(|| {
            if below == PAGE_HEIGHT {
                Child::Page(Arc::default())
            } else {
                Child::Branch(Arc::default())
            }
        });
        match child {
            Child::Branch(next) => Arc::make_mut(next).page_mut(number, below),
            Child::Page(page) => page,
        }
    }

    pub(crate) const fn children(&self) -> &[Option<Child>] {
        &self.children
    }

    /// Root of this branch, which stands at `height`.
    pub(crate) fn root(&self, height: u32) -> B256 {
        *self.root.get_or_init(|| self.ancestor(height, SPAN, 0))
    }

    /// Root of the aligned group of `2^levels` children at `index`, in a branch of `height`.
    fn ancestor(&self, height: u32, levels: u32, index: usize) -> B256 {
        let below = height - SPAN;
        let count = 1 << levels;
        let children = &self.children[index * count..][..count];
        let mut stale = Stale::default();
        stale.add_children(children, below);
        stale.settle();
        let mut nodes = [B256::ZERO; CHILDREN];
        let nodes = &mut nodes[..count];
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
                let levels = height - below;
                return branch.ancestor(top, levels, index as usize % (CHILDREN >> levels));
            }
            match &branch.children[(index >> (below - height)) as usize % CHILDREN] {
                None => return zero_hash(height),
                Some(Child::Branch(next)) => branch = next,
                Some(Child::Page(page)) => {
                    return page.node(height, (index % (1 << (PAGE_HEIGHT - height))) as usize);
                }
            }
            top = below;
        }
    }

    /// Removes the subtree of `height` at `index`, counted from the first one below this branch,
    /// which stands at `top`.
    pub(crate) fn clear(&mut self, height: u32, index: u64, top: u32) {
        let below = top - SPAN;
        if height >= below {
            self.root.take();
            let count = 1 << (height - below);
            self.children[index as usize * count..][..count].fill(None);
            return;
        }
        let levels = below - height;
        let Some(child) = &mut self.children[(index >> levels) as usize] else { return };
        self.root.take();
        let index = index % (1 << levels);
        match child {
            Child::Branch(next) => Arc::make_mut(next).clear(height, index, below),
            Child::Page(page) => Arc::make_mut(page).clear(height, index as usize),
        }
    }

    /// Calls `visit` with the number and the content of every page present, in rising order.
    pub(crate) fn for_each_page<'a>(&'a self, first: u64, visit: &mut impl FnMut(u64, &'a Page)) {
        for (i, child) in self.children.iter().enumerate() {
            let number = first * CHILDREN as u64 + i as u64;
            match child {
                None => {}
                Some(Child::Branch(next)) => next.for_each_page(number, visit),
                Some(Child::Page(page)) => visit(number, page),
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

fn copy_roots(children: &[Option<Child>], height: u32, roots: &mut [B256]) {
    for (root, child) in roots.iter_mut().zip(children) {
        *root = child.as_ref().map_or_else(|| zero_hash(height), |child| child.root(height));
    }
}
