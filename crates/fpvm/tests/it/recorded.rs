//! The corpus as `cargo xtask qemu` records it.

#![expect(clippy::unwrap_used, reason = "a helper of tests ends them at the first surprise")]

use object::{
    LittleEndian,
    elf::{FileHeader64, PF_W, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};
use opml_fpvm::State;
use opml_memory::Memory;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
/// Where the result lies, and how much of it there may be; `link.ld` says the same.
const RESULT: (u64, usize) = (0x0200_0000, 0x8000);

/// How a program ended under QEMU.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// By `exit`, with this code.
    Exit(u8),
    /// By a signal, in GDB's numbering.
    Signal(u8),
}

/// A program, and what QEMU made of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Program {
    pub(crate) name: String,
    /// SHA-256 of the file.
    pub(crate) elf: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// SHA-256 of the result.
    pub(crate) result: String,
    /// SHA-256 of all writable segments, by rising address.
    pub(crate) memory: String,
    /// Before the last instruction: pc, r1 … r31, hi, lo.
    registers: String,
    parts: Option<Parts>,
    #[serde(skip)]
    pub(crate) file: Vec<u8>,
}

/// Records of random sequences, which a result holds one after the other.
#[derive(Debug, Deserialize)]
struct Parts {
    bytes: usize,
    /// The first bytes of a SHA-256 of each.
    hashes: String,
}

/// Every program, with its file.
pub(crate) fn programs() -> Vec<Program> {
    #[derive(Deserialize)]
    struct Results {
        programs: Vec<Program>,
    }
    let text = fs::read_to_string(format!("{CORPUS}/results.json")).unwrap();
    let Results { mut programs } = serde_json::from_str(&text).unwrap();
    for program in &mut programs {
        program.file = fs::read(format!("{CORPUS}/elf/{}.elf", program.name)).unwrap();
    }
    programs
}

impl Program {
    pub(crate) fn start(&self) -> State {
        opml_fpvm::Program::from_elf(&self.file).unwrap().start(Memory::new())
    }

    pub(crate) fn registers(&self) -> Vec<u64> {
        self.registers.split(' ').map(|value| u64::from_str_radix(value, 16).unwrap()).collect()
    }

    pub(crate) fn hash_of_result(&self, memory: &Memory) -> String {
        hex::encode(Sha256::digest(read(memory, RESULT.0, RESULT.1)))
    }

    pub(crate) fn hash_of_memory(&self, memory: &Memory) -> String {
        let header = FileHeader64::<LittleEndian>::parse(&*self.file).unwrap();
        let endian = header.endian().unwrap();
        let segments = header.program_headers(endian, &*self.file).unwrap().iter();
        let mut ranges: Vec<(u64, usize)> = segments
            .filter(|segment| segment.p_type(endian) == PT_LOAD)
            .filter(|segment| segment.p_flags(endian) & PF_W != 0)
            .map(|segment| (segment.p_vaddr(endian), segment.p_memsz(endian) as usize))
            .collect();
        ranges.sort_unstable();
        let mut hash = Sha256::new();
        ranges.into_iter().for_each(|(address, size)| hash.update(read(memory, address, size)));
        hex::encode(hash.finalize())
    }

    /// Of a program of random sequences: the number of each whose record is another, the record, and the hash that
    /// it should have.
    pub(crate) fn differing_parts(&self, memory: &Memory) -> Vec<(usize, String, String)> {
        let Some(parts) = &self.parts else { return Vec::new() };
        let part = |number| read(memory, RESULT.0 + (number * parts.bytes) as u64, parts.bytes);
        let all =
            parts.hashes.split(' ').enumerate().map(|(number, hash)| (number, part(number), hash));
        all.filter(|(_, ours, theirs)| hex::encode(&Sha256::digest(ours)[..4]) != *theirs)
            .map(|(number, ours, theirs)| (number, hex::encode(ours), theirs.to_owned()))
            .collect()
    }
}

fn read(memory: &Memory, address: u64, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    memory.read(address, &mut bytes);
    bytes
}
