//! `opml-sim`: what `cargo xtask sim` runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use eyre::{Result, WrapErr, ensure};
use opml_sim::{Config, Gas, Report, figures, page};

/// Simulations of the protocol.
#[derive(Parser)]
#[command(name = "opml-sim", version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What stakes, bonds and attention are worth to honest, lazy, cheating, griefing and sybil parties.
    Economics(Economics),
}

#[derive(clap::Args)]
struct Economics {
    /// Parameters; crates/sim/economics.toml unless given.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print one JSON object instead of the tables.
    #[arg(long)]
    json: bool,
    /// Write the plots, the tables and the JSON object into this folder.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write tables and plots into docs/economics.md and docs/figures.
    #[arg(long, conflicts_with = "config")]
    write: bool,
    /// Print nothing; fail if docs/economics.md or a plot is not what is simulated.
    #[arg(long, conflicts_with_all = ["config", "write"])]
    check: bool,
}

fn main() -> ExitCode {
    let What::Economics(args) = Cli::parse().what;
    match economics(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn economics(args: &Economics) -> Result<()> {
    let config = args.config.as_deref().map_or_else(Config::checked_in, Config::read)?;
    let gas = Gas::committed();
    let report = Report::simulate(&config, &gas)?;
    let (tables, plots) = (report.markdown(), figures::all(&config, &gas)?);
    let json = serde_json::json!({ "economics": report });
    if let Some(out) = &args.out {
        fs::create_dir_all(out).wrap_err_with(|| format!("cannot create {}", out.display()))?;
        let files = plots.iter().map(|(name, svg)| (*name, svg.clone()));
        let more = [("economics.md", tables.clone()), ("economics.json", format!("{json}\n"))];
        for (name, text) in files.chain(more) {
            save(&out.join(name), &text)?;
        }
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    if args.write || args.check {
        let old = fs::read_to_string(docs.join("economics.md"))
            .wrap_err("cannot read docs/economics.md")?;
        let fresh = page::replace(&old, &tables)?;
        let plots = plots.iter().map(|(name, svg)| (docs.join("figures").join(name), svg.clone()));
        for (path, text) in plots.chain([(docs.join("economics.md"), fresh)]) {
            let same = fs::read_to_string(&path).is_ok_and(|committed| committed == text);
            if args.write && !same {
                save(&path, &text)?;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            ensure!(
                same || args.write,
                "{name} is not what is simulated: if this is meant, `cargo xtask sim economics --write`"
            );
        }
    }
    match (args.check, args.json) {
        (true, _) => {}
        (false, true) => println!("{json}"),
        (false, false) => print!("{tables}"),
    }
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).wrap_err_with(|| format!("cannot write {}", path.display()))
}
