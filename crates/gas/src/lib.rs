#![doc = include_str!("../README.md")]

mod class;
mod court;
pub mod document;
mod evm;
mod kernel;
mod model;
mod sheet;
mod step;
mod table;
mod window;
mod word;

pub use court::Cost;
pub use evm::{Binds, Evm, Price, Receipt, Rules};
pub use sheet::Sheet;
pub use step::{MEDIAN_BAR, StepRow, WORST_BAR};
pub use window::WindowRow;
