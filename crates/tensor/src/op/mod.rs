//! The operators, a file for each family: what admission makes of a record, its rules, its cost, how a tile is executed, and
//! how importers write the record.

mod attention;
mod context;
mod control;
mod conv;
mod dense;
mod depthwise;
mod finish;
mod gather;
mod image;
mod map;
mod merge;
mod norm;
mod plane;
mod pool;
mod product;
mod quant;
mod reduce;
mod requantise;
mod resample;
mod rope;
mod sample;
mod softmax;
mod strided;
mod text;
mod top;

pub use attention::{Attention, AttentionSpec};
pub use control::ControlFlow;
pub use conv::{Conv, ConvSpec, Values, ValuesSpec};
pub use dense::{Dense, DenseSpec};
pub use depthwise::{Depthwise, DepthwiseSpec};
pub use finish::{Finish, FinishSpec};
pub use gather::{Gather, GatherSpec};
pub use image::{Image, WindowSpec};
pub use map::{Map, MapKind, MapSpec};
pub use merge::Merge;
pub use norm::{Norm, NormSpec};
pub use plane::Plane;
pub use pool::{Pool, PoolAxis, PoolSpec};
pub use product::{Product, ProductKind, ProductSpec};
pub use quant::Quant;
pub use reduce::Reduce;
pub use requantise::Requantise;
pub use resample::{Resample, ResampleSpec};
pub use rope::{Rope, RopeSpec};
pub use sample::{Sample, SampleSpec};
pub use softmax::Softmax;
pub use strided::{Strided, StridedSpec};
pub use text::{Detokenise, DetokeniseSpec, Encode, EncodeKind, SplitSpec};
pub use top::Top;

pub(crate) use context::Context;
pub(crate) use control::load_word;

use opml_kernels::Pairing;

use crate::{
    DataHalf, Grid, Header, Record, Refusal, Span, Tile,
    cost::FIXED,
    form::{Form, opcode},
};

/// An operator that is cut into tiles.
pub(crate) trait Tiled {
    /// How the output is cut.
    fn grid(&self) -> &Grid;

    /// The hull of all bytes that the tiles write.
    fn target(&self) -> Span;

    /// Upper bound of the small steps of one tile, without what every large step takes.
    fn work(&self) -> u64;

    /// Executes one tile with the scalar kernels: the definition of the operator's memory accesses.
    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile);
}

/// Defines [`Operation`], and how what all operators have is asked of the one at hand.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a record does, as [`crate::admit`] found it: every register read, every address resolved, every rule checked.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Operation {
            /// Control flow, one tile.
            Control(ControlFlow),
            $($(#[$doc])* $name($name),)*
        }

        impl Operation {
            fn grid(&self) -> Option<&Grid> {
                match self {
                    Self::Control(_) => None,
                    $(Self::$name(operation) => Some(operation.grid()),)*
                }
            }

            /// The hull of all bytes that the tiles write; `None` where control flow writes none.
            pub fn target(&self) -> Option<Span> {
                match self {
                    Self::Control(operation) => operation.target(),
                    $(Self::$name(operation) => Some(operation.target()),)*
                }
            }

            /// Upper bound of the small steps of one tile; edge tiles count as full ones. A test in `crates/engine` measures the
            /// guest against it.
            ///
            /// The guest's integer kernels take the same steps whatever the data, so the slack is for the compiler: a rebuilt
            /// guest may be slower by that much before the bound has to move.
            pub fn cost(&self, header: &Header) -> u64 {
                let work = match self {
                    Self::Control(operation) => operation.work(header),
                    $(Self::$name(operation) => operation.work(),)*
                };
                work.saturating_add(FIXED)
            }

            /// Executes one tile. Of control flow only STORE writes tensor data.
            fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, index: u64) {
                match self {
                    Self::Control(operation) => operation.execute(data),
                    $(Self::$name(operation) => {
                        operation.execute(data, operation.grid().tile(index));
                    })*
                }
            }
        }
    };
}

operations! {
    /// Dense layer of s8.
    Dense,
    /// Product of rows and weights in panels, with f32 values.
    Product,
    /// Product of f32 matrices with any strides.
    Strided,
    /// Convolution.
    Conv,
    /// Convolution of every channel by itself.
    Depthwise,
    /// Elementwise function, conversion or copy.
    Map,
    /// Reduction of rows.
    Reduce,
    /// Softmax of rows.
    Softmax,
    /// Quantisation of rows.
    Quant,
    /// Pooling of images.
    Pool,
    /// Normalisation of rows.
    Norm,
    /// Rows by ids.
    Gather,
    /// Resampling along an axis.
    Resample,
    /// The best elements of rows.
    Top,
    /// Rotary position embedding.
    Rope,
    /// Attention over cached keys and values.
    Attention,
    /// Merge of attention's chunks.
    Merge,
    /// Choice of tokens.
    Sample,
    /// Text of tokens.
    Detokenise,
    /// Tokens of text.
    Encode,
}

impl Operation {
    /// Number of tiles, hence of large steps: depends on record and registers only, never on tensor data.
    pub fn tiles(&self) -> u64 {
        // An admitted grid has at most 2^40 tiles.
        self.grid().map_or(1, |grid| grid.tiles().unwrap_or(u64::MAX))
    }
}

