#![doc = include_str!("../README.md")]

pub mod bert;
mod builder;
pub mod checkpoint;
mod digits;
mod error;
mod fixed;
mod images;
pub mod llama;
mod lower;
mod mlp;
pub mod onnx;
mod panels;
mod quantise;
mod safetensors;
mod stories;
mod tiles;
mod workload;

pub use builder::ModelBuilder;
pub use digits::{digits, digits_held_out, digits_mlp};
pub use error::ImportError;
pub use images::{Images, LabelledImage};
pub use lower::classifier;
pub use mlp::{DenseF32, Mlp};
pub use panels::{s8_panel_bytes, s8_panels};
pub use quantise::{DenseS8, MlpS8};
pub use stories::{stories, stories_checkpoint};
pub use workload::Workload;
