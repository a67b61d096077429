//! The data half on the host: one mapping per region.

use crate::{EngineError, ModelFile};
use memmap2::{MmapOptions, MmapRaw};
use opml_tensor::{
    DataHalf, Header, Span,
    layout::{ACTIVATIONS, CONTROL, INPUT, LEAF, OUTPUT, PAGE},
};
use std::{ptr, sync::Arc};

/// Bytes of a large page.
const LARGE: usize = 2 << 20;

/// Memory of a region that the machine writes: anonymous pages that cost nothing until they are touched.
#[derive(Debug)]
struct Region {
    span: Span,
    memory: MmapRaw,
    /// Whether the system was asked for large pages, for each that lies whole in the memory.
    large: Vec<bool>,
}

impl Region {
    fn new(start: u64, bytes: u64) -> Result<Self, EngineError> {
        let length = bytes.max(1).next_multiple_of(PAGE);
        let map = MmapOptions::new().len(length as usize).no_reserve_swap().map_anon();
        let map = map.map_err(|source| EngineError::Allocate { bytes: length, source })?;
        let memory = MmapRaw::from(map);
        let skipped = memory.as_ptr().align_offset(LARGE);
        let large = vec![false; (length as usize).saturating_sub(skipped) / LARGE];
        Ok(Self { span: Span { start, length }, memory, large })
    }

    /// Asks for large pages where a span that is about to be written covers them whole.
    ///
    /// A run touches its activations for the first time; of large ones, by pages of 4 KiB, that is a fault for every few microseconds of
    /// work. But of what is written a little here and a little there, as a cache of keys and values that only a long prompt fills,
    /// large pages would be many times the memory, all of it to be cleared. A system without large pages does without.
    fn prepare(&mut self, span: &Span) {
        if span.length < LARGE as u64 || !self.span.contains(span) {
            return;
        }
        let first = self.memory.as_ptr().align_offset(LARGE);
        let start = (span.start - self.span.start) as usize;
        let page = |offset: usize| offset.saturating_sub(first) / LARGE;
        let pages = page(start.max(first) + LARGE - 1)..page(start + span.length as usize);
        for index in pages {
            if let Some(asked @ false) = self.large.get_mut(index) {
                *asked = true;
                #[cfg(target_os = "linux")]
                let _ = self.memory.advise_range(
                    memmap2::Advice::HugePage,
                    first + index * LARGE,
                    LARGE,
                );
            }
        }
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
        self.writable.iter_mut().for_each(|region| region.prepare(&span));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pages_are_asked_for_where_a_span_covers_them() {
        let mut region = Region::new(ACTIVATIONS, 16 << 20).unwrap();
        let large = LARGE as u64;
        let first = ACTIVATIONS + region.memory.as_ptr().align_offset(LARGE) as u64;
        let asked = |region: &Region| {
            (0..).zip(&region.large).filter(|(_, asked)| **asked).map(|(index, _)| index).collect()
        };
        let mut write = |start: u64, length: u64| -> Vec<u64> {
            region.prepare(&Span { start, length });
            asked(&region)
        };
        // Less than a page, one byte too few on either side, another region.
        assert_eq!(write(first, large - 1), []);
        assert_eq!(write(first + 1, 2 * large - 2), []);
        assert_eq!(write(INPUT, 4 * large), []);
        assert_eq!(write(first + large, large), [1]);
        assert_eq!(write(first + large - 5, 3 * large), [1, 2]);
        assert_eq!(write(ACTIVATIONS, 16 << 20).first(), Some(&0));
        assert!(region.large.iter().all(|asked| *asked));
    }
}
