//! Guest programs: static MIPS64 ELF files.

use alloy_primitives::B256;
use object::{
    LittleEndian,
    elf::{EM_MIPS, ET_EXEC, FileHeader64, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};
use opml_memory::{DATA_HALF, DATA_HEIGHT, Memory};

use crate::{State, TEXT_END};

/// Why a file is no guest program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// Not an ELF file, or cut short.
    #[error("malformed ELF file: {0}")]
    Malformed(String),
    /// An ELF file of another kind.
    #[error(
        "ELF type {kind} for machine {machine}; a guest is a static executable (2) for MIPS (8)"
    )]
    Kind {
        /// `e_type`.
        kind: u16,
        /// `e_machine`.
        machine: u16,
    },
    /// A segment leaves the guest half.
    #[error("segment of {size:#x} bytes at {address:#x} leaves the guest half of 2^43 bytes")]
    SegmentOutOfRange {
        /// First address.
        address: u64,
        /// Bytes in memory.
        size: u64,
    },
    /// A segment has more bytes in the file than in memory.
    #[error("segment at {address:#x} has {file:#x} bytes in the file and {memory:#x} in memory")]
    SegmentSize {
        /// First address.
        address: u64,
        /// Bytes in the file.
        file: u64,
        /// Bytes in memory.
        memory: u64,
    },
    /// The entry point cannot be fetched.
    #[error("entry point {0:#x} is not a multiple of 4 in the text below {TEXT_END:#x}")]
    Entry(u64),
}

/// A guest program: what its ELF file puts into memory, and where it starts.
#[derive(Clone, Debug)]
pub struct Program {
    /// First address and bytes of each segment, in the order of the file.
    segments: Vec<(u64, Vec<u8>)>,
    entry: u64,
}

impl Program {
    /// Reads a guest program from a static, little-endian MIPS64 ELF file.
    ///
    /// # Errors
    ///
    /// Any [`ElfError`].
    pub fn from_elf(file: &[u8]) -> Result<Self, ElfError> {
        let header = FileHeader64::<LittleEndian>::parse(file).map_err(malformed)?;
        let endian = header.endian().map_err(malformed)?;
        let (kind, machine) = (header.e_type(endian), header.e_machine(endian));
        if (kind, machine) != (ET_EXEC, EM_MIPS) {
            return Err(ElfError::Kind { kind, machine });
        }
        let entry = header.e_entry(endian);
        if entry % 4 != 0 || entry >= TEXT_END {
            return Err(ElfError::Entry(entry));
        }
        let mut segments = Vec::new();
        for segment in header.program_headers(endian, file).map_err(malformed)? {
            if segment.p_type(endian) != PT_LOAD {
                continue;
            }
            let address = segment.p_vaddr(endian);
            let (in_file, size) = (segment.p_filesz(endian), segment.p_memsz(endian));
            if address.checked_add(size).is_none_or(|end| end > DATA_HALF) {
                return Err(ElfError::SegmentOutOfRange { address, size });
            }
            if in_file > size {
                return Err(ElfError::SegmentSize { address, file: in_file, memory: size });
            }
            let bytes = segment.data(endian, file).map_err(|()| {
                ElfError::Malformed(format!("segment at {address:#x} is cut short"))
            })?;
            segments.push((address, bytes.to_vec()));
        }
        Ok(Self { segments, entry })
    }

    /// Returns the address of the first instruction.
    pub const fn entry(&self) -> u64 {
        self.entry
    }

    /// Writes the program to the guest half of `memory`, which must be zero.
    pub fn load_into(&self, memory: &mut Memory) {
        for (address, bytes) in &self.segments {
            memory.write(*address, bytes);
        }
    }

    /// Returns `G`, the root of the guest half with nothing but this program in it.
    pub fn guest_root(&self) -> B256 {
        let mut memory = Memory::new();
        self.load_into(&mut memory);
        memory.node(DATA_HEIGHT, 0)
    }

    /// Returns the first state of a large step: the program over the data half of `memory`, whose
    /// guest half must be zero.
    pub fn start(&self, mut memory: Memory) -> State {
        self.load_into(&mut memory);
        State::start(memory, self.entry)
    }
}

fn malformed(error: object::read::Error) -> ElfError {
    ElfError::Malformed(error.to_string())
}
