//! `opml-reth opml doctor`: a look at a node that is not running.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use eyre::{Result, WrapErr, eyre};
use reth_ethereum::{
    chainspec::{ChainSpec, EthChainSpec},
    cli::chainspec::{SUPPORTED_CHAINS, chain_value_parser},
    node::core::args::DatadirArgs,
    provider::db::lockfile::StorageLock,
};

/// Looks at a data directory.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    datadir: DatadirArgs,
    /// The chain of the node: a name, or a genesis file
    #[arg(long, value_name = "CHAIN", default_value = SUPPORTED_CHAINS[0], value_parser = chain_value_parser)]
    chain: Arc<ChainSpec>,
    /// Delete the write-ahead log of all extensions, which can keep a node from starting. opML reads what it missed from blocks and
    /// receipts; other extensions may not
    #[arg(long)]
    reset_wal: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What there is.
#[derive(Debug, PartialEq, Eq)]
struct Findings {
    store: PathBuf,
    store_bytes: Option<u64>,
    wal: PathBuf,
    wal_files: usize,
    wal_bytes: u64,
    was_reset: bool,
}

impl Doctor {
    /// Runs it; only its result goes to stdout.
    ///
    /// # Errors
    /// If there is no such data directory, or the node that must be stopped is running.
    pub fn run(&self) -> Result<()> {
        let datadir = self.datadir.clone().resolve_datadir(self.chain.chain());
        let (wal, db) = (datadir.exex_wal(), datadir.db());
        look(datadir.data_dir(), &wal, &db, self.reset_wal)?.print(self.json);
        Ok(())
    }
}

fn look(data_dir: &Path, wal: &Path, db: &Path, reset_wal: bool) -> Result<Findings> {
    if !data_dir.is_dir() {
        return Err(eyre!("{} is no data directory of a node", data_dir.display()));
    }
    let store = data_dir.join(opml_exex::NAMESPACE).join("opml.redb");
    let (wal_files, wal_bytes) = weigh(wal)?;
    if reset_wal {
        // Held until the files are gone, so that no node starts meanwhile.
        let _lock = StorageLock::try_acquire(db).wrap_err("the node must be stopped first")?;
        delete(wal)?;
    }
    Ok(Findings {
        store_bytes: fs::metadata(&store).ok().map(|file| file.len()),
        store,
        wal: wal.to_owned(),
        wal_files,
        wal_bytes,
        was_reset: reset_wal,
    })
}

/// Deletes the write-ahead log of extensions; nobody may be using it.
///
/// # Errors
/// If a file cannot be deleted.
pub(crate) fn delete(wal: &Path) -> Result<()> {
    match fs::remove_dir_all(wal) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).wrap_err_with(|| wal.display().to_string())
        }
        _ => Ok(()),
    }
}

/// Number and size of the files in a folder; none if it is not there.
fn weigh(folder: &Path) -> Result<(usize, u64)> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        entries => entries.wrap_err_with(|| folder.display().to_string())?,
    };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let entry = entry.wrap_err_with(|| folder.display().to_string())?;
        files += 1;
        bytes += entry.metadata().wrap_err_with(|| entry.path().display().to_string())?.len();
    }
    Ok((files, bytes))
}

impl Findings {
    fn print(&self, as_json: bool) {
        let Self { store, store_bytes, wal, wal_files, wal_bytes, was_reset } = self;
        if as_json {
            let object = serde_json::json!({
                "store": store,
                "storeBytes": store_bytes,
                "wal": wal,
                "walFiles": wal_files,
                "walBytes": wal_bytes,
                "walReset": was_reset,
            });
            println!("{object}");
            return;
        }
        match store_bytes {
            Some(bytes) => println!("store  {}: {bytes} bytes", store.display()),
            None => println!("store  {}: none yet", store.display()),
        }
        let end = if *was_reset { ", deleted" } else { "" };
        println!("log    {}: {wal_files} files, {wal_bytes} bytes{end}", wal.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_deletes_the_log_and_leaves_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let (data_dir, wal) = (folder.path(), folder.path().join("exex/wal"));
        let db = data_dir.join("db");
        fs::create_dir_all(&wal).unwrap();
        fs::create_dir_all(&db).unwrap();
        fs::create_dir_all(data_dir.join("opml")).unwrap();
        fs::write(wal.join("7.wal"), [0; 100]).unwrap();
        fs::write(data_dir.join("opml/opml.redb"), [0; 9]).unwrap();
        let before = look(data_dir, &wal, &db, false).unwrap();
        assert_eq!((before.wal_files, before.wal_bytes, before.store_bytes), (1, 100, Some(9)));
        assert!(look(data_dir, &wal, &db, true).unwrap().was_reset);
        let after = look(data_dir, &wal, &db, true).unwrap();
        assert_eq!((after.wal_files, after.wal_bytes, after.store_bytes), (0, 0, Some(9)));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let missing = Path::new("/no/such/datadir");
        let error = look(missing, missing, missing, true).unwrap_err().to_string();
        assert!(error.contains("/no/such/datadir"), "{error}");
    }
}
