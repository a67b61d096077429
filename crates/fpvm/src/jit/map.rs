//! The compiled code of one text.

use std::{
    array,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering},
    },
};

use cranelift_codegen::{
    Context as Codegen,
    ir::{Function, UserFuncName},
};
use cranelift_frontend::FunctionBuilderContext;
use memmap2::Mmap;
use opml_memory::PAGE_BYTES;

use super::{
    compiler::compile,
    host::{Host, region_signature},
    region::Region,
    translate::translate,
};
use crate::{Instruction, TEXT_END};

const WORDS: usize = PAGE_BYTES / 4;
const PAGES: usize = TEXT_END as usize / PAGE_BYTES;
/// Most bytes of code for one text; what does not fit is interpreted.
const MAX_CODE: usize = 1 << 26;

/// Marks an instruction that no region can start at.
const NEVER: u32 = u32::MAX;

/// From pc to code, for one text. Machines with that text share it, in any number of threads.
///
/// Generated code reads the tables, so there is an entry for every instruction: where nothing is
/// compiled it leads to [`Host::no_code`]. Code stays until the map is dropped.
#[derive(Debug)]
pub(crate) struct CodeMap {
    host: &'static Host,
    /// A page of entries for each page of text; most are `empty`.
    pages: Box<[AtomicPtr<Page>]>,
    empty: Box<Page>,
    code: Mutex<Code>,
}

#[repr(C)]
#[derive(Debug)]
struct Page {
    entries: [AtomicUsize; WORDS],
    /// How often a block began here that has no code.
    heat: [AtomicU32; WORDS],
}

#[derive(Debug, Default)]
struct Code {
    memory: Vec<Mmap>,
    bytes: usize,
}

impl CodeMap {
    /// Text is looked up by pages of this many bytes.
    pub(super) const PAGE_BITS: u32 = PAGE_BYTES.trailing_zeros();

    pub(super) fn new(host: &'static Host) -> Self {
        let empty = Box::new(Page::new(host));
        let pages = (0..PAGES).map(|_| AtomicPtr::new((&raw const *empty).cast_mut())).collect();
        Self { host, pages, empty, code: Mutex::default() }
    }

    pub(super) const fn host(&self) -> &'static Host {
        self.host
    }

    /// The address of the table of pages, each the address of its entries.
    pub(super) fn pages(&self) -> usize {
        self.pages.as_ptr().expose_provenance()
    }

    /// The address of the entry for `pc`; none if no instruction can be fetched there.
    pub(super) fn slot(&self, pc: u64) -> Option<usize> {
        let (page, word) = self.own(pc)?;
        Some((&raw const page.entries[word]).expose_provenance())
    }

    /// The code at `pc`, which is made if a block began there more than `hot_after` times.
    pub(super) fn entry(
        &self,
        pc: u64,
        hot_after: u32,
        fetch: impl FnMut(u64) -> Option<Instruction>,
    ) -> Option<usize> {
        let (page, word) = self.own(pc)?;
        if let Some(code) = self.published(page, word) {
            return Some(code);
        }
        let heat = page.heat[word].load(Ordering::Relaxed);
        if heat == NEVER {
            return None;
        }
        if heat < hot_after {
            page.heat[word].store(heat + 1, Ordering::Relaxed);
            return None;
        }
        let code = self.compile(pc, page, word, fetch);
        if code.is_none() {
            page.heat[word].store(NEVER, Ordering::Relaxed);
        }
        code
    }

    fn published(&self, page: &Page, word: usize) -> Option<usize> {
        let code = page.entries[word].load(Ordering::Acquire);
        (code != self.host.no_code()).then_some(code)
    }

    fn compile(
        &self,
        pc: u64,
        page: &Page,
        word: usize,
        mut fetch: impl FnMut(u64) -> Option<Instruction>,
    ) -> Option<usize> {
        let mut code = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker.
        if let Some(code) = self.published(page, word) {
            return Some(code);
        }
        if code.bytes >= MAX_CODE {
            return None;
        }
        let region = Region::discover(pc, &mut fetch)?;
        let function = Function::with_name_signature(UserFuncName::default(), region_signature());
        let mut codegen = Codegen::for_function(function);
        translate(&region, &mut codegen.func, &mut FunctionBuilderContext::new(), self);
        let memory = compile(self.host.target(), &mut codegen).ok()?;
        let entry = memory.as_ptr().expose_provenance();
        code.bytes += memory.len().next_multiple_of(PAGE_BYTES);
        code.memory.push(memory);
        page.entries[word].store(entry, Ordering::Release);
        Some(entry)
    }

    /// The page of entries that holds the one for `pc`, which is made if there is none, and where.
    fn own(&self, pc: u64) -> Option<(&Page, usize)> {
        let slot = self.pages.get(usize::try_from(pc).ok()? / PAGE_BYTES)?;
        if !pc.is_multiple_of(4) {
            return None;
        }
        let mut page = slot.load(Ordering::Acquire);
        let empty = (&raw const *self.empty).cast_mut();
        if page == empty {
            let new = Box::into_raw(Box::new(Page::new(self.host)));
            match slot.compare_exchange(empty, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => page = new,
                Err(other) => {
                    // SAFETY: `new` came from a box a moment ago and nobody else has seen it.
                    drop(unsafe { Box::from_raw(new) });
                    page = other;
                }
            }
        }
        // SAFETY: pages are put here by this function only, from boxes, and freed by `drop` only.
        let page = unsafe { &*page };
        Some((page, pc as usize / 4 % WORDS))
    }
}

impl Drop for CodeMap {
    fn drop(&mut self) {
        let empty = (&raw const *self.empty).cast_mut();
        for page in &mut self.pages {
            let page = *page.get_mut();
            if page != empty {
                // SAFETY: `own` put it here from a box, and no reference outlives `self`.
                drop(unsafe { Box::from_raw(page) });
            }
        }
    }
}

impl Page {
    fn new(host: &Host) -> Self {
        Self {
            entries: array::from_fn(|_| AtomicUsize::new(host.no_code())),
            heat: array::from_fn(|_| AtomicU32::new(0)),
        }
    }
}
