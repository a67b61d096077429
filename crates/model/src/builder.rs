//! Building a model record by record.

use opml_engine::{ModelError, ModelFile};
use opml_tensor::{
    Header, Record,
    layout::{ACTIVATIONS, MAX_STEPS, WEIGHTS},
};

/// Tensors begin at multiples of this, so that no two of them share a cache line …
const LINE: u64 = 64;
/// … and those of a page or more at a page, so that they share no page either.
const PAGE: u64 = opml_tensor::layout::PAGE;

/// Collects bounds, records and tensors of a model.
///
/// It lays out memory and encodes, and judges nothing: a program that the machine refuses can be
/// built just as well, which is what tests of the refusal need.
///
/// ```
/// use opml_model::ModelBuilder;
/// use opml_tensor::Record;
///
/// let mut model = ModelBuilder::new("refused");
/// model.input(0..=64).output_max(1).record(Record { op: 0xff, ..Record::default() });
/// let file = model.build()?;
/// assert_eq!((file.name(), file.header().records), ("refused", 1));
/// # Ok::<(), opml_engine::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    name: String,
    bounds: Header,
    records: Vec<Record>,
    weights: Vec<u8>,
}

impl ModelBuilder {
    /// Starts a model without records and tensors that takes and gives no bytes.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let bounds = Header {
            whole: false,
            records: 0,
            max_steps: MAX_STEPS,
            input_min: 0,
            input_max: 0,
            output_max: 0,
            activation_bytes: 0,
            weight_bytes: 0,
        };
        let name = name.to_owned();
        Self { name, bounds, records: Vec::new(), weights: Vec::new() }
    }

    /// Sets the lengths in bytes that an input may have.
    pub const fn input(&mut self, lengths: core::ops::RangeInclusive<u32>) -> &mut Self {
        (self.bounds.input_min, self.bounds.input_max) = (*lengths.start(), *lengths.end());
        self
    }

    /// Sets the greatest length in bytes of an output.
    pub const fn output_max(&mut self, bytes: u32) -> &mut Self {
        self.bounds.output_max = bytes;
        self
    }

    /// Sets the bound on large steps; 2^40 if never set.
    pub const fn max_steps(&mut self, steps: u64) -> &mut Self {
        self.bounds.max_steps = steps;
        self
    }

    /// Makes one large step run the whole program.
    pub const fn whole(&mut self, whole: bool) -> &mut Self {
        self.bounds.whole = whole;
        self
    }

    /// Appends a record and returns its index, the value of `pc` at which it runs. Any 256 bytes can
    /// be appended as `Record::from_bytes` of them.
    pub fn record(&mut self, record: Record) -> u64 {
        self.records.push(record);
        self.records.len() as u64 - 1
    }

    /// The bounds as they stand.
    #[must_use]
    pub fn header(&self) -> Header {
        Header {
            records: u32::try_from(self.records.len()).unwrap_or(u32::MAX),
            weight_bytes: self.weights.len() as u64,
            ..self.bounds
        }
    }

    /// The records so far.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Reserves `bytes` of activations and returns their address.
    pub const fn activation(&mut self, bytes: u64) -> u64 {
        let used = self.bounds.activation_bytes;
        // Past 2^64 the size is refused by `build`, whatever it is.
        let start = match used.checked_next_multiple_of(alignment(bytes)) {
            Some(start) => start,
            None => used,
        };
        self.bounds.activation_bytes = start.saturating_add(bytes);
        ACTIVATIONS.wrapping_add(start)
    }

    /// Appends a tensor to the weights and returns its address.
    pub fn weight(&mut self, bytes: &[u8]) -> u64 {
        let start = (self.weights.len() as u64).next_multiple_of(alignment(bytes.len() as u64));
        self.weights.resize(start as usize, 0);
        self.weights.extend_from_slice(bytes);
        WEIGHTS + start
    }

    /// Writes over weights that have been appended, from byte `start` on; what lies past their end is dropped.
    pub fn overwrite(&mut self, start: usize, bytes: &[u8]) {
        let places = self.weights.get_mut(start..).unwrap_or(&mut []);
        for (to, from) in places.iter_mut().zip(bytes) {
            *to = *from;
        }
    }

    /// Encodes the model.
    ///
    /// # Errors
    /// When the bounds are not a valid header or the name is too long.
    pub fn build(self) -> Result<ModelFile, ModelError> {
        ModelFile::build(self.header(), &self.name, &self.records, self.weights)
    }
}

const fn alignment(bytes: u64) -> u64 {
    if bytes >= PAGE { PAGE } else { LINE }
}
