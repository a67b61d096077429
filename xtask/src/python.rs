//! Tools that come from PyPI, each in an environment of its own inside the project, and the search path under which they find forge.

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, WrapErr};

use crate::{process, project::Project, tools::Tools};

/// Puts `packages`, each `name==version`, into an environment, once per version, and returns the path of their `program`.
///
/// # Errors
/// If there is no Python 3 with venv, or a package cannot be installed.
pub(crate) fn install(project: &Project, packages: &[&str], program: &str) -> Result<PathBuf> {
    let folder = project.root().join(".tools").join(packages.join("-").replace("==", "-"));
    let program = folder.join("bin").join(program);
    if !program.is_file() {
        eprintln!("==> installing {} into .tools", packages.join(" and "));
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            .wrap_err_with(|| format!("{} needs Python 3 with its venv module", packages[0]))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        process::run(pip.args(["install", "--quiet"]).args(packages).stdout(io::stderr()))?;
    }
    Ok(program)
}

/// The search path with the project's forge first.
///
/// # Errors
/// If the project's folder has a name that cannot stand in a search path.
pub(crate) fn path_with_forge(tools: &Tools) -> Result<OsString> {
    let forge = tools.path("forge");
    let folder = forge.parent().map(Path::to_path_buf);
    let paths = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folder.into_iter().chain(env::split_paths(&paths)))
        .wrap_err("the search path cannot take the project's forge")
}
