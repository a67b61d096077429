//! ONNX models: reading, folding, lowering to records.
//!
//! [`import`] is one pass over the nodes in their order. Every value is a strided view of a buffer whose dimensions are numbers, so
//! shape inference, layout and the elimination of reshapes and transposes are the same thing. Records whose sources are
//! constants are executed at import by the machine's scalar kernels; what no output depends on is dropped at the end, and what
//! remains is placed in memory and cut into tiles.
//!
//! Invariants:
//! - The same file and the same options give the same bytes: no hash order, no threads, no arithmetic but that of `kernels`.
//! - No file makes the importer panic, recurse without bound, or allocate more than about twice the file's size beside the
//!   model that it writes.
//! - Every node that cannot be translated is named, not only the first.

mod coverage;
mod cut;
mod element;
mod error;
mod fold;
mod import;
mod int8;
mod lower;
mod node;
mod npy;
mod plan;
mod program;
pub mod proto;
mod scan;
mod tensor;
mod value;

pub use coverage::{Coverage, Tally, Verdict, difference};
pub use element::Element;
pub use error::{OnnxError, Unsupported};
pub use import::{Imported, Options, Port, import, import_int8};
pub use int8::Int8Report;
pub use tensor::Tensor;
