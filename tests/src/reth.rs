//! The process of a development chain of reth, with the extension in its node.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use alloy::{
    providers::{DynProvider, Provider, ProviderBuilder},
    signers::local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English},
};
use eyre::{Context, Result, bail, eyre};

/// Names the program of `exex/opml-reth`: this package does not build it.
pub const RETH: &str = "OPML_RETH";

/// Id of its chain.
pub const CHAIN_ID: u64 = 1337;

/// The accounts of its chain, which have all the money.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Longest wait for a node that starts.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// What a failed start shows of the log.
const LAST_LINES: usize = 12;

/// The program that an environment variable names.
///
/// # Errors
/// If it is not set.
pub fn program(variable: &str) -> Result<PathBuf> {
    let program = env::var_os(variable).map(PathBuf::from);
    program.ok_or_else(|| eyre!("{variable} is not set: it names the program of exex/opml-reth"))
}

/// An account of [`MNEMONIC`].
///
/// # Errors
/// If there is no such account.
pub fn rich(index: u32) -> Result<PrivateKeySigner> {
    let builder = MnemonicBuilder::<English>::default().phrase(MNEMONIC).index(index)?;
    Ok(builder.build()?)
}

/// What a node is started with, again and again.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program.
    pub program: PathBuf,
    /// Its data, and beside it the log; kept when it ends.
    pub folder: PathBuf,
    /// Between two blocks. The time of a block is later than that of the one before by a second at least, so that with shorter
    /// pauses the chain's clock is faster than this machine's.
    pub block_time: Duration,
    /// Flags of the extension; without them there is none.
    pub extension: Vec<OsString>,
    /// Flags of reth beside those that make it a quiet development node.
    pub flags: Vec<OsString>,
    http: u16,
}

impl Setup {
    /// A node of `program` with its data in `folder`, on a port of its own, without an extension.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn new(program: PathBuf, folder: &Path, block_time: Duration) -> Result<Self> {
        let (folder, http) = (folder.to_owned(), free_port()?);
        Ok(Self { program, folder, block_time, extension: Vec::new(), flags: Vec::new(), http })
    }

    /// Adds a flag of the extension: `--opml.` and its name, with a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.extension.extend([format!("--opml.{name}").into(), value.into()]);
        self
    }

    /// Where the JSON-RPC of every process of this setup answers.
    pub fn url(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.http)
    }

    /// A provider without keys.
    ///
    /// # Errors
    /// Never: the address is one.
    pub fn provider(&self) -> Result<DynProvider> {
        Ok(ProviderBuilder::new().connect_http(self.url().parse()?).erased())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(["node", "--dev", "--ipcdisable", "--color", "never"]);
        command.args(["--log.file.max-files", "0", "--http", "--http.api", "eth,net,debug,opml"]);
        command.arg("--datadir").arg(self.folder.join("data"));
        command.arg("--dev.block-time").arg(format!("{}ms", self.block_time.as_millis()));
        // What a block does is on disk soon after it, so that a kill takes back a block or two and not the contracts.
        command.args(["--engine.persistence-threshold", "0"]);
        command.args(["--engine.memory-block-buffer-target", "0"]);
        // Gigabytes otherwise, and half a minute of a slow machine.
        command.args(["--engine.cross-block-cache-size", "16"]);
        // Parties here let a transaction cost what it may.
        command.args(["--rpc.txfeecap", "0"]);
        let ports = [
            ("--http.port", self.http),
            ("--authrpc.port", free_port()?),
            ("--port", free_port()?),
        ];
        for (flag, port) in ports {
            command.arg(flag).arg(port.to_string());
        }
        command.args(&self.extension).args(&self.flags);
        Ok(command)
    }
}

/// A port that nobody has now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).wrap_err("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// A running node. It is killed (SIGKILL) when this value is dropped, with whatever it is doing; its data stay.
#[derive(Debug)]
pub struct Reth {
    process: Child,
    setup: Setup,
}

impl Reth {
    /// Starts the process, on a chain that the folder may have already. It need not answer yet.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(setup: &Setup) -> Result<Self> {
        let open = || -> Result<File> {
            fs::create_dir_all(&setup.folder)?;
            Ok(File::options().create(true).append(true).open(setup.log())?)
        };
        let log = open().wrap_err_with(|| setup.log().display().to_string())?;
        let mut command = setup.command()?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = command
            .spawn()
            .wrap_err_with(|| format!("{}: opml-reth does not start", setup.program.display()))?;
        Ok(Self { process, setup: setup.clone() })
    }

    /// Waits until the node answers.
    ///
    /// # Errors
    /// If it ends before, or takes two minutes; the message has the end of its log.
    pub async fn ready(&mut self) -> Result<()> {
        let provider = self.setup.provider()?;
        let limit = tokio::time::Instant::now() + PATIENCE;
        while provider.get_block_number().await.is_err() {
            if let Some(status) = self.process.try_wait()? {
                return self.failed(&format!("ended with {status}"));
            }
            if tokio::time::Instant::now() > limit {
                return self.failed("does not answer");
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn failed(&self, how: &str) -> Result<()> {
        let log = fs::read_to_string(self.setup.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        bail!("{} {how}:\n{last}", self.setup.program.display())
    }

    /// What it was started with.
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Id of the process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process (SIGKILL) and waits until nothing is left of it.
    pub fn kill(&mut self) {
        // Fails only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Reth {
    fn drop(&mut self) {
        self.kill();
    }
}
