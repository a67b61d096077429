//! The data half on the host: one mapping per region.

use crate::{EngineError, ModelFile};
use memmap2::{MmapOptions, MmapRaw};
use opml_tensor::{
    DataHalf, Header, Span,
    layout::{ACTIVATIONS, CONTROL, INPUT, LEAF, OUTPUT, PAGE},
};
use std::{ptr, sync::Arc};

/// Regions from this size on ask the system for large pages.
#[cfg(target_os = "linux")]
const LARGE: u64 = 4 << 20;

/// Memory of a region that the machine writes: anonymous pages that cost nothing until they are touched.
#[derive(Debug)]
struct Region {
    span: Span,
    memory: MmapRaw,
}

impl Region {
    fn new(start: u64, bytes: u64) -> Result<Self, EngineError> {
        let length = bytes.max(1).next_multiple_of(PAGE);
        let map = MmapOptions::new().len(length as usize).no_reserve_swap().map_anon();
        let map = map.map_err(|source| EngineError::Allocate { bytes: length, source })?;
        let memory = MmapRaw::from(map);
        // A run touches most of its activations for the first time; by pages of 4 KiB that is a fault for every few
        // microseconds of work. A system without large pages does without.
        #[cfg(target_os = "linux")]
        if length >= LARGE {
            let _ = memory.advise(memmap2::Advice::HugePage);
        }
        Ok(Self { span: Span { start, length }, memory })
    }

    fn pointer(&self, span: &Span) -> Option<*mut u8> {
        let offset = self.span.contains(span).then(|| span.start - self.span.start)?;
        Some(self.memory.as_mut_ptr().wrapping_add(offset as usize))
    }
}

/// The regions of one run, and the model that it runs.
#[derive(Debug)]
pub(crate) struct Regions {
    writable: [Region; 4],
    model: Arc<ModelFile>,
}

impl Regions {
    /// Regions of zeroes, sized by the model's header.
    pub(crate) fn new(model: Arc<ModelFile>) -> Result<Self, EngineError> {
        let Header { activation_bytes, output_max, .. } = *model.header();
        let input = model.header().input_bytes();
        let writable = [
            Region::new(CONTROL, PAGE)?,
            Region::new(ACTIVATIONS, activation_bytes)?,
            Region::new(INPUT, input)?,
            Region::new(OUTPUT, LEAF + u64::from(output_max))?,
        ];
        Ok(Self { writable, model })
    }

    fn writable(&self, span: Span) -> *mut u8 {
        let pointer = self.writable.iter().find_map(|region| region.pointer(&span));
        pointer.unwrap_or(ptr::null_mut())
    }
}

// SAFETY: a pointer is handed out only for a span inside one region, whose mapping lives as long as `self` and is initialised
// by the system or by `ModelFile`. Regions are disjoint mappings and offsets follow addresses, so disjoint spans are disjoint
// memory. The mappings are reached through raw pointers only, so no reference to them is made or invalidated here; the model's
// bytes are shared and never handed out for writing.
unsafe impl DataHalf for Regions {
    fn source(&self, span: Span) -> *const u8 {
        if let Some(pointer) = self.writable.iter().find_map(|region| region.pointer(&span)) {
            return pointer;
        }
        for (start, bytes) in self.model.parts() {
            let region = Span { start, length: bytes.len() as u64 };
            if region.contains(&span) {
                return bytes.as_ptr().wrapping_add((span.start - start) as usize);
            }
        }
        ptr::null()
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        self.writable(span)
    }
}

/// What one of several threads sees of the regions: the same bytes.
#[derive(Debug)]
pub(crate) struct View<'a>(&'a Regions);

impl<'a> View<'a> {
    /// # Safety
    /// As long as there are views, no two of them are asked for overlapping targets, and none for a source that overlaps another's target.
    pub(crate) const unsafe fn new(regions: &'a Regions) -> Self {
        Self(regions)
    }
}

// SAFETY: as of the regions; that other views hand out no pointers to the same targets was promised when this one was made.
unsafe impl DataHalf for View<'_> {
    fn source(&self, span: Span) -> *const u8 {
        self.0.source(span)
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        self.0.writable(span)
    }
}
