//! The anvil process.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use eyre::{Context, Result, bail, eyre};

/// Names another anvil than the one that npm installed for the project.
pub const ANVIL: &str = "OPML_ANVIL";

/// The newest rules that anvil can execute: its next hardfork is a name that it refuses to start with.
pub const HARDFORK: &str = "osaka";

/// Time of the genesis block. Fixed, so that equal runs give equal bytes and equal gas.
const GENESIS_TIME: u64 = 1_800_000_000;

/// A running anvil on a port of its own. It ends with this value, also when a test panics.
#[derive(Debug)]
pub struct Anvil {
    process: Child,
    url: String,
}

impl Anvil {
    /// The anvil that [`ANVIL`] names, else the project's.
    pub fn program() -> PathBuf {
        env::var_os(ANVIL).map_or_else(installed, PathBuf::from)
    }

    /// Starts [`Self::program`].
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_at(0, GENESIS_TIME, &[])
    }

    /// Starts it with a genesis block of that number and time, and with further options.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start_at(number: u64, time: u64, options: &[&str]) -> Result<Self> {
        let path = Self::program();
        let mut process = Command::new(&path)
            .args(["--port", "0", "--hardfork", HARDFORK, "--accounts", "0"])
            .args(["--number", &number.to_string(), "--timestamp", &time.to_string()])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .wrap_err_with(|| {
                format!("{}: no anvil; `npm ci` in contracts/ installs it", path.display())
            })?;
        let output = process.stdout.take().ok_or_else(|| eyre!("anvil has no output"))?;
        // From here on the process ends with the value, whatever happens.
        let mut anvil = Self { process, url: String::new() };
        let mut lines = BufReader::new(output).lines();
        for line in &mut lines {
            if let Some(address) = line?.strip_prefix("Listening on ") {
                anvil.url = format!("http://{address}");
                break;
            }
        }
        if anvil.url.is_empty() {
            let status = anvil.process.wait()?;
            bail!("{}: ended with {status} before it listened", path.display());
        }
        // A full pipe would stop anvil, a closed one would end it.
        thread::spawn(move || lines.for_each(drop));
        Ok(anvil)
    }

    /// Where its JSON-RPC answers.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program in npm's package for this platform, not npm's wrapper around it, which would survive a kill of the wrapper.
fn installed() -> PathBuf {
    let platform = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join(format!("contracts/node_modules/@foundry-rs/anvil-{platform}-{processor}/bin/anvil"))
}
