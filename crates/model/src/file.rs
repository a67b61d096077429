//! The model file: the used parts of the model quarter, one behind the other (docs/protocol.md §3).
//!
//! ```text
//! header page (4096 bytes) ‖ program, zero-padded to a page ‖ weights, zero-padded to a page
//! ```
//!
//! The two paddings and everything outside these ranges are zero in the model quarter, so file and
//! model quarter determine each other, and with them the model id.

use alloy_primitives::B256;
use opml_memory::{MODEL_QUARTER, Memory, QUARTER_HEIGHT};
use opml_tensor::{
    Header,
    layout::{PAGE, PROGRAM, RECORD, WEIGHTS},
};

use crate::ModelError;

const PAGE_BYTES: usize = PAGE as usize;
const RECORD_BYTES: usize = RECORD as usize;
/// Where the name stands in the header page.
pub(crate) const NAME: core::ops::Range<usize> = Header::BYTES..128;

/// A model: header page, program and weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFile {
    header_page: [u8; PAGE_BYTES],
    program: Vec<u8>,
    weights: Vec<u8>,
}

impl ModelFile {
    /// Puts the parts together: the 64 bytes of bounds, a name that fits, records and weights.
    pub(crate) fn assemble(
        bounds: [u8; Header::BYTES],
        name: &str,
        program: Vec<u8>,
        weights: Vec<u8>,
    ) -> Self {
        let mut header_page = [0; PAGE_BYTES];
        let fields = bounds.iter().chain(name.as_bytes()).take(NAME.end);
        for (to, from) in header_page.iter_mut().zip(fields) {
            *to = *from;
        }
        Self { header_page, program, weights }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError::File`] when the header is invalid, the length is not the one that the header
    /// gives, or a byte that must be zero is not: a file that is accepted has one encoding.
    pub fn parse(file: &[u8]) -> Result<Self, ModelError> {
        let malformed = |why: String| ModelError::File(why);
        let (header_page, rest) = file.split_first_chunk::<PAGE_BYTES>().ok_or_else(|| {
            malformed(format!("{} bytes, shorter than a header page", file.len()))
        })?;
        let bounds = header_page.first_chunk().unwrap_or(&[0; Header::BYTES]);
        let header = Header::parse(bounds).map_err(|error| malformed(error.to_string()))?;
        let sizes = [header.program_bytes(), header.weight_bytes].map(padded);
        let [Some(program), Some(weights)] = sizes else {
            return Err(malformed("larger than this machine can address".into()));
        };
        if program.checked_add(weights) != Some(rest.len()) {
            let expected = program.saturating_add(weights).saturating_add(PAGE_BYTES);
            return Err(malformed(format!("{} bytes, the header gives {expected}", file.len())));
        }
        let (program, weights) = rest.split_at(program);
        let (program, program_padding) = program.split_at(header.program_bytes() as usize);
        let (weights, weight_padding) = weights.split_at(header.weight_bytes as usize);
        let header_padding = header_page.get(NAME.end..).unwrap_or(&[]);
        if [header_padding, program_padding, weight_padding].concat().iter().any(|byte| *byte != 0)
        {
            return Err(malformed("padding that is not zero".into()));
        }
        let model = Self {
            header_page: *header_page,
            program: program.to_vec(),
            weights: weights.to_vec(),
        };
        let name = model.name_bytes();
        if name.contains(&0) || std::str::from_utf8(name).is_err() {
            return Err(malformed("a name that is not zero-padded UTF-8".into()));
        }
        Ok(model)
    }

    /// Returns the bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = self.header_page.to_vec();
        for part in [&self.program, &self.weights] {
            file.extend_from_slice(part);
            file.resize(file.len().next_multiple_of(PAGE_BYTES), 0);
        }
        file
    }

    /// The 64 bytes that hold every bound: what a registration proves.
    #[must_use]
    pub fn bounds(&self) -> [u8; Header::BYTES] {
        *self.header_page.first_chunk().unwrap_or(&[0; Header::BYTES])
    }

    /// The name, or what of it is UTF-8.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(self.name_bytes()).into_owned()
    }

    fn name_bytes(&self) -> &[u8] {
        let field = self.header_page.get(NAME).unwrap_or(&[]);
        let end = field.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        field.get(..end).unwrap_or(field)
    }

    /// The records, 256 bytes each.
    pub fn records(&self) -> impl Iterator<Item = &[u8; RECORD_BYTES]> {
        self.program.as_chunks().0.iter()
    }

    /// The weights, from the start of their region on.
    #[must_use]
    pub fn weights(&self) -> &[u8] {
        &self.weights
    }

    /// The parts of the model quarter that may hold other bytes than zero, with their addresses.
    #[must_use]
    pub fn parts(&self) -> [(u64, &[u8]); 3] {
        [(MODEL_QUARTER, &self.header_page), (PROGRAM, &self.program), (WEIGHTS, &self.weights)]
    }

    /// Writes the model into the model quarter of `memory`, which must be zero there.
    pub fn load(&self, memory: &mut Memory) {
        for (address, bytes) in self.parts() {
            memory.write(address, bytes);
        }
    }

    /// The model id: the root of the model quarter.
    #[must_use]
    pub fn id(&self) -> B256 {
        let mut memory = Memory::new();
        self.load(&mut memory);
        memory.node(QUARTER_HEIGHT, 3)
    }
}

/// `bytes` rounded up to whole pages, if this machine can address as much.
fn padded(bytes: u64) -> Option<usize> {
    bytes.checked_next_multiple_of(PAGE).and_then(|bytes| usize::try_from(bytes).ok())
}
