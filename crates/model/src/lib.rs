#![doc = include_str!("../README.md")]

mod builder;
pub mod digits;
mod error;
mod file;
mod fixed;
mod images;
pub mod lower;
mod mlp;
mod quantise;
mod safetensors;

pub use builder::ModelBuilder;
pub use error::ModelError;
pub use file::ModelFile;
pub use images::{Images, LabelledImage};
pub use mlp::{DenseF32, Mlp};
pub use quantise::{DenseS8, MlpS8};
