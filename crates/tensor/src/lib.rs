//! The tensor machine: memory layout, instruction records, admission and the large step.
//!
//! One *large step* executes one tile of one record. Its whole state lies in the data half of the memory ([`layout`]); the
//! bytes are fixed by `docs/protocol.md` §3–§4, the operators by `docs/tensor.md`. The guest program calls [`large_step`] with
//! the MIPS machine's own memory, the native engine calls [`run`] with its regions and faster [`Kernels`]: one definition, two
//! machines.
//!
//! Invariants:
//! - Total: every content of the data half has exactly one successor; nothing here panics, recurses or allocates.
//! - [`admit`] is the only way to an [`Operation`], so nothing is read or written outside the regions that §4 allows.
//! - A tile writes exactly its declared elements, and the tiles of a record commute.
#![no_std]

mod admit;
mod assemble;
mod bytes;
mod control;
mod cost;
mod form;
mod grid;
mod header;
pub mod layout;
mod memory;
mod op;
mod operand;
mod record;
mod refusal;
mod step;

pub use admit::admit;
pub use assemble::dimension;
pub use control::{Control, Registers};
pub use cost::{MAX_COST, MAX_LENGTH, WHOLE_BUDGET};
pub use form::{condition, element, opcode};
pub use grid::{Grid, Tile};
pub use header::{Header, HeaderError};
pub use memory::{Borrowed, DataHalf, borrow, borrow_some, signed, signed_mut, view};
pub use op::{
    Attention, AttentionSpec, ControlFlow, Conv, ConvSpec, Dense, DenseSpec, Depthwise,
    DepthwiseSpec, Detokenise, DetokeniseSpec, Encode, EncodeKind, Finish, FinishSpec, Gather,
    GatherSpec, Image, Map, MapKind, MapSpec, Merge, Norm, NormSpec, Operation, Plane, Pool,
    PoolAxis, PoolSpec, Product, ProductKind, ProductSpec, Quant, Reduce, Requantise, Resample,
    ResampleSpec, Rope, RopeSpec, Sample, SampleSpec, Softmax, SplitSpec, Strided, StridedSpec,
    Top, Values, ValuesSpec, WindowSpec, execute,
};
pub use operand::Span;
pub use record::{Operand, Record};
pub use refusal::Refusal;
pub use step::{Kernels, Scalar, large_step, refusal, run};
