#![doc = include_str!("../README.md")]

mod class;
mod court;
pub mod document;
mod evm;
mod kernel;
mod model;
mod sheet;
mod step;
mod story;
mod table;
mod window;
mod word;

pub use court::{BALANCE, BLOCK, Cost, PARTIES};
pub use evm::{BLOCK_TIME, Binds, Evm, Price, Receipt, Rules, Sent};
pub use sheet::Sheet;
pub use step::{MEDIAN_BAR, StepRow, WORST_BAR};
pub use story::{Story, stories};
pub use window::{Dearest, WindowRow, dearest_of_all};
