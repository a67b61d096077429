//! Everything of a state but the memory, and how both are packed and hashed.

use alloy_primitives::{B256, keccak256};

/// Fields of a state besides the memory root.
pub const FIELDS: usize = 36;
/// Bytes of a packed state: version, memory root, fields.
pub const PACKED_BYTES: usize = 1 + 32 + 8 * FIELDS;
/// The exit word of `exit(0)`.
pub const EXIT_OK: u64 = 0x100;

/// First byte of a packed state.
const VERSION: u8 = 1;

/// Registers, program counters and the exit word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Address of the instruction that runs next.
    pub pc: u64,
    /// Address of the instruction after it: `pc + 4`, except in the delay slot of a taken branch.
    pub next_pc: u64,
    /// Upper half of products, remainder of divisions.
    pub hi: u64,
    /// Lower half of products, quotient of divisions.
    pub lo: u64,
    /// 0 while running; else how the machine stopped, see §5.
    pub exit: u64,
    /// The general registers. `regs[0]` is 0 and no part of the state.
    pub regs: [u64; 32],
}

impl Cpu {
    /// Returns the registers at the start of a program: `entry` in the program counters, else zeroes.
    pub const fn start(entry: u64) -> Self {
        Self::at(entry, entry.wrapping_add(4), 0)
    }

    /// Returns the registers after an exit: the exit word, else zeroes.
    pub const fn exited(exit: u64) -> Self {
        Self::at(0, 0, exit)
    }

    const fn at(pc: u64, next_pc: u64, exit: u64) -> Self {
        Self { pc, next_pc, hi: 0, lo: 0, exit, regs: [0; 32] }
    }

    /// Returns the fields in the order of §5: `pc, nextPc, hi, lo, exit, r1 … r31`.
    pub fn fields(&self) -> [u64; FIELDS] {
        let mut fields = [0; FIELDS];
        fields[..5].copy_from_slice(&[self.pc, self.next_pc, self.hi, self.lo, self.exit]);
        fields[5..].copy_from_slice(&self.regs[1..]);
        fields
    }

    /// Returns the registers with the given fields, in the order of §5.
    pub fn from_fields(fields: &[u64; FIELDS]) -> Self {
        let mut regs = [0; 32];
        regs[1..].copy_from_slice(&fields[5..]);
        let [pc, next_pc, hi, lo, exit, ..] = *fields;
        Self { pc, next_pc, hi, lo, exit, regs }
    }

    /// Packs these registers and a memory root: the pre-image of the state hash.
    pub fn pack(&self, root: B256) -> [u8; PACKED_BYTES] {
        let mut bytes = [0; PACKED_BYTES];
        bytes[0] = VERSION;
        bytes[1..33].copy_from_slice(root.as_slice());
        for (bytes, field) in bytes[33..].chunks_exact_mut(8).zip(self.fields()) {
            bytes.copy_from_slice(&field.to_be_bytes());
        }
        bytes
    }

    /// Takes apart what [`Cpu::pack`] packed; none if the version byte is unknown.
    pub fn unpack(bytes: &[u8; PACKED_BYTES]) -> Option<(Self, B256)> {
        if bytes[0] != VERSION {
            return None;
        }
        let mut fields = [0; FIELDS];
        for (field, bytes) in fields.iter_mut().zip(bytes[33..].chunks_exact(8)) {
            *field = bytes.iter().fold(0, |field, byte| field << 8 | u64::from(*byte));
        }
        Some((Self::from_fields(&fields), B256::from_slice(&bytes[1..33])))
    }

    /// Returns the hash of the state with these registers and the given memory root.
    pub fn hash(&self, root: B256) -> B256 {
        keccak256(self.pack(root))
    }

    /// Writes a general register; writes to register 0 vanish.
    #[inline]
    pub(crate) const fn set(&mut self, register: crate::Register, value: u64) {
        self.regs[register.index()] = value;
        self.regs[0] = 0;
    }

    /// Reads a general register.
    #[inline]
    pub(crate) const fn get(&self, register: crate::Register) -> u64 {
        self.regs[register.index()]
    }
}

/// Returns the hash of an exited state with the given memory root: all fields but `exit` are zero.
pub fn exited_hash(root: B256, exit: u64) -> B256 {
    Cpu::exited(exit).hash(root)
}
