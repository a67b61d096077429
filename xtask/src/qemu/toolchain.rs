//! The cross compiler and the QEMU of this machine.

use std::process::Command;

use eyre::{Result, WrapErr, eyre};

use crate::process;

const COMPILER: &str = "mips64el-linux-gnuabi64-gcc";
const EMULATOR: &str = "qemu-mips64el";

/// A cross compiler that was found on this machine.
#[derive(Debug)]
pub(super) struct Compiler {
    /// Versions of compiler and linker: they decide about the bytes of the programs.
    pub(super) version: String,
}

impl Compiler {
    /// Finds Debian's cross compiler.
    ///
    /// # Errors
    /// If it is not installed.
    pub(super) fn find() -> Result<Self> {
        let advice = || format!("no {COMPILER} here (Debian: gcc-mips64el-linux-gnuabi64)");
        let compiler = first_line(COMPILER).wrap_err_with(advice)?;
        let linker = first_line("mips64el-linux-gnuabi64-ld").wrap_err_with(advice)?;
        Ok(Self { version: format!("{compiler}, {linker}") })
    }

    /// A call of the compiler.
    pub(super) fn command(&self) -> Command {
        Command::new(COMPILER)
    }
}

/// A QEMU that was found on this machine.
#[derive(Debug)]
pub(super) struct Qemu {
    /// Its version.
    pub(super) version: String,
}

impl Qemu {
    /// Finds QEMU's user mode for little-endian MIPS64.
    ///
    /// # Errors
    /// If it is not installed.
    pub(super) fn find() -> Result<Self> {
        let version = first_line(EMULATOR)
            .wrap_err_with(|| format!("no {EMULATOR} here (Debian: qemu-user)"))?;
        Ok(Self { version })
    }

    /// A call of the emulator.
    pub(super) fn command(&self) -> Command {
        Command::new(EMULATOR)
    }
}

fn first_line(program: &str) -> Result<String> {
    let output = String::from_utf8(process::capture(Command::new(program).arg("--version"))?)?;
    let line = output.lines().next().ok_or_else(|| eyre!("{program} --version says nothing"))?;
    Ok(line.to_owned())
}
