//! What the step needs of a memory.

use crate::{Instruction, decode};
use opml_memory::{Memory, PageCache};
use std::convert::Infallible;

/// A memory that the machine can run on: aligned double words at addresses below 2^44.
pub trait Ram {
    /// Why an access cannot be answered. A whole memory always answers; a witness may lack the leaf.
    type Error;

    /// Returns the little-endian double word at `address`, a multiple of 8.
    ///
    /// # Errors
    ///
    /// If this memory does not hold that address.
    fn load(&mut self, address: u64) -> Result<u64, Self::Error>;

    /// Replaces the little-endian double word at `address`, a multiple of 8.
    ///
    /// # Errors
    ///
    /// If this memory does not hold that address.
    fn store(&mut self, address: u64, value: u64) -> Result<(), Self::Error>;

    /// Returns the instruction at `pc`, a multiple of 4 inside the text; none if it is reserved.
    ///
    /// # Errors
    ///
    /// If this memory does not hold that address.
    fn fetch(&mut self, pc: u64) -> Result<Option<Instruction>, Self::Error> {
        let double = self.load(pc & !7)?;
        Ok(decode((double >> (8 * (pc & 4))) as u32))
    }
}

impl Ram for Memory {
    type Error = Infallible;

    fn load(&mut self, address: u64) -> Result<u64, Infallible> {
        Ok(self.read_u64(address))
    }

    fn store(&mut self, address: u64, value: u64) -> Result<(), Infallible> {
        self.write_u64(address, value);
        Ok(())
    }
}

impl Ram for PageCache<'_> {
    type Error = Infallible;

    #[inline]
    fn load(&mut self, address: u64) -> Result<u64, Infallible> {
        Ok(self.read_u64(address))
    }

    #[inline]
    fn store(&mut self, address: u64, value: u64) -> Result<(), Infallible> {
        self.write_u64(address, value);
        Ok(())
    }
}
