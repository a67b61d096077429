//! The compiler, its library sources and the linker that build the guest.

use std::{
    env,
    fmt::{self, Display},
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, WrapErr, bail, ensure, eyre};
use serde::{Deserialize, Serialize};

use crate::process;

/// The release whose library sources the recipe in `build` is written for.
const RELEASE: &str = "1.96.";
/// What Debian 12 with its security updates calls that release, its sources and a linker for it.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-22"];

/// Versions that may change the bytes of the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Versions {
    /// `rustc --version`.
    rustc: String,
    /// The LLVM inside `rustc`.
    llvm: String,
    /// The linker's version, without its distributor's name.
    lld: String,
}

impl Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, LLVM {}, LLD {}", self.rustc, self.llvm, self.lld)
    }
}

/// A toolchain that was found on this machine.
#[derive(Debug)]
pub(super) struct Toolchain {
    /// The compiler.
    pub(super) rustc: PathBuf,
    /// `library/` of the compiler's own sources: `core` and `compiler_builtins` are built from it.
    pub(super) library: PathBuf,
    /// An LLD in its GNU flavour.
    pub(super) linker: PathBuf,
    /// What of it decides about the bytes.
    pub(super) versions: Versions,
}

impl Toolchain {
    /// Finds a toolchain: `$OPML_GUEST_RUSTC` and `$OPML_GUEST_LLD` if set, else Debian's, else what
    /// the search path gives.
    pub(super) fn find() -> Result<Self> {
        let (linker, lld) = find_linker()?;
        let mut reasons = Vec::new();
        for rustc in candidates("OPML_GUEST_RUSTC", &["/usr/bin/rustc", "rustc"]) {
            match describe_rustc(&rustc) {
                Ok((rustc_version, llvm, library)) => {
                    let versions = Versions { rustc: rustc_version, llvm, lld };
                    return Ok(Self { rustc, library, linker, versions });
                }
                Err(reason) => reasons.push(reason.to_string()),
            }
        }
        bail!("no rustc {RELEASE}x with its library sources: {}", reasons.join("; "))
    }

    /// Finds a toolchain; where there is none, installs Debian's if this process may do so.
    pub(super) fn find_or_install() -> Result<Self> {
        let reason = match Self::find() {
            Ok(toolchain) => return Ok(toolchain),
            Err(reason) => reason,
        };
        let packages = DEBIAN_PACKAGES.join(" ");
        if !may_install() {
            bail!(
                "{reason}\nThe guest needs rustc {RELEASE}x, its library sources and LLD. On Debian 12, as root: \
                 apt-get install --no-install-recommends {packages}\nElsewhere: install that release with its \
                 component rust-src, and set OPML_GUEST_RUSTC and OPML_GUEST_LLD to the two programs."
            );
        }
        eprintln!("guest: {reason}; installing {packages} with apt-get");
        apt_get(&["update", "-qq"])?;
        apt_get(
            &[
                &["install", "-y", "-qq", "--no-install-recommends", "--no-remove"],
                &DEBIAN_PACKAGES[..],
            ]
            .concat(),
        )?;
        Self::find()
    }
}

/// Returns version, LLVM version and library sources of a compiler of the right release.
fn describe_rustc(rustc: &Path) -> Result<(String, String, PathBuf)> {
    let verbose = output(rustc, &["-vV"])?;
    let field = |name: &str| {
        let line = verbose.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned())
            .ok_or_else(|| eyre!("{} -vV has no line {name:?}", rustc.display()))
    };
    let release = field("release:")?;
    ensure!(release.starts_with(RELEASE), "{} is {release}", rustc.display());
    let sysroot = PathBuf::from(output(rustc, &["--print", "sysroot"])?.trim());
    let library = sysroot.join("lib/rustlib/src/rust/library");
    let library = library
        .canonicalize()
        .wrap_err_with(|| format!("{} has no {}", rustc.display(), library.display()))?;
    Ok((field("rustc ")?, field("LLVM version:")?, library))
}

fn find_linker() -> Result<(PathBuf, String)> {
    for linker in candidates("OPML_GUEST_LLD", &["ld.lld-22", "ld.lld"]) {
        let Ok(banner) = output(&linker, &["--version"]) else { continue };
        // "Debian LLD 22.1.8 (compatible with GNU linkers)"
        let words = banner.split_whitespace();
        if let Some(version) = words.skip_while(|word| *word != "LLD").nth(1) {
            return Ok((linker, version.to_owned()));
        }
    }
    bail!("no LLD (ld.lld) here")
}

/// Returns the program that `variable` names, and nothing else, or the defaults.
fn candidates(variable: &str, defaults: &[&str]) -> Vec<PathBuf> {
    env::var_os(variable)
        .map_or_else(|| defaults.iter().map(PathBuf::from).collect(), |path| vec![path.into()])
}

/// Whether installing packages is this process's to do: as root, on Debian, and nobody chose the programs.
fn may_install() -> bool {
    if ["OPML_GUEST_RUSTC", "OPML_GUEST_LLD"].iter().any(|name| env::var_os(name).is_some()) {
        return false;
    }
    let root = output(Path::new("id"), &["-u"]).is_ok_and(|id| id.trim() == "0");
    root && Path::new("/etc/debian_version").exists() && Path::new("/usr/bin/apt-get").exists()
}

fn apt_get(args: &[&str]) -> Result<()> {
    let mut command = Command::new("/usr/bin/apt-get");
    // stdout is kept for results of commands.
    process::run(
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr()),
    )
}

fn output(program: &Path, args: &[&str]) -> Result<String> {
    // Cargo's LD_LIBRARY_PATH points at the libraries of another rustc.
    let mut command = Command::new(program);
    let stdout = process::capture(command.args(args).env_remove("LD_LIBRARY_PATH"))?;
    Ok(String::from_utf8(stdout)?)
}
