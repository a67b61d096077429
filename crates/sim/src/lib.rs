#![doc = include_str!("../README.md")]

pub mod agents;
pub mod attention;
pub mod config;
pub mod delay;
pub mod dispute;
pub mod figures;
pub mod gas;
pub mod outcome;
pub mod page;
pub mod plot;
pub mod report;

pub use config::{Config, ConfigError};
pub use gas::{Gas, NotMeasured};
pub use report::Report;
