//! The model file: the model quarter without its zeroes (protocol §3).

mod quarter;
mod tree;

use crate::ModelError;
use alloy_primitives::B256;
use opml_memory::{MappedRegion, Memory, header_proof};
use opml_tensor::{
    Header, Record,
    layout::{MODEL, PAGE, PROGRAM, WEIGHTS},
};
use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};
use tree::Trust;

const PAGE_BYTES: usize = PAGE as usize;
const NAME: Range<usize> = 64..128;
/// Files from this size on are mapped; smaller ones are read and hashed in some milliseconds.
const MAPPED: u64 = 16 << 20;
/// Number of the model quarter among the quarters.
const QUARTER: u64 = MODEL >> 42;

/// A model, checked, with its id.
#[derive(Debug)]
pub struct ModelFile {
    content: Content,
    header: Header,
    name: String,
    id: B256,
    /// The model quarter, everything else zero, once it was asked for; clones of it share the pages and their hashes.
    memory: OnceLock<Memory>,
}

/// Where the file's bytes are.
#[derive(Debug)]
enum Content {
    Owned(Vec<u8>),
    Mapped(Arc<MappedRegion>),
}

impl ModelFile {
    /// The file at `path`. A large one is mapped, not read: its weights take no memory but the system's cache of the file, and its id comes
    /// from the tree beside it, `path` with `.tree` behind it, where that was made from this very file; else it is hashed
    /// and the tree made.
    ///
    /// A tree is a note of this program to itself: who does not trust the folder calls [`Self::verify`].
    ///
    /// A file that is open must not be changed or cut; put another in its place by renaming, as everything here does that writes one.
    /// Bytes that change would change under the engine, and where a page was cut off the process ends.
    ///
    /// # Errors
    /// [`ModelError::Read`], [`ModelError::Map`], or as [`Self::parse`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::read(path.as_ref(), Trust::Tree)
    }

    /// The file at `path` as [`Self::open`] gives it, but hashed completely, whatever lies beside it; the tree is made anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn verify(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::read(path.as_ref(), Trust::Nothing)
    }

    fn read(path: &Path, trust: Trust) -> Result<Self, ModelError> {
        let failed = |source: io::Error| ModelError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?.len();
        let mut bytes = vec![0; Header::BYTES];
        if found < PAGE {
            return Err(ModelError::Truncated { expected: PAGE, found });
        }
        file.read_exact(&mut bytes).map_err(failed)?;
        let header = parse_header(&bytes)?;
        check_size(&header, found)?;
        if found < MAPPED {
            file.take(found - Header::BYTES as u64).read_to_end(&mut bytes).map_err(failed)?;
            return Self::parse(bytes);
        }
        let region = tree::map(path, &file, &header, trust).map_err(|source| ModelError::Map {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let id = region.root();
        Self::check(Content::Mapped(Arc::new(region)), id)
    }

    /// Checks and hashes the bytes of a model file.
    ///
    /// # Errors
    /// If header, size, name or padding break protocol §3.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, ModelError> {
        if bytes.len() < PAGE_BYTES {
            return Err(ModelError::Truncated { expected: PAGE, found: bytes.len() as u64 });
        }
        let mut model = Self::check(Content::Owned(bytes), B256::ZERO)?;
        model.id = quarter::root(&model.parts());
        Ok(model)
    }

    /// Checks everything but the id.
    fn check(content: Content, id: B256) -> Result<Self, ModelError> {
        let bytes = content.bytes();
        let header = parse_header(bytes)?;
        check_size(&header, bytes.len() as u64)?;
        let program = PAGE_BYTES..PAGE_BYTES + header.program_bytes() as usize;
        let weights = program.end.next_multiple_of(PAGE_BYTES);
        check_zero(bytes, NAME.end..PAGE_BYTES)?;
        check_zero(bytes, program.end..weights)?;
        check_zero(bytes, weights + header.weight_bytes as usize..bytes.len())?;
        let name = parse_name(&bytes[NAME])?;
        Ok(Self { content, header, name, id, memory: OnceLock::new() })
    }

    /// Makes a model file; `bounds.records` and `bounds.weight_bytes` are taken from what is given.
    ///
    /// Weights that are handed over are not copied.
    ///
    /// # Errors
    /// If a bound is out of its range or the name too long.
    pub fn build(
        bounds: Header,
        name: &str,
        records: &[Record],
        weights: impl Into<Vec<u8>>,
    ) -> Result<Self, ModelError> {
        let mut bytes = weights.into();
        let header = Header {
            records: u32::try_from(records.len()).unwrap_or(u32::MAX),
            weight_bytes: bytes.len() as u64,
            ..bounds
        };
        header.validate()?;
        let mut head = header.to_bytes().to_vec();
        head.extend_from_slice(name.as_bytes());
        if head.len() > NAME.end {
            return Err(ModelError::Name);
        }
        head.resize(PAGE_BYTES, 0);
        head.extend(records.iter().flat_map(Record::to_bytes));
        head.resize(head.len().next_multiple_of(PAGE_BYTES), 0);
        let weights = bytes.len();
        let end = head.len() + weights.next_multiple_of(PAGE_BYTES);
        bytes.reserve_exact(end - weights);
        bytes.resize(end, 0);
        bytes.copy_within(..weights, head.len());
        bytes[..head.len()].copy_from_slice(&head);
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
        self.content.bytes()
    }

    /// A memory that holds the model quarter and nothing else; shares pages and hashes with every other one of this model. Of a mapped
    /// file each page is compared with the tree when it is first read.
    pub fn memory(&self) -> Memory {
        let make = || {
            let mut memory = Memory::new();
            match &self.content {
                Content::Owned(_) => self.load_into(&mut memory),
                Content::Mapped(region) => memory.map(QUARTER, region),
            }
            memory
        };
        self.memory.get_or_init(make).clone()
    }

    /// Writes the model quarter into a memory whose model quarter is zero.
    pub fn load_into(&self, memory: &mut Memory) {
        for (address, bytes) in self.parts() {
            memory.write(address, bytes);
        }
    }

    /// The header's 64 bytes and the siblings that prove them against the model id, as the registry takes them.
    pub fn header_proof(&self) -> ([u8; Header::BYTES], Vec<u8>) {
        (self.header.to_bytes(), header_proof(&self.memory()))
    }

    /// The two ranges of the model quarter that the file holds, as absolute addresses and bytes: header and program, weights.
    pub(crate) fn parts(&self) -> [(u64, &[u8]); 2] {
        let (program, weights) = self.bytes().split_at(head_bytes(&self.header) as usize);
        [(MODEL, program), (WEIGHTS, weights)]
    }
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(region) => region.content(),
        }
    }
}

const _: () = assert!(PROGRAM == MODEL + PAGE, "the program follows the header page");

/// Bytes of header page and program, both whole pages.
const fn head_bytes(header: &Header) -> u64 {
    PAGE + header.program_bytes().next_multiple_of(PAGE)
}

fn parse_header(bytes: &[u8]) -> Result<Header, ModelError> {
    let truncated = || ModelError::Truncated { expected: PAGE, found: bytes.len() as u64 };
    Ok(Header::parse(bytes.first_chunk().ok_or_else(truncated)?)?)
}

/// Compares a file's size with the one that its header calls for.
const fn check_size(header: &Header, found: u64) -> Result<(), ModelError> {
    let expected = head_bytes(header) + header.weight_bytes.next_multiple_of(PAGE);
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
