//! Guest programs: static MIPS64 ELF files.

use alloy_primitives::B256;
use object::{
    LittleEndian,
    elf::{
        EF_MIPS_ARCH, EF_MIPS_ARCH_64R2, ELFCLASS64, ELFDATA2LSB, EM_MIPS, ET_EXEC, FileHeader64,
        PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_MIPS_ABIFLAGS, ProgramHeader64,
    },
    read::elf::{FileHeader, ProgramHeader},
};
use opml_memory::{DATA_HALF, DATA_HEIGHT, Memory};

use crate::{State, TEXT_END};

/// Values of `fp_abi` in `.MIPS.abiflags` that need no FPU: no floating point at all, and soft float.
const FP_ABI_WITHOUT_FPU: [u8; 2] = [0, 3];
/// Where `fp_abi` stands in `.MIPS.abiflags`.
const FP_ABI_OFFSET: usize = 7;

/// Bits of `e_flags` for the compressed encodings: microMIPS and MIPS16.
const EF_MIPS_COMPRESSED: u32 = 0x0600_0000;

/// Why a file is no guest program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// Not an ELF file, or cut short.
    #[error("malformed ELF file: {0}")]
    Malformed(String),
    /// An ELF file of another word size.
    #[error("ELF class {0}; a guest is a 64-bit file (class 2)")]
    Class(u8),
    /// An ELF file of another byte order.
    #[error("ELF data encoding {0}; a guest is little endian (encoding 1)")]
    Endianness(u8),
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
    /// The encodings are not those of MIPS64 release 2 and its ancestors.
    #[error(
        "ELF flags {0:#010x}; a guest is for MIPS64 release 2 or older, without microMIPS or MIPS16"
    )]
    Architecture(u32),
    /// The program needs a dynamic linker.
    #[error("program header of type {0} (2 dynamic, 3 interpreter); a guest is linked statically")]
    Dynamic(u32),
    /// The program was compiled for an FPU.
    #[error("floating-point ABI {0}; a guest is compiled for soft float (3) or without floats (0)")]
    HardFloat(u8),
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
    /// Two segments share an address.
    #[error("segment at {second:#x} overlaps the one of {size:#x} bytes at {first:#x}")]
    Overlap {
        /// First address of the lower segment.
        first: u64,
        /// Bytes in memory of the lower segment.
        size: u64,
        /// First address of the higher segment.
        second: u64,
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
    /// Reads a guest program from a static, little-endian, soft-float MIPS64 ELF file.
    ///
    /// # Errors
    ///
    /// Any [`ElfError`].
    pub fn from_elf(file: &[u8]) -> Result<Self, ElfError> {
        let header = header(file)?;
        let entry = header.e_entry(LittleEndian);
        if entry % 4 != 0 || entry >= TEXT_END {
            return Err(ElfError::Entry(entry));
        }
        let mut segments = Vec::new();
        let mut ranges = Vec::new();
        for segment in header.program_headers(LittleEndian, file).map_err(malformed)? {
            match segment.p_type(LittleEndian) {
                kind @ (PT_DYNAMIC | PT_INTERP) => return Err(ElfError::Dynamic(kind)),
                PT_MIPS_ABIFLAGS => check_fp_abi(bytes(segment, file)?)?,
                PT_LOAD => {
                    ranges.push(range(segment)?);
                    segments.push((segment.p_vaddr(LittleEndian), bytes(segment, file)?.to_vec()));
                }
                _ => {}
            }
        }
        check_overlap(ranges)?;
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

/// The header of a static executable for this machine.
fn header(file: &[u8]) -> Result<&FileHeader64<LittleEndian>, ElfError> {
    if let Some(&[b'\x7f', b'E', b'L', b'F', class, encoding]) = file.get(..6) {
        if class != ELFCLASS64 {
            return Err(ElfError::Class(class));
        }
        if encoding != ELFDATA2LSB {
            return Err(ElfError::Endianness(encoding));
        }
    }
    let header = FileHeader64::<LittleEndian>::parse(file).map_err(malformed)?;
    let (kind, machine) = (header.e_type(LittleEndian), header.e_machine(LittleEndian));
    if (kind, machine) != (ET_EXEC, EM_MIPS) {
        return Err(ElfError::Kind { kind, machine });
    }
    let flags = header.e_flags(LittleEndian);
    // The revisions are numbered in the order in which each contains the one before, up to 64r2.
    if flags & EF_MIPS_ARCH > EF_MIPS_ARCH_64R2 || flags & EF_MIPS_COMPRESSED != 0 {
        return Err(ElfError::Architecture(flags));
    }
    Ok(header)
}

/// First address and bytes in memory of a segment that fits.
fn range(segment: &ProgramHeader64<LittleEndian>) -> Result<(u64, u64), ElfError> {
    let (address, size) = (segment.p_vaddr(LittleEndian), segment.p_memsz(LittleEndian));
    let file = segment.p_filesz(LittleEndian);
    if address.checked_add(size).is_none_or(|end| end > DATA_HALF) {
        return Err(ElfError::SegmentOutOfRange { address, size });
    }
    if file > size {
        return Err(ElfError::SegmentSize { address, file, memory: size });
    }
    Ok((address, size))
}

fn bytes<'a>(
    segment: &ProgramHeader64<LittleEndian>,
    file: &'a [u8],
) -> Result<&'a [u8], ElfError> {
    segment.data(LittleEndian, file).map_err(|()| {
        let address = segment.p_vaddr(LittleEndian);
        ElfError::Malformed(format!("segment at {address:#x} is cut short"))
    })
}

fn check_fp_abi(abi_flags: &[u8]) -> Result<(), ElfError> {
    match abi_flags.get(FP_ABI_OFFSET) {
        Some(abi) if !FP_ABI_WITHOUT_FPU.contains(abi) => Err(ElfError::HardFloat(*abi)),
        _ => Ok(()),
    }
}

/// Which of two segments would win in an overlap is no rule of any format, so there is none.
fn check_overlap(mut ranges: Vec<(u64, u64)>) -> Result<(), ElfError> {
    ranges.retain(|(_, size)| *size != 0);
    ranges.sort_unstable();
    match ranges.windows(2).find(|pair| pair[0].0 + pair[0].1 > pair[1].0) {
        Some(pair) => {
            Err(ElfError::Overlap { first: pair[0].0, size: pair[0].1, second: pair[1].0 })
        }
        None => Ok(()),
    }
}

fn malformed(error: object::read::Error) -> ElfError {
    ElfError::Malformed(error.to_string())
}