/// Executes the given tiles of an admitted operation, one by one.
pub fn execute<D: DataHalf + ?Sized>(
    data: &mut D,
    operation: &Operation,
    tiles: core::ops::Range<u64>,
) {
    for index in tiles {
        operation.execute(data, index);
    }
}

/// Which fields the record's operator uses, given its variant, types and flags.
///
/// # Errors
/// There is no such operator, or it does not take these types.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, flags, .. } = *record;
    Ok(match (op, sub) {
        (opcode::CTRL, _) => return control::form(record),
        (opcode::MATMUL, opcode::DENSE_S8) => dense::FORM,
        (opcode::MATMUL, opcode::DENSE_Q8_0) => ProductKind::Q8_0.form(flags),
        (opcode::MATMUL, opcode::DENSE_Q4_0) => ProductKind::Q4_0.form(flags),
        (opcode::MATMUL, opcode::DENSE_F32) => ProductKind::F32.form(flags),
        (opcode::MATMUL, opcode::STRIDED_F32) => strided::form(flags),
        (opcode::CONV, opcode::CONV_F32 | opcode::CONV_S8) => conv::form(sub, flags),
        (opcode::DWCONV, opcode::CONV_F32 | opcode::CONV_S8) => depthwise::form(sub, flags),
        (opcode::EW, _) => return map::function_form(record),
        (opcode::REDUCE, _) => return reduce::form(record),
        (opcode::COPY, 0) => return map::copy_form(record),
        (opcode::SOFTMAX, 0 | softmax::LOGARITHM) => softmax::FORM,
        (opcode::QUANT, 0) => quant::FORM,
        (opcode::POOL, _) => return pool::form(record),
        (opcode::NORM, _) => return norm::form(record),
        (opcode::GATHER, 0) => return gather::form(record),
        (opcode::RESAMPLE, 0) => resample::FORM,
        (opcode::TOPK, _) => return top::form(record),
        (opcode::CAST, 0) => return map::conversion_form(record),
        (opcode::ROPE, opcode::ROPE_ADJACENT | opcode::ROPE_HALVES) => rope::FORM,
        (opcode::ATTN, opcode::ATTN_WHOLE | opcode::ATTN_CHUNKED) => attention::form(record),
        (opcode::MERGE, 0) => merge::FORM,
        (opcode::SAMPLE, 0) => sample::FORM,
        (opcode::DETOK, 0) => text::DETOK,
        (opcode::ENCODE, opcode::ENCODE_SPLIT) => text::SPLIT,
        (opcode::ENCODE, opcode::ENCODE_MERGE) => text::MERGING,
        _ => return Err(Refusal::Operator { op, sub }),
    })
}

/// Admits a record whose form has been checked.
pub(crate) fn admit(context: &Context<'_>) -> Result<Operation, Refusal> {
    let Record { op, sub, .. } = *context.record;
    let product = |kind| Product::admit(context, kind).map(Operation::Product);
    Ok(match (op, sub) {
        (opcode::CTRL, _) => Operation::Control(ControlFlow::admit(context)?),
        (opcode::MATMUL, opcode::DENSE_S8) => Operation::Dense(Dense::admit(context)?),
        (opcode::MATMUL, opcode::DENSE_Q8_0) => product(ProductKind::Q8_0)?,
        (opcode::MATMUL, opcode::DENSE_Q4_0) => product(ProductKind::Q4_0)?,
        (opcode::MATMUL, opcode::DENSE_F32) => product(ProductKind::F32)?,
        (opcode::MATMUL, _) => Operation::Strided(Strided::admit(context)?),
        (opcode::CONV, _) => Operation::Conv(Conv::admit(context)?),
        (opcode::DWCONV, _) => Operation::Depthwise(Depthwise::admit(context)?),
        (opcode::EW, _) => Operation::Map(Map::function(context)?),
        (opcode::REDUCE, _) => Operation::Reduce(Reduce::admit(context)?),
        (opcode::COPY, _) => Operation::Map(Map::copy(context)?),
        (opcode::SOFTMAX, _) => Operation::Softmax(Softmax::admit(context)?),
        (opcode::QUANT, _) => Operation::Quant(Quant::admit(context)?),
        (opcode::POOL, _) => Operation::Pool(Pool::admit(context)?),
        (opcode::NORM, _) => Operation::Norm(Norm::admit(context)?),
        (opcode::GATHER, _) => Operation::Gather(Gather::admit(context)?),
        (opcode::RESAMPLE, _) => Operation::Resample(Resample::admit(context)?),
        (opcode::TOPK, _) => Operation::Top(Top::admit(context)?),
        (opcode::CAST, _) => Operation::Map(Map::conversion(context)?),
        (opcode::ROPE, opcode::ROPE_ADJACENT) => {
            Operation::Rope(Rope::admit(context, Pairing::Adjacent)?)
        }
        (opcode::ROPE, _) => Operation::Rope(Rope::admit(context, Pairing::Halves)?),
        (opcode::ATTN, _) => Operation::Attention(Attention::admit(context)?),
        (opcode::MERGE, _) => Operation::Merge(Merge::admit(context)?),
        (opcode::SAMPLE, _) => Operation::Sample(Sample::admit(context)?),
        (opcode::DETOK, _) => Operation::Detokenise(Detokenise::admit(context)?),
        (opcode::ENCODE, _) => Operation::Encode(Encode::admit(context)?),
        _ => return Err(Refusal::Operator { op, sub }),
    })
}
