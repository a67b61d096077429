#![doc = include_str!("../README.md")]

mod error;
mod file;
mod flags;
mod key;
mod model;
mod settings;

pub use error::SettingsError;
pub use file::{File, render};
pub use flags::Flags;
pub use key::{KeyFile, Secret, Secrets, Wallet, is_development};
pub use model::ModelName;
pub use settings::{Role, Settings};

/// The committed guest program.
pub const GUEST: &[u8] = include_bytes!("../../guest/opml-guest.elf");
