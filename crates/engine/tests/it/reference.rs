//! The tensor machine over plain vectors, one large step of scalar kernels at a time.

use opml_memory::Memory;
use opml_tensor::{
    DataHalf, Header, Span, large_step,
    layout::{ACTIVATIONS, CONTROL, INPUT, MODEL, OUTPUT, WEIGHTS},
};
use std::cell::Cell;

/// Regions a page larger than the machine may use, all of them writable, so that a stray write lands where a test sees it.
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) regions: Vec<(u64, Vec<u8>)>,
    /// Whether the machine asked for bytes outside every region.
    pub(crate) missed: Cell<bool>,
}

impl Reference {
    /// A machine of zeroes with room for the header's bounds.
    pub(crate) fn new(header: &Header) -> Self {
        let sizes = [
            (CONTROL, 0),
            (ACTIVATIONS, header.activation_bytes),
            (INPUT, header.input_bytes()),
            (OUTPUT, 32 + u64::from(header.output_max)),
            (MODEL, 4096 + header.program_bytes()),
            (WEIGHTS, header.weight_bytes),
        ];
        let region = |(start, size): (u64, u64)| {
            (start, vec![0; (size.next_multiple_of(4096) + 4096) as usize])
        };
        Self { regions: sizes.into_iter().map(region).collect(), missed: Cell::new(false) }
    }

    /// The machine in the state that `memory` holds.
    pub(crate) fn load(header: &Header, memory: &Memory) -> Self {
        let mut machine = Self::new(header);
        for (start, bytes) in &mut machine.regions {
            memory.read(*start, bytes);
        }
        machine
    }

    /// The state as a memory.
    pub(crate) fn memory(&self) -> Memory {
        let mut memory = Memory::new();
        for (start, bytes) in &self.regions {
            memory.write(*start, bytes);
        }
        memory
    }

    pub(crate) fn step(&mut self) {
        large_step(self);
        assert!(!self.missed.get(), "the machine left its regions");
    }

    pub(crate) fn complete(&self) -> u64 {
        self.word(OUTPUT)
    }

    pub(crate) fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.bytes(address, 8).try_into().unwrap())
    }

    pub(crate) fn bytes(&self, address: u64, length: usize) -> &[u8] {
        let (start, bytes) = self.regions.iter().rfind(|(start, _)| *start <= address).unwrap();
        &bytes[(address - start) as usize..][..length]
    }

    pub(crate) fn bytes_mut(&mut self, address: u64, length: usize) -> &mut [u8] {
        let (start, bytes) = self.regions.iter_mut().rfind(|(start, _)| *start <= address).unwrap();
        &mut bytes[(address - *start) as usize..][..length]
    }

    /// Addresses of the bytes in which two machines differ.
    pub(crate) fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u64> + 'a {
        self.regions.iter().zip(&other.regions).flat_map(|((start, a), (_, b))| {
            (*start..).zip(a.iter().zip(b)).filter(|(_, (a, b))| a != b).map(|(address, _)| address)
        })
    }

    fn find(&self, span: &Span) -> Option<(usize, usize)> {
        self.regions.iter().enumerate().find_map(|(index, (start, bytes))| {
            let region = Span { start: *start, length: bytes.len() as u64 };
            region.contains(span).then(|| (index, (span.start - start) as usize))
        })
    }
}

// SAFETY: pointers are into vectors that are neither moved nor resized while the machine is borrowed; regions are disjoint.
unsafe impl DataHalf for Reference {
    fn source(&self, span: Span) -> *const u8 {
        let Some((index, offset)) = self.find(&span) else {
            self.missed.set(true);
            return std::ptr::null();
        };
        self.regions[index].1.as_ptr().wrapping_add(offset)
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        let Some((index, offset)) = self.find(&span) else {
            self.missed.set(true);
            return std::ptr::null_mut();
        };
        self.regions[index].1.as_mut_ptr().wrapping_add(offset)
    }
}
