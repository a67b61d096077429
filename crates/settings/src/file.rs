use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::{Serialize, de::DeserializeOwned};
use toml::{Table, Value};

use crate::{Flags, Secrets, SettingsError, flags};

/// A file of settings; every section takes its own out of it. The default is a file without a line.
#[derive(Debug, Clone, Default)]
pub struct File {
    path: PathBuf,
    table: Table,
    /// Keys of the sections so far.
    known: BTreeSet<String>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or is no TOML.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        let table = text.parse::<Table>().map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            let reason = error.message().replace('\n', ", ");
            SettingsError::Syntax { path: path.to_owned(), line, reason }
        })?;
        Ok(Self { path: path.to_owned(), table, known: BTreeSet::new() })
    }

    /// Reads a file if there is one to read.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_if_any(path: Option<&Path>) -> Result<Self, SettingsError> {
        path.map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// What holds for a section: the flags that were given, for the rest what the file says, for the rest the defaults. The lines of
    /// the section are checked even where a flag wins.
    ///
    /// # Errors
    /// If a line has a value that its key cannot have.
    pub fn layer<T, const PREFIXED: bool>(
        &mut self,
        flags: &Flags<T, PREFIXED>,
    ) -> Result<T, SettingsError>
    where
        T: Args + Serialize + DeserializeOwned,
    {
        let mut table = flags.table()?;
        for argument in flags::arguments::<T>() {
            let key = flags::key(&argument).to_owned();
            self.known.insert(key.clone());
            let Some(value) = self.table.remove(&key) else { continue };
            let mut with = table.clone();
            with.insert(key.clone(), value.clone());
            if let Err(error) = with.clone().try_into::<T>() {
                let reason = error.message().trim().replace('\n', ", ");
                let (path, value) = (self.path.clone(), value.to_string());
                return Err(SettingsError::Value { path, key, value, reason });
            }
            if !flags.is_given(&key) {
                table = with;
            }
        }
        table.try_into().map_err(|error| SettingsError::Flags(error.message().to_owned()))
    }

    /// Ends reading.
    ///
    /// # Errors
    /// If there is a line that no section took.
    pub fn finish(self) -> Result<(), SettingsError> {
        let Some(key) = self.table.keys().next().cloned() else { return Ok(()) };
        let path = self.path;
        let secrets = flags::arguments::<Secrets>();
        if secrets.iter().any(|argument| flags::key(argument) == key) {
            return Err(SettingsError::Secret { path, key });
        }
        let known = self.known.into_iter().collect::<Vec<_>>().join(", ");
        Err(SettingsError::Unknown { path, key, known })
    }
}

/// A section as lines of a file, each below what its flag's help says. What has no value is a comment.
///
/// # Errors
/// If a value cannot be said in TOML, such as a path that is no text.
pub fn render<T: Args + Serialize>(values: &T) -> Result<String, SettingsError> {
    let table = Table::try_from(values).map_err(|error| SettingsError::Flags(error.to_string()))?;
    let mut text = String::new();
    for argument in flags::arguments::<T>() {
        let key = flags::key(&argument);
        if let Some(help) = argument.get_help() {
            // Writing into a string does not fail.
            let _ = writeln!(text, "# {}", help.to_string().replace('\n', " "));
        }
        let _ = match table.get(key) {
            Some(value) => writeln!(text, "{key} = {value}"),
            None => writeln!(text, "# {key} = {}", placeholder(&argument)),
        };
    }
    Ok(text)
}

fn placeholder(argument: &clap::Arg) -> Value {
    let name = argument.get_value_names().and_then(|names| names.first());
    Value::String(name.map(|name| name.as_str()).unwrap_or_default().to_owned())
}
