//! The model file: the model quarter without its zeroes (protocol §3).

use crate::ModelError;
use alloy_primitives::B256;
use opml_memory::{Memory, QUARTER_HEIGHT, header_proof};
use opml_tensor::{
    Header, Record,
    layout::{MODEL, PAGE, PROGRAM, WEIGHTS},
};
use std::{fs::File, io::Read, ops::Range, path::Path};

const PAGE_BYTES: usize = PAGE as usize;
const NAME: Range<usize> = 64..128;

/// A model, checked and completely hashed.
#[derive(Debug)]
pub struct ModelFile {
    bytes: Vec<u8>,
    header: Header,
    name: String,
    /// The model quarter, everything else zero; clones of it share the pages and their hashes.
    memory: Memory,
    id: B256,
}

impl ModelFile {
    /// Reads the file at `path`. No more is read than its header calls for.
    ///
    /// # Errors
    /// [`ModelError::Read`], or as [`Self::parse`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let path = path.as_ref();
        let failed = |source| ModelError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?.len();
        let mut bytes = vec![0; Header::BYTES];
        if found < PAGE {
            return Err(ModelError::Truncated { expected: PAGE, found });
        }
        file.read_exact(&mut bytes).map_err(failed)?;
        check_size(&parse_header(&bytes)?, found)?;
        file.take(found - Header::BYTES as u64).read_to_end(&mut bytes).map_err(failed)?;
        Self::parse(bytes)
    }

    /// Checks and hashes the bytes of a model file.
    ///
    /// # Errors
    /// If header, size, name or padding break protocol §3.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, ModelError> {
        if bytes.len() < PAGE_BYTES {
            return Err(ModelError::Truncated { expected: PAGE, found: bytes.len() as u64 });
        }
        let header = parse_header(&bytes)?;
        check_size(&header, bytes.len() as u64)?;
        let program = PAGE_BYTES..PAGE_BYTES + header.program_bytes() as usize;
        let weights = program.end.next_multiple_of(PAGE_BYTES);
        check_zero(&bytes, NAME.end..PAGE_BYTES)?;
        check_zero(&bytes, program.end..weights)?;
        check_zero(&bytes, weights + header.weight_bytes as usize..bytes.len())?;
        let name = parse_name(&bytes[NAME])?;

        let mut memory = Memory::new();
        memory.write(MODEL, &bytes[..weights]);
        memory.write(WEIGHTS, &bytes[weights..]);
        let id = memory.node(QUARTER_HEIGHT, 3);
        Ok(Self { bytes, header, name, memory, id })
    }

    /// Makes a model file; `bounds.records` and `bounds.weight_bytes` are taken from what is given.
    ///
    /// # Errors
    /// If a bound is out of its range or the name too long.
    pub fn build(
        bounds: Header,
        name: &str,
        records: &[Record],
        weights: &[u8],
    ) -> Result<Self, ModelError> {
        let header = Header {
            records: u32::try_from(records.len()).unwrap_or(u32::MAX),
            weight_bytes: weights.len() as u64,
            ..bounds
        };
        header.validate()?;
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(name.as_bytes());
        if bytes.len() > NAME.end {
            return Err(ModelError::Name);
        }
        bytes.resize(PAGE_BYTES, 0);
        bytes.extend(records.iter().flat_map(Record::to_bytes));
        bytes.resize(bytes.len().next_multiple_of(PAGE_BYTES), 0);
        bytes.extend_from_slice(weights);
        bytes.resize(bytes.len().next_multiple_of(PAGE_BYTES), 0);
        Self::parse(bytes)
    }

    /// The model id: root of the model quarter.
    pub const fn id(&self) -> B256 {
        self.id
    }

    /// The model's bounds.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A memory that holds the model quarter and nothing else; shares pages and hashes with every other one of this model.
    pub fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Writes the model quarter into a memory whose model quarter is zero.
    pub fn load_into(&self, memory: &mut Memory) {
        for (address, bytes) in self.parts() {
            memory.write(address, bytes);
        }
    }

    /// The header's 64 bytes and the siblings that prove them against the model id, as the registry takes them.
    pub fn header_proof(&self) -> ([u8; Header::BYTES], Vec<u8>) {
        (self.header.to_bytes(), header_proof(&self.memory))
    }

    /// The two ranges of the model quarter that the file holds, as absolute addresses and bytes: header and program, weights.
    pub(crate) fn parts(&self) -> [(u64, &[u8]); 2] {
        let program = self.header.program_bytes() as usize;
        let (program, weights) =
            self.bytes.split_at((PAGE_BYTES + program).next_multiple_of(PAGE_BYTES));
        [(MODEL, program), (WEIGHTS, weights)]
    }
}

const _: () = assert!(PROGRAM == MODEL + PAGE, "the program follows the header page");

fn parse_header(bytes: &[u8]) -> Result<Header, ModelError> {
    let truncated = || ModelError::Truncated { expected: PAGE, found: bytes.len() as u64 };
    Ok(Header::parse(bytes.first_chunk().ok_or_else(truncated)?)?)
}

/// Compares a file's size with the one that its header calls for.
const fn check_size(header: &Header, found: u64) -> Result<(), ModelError> {
    let expected = PAGE
        + header.program_bytes().next_multiple_of(PAGE)
        + header.weight_bytes.next_multiple_of(PAGE);
    if found < expected {
        return Err(ModelError::Truncated { expected, found });
    }
    if found > expected {
        return Err(ModelError::Oversize { expected, found });
    }
    Ok(())
}

fn check_zero(bytes: &[u8], range: Range<usize>) -> Result<(), ModelError> {
    let start = range.start;
    match bytes[range].iter().position(|byte| *byte != 0) {
        Some(position) => Err(ModelError::Padding { offset: start + position }),
        None => Ok(()),
    }
}

fn parse_name(bytes: &[u8]) -> Result<String, ModelError> {
    let name = std::str::from_utf8(bytes).map_err(|_| ModelError::Name)?.trim_end_matches('\0');
    if name.contains('\0') { Err(ModelError::Name) } else { Ok(name.to_owned()) }
}
