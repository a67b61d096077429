//! The 256-byte instruction record (protocol §4).

/// One operand: a place in the data half and how to walk from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operand {
    /// Bits 0–43 absolute address, bits 48–51 register, all others zero.
    pub base: u64,
    /// Bytes per unit of the register.
    pub step: u32,
    /// Byte strides of up to three dimensions, outermost first.
    pub stride: [u32; 3],
    /// Offset of a scale plane in leaves of 64 bytes; no operator uses it yet.
    pub plane: u32,
    /// Zero.
    pub reserved: u32,
}

/// One instruction, decoded field by field without judging it: encoding the decoded record gives the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Operator.
    pub op: u8,
    /// Variant of the operator.
    pub sub: u8,
    /// Zero.
    pub flags: u16,
    /// Element types of A, B, out and epilogue.
    pub types: [u8; 4],
    /// Dimensions: a literal below 2^31, or 2^31 + r for the value of register r.
    pub dim: [u32; 6],
    /// Tile sizes, literals.
    pub tile: [u32; 4],
    /// Immediates.
    pub imm: [u32; 4],
    /// Operands: 0 A, 1 B, 2 table, 3 residual, 4 out.
    pub operand: [Operand; 6],
}

impl Record {
    /// Size of an encoded record.
    pub const BYTES: usize = 256;

    /// Decodes a record; every 256 bytes are some record.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut reader = Reader::new(bytes);
        let [op, sub] = reader.take();
        let flags = u16::from_le_bytes(reader.take());
        let types = reader.take();
        let mut record = Self { op, sub, flags, types, ..Self::default() };
        let words = record.dim.iter_mut().chain(&mut record.tile).chain(&mut record.imm);
        for word in words {
            *word = reader.u32();
        }
        for operand in &mut record.operand {
            *operand = Operand {
                base: reader.u64(),
                step: reader.u32(),
                stride: [reader.u32(), reader.u32(), reader.u32()],
                plane: reader.u32(),
                reserved: reader.u32(),
            };
        }
        record
    }

    /// Encodes the record.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        let mut writer = Writer(&mut out);
        writer.put(&[self.op, self.sub]);
        writer.put(&self.flags.to_le_bytes());
        writer.put(&self.types);
        for word in self.dim.iter().chain(&self.tile).chain(&self.imm) {
            writer.put(&word.to_le_bytes());
        }
        for operand in &self.operand {
            let [s0, s1, s2] = operand.stride;
            writer.put(&operand.base.to_le_bytes());
            for word in [operand.step, s0, s1, s2, operand.plane, operand.reserved] {
                writer.put(&word.to_le_bytes());
            }
        }
        out
    }
}

/// Reads fixed-size fields from the front of some bytes; past their end it reads zeroes, so it cannot fail.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((field, rest)) => {
                self.0 = rest;
                *field
            }
            None => [0; N],
        }
    }

    pub(crate) const fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    pub(crate) const fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

/// Writes fields one behind the other; what does not fit is dropped (the record's fields add up to its size).
struct Writer<'a>(&'a mut [u8]);

impl Writer<'_> {
    fn put(&mut self, field: &[u8]) {
        let bytes = core::mem::take(&mut self.0);
        if let Some((to, rest)) = bytes.split_at_mut_checked(field.len()) {
            to.copy_from_slice(field);
            self.0 = rest;
        }
    }
}
