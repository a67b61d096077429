//! A program at some step of its run: where every command starts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use eyre::{Result, WrapErr, bail, ensure};
use opml_fpvm::{Program, State, Symbols, jit_unavailable};
use opml_memory::Memory;

use super::{data::Data, snapshot};

/// What runs the steps that nobody looks at. All of them compute the same states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// The interpreter, and the compiler for what turns out to be hot
    #[default]
    Auto,
    /// Compiled to this machine's code before it runs
    Jit,
    /// Instructions decoded once, block by block
    Interpreter,
    /// The step that is written as the specification
    Reference,
    /// The reference with an error, to be found: it sets t0 when a1 has this value
    #[cfg(test)]
    #[value(skip)]
    Faulty(u64),
}

impl Engine {
    /// # Errors
    ///
    /// If this machine cannot have the engine.
    fn check(self) -> Result<()> {
        match jit_unavailable() {
            Some(reason) if self == Self::Jit => bail!("no engine jit on this machine: {reason}"),
            _ => Ok(()),
        }
    }

    /// Runs at most `steps` steps and returns how many it were until the machine stopped.
    fn run(self, state: &mut State, steps: u64) -> u64 {
        let engine = match self {
            Self::Auto => opml_fpvm::Engine::Auto,
            Self::Jit => opml_fpvm::Engine::Jit { hot_after: 0 },
            Self::Interpreter => opml_fpvm::Engine::Interpreter,
            Self::Reference => opml_fpvm::Engine::Reference,
            #[cfg(test)]
            Self::Faulty(at) => {
                let mut done = 0;
                while done < steps && !state.exited() {
                    done += Self::Reference.run(state, 1);
                    state.cpu.regs[12] |= u64::from(state.cpu.regs[5] == at);
                }
                return done;
            }
        };
        state.run_with(engine, steps)
    }
}

/// The program of a command.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Static little-endian soft-float MIPS64 ELF file, or a snapshot that `opml vm run` wrote
    #[arg(value_name = "ELF|SNAPSHOT")]
    file: PathBuf,
    /// What runs the steps that nobody looks at
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    #[command(flatten)]
    data: Data,
}

impl Source {
    /// Reads the program or the snapshot.
    ///
    /// # Errors
    ///
    /// If the file is neither.
    pub(super) fn open(&self) -> Result<Machine> {
        let bytes = read(&self.file)?;
        ensure!(
            !(self.data.is_given() && snapshot::is_snapshot(&bytes)),
            "snapshot {} has a data half of its own: --model is for programs",
            self.file.display()
        );
        Machine::read(&self.file, &bytes, || self.data.memory(), self.engine)
    }

    /// The name of the file without its folder and ending.
    pub(super) fn stem(&self) -> String {
        self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The names of the program's functions: those in `other` if that is given.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(super) fn symbols(&self, other: Option<&Path>) -> Result<Symbols> {
        symbols(other.unwrap_or(&self.file))
    }
}

/// The names of functions in an ELF file; a snapshot has none.
pub(super) fn symbols(file: &Path) -> Result<Symbols> {
    Ok(Symbols::from_elf(&read(file)?))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).wrap_err_with(|| format!("program {}", file.display()))
}

/// A state and how many steps led to it.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) step: u64,
    engine: Engine,
}

impl Machine {
    /// A state that `step` steps led to.
    pub(super) const fn new(state: State, step: u64, engine: Engine) -> Self {
        Self { state, step, engine }
    }

    /// Reads an ELF file or a snapshot; a program finds a data half of zeroes.
    ///
    /// # Errors
    ///
    /// If the file is neither.
    pub(super) fn open(file: &Path, engine: Engine) -> Result<Self> {
        Self::read(file, &read(file)?, || Ok(Memory::new()), engine)
    }

    fn read(
        file: &Path,
        bytes: &[u8],
        data: impl FnOnce() -> Result<Memory>,
        engine: Engine,
    ) -> Result<Self> {
        engine.check()?;
        if snapshot::is_snapshot(bytes) {
            let read = snapshot::decode(bytes);
            let (state, step) = read.wrap_err_with(|| format!("snapshot {}", file.display()))?;
            return Ok(Self::new(state, step, engine));
        }
        let program = Program::from_elf(bytes);
        let program = program.wrap_err_with(|| format!("program {}", file.display()))?;
        Ok(Self::new(program.start(data()?), 0, engine))
    }

    /// Runs up to step `step`, or until the machine stops if that is earlier.
    pub(super) fn run_to(&mut self, step: u64) {
        self.step += self.engine.run(&mut self.state, step.saturating_sub(self.step));
    }

    /// Runs exactly up to step `step`.
    ///
    /// # Errors
    ///
    /// If that lies before the machine's own step, or after the end of the program.
    pub(super) fn seek(&mut self, step: u64) -> Result<()> {
        ensure!(step >= self.step, "step {step} lies before the snapshot of step {}", self.step);
        self.run_to(step);
        ensure!(
            self.step == step,
            "the program ends after {} steps, before step {step}",
            self.step
        );
        Ok(())
    }
}
