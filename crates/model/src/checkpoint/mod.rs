//! What files of weights have in common, whatever the model: tensors by name, matrices in the types that files store, and panels.

mod blocks;
mod error;
mod matrix;
mod tensors;

pub use blocks::Blocks;
pub use error::CheckpointError;
pub use matrix::{Format, Matrix, PanelFormat, PanelMatrix};
pub(crate) use tensors::Tensors;
