use std::collections::BTreeSet;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use serde::Serialize;
use toml::Table;

use crate::SettingsError;

/// Before the id of every setting; with `PREFIXED` before its flag, too.
const PREFIX: &str = "opml.";
/// Where the help of a program with other flags shows ours.
const HEADING: &str = "opML";

/// The settings `T` as flags: `--role`, or `--opml.role` if `PREFIXED`. Knows which of them were given.
///
/// The id of each argument of `T` is `opml.` and the name of its flag, so that it meets no id of the program that it is flattened
/// into.
#[derive(Debug, Clone)]
pub struct Flags<T, const PREFIXED: bool = false> {
    values: T,
    given: BTreeSet<String>,
}

impl<T, const PREFIXED: bool> Flags<T, PREFIXED> {
    /// The values of the flags, defaults for those that were not given.
    pub const fn values(&self) -> &T {
        &self.values
    }

    /// Whether the flag of the setting `key` was given, on the command line or in the environment.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.contains(key)
    }

    /// The flag of the setting `key`, for messages.
    pub fn name(key: &str) -> String {
        if PREFIXED { format!("--{PREFIX}{key}") } else { format!("--{key}") }
    }
}

impl<T: Serialize, const PREFIXED: bool> Flags<T, PREFIXED> {
    pub(crate) fn table(&self) -> Result<Table, SettingsError> {
        Table::try_from(&self.values).map_err(|error| SettingsError::Flags(error.to_string()))
    }
}

/// The arguments of `T`.
pub(crate) fn arguments<T: Args>() -> Vec<Arg> {
    T::augment_args(Command::new("")).get_arguments().cloned().collect()
}

/// The name of the setting that an argument gives.
pub(crate) fn key(argument: &Arg) -> &str {
    argument.get_long().unwrap_or_else(|| argument.get_id().as_str())
}

impl<T: Args, const PREFIXED: bool> Args for Flags<T, PREFIXED> {
    fn augment_args(command: Command) -> Command {
        arguments::<T>().into_iter().fold(command, |command, argument| {
            // In the order in which they come here.
            let argument = argument.display_order(None);
            command.arg(if PREFIXED {
                let name = argument.get_id().clone();
                argument.long(name).help_heading(HEADING)
            } else {
                argument
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Args, const PREFIXED: bool> FromArgMatches for Flags<T, PREFIXED> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let is_given = |argument: &&Arg| {
            let source = matches.value_source(argument.get_id().as_str());
            source.is_some_and(|source| source != ValueSource::DefaultValue)
        };
        let arguments = arguments::<T>();
        let given = arguments.iter().filter(is_given).map(|argument| key(argument).to_owned());
        let given = given.collect();
        Ok(Self { values: T::from_arg_matches_mut(matches)?, given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
