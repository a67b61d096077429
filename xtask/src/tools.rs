//! The tools of `contracts/package.json` (forge, anvil, cast, solc), kept inside the project.

use std::{env, fs, fs::File, io, path::PathBuf, process::Command};

use eyre::{Result, WrapErr, ensure};

use crate::{process, project::Project};

/// The lock file that was installed last, kept next to what it installed.
const STAMP: &str = "node_modules/.installed-lock.json";

/// The installed tools.
#[derive(Debug)]
pub(crate) struct Tools {
    contracts: PathBuf,
}

impl Tools {
    /// Installs the locked versions if they are missing or if the lock file has changed since.
    ///
    /// # Errors
    /// If npm is not installed or fails, if there is no build of the tools for this machine, or if another tree's
    /// installation is linked and does not fit.
    pub(crate) fn install(project: &Project) -> Result<Self> {
        let tools = Self { contracts: project.contracts() };
        let lock_path = tools.contracts.join("package-lock.json");
        let lock_file = File::open(&lock_path)
            .wrap_err_with(|| format!("cannot open {}", lock_path.display()))?;
        // Two tasks at once must not install over each other; the lock ends with the file handle.
        lock_file.lock().wrap_err_with(|| format!("cannot lock {}", lock_path.display()))?;
        let lock = io::read_to_string(&lock_file)
            .wrap_err_with(|| format!("cannot read {}", lock_path.display()))?;

        let stamp = tools.contracts.join(STAMP);
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
            return Ok(tools);
        }
        // npm would empty the folder that it names, which is another tree's.
        ensure!(
            !tools.contracts.join("node_modules").is_symlink(),
            "contracts/node_modules is a link to an installation that this task did not make for this lock file: remove it"
        );
        ensure!(
            process::succeeds(Command::new("npm").arg("--version")),
            "npm is not installed: forge, anvil and solc come from it (Node.js 20 or newer)"
        );
        eprintln!("==> installing forge, anvil, cast and solc into contracts/node_modules");
        process::run(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&tools.contracts)
                .stdout(io::stderr()),
        )?;
        for tool in ["forge", "anvil", "cast"] {
            let path = tools.path(tool);
            ensure!(
                path.is_file(),
                "npm has no {tool} for this machine: {} is missing",
                path.display()
            );
        }
        fs::write(&stamp, lock).wrap_err_with(|| format!("cannot write {}", stamp.display()))?;
        Ok(tools)
    }

    /// The program itself, not npm's JavaScript wrapper: a wrapper that is killed leaves the program running.
    pub(crate) fn path(&self, tool: &str) -> PathBuf {
        self.contracts.join("node_modules/@foundry-rs").join(package(tool)).join("bin").join(tool)
    }

    /// A call of forge in the Foundry project.
    pub(crate) fn forge(&self) -> Command {
        let mut command = Command::new(self.path("forge"));
        command.current_dir(&self.contracts);
        command
    }
}

/// The npm package with the build of `tool` for this machine, in Foundry's naming.
fn package(tool: &str) -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{tool}-{system}-{processor}")
}
