//! What admission reads of a record: sizes with their registers read, immediates, operands.

use core::array;

use opml_kernels::{BLOCK, Element, PANEL};

use crate::{
    Header, Record, Refusal, Registers, Span, element,
    operand::{Lattice, Role, resolve},
};

/// A record that is being admitted, and the state that it meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) record: &'a Record,
    pub(crate) registers: &'a Registers,
    pub(crate) header: &'a Header,
}

impl Context<'_> {
    /// The first `N` dimensions with their registers read.
    pub(crate) fn dims<const N: usize>(&self) -> Result<[u64; N], Refusal> {
        const REGISTER: u32 = 1 << 31;
        let mut dims = [0; N];
        for (index, (dim, word)) in dims.iter_mut().zip(&self.record.dim).enumerate() {
            let name = word ^ REGISTER;
            *dim = match name {
                0..16 => self.registers.get(name as u8),
                _ => u64::from(*word),
            };
            if *dim < 1 || *dim >= u64::from(REGISTER) {
                return Err(Refusal::Dimension { index, value: *dim });
            }
        }
        Ok(dims)
    }

    /// The first `N` tile sizes.
    pub(crate) fn tiles<const N: usize>(&self) -> Result<[u64; N], Refusal> {
        let mut tiles = [0; N];
        for (index, (tile, word)) in tiles.iter_mut().zip(&self.record.tile).enumerate() {
            if *word < 1 || *word >= 1 << 31 {
                return Err(Refusal::TileSize { index, value: *word });
            }
            *tile = u64::from(*word);
        }
        Ok(tiles)
    }

    /// Rows and columns of a tile, where columns are whole panels.
    pub(crate) fn panel_tiles(&self) -> Result<[u64; 2], Refusal> {
        self.tiles_of(PANEL as u64)
    }

    /// Rows and columns of a tile, where columns are a multiple of `unit`.
    pub(crate) fn tiles_of(&self, unit: u64) -> Result<[u64; 2], Refusal> {
        let [rows, columns] = self.tiles()?;
        if !columns.is_multiple_of(unit) {
            return Err(Refusal::TileSize { index: 1, value: word(&self.record.tile, 1) });
        }
        Ok([rows, columns])
    }

    /// Immediate `index`.
    pub(crate) fn immediate(&self, index: usize) -> u32 {
        word(&self.record.imm, index)
    }

    /// Immediate `index` as an s8 value, sign-extended to its word.
    pub(crate) fn signed_immediate(&self, index: usize) -> Result<i8, Refusal> {
        let value = self.immediate(index);
        i8::try_from(value as i32).map_err(|_| Refusal::Immediate { index, value })
    }

    /// Type of the elements of the first input.
    pub(crate) fn element_a(&self) -> Result<Element, Refusal> {
        let [code, ..] = self.record.types;
        element::scalar(code).ok_or(Refusal::Types(self.record.types))
    }

    /// Type of the elements of the output.
    pub(crate) fn element_out(&self) -> Result<Element, Refusal> {
        let [_, _, code, _] = self.record.types;
        element::scalar(code).ok_or(Refusal::Types(self.record.types))
    }

    /// The byte strides of the operand in `slot`.
    pub(crate) fn strides(&self, slot: usize) -> [u64; 3] {
        let operand = self.record.operand.get(slot).copied().unwrap_or_default();
        array::from_fn(|index| u64::from(word(&operand.stride, index)))
    }

    /// The first byte stride of the operand in `slot`, of those that have one.
    pub(crate) fn stride(&self, slot: usize) -> u64 {
        let [stride, ..] = self.strides(slot);
        stride
    }

    /// The range of an input.
    pub(crate) fn source<const D: usize>(
        &self,
        slot: usize,
        lattice: Lattice<D>,
    ) -> Result<Span, Refusal> {
        self.resolve(slot, lattice, Role::Source)
    }

    /// The range of the output.
    pub(crate) fn target<const D: usize>(
        &self,
        slot: usize,
        lattice: Lattice<D>,
    ) -> Result<Span, Refusal> {
        self.resolve(slot, lattice, Role::Target)
    }

    fn resolve<const D: usize>(
        &self,
        slot: usize,
        lattice: Lattice<D>,
        role: Role,
    ) -> Result<Span, Refusal> {
        let operand = self.record.operand.get(slot).copied().unwrap_or_default();
        resolve(slot, &operand, &lattice, role, self.registers, self.header)
    }
}

/// Rows of contiguous elements of `element` bytes, `stride` bytes apart.
pub(crate) const fn matrix(rows: u64, columns: u64, stride: u64, element: u64) -> Lattice<2> {
    Lattice { dims: [rows, columns], strides: [stride, element], element }
}

/// The number of quantisation blocks in dimension `index`.
pub(crate) const fn whole_blocks(index: usize, terms: u64) -> Result<u64, Refusal> {
    if terms.is_multiple_of(BLOCK as u64) {
        Ok(terms / BLOCK as u64)
    } else {
        Err(Refusal::Dimension { index, value: terms })
    }
}

/// Refuses an output that overlaps the input in `slot`.
pub(crate) const fn disjoint(slot: usize, source: &Span, target: &Span) -> Result<(), Refusal> {
    if source.overlaps(target) { Err(Refusal::Alias(slot)) } else { Ok(()) }
}

fn word(words: &[u32], index: usize) -> u32 {
    words.get(index).copied().unwrap_or(0)
}
