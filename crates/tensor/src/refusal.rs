//! Why a record is refused. The machine's state knows only *that* it was; the reason is for people.

use core::fmt;

use crate::header::HeaderError;

/// The first rule that a record, or the state around it, breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The model's header is invalid.
    Header(HeaderError),
    /// The program counter is past the program.
    ProgramCounter {
        /// Program counter.
        pc: u64,
        /// Number of records.
        records: u32,
    },
    /// The tile counter is past the record.
    TileCounter {
        /// Tile counter.
        tile: u64,
        /// Tiles of the record.
        length: u64,
    },
    /// The model's bound on large steps leaves this step for HALT only.
    StepBound(u64),
    /// The budget of a *whole* program is spent.
    Budget,
    /// No such operator or variant.
    Operator {
        /// Operator.
        op: u8,
        /// Variant.
        sub: u8,
    },
    /// The operator does not take these element types.
    Types([u8; 4]),
    /// A field that the operator does not use is not zero.
    Unused(&'static str),
    /// A dimension is outside `1..=2^31 − 1` after its register was read, names no register, or is no whole number of blocks.
    Dimension {
        /// Index of the dimension.
        index: usize,
        /// Its value.
        value: u64,
    },
    /// A tile size is 0 or at least 2^31, or no whole number of panels.
    TileSize {
        /// Index of the tile size.
        index: usize,
        /// Its value.
        value: u32,
    },
    /// An immediate is out of the operator's range.
    Immediate {
        /// Index of the immediate.
        index: usize,
        /// Its value.
        value: u32,
    },
    /// A window without taps, strides, dilations or pixels, or with pixels past 2^31.
    Window,
    /// The operand's base sets bits between address and register.
    Base(usize),
    /// The operand's range is not inside any region that its role allows, or its arithmetic overflows.
    Region(usize),
    /// Address or stride is not a multiple of the element size.
    Alignment(usize),
    /// Two elements of the output share bytes.
    SelfOverlap,
    /// The output overlaps this input.
    Alias(usize),
    /// A dot product of more than 65 536 terms.
    DotLength(u64),
    /// More tiles than 2^40.
    Length,
    /// One tile may cost more than 2^27 small steps.
    Cost(u64),
    /// The output is longer than the model's bound.
    OutputLength {
        /// Length that HALT gives.
        length: u64,
        /// The model's bound.
        max: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => write!(f, "{error}"),
            Self::ProgramCounter { pc, records } => {
                write!(f, "pc {pc} is past the {records} records")
            }
            Self::TileCounter { tile, length } => {
                write!(f, "tile {tile} is past the record's {length} tiles")
            }
            Self::StepBound(bound) => {
                write!(f, "large step {bound} is the model's last, and not HALT")
            }
            Self::Budget => write!(f, "the budget of the whole program is spent"),
            Self::Operator { op, sub } => write!(f, "no operator {op} with variant {sub}"),
            Self::Types(types) => write!(f, "the operator does not take element types {types:?}"),
            Self::Unused(field) => write!(f, "unused field {field} is not zero"),
            Self::Dimension { index, value } => write!(f, "dimension {index} is {value}"),
            Self::TileSize { index, value } => write!(f, "tile size {index} is {value}"),
            Self::Immediate { index, value } => write!(f, "immediate {index} is {value:#x}"),
            Self::Window => write!(f, "the window has a size of zero or of 2^31"),
            Self::Base(slot) => write!(f, "operand {slot}: malformed base"),
            Self::Region(slot) => write!(f, "operand {slot}: outside the regions of its role"),
            Self::Alignment(slot) => write!(f, "operand {slot}: not aligned to its elements"),
            Self::SelfOverlap => write!(f, "the output's elements overlap each other"),
            Self::Alias(slot) => write!(f, "the output overlaps operand {slot}"),
            Self::DotLength(k) => write!(f, "dot products of {k} terms, allowed are 65536"),
            Self::Length => write!(f, "more than 2^40 tiles"),
            Self::Cost(cost) => write!(f, "a tile may cost {cost} small steps, allowed are 2^27"),
            Self::OutputLength { length, max } => {
                write!(f, "output of {length} bytes, allowed {max}")
            }
        }
    }
}

impl core::error::Error for Refusal {}
