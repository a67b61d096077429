//! The model's header: the 64 bytes that hold every bound of a model (protocol §3).

use core::fmt;

use crate::{
    layout::{
        LEAF, MAX_ACTIVATION_BYTES, MAX_INPUT_OUTPUT, MAX_RECORDS, MAX_STEPS, MAX_WEIGHT_BYTES,
        RECORD,
    },
    record::Reader,
};

const MAGIC: [u8; 8] = *b"opmlmdl\x01";
const WHOLE: u32 = 2;

/// The bounds of a model, as [`Header::parse`] accepts them.
///
/// The machine and the contract look at these 64 bytes only; the name and the zeroes behind them are for model files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// One large step runs the whole program.
    pub whole: bool,
    /// Number of records, `1..=MAX_RECORDS`.
    pub records: u32,
    /// Bound on the number of large steps, `1..=2^40`.
    pub max_steps: u64,
    /// Least input length in bytes.
    pub input_min: u32,
    /// Greatest input length in bytes, at most 2^20.
    pub input_max: u32,
    /// Greatest output length in bytes, at most 2^20.
    pub output_max: u32,
    /// Bytes of activations that operators may address, at most 2^39.
    pub activation_bytes: u64,
    /// Bytes of weights, at most 2^42 − 2^30.
    pub weight_bytes: u64,
}

impl Header {
    /// Size of the encoded bounds.
    pub const BYTES: usize = 64;

    /// Decodes and validates the first two leaves of the model quarter.
    ///
    /// # Errors
    /// The first violated rule of protocol §3.
    pub fn parse(bytes: &[u8; Self::BYTES]) -> Result<Self, HeaderError> {
        let mut reader = Reader::new(bytes);
        if reader.take() != MAGIC {
            return Err(HeaderError::Magic);
        }
        let flags = reader.u32();
        let (records, max_steps) = (reader.u32(), reader.u64());
        let (input_min, input_max, output_max) = (reader.u32(), reader.u32(), reader.u32());
        let zero = reader.u32();
        let (activation_bytes, weight_bytes) = (reader.u64(), reader.u64());
        let reserved = reader.u64();
        if flags & !WHOLE != 0 {
            return Err(HeaderError::Flags(flags));
        }
        if zero != 0 || reserved != 0 {
            return Err(HeaderError::Reserved);
        }
        let header = Self {
            whole: flags & WHOLE != 0,
            records,
            max_steps,
            input_min,
            input_max,
            output_max,
            activation_bytes,
            weight_bytes,
        };
        header.validate()?;
        Ok(header)
    }

    /// Checks the bounds of protocol §3.
    ///
    /// # Errors
    /// The first violated bound.
    pub const fn validate(&self) -> Result<(), HeaderError> {
        if self.records < 1 || self.records > MAX_RECORDS {
            return Err(HeaderError::Records(self.records));
        }
        if self.max_steps < 1 || self.max_steps > MAX_STEPS {
            return Err(HeaderError::Steps(self.max_steps));
        }
        if self.input_min > self.input_max || self.input_max > MAX_INPUT_OUTPUT {
            return Err(HeaderError::Input { min: self.input_min, max: self.input_max });
        }
        if self.output_max > MAX_INPUT_OUTPUT {
            return Err(HeaderError::Output(self.output_max));
        }
        if self.activation_bytes > MAX_ACTIVATION_BYTES {
            return Err(HeaderError::Activations(self.activation_bytes));
        }
        if self.weight_bytes > MAX_WEIGHT_BYTES {
            return Err(HeaderError::Weights(self.weight_bytes));
        }
        Ok(())
    }

    /// Encodes the bounds as [`Self::parse`] reads them.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let flags = if self.whole { WHOLE } else { 0 };
        let mut out = [0; Self::BYTES];
        let fields: [&[u8]; 10] = [
            &MAGIC,
            &flags.to_le_bytes(),
            &self.records.to_le_bytes(),
            &self.max_steps.to_le_bytes(),
            &self.input_min.to_le_bytes(),
            &self.input_max.to_le_bytes(),
            &self.output_max.to_le_bytes(),
            &[0; 4],
            &self.activation_bytes.to_le_bytes(),
            &self.weight_bytes.to_le_bytes(),
        ];
        for (to, from) in out.iter_mut().zip(fields.into_iter().flatten()) {
            *to = *from;
        }
        out
    }

    /// Bytes of input that operators may read: the length leaf and the longest input.
    pub const fn input_bytes(&self) -> u64 {
        LEAF + self.input_max as u64
    }

    /// Bytes of the program.
    pub const fn program_bytes(&self) -> u64 {
        self.records as u64 * RECORD
    }
}

/// Why 64 bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The magic or the version byte is another one.
    Magic,
    /// A flag other than *whole* is set.
    Flags(u32),
    /// No record, or more than fit below the weights.
    Records(u32),
    /// The bound on large steps is 0 or above 2^40.
    Steps(u64),
    /// `inMin ≤ inMax ≤ 2^20` does not hold.
    Input {
        /// Least length.
        min: u32,
        /// Greatest length.
        max: u32,
    },
    /// The output bound is above 2^20.
    Output(u32),
    /// More activations than 2^39 bytes.
    Activations(u64),
    /// More weights than fit into the model quarter.
    Weights(u64),
    /// A reserved field is not zero.
    Reserved,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => write!(f, "the header does not begin with `opmlmdl` and version 1"),
            Self::Flags(flags) => {
                write!(f, "unknown header flags {flags:#x}, only {WHOLE:#x} is known")
            }
            Self::Records(n) => write!(f, "{n} records, allowed are 1 to {MAX_RECORDS}"),
            Self::Steps(n) => write!(f, "bound of {n} large steps, allowed are 1 to {MAX_STEPS}"),
            Self::Input { min, max } => {
                write!(
                    f,
                    "input lengths {min} to {max}, the greatest must be at most {MAX_INPUT_OUTPUT}"
                )
            }
            Self::Output(n) => write!(f, "output of {n} bytes, allowed are {MAX_INPUT_OUTPUT}"),
            Self::Activations(n) => {
                write!(f, "activations of {n} bytes, allowed are {MAX_ACTIVATION_BYTES}")
            }
            Self::Weights(n) => write!(f, "weights of {n} bytes, allowed are {MAX_WEIGHT_BYTES}"),
            Self::Reserved => write!(f, "a reserved field of the header is not zero"),
        }
    }
}

impl core::error::Error for HeaderError {}
