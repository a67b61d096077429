//! From a source of the corpus to an ELF file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use eyre::{Result, WrapErr, ensure, eyre};

use super::toolchain::Compiler;
use crate::process;

/// Options of every program. The stack protector and the unwind tables would need a runtime; the last two keep the compiler from
/// calling `memset` in `memset`, and sources from being misread where they look at numbers as bytes.
const OPTIONS: [&str; 22] = [
    "-EL",
    "-march=mips64r2",
    "-mabi=64",
    "-msoft-float",
    "-mno-abicalls",
    "-fno-pic",
    "-no-pie",
    "-std=gnu11",
    "-Wall",
    "-Wextra",
    "-Wno-parentheses",
    "-Werror",
    "-ffreestanding",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-tree-loop-distribute-patterns",
    "-fno-strict-aliasing",
    "-nostdlib",
    "-static",
    "-s",
    "-Wl,--build-id=none",
    "-Wl,-z,max-page-size=4096",
];

/// How C programs are compiled whose first line does not say otherwise.
const C_VARIANTS: &str = "-O2 | -Os -mbranch-likely";
/// What introduces the variants in a first line.
const VARIANTS: &str = "variants: ";

/// One program: a source and the options of one variant.
#[derive(Debug)]
pub(super) struct Build {
    /// The source's name and the variant's.
    pub(super) name: String,
    pub(super) source: PathBuf,
    pub(super) options: Vec<String>,
}

impl Build {
    /// Every variant of every source in the corpus.
    ///
    /// # Errors
    /// If the corpus cannot be read.
    pub(super) fn of_sources(corpus: &Path) -> Result<Vec<Self>> {
        let mut builds = Vec::new();
        for (folder, extension, default) in [("c", "c", C_VARIANTS), ("asm", "S", "")] {
            let folder = corpus.join(folder);
            for entry in fs::read_dir(&folder).wrap_err_with(|| folder.display().to_string())? {
                let source = entry?.path();
                if source.extension().is_some_and(|found| found == extension) {
                    builds.extend(Self::of_source(&source, default)?);
                }
            }
        }
        Ok(builds)
    }

    fn of_source(source: &Path, default: &str) -> Result<Vec<Self>> {
        let text = fs::read_to_string(source).wrap_err_with(|| source.display().to_string())?;
        let first = text.lines().next().unwrap_or_default();
        let variants = first.split_once(VARIANTS).map_or(default, |(_, variants)| variants);
        let stem = source.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.ok_or_else(|| eyre!("{} has no plain name", source.display()))?;
        let variants = variants.trim_end_matches("*/").split('|');
        Ok(variants.map(|variant| Self::new(stem, variant, source)).collect())
    }

    /// The program that `source` gives under the options of `variant`.
    pub(super) fn new(stem: &str, variant: &str, source: &Path) -> Self {
        let options: Vec<String> = variant.split_whitespace().map(str::to_owned).collect();
        let suffix: Vec<&str> = options
            .iter()
            .map(|option| option.trim_start_matches("-D").trim_start_matches('-'))
            .collect();
        let name = if suffix.is_empty() {
            stem.to_owned()
        } else {
            format!("{stem}.{}", suffix.join("-"))
        };
        Self { name, source: source.to_path_buf(), options }
    }

    /// Compiles and links with the runtime, in `scratch`, and returns the file.
    ///
    /// A linker script beside the source and of its name adds to that of the runtime.
    ///
    /// # Errors
    /// If the compiler fails.
    pub(super) fn run(
        &self,
        compiler: &Compiler,
        corpus: &Path,
        scratch: &Path,
    ) -> Result<Vec<u8>> {
        let runtime = corpus.join("runtime");
        let elf = scratch.join("program.elf");
        fs::create_dir_all(scratch).wrap_err_with(|| scratch.display().to_string())?;
        let mut command = compiler.command();
        command.args(OPTIONS).args(&self.options).arg("-I").arg(&runtime);
        command.arg(format!("-Wl,--default-script={}", runtime.join("link.ld").display()));
        let script = self.source.with_extension("ld");
        if script.exists() {
            command.arg(format!("-Wl,--script={}", script.display()));
        }
        command.args([&runtime.join("start.S"), &runtime.join("runtime.c"), &self.source]);
        process::capture(command.arg("-o").arg(&elf))?;
        let bytes = fs::read(&elf).wrap_err_with(|| elf.display().to_string())?;
        ensure!(bytes.len() < 1 << 16, "{} has {} bytes, no small program", self.name, bytes.len());
        Ok(bytes)
    }
}
