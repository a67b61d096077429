//! The control block: the machine's registers, at the start of C.

use crate::{
    layout::{CONTROL, CONTROL_BYTES},
    memory::{DataHalf, load, store},
    record::Reader,
};

/// The sixteen registers. `r0` reads 0, whatever its word in memory holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers([u64; 16]);

impl Registers {
    /// Registers with the given values; the value for `r0` is ignored.
    pub const fn new(values: [u64; 16]) -> Self {
        Self(values)
    }

    /// Value of register `index`; 0 for `r0` and for indices that name no register.
    pub fn get(&self, index: u8) -> u64 {
        if index == 0 { 0 } else { self.0.get(usize::from(index)).copied().unwrap_or(0) }
    }

    /// Sets register `index`; `r0` is never written.
    pub(crate) fn set(&mut self, index: u8, value: u64) {
        if let (1.., Some(word)) = (index, self.0.get_mut(usize::from(index))) {
            *word = value;
        }
    }
}

/// The control block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Index of the record to execute.
    pub pc: u64,
    /// Next tile of that record.
    pub tile: u64,
    /// Registers.
    pub registers: Registers,
    /// Tiles executed so far: the number of large steps, unless the program is *whole*.
    pub step: u64,
}

impl Control {
    /// Reads the control block.
    pub fn load<D: DataHalf + ?Sized>(data: &D) -> Self {
        let bytes: [u8; CONTROL_BYTES as usize] = load(data, CONTROL);
        let mut reader = Reader::new(&bytes);
        let (pc, tile) = (reader.u64(), reader.u64());
        let mut registers = [0; 16];
        for register in &mut registers {
            *register = reader.u64();
        }
        Self { pc, tile, registers: Registers(registers), step: reader.u64() }
    }

    /// Writes the words that differ from `before`, which is what memory holds.
    pub(crate) fn store<D: DataHalf + ?Sized>(&self, before: &Self, data: &mut D) {
        let mut address = CONTROL;
        for (new, old) in self.words().zip(before.words()) {
            if new != old {
                store(data, address, &new.to_le_bytes());
            }
            address += 8;
        }
    }

    fn words(&self) -> impl Iterator<Item = u64> {
        [self.pc, self.tile].into_iter().chain(self.registers.0).chain([self.step])
    }
}
