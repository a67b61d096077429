//! The recipe: `core` and `compiler_builtins` once per toolchain, then the three crates of the guest.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, WrapErr};
use sha2::{Digest, Sha256};

use super::{hex, toolchain::Toolchain};
use crate::process;

/// Options of every crate. Locations of panics are left out: a guest that panics has failed whatever
/// the line, and the bytes of the ELF must not depend on comments.
const COMMON: [&str; 10] = [
    "--edition=2024",
    "-Zunstable-options",
    "-Zlocation-detail=none",
    "-Cpanic=abort",
    "-Copt-level=3",
    "-Cdebuginfo=0",
    "-Cdebug-assertions=off",
    "-Coverflow-checks=off",
    "-Cembed-bitcode=yes",
    "-Ccodegen-units=1",
];

/// `compiler_builtins` with memcpy and friends, on the intrinsics of `core`.
const BUILTINS: [&str; 12] = [
    "--cfg",
    "feature=\"compiler-builtins\"",
    "--cfg",
    "feature=\"mem\"",
    "--cfg",
    "feature=\"unstable-intrinsics\"",
    "--cfg",
    "intrinsics_enabled",
    "--cfg",
    "arch_enabled",
    "--cfg",
    "optimizations_enabled",
];

/// Builds the guest of the repository at `root` and returns the ELF. Intermediate files go to
/// `target/guest`; the libraries of the toolchain are kept there for the next build.
pub(super) fn guest(root: &Path, toolchain: &Toolchain) -> Result<Vec<u8>> {
    let target = root.join("crates/guest/mips64el-opml-none.json");
    let recipe = format!("{}\n{COMMON:?}\n{BUILTINS:?}\n", toolchain.versions)
        + &fs::read_to_string(&target).wrap_err_with(|| target.display().to_string())?;
    let key = hex(&Sha256::digest(recipe));
    let out = root.join("target/guest");
    let sysroot = out.join(key.get(..16).unwrap_or_default());
    let build = Build { root, toolchain, target, libraries: sysroot_libraries(&sysroot), sysroot };
    if !build.sysroot.join("complete").exists() {
        build.libraries()?;
    }
    build.program(&out)
}

struct Build<'a> {
    root: &'a Path,
    toolchain: &'a Toolchain,
    target: PathBuf,
    sysroot: PathBuf,
    libraries: PathBuf,
}

fn sysroot_libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/mips64el-opml-none/lib")
}

impl Build<'_> {
    /// Builds the libraries that every Rust program needs into a sysroot of our own.
    fn libraries(&self) -> Result<()> {
        fs::create_dir_all(&self.libraries)
            .wrap_err_with(|| self.libraries.display().to_string())?;
        let library = &self.toolchain.library;
        for (name, source, options) in [
            ("core", library.join("core/src/lib.rs"), &[][..]),
            (
                "compiler_builtins",
                library.join("compiler-builtins/compiler-builtins/src/lib.rs"),
                &BUILTINS[..],
            ),
        ] {
            let mut rustc = self.rustc(name, &source, "rlib", &self.libraries);
            // What cargo would tell compiler_builtins; the values reach nothing but its documentation.
            rustc.env("CARGO_MANIFEST_DIR", ".").env("CARGO_PKG_VERSION", "0.0.0");
            rustc.args(["-Zforce-unstable-if-unmarked", "--cap-lints=allow"]).args(options);
            compile(name, &mut rustc)?;
        }
        let complete = self.sysroot.join("complete");
        fs::write(&complete, "").wrap_err_with(|| complete.display().to_string())
    }

    /// Builds the guest's crates into `out`, links them and returns the ELF.
    fn program(&self, out: &Path) -> Result<Vec<u8>> {
        for (name, folder, dependency) in
            [("opml_kernels", "kernels", None), ("opml_tensor", "tensor", Some("opml_kernels"))]
        {
            let source = self.root.join("crates").join(folder).join("src/lib.rs");
            let mut rustc = self.rustc(name, &source, "rlib", out);
            rustc.arg("--cap-lints=allow").args(dependency.map(|name| dependency_of(name, out)));
            compile(name, &mut rustc)?;
        }
        let folder = self.root.join("crates/guest");
        let mut rustc = self.rustc("opml_guest", &folder.join("src/main.rs"), "bin", out);
        let elf = out.join("opml_guest");
        rustc.args(["-Dwarnings", "-Clto=fat", "-Clinker-flavor=gnu-lld"]);
        rustc.arg(format!("-Clinker={}", self.toolchain.linker.display()));
        rustc.args(["-Clink-arg=-zmax-page-size=4096", "-Clink-arg=--build-id=none"]);
        rustc.arg(format!("-Clink-arg=-T{}", folder.join("link.ld").display()));
        rustc.arg(dependency_of("opml_tensor", out));
        compile("opml_guest", &mut rustc)?;
        fs::read(&elf).wrap_err_with(|| elf.display().to_string())
    }

    /// A compilation of one crate; only the caller's paths differ from machine to machine, and they
    /// are mapped to names that do not.
    fn rustc(&self, name: &str, source: &Path, kind: &str, out: &Path) -> Command {
        let mut rustc = Command::new(&self.toolchain.rustc);
        // Cargo's LD_LIBRARY_PATH points at the libraries of another rustc.
        rustc.env_remove("LD_LIBRARY_PATH").env_remove("RUSTFLAGS").env("RUSTC_BOOTSTRAP", "1");
        rustc.args(COMMON).args(["--crate-name", name, "--crate-type", kind]).arg(source);
        rustc.args([&format!("-Cmetadata={name}"), "-Cextra-filename="]);
        rustc.arg("--target").arg(&self.target).arg("--sysroot").arg(&self.sysroot);
        rustc.arg("-L").arg(out).arg("--out-dir").arg(out);
        for (from, to) in [(self.root, "/opml"), (&self.toolchain.library, "/rust/library")] {
            rustc.arg(format!("--remap-path-prefix={}={to}", from.display()));
        }
        rustc
    }
}

fn dependency_of(name: &str, folder: &Path) -> String {
    format!("--extern={name}={}", folder.join(format!("lib{name}.rlib")).display())
}

fn compile(name: &str, command: &mut Command) -> Result<()> {
    eprintln!("guest: compiling {name}");
    process::run(command)
}
