//! `cargo xtask qemu`: what QEMU makes of a corpus of programs, as an opinion on the machine that is not ours.
//!
//! The sources in `crates/fpvm/tests/corpus`, and sequences of random instructions that [`sequences`] writes, are compiled with
//! Debian's cross compiler and run under QEMU's user mode, with its debugger stub attached: the very file that our machine
//! loads, and nothing added to it that writes results out. Its registers and all its writable memory are read at the last moment,
//! when it is about to exit or has got a signal. The ELF files and `results.json` are committed; the tests of `opml-fpvm`
//! hold every engine to them, and need none of these tools.

mod compile;
mod debugger;
mod observe;
mod sequences;
mod toolchain;

use std::{fs, path::Path};

use eyre::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::{
    compile::Build,
    observe::Observation,
    toolchain::{Compiler, Qemu},
};
use crate::{process, project::Project};

/// Arguments of `cargo xtask qemu`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write nothing: rebuild and run again, and compare with the committed files, where the tools are present.
    #[arg(long)]
    check: bool,
    /// Write nothing: print what QEMU makes of one committed program, for a comparison by hand.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "check")]
    show: Option<String>,
}

/// `results.json`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Results {
    /// The compiler; another one gives other files.
    compiler: String,
    /// The QEMU that was asked.
    qemu: String,
    /// By name.
    programs: Vec<Record>,
}

/// What is recorded of a program.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    name: String,
    /// SHA-256 of the ELF file.
    elf: String,
    #[serde(flatten)]
    observation: Observation,
}

/// Builds the corpus, runs it under QEMU, writes both, and runs the test that compares the machine with them.
///
/// With `check`, what QEMU says of the committed files must be what is recorded; so must the files be what their sources
/// give, where the compiler is the one that made them. What is not present is said in one line, and skipped.
///
/// # Errors
/// When a tool is missing (unless under `check`), when it fails, and under `check` when anything differs.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let corpus = project.root().join("crates/fpvm/tests/corpus");
    if let Some(name) = &args.show {
        let elf = read(&corpus, name)?;
        let shown = observe::observe(&Qemu::find()?, &elf).wrap_err_with(|| name.clone())?;
        print!("{shown}");
        return Ok(());
    }
    if args.check {
        return check(&corpus, &project.root().join("target/qemu"));
    }
    write(&corpus, &project.root().join("target/qemu"))?;
    process::run(project.cargo().args(["test", "--package", "opml-fpvm", "--test", "it", "corpus"]))
}

fn write(corpus: &Path, scratch: &Path) -> Result<()> {
    let (compiler, qemu) = (Compiler::find()?, Qemu::find()?);
    let folder = corpus.join("elf");
    // Programs that have no source any more go.
    if folder.exists() {
        fs::remove_dir_all(&folder).wrap_err_with(|| folder.display().to_string())?;
    }
    fs::create_dir_all(&folder).wrap_err_with(|| folder.display().to_string())?;
    let mut programs = Vec::new();
    for build in builds(corpus, scratch)? {
        let elf = build.run(&compiler, corpus, scratch)?;
        programs.push(record(&qemu, &build.name, &elf)?);
        let path = folder.join(&build.name).with_added_extension("elf");
        fs::write(&path, &elf).wrap_err_with(|| path.display().to_string())?;
    }
    let count = programs.len();
    let results = Results { compiler: compiler.version, qemu: qemu.version, programs };
    let path = corpus.join("results.json");
    fs::write(&path, serde_json::to_string_pretty(&results)? + "\n")
        .wrap_err_with(|| path.display().to_string())?;
    eprintln!("qemu: {count} programs recorded");
    Ok(())
}

fn check(corpus: &Path, scratch: &Path) -> Result<()> {
    let path = corpus.join("results.json");
    let text = fs::read_to_string(&path).wrap_err_with(|| path.display().to_string())?;
    let results: Results = serde_json::from_str(&text).wrap_err("results.json")?;
    match Compiler::find() {
        Ok(compiler) if compiler.version == results.compiler => {
            let builds = builds(corpus, scratch)?;
            let names = |names: Vec<&str>| names.join(" ");
            let (sources, recorded) = (
                names(builds.iter().map(|build| build.name.as_str()).collect()),
                names(results.programs.iter().map(|program| program.name.as_str()).collect()),
            );
            ensure!(sources == recorded, "the sources give {sources}, recorded are {recorded}");
            for (build, program) in builds.iter().zip(&results.programs) {
                let sha256 = hex(&Sha256::digest(build.run(&compiler, corpus, scratch)?));
                if sha256 != program.elf {
                    bail!(
                        "{}: its source gives {sha256}, recorded is {}; run `cargo xtask qemu`",
                        build.name,
                        program.elf
                    );
                }
            }
            eprintln!("qemu: rebuilt {} programs, equal to the committed ones", builds.len());
        }
        Ok(compiler) => eprintln!(
            "qemu: rebuild skipped, the compiler here is {}, the programs are of {}",
            compiler.version, results.compiler
        ),
        Err(reason) => eprintln!("qemu: rebuild skipped, {reason:#}"),
    }
    let qemu = match Qemu::find() {
        Ok(qemu) => qemu,
        Err(reason) => {
            eprintln!("qemu: run skipped, {reason:#}");
            return Ok(());
        }
    };
    for program in &results.programs {
        let seen = record(&qemu, &program.name, &read(corpus, &program.name)?)?;
        ensure!(seen == *program, "{} says {seen:?}, recorded is {program:?}", qemu.version);
    }
    eprintln!(
        "qemu: {} does what is recorded of {} programs",
        qemu.version,
        results.programs.len()
    );
    Ok(())
}

/// Every program, by name.
fn builds(corpus: &Path, scratch: &Path) -> Result<Vec<Build>> {
    let mut builds = Build::of_sources(corpus)?;
    builds.extend(sequences::write(&scratch.join("sequences"))?);
    builds.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(builds)
}

fn record(qemu: &Qemu, name: &str, elf: &[u8]) -> Result<Record> {
    let snapshot = observe::observe(qemu, elf).wrap_err_with(|| name.to_owned())?;
    let parts = sequences::record_bytes(name);
    Ok(Record {
        name: name.to_owned(),
        elf: hex(&Sha256::digest(elf)),
        observation: snapshot.observation(parts),
    })
}

fn read(corpus: &Path, name: &str) -> Result<Vec<u8>> {
    let path = corpus.join("elf").join(name).with_added_extension("elf");
    fs::read(&path).wrap_err_with(|| path.display().to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
