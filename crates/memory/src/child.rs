//! What hangs below a branch.

use crate::{
    PAGE_HEIGHT,
    branch::Branch,
    mapped::MappedRegion,
    page::{Page, ZERO_PAGE},
};
use alloy_primitives::B256;
use std::sync::Arc;

/// A subtree that is not empty. Shared between snapshots until one of them writes.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    Branch(Arc<Branch>),
    Page(Arc<Page>),
    /// Node `index` of this height in a mapped region, with all that lies below it.
    Mapped {
        region: Arc<MappedRegion>,
        index: u32,
    },
}

impl Child {
    pub(crate) fn root(&self, height: u32) -> B256 {
        match self {
            Self::Branch(branch) => branch.root(height),
            Self::Page(page) => page.root(),
            Self::Mapped { region, index } => region.node(height, u64::from(*index)),
        }
    }

    /// The branch that this is, at `height`, unshared.
    pub(crate) fn branch_mut(&mut self, height: u32) -> &mut Branch {
        if let Self::Mapped { region, index } = self {
            *self = Self::Branch(Arc::new(Branch::new(region.children(height, *index))));
        }
        match self {
            Self::Branch(branch) => Arc::make_mut(branch),
            _ => unreachable!("a page at height {height}"),
        }
    }

    /// The page that this is; a mapped one is copied first.
    pub(crate) fn page_mut(&mut self) -> &mut Arc<Page> {
        if let Self::Mapped { region, index } = self {
            let bytes = region.page(u64::from(*index)).unwrap_or(ZERO_PAGE.bytes());
            *self = Self::Page(Arc::new(Page::new(*bytes)));
        }
        match self {
            Self::Page(page) => page,
            _ => unreachable!("a branch at height {PAGE_HEIGHT}"),
        }
    }
}
