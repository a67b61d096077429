//! `cargo xtask coverage`: how much of the step verifier its own forge tests reach.

use std::{fs, str::FromStr};

use eyre::{Result, WrapErr, ensure, eyre};
use serde::Serialize;

use crate::{process, project::Project, tools::Tools};

/// Branches of the verifier that its tests must take, in percent.
const BAR: f64 = 98.0;

/// Arguments of `cargo xtask coverage`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// What the tests reach of some source.
#[derive(Debug, Default, Serialize)]
struct Reached {
    file: String,
    lines: u64,
    lines_hit: u64,
    branches: u64,
    branches_hit: u64,
}

impl Reached {
    /// Branches taken, in percent; all of them if there are none.
    fn percent(&self) -> f64 {
        if self.branches == 0 {
            100.0
        } else {
            100.0 * self.branches_hit as f64 / self.branches as f64
        }
    }

    const fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.lines_hit += other.lines_hit;
        self.branches += other.branches;
        self.branches_hit += other.branches_hit;
    }
}

/// Measures, prints a row for each file, and holds the whole to the bar.
///
/// # Errors
/// If a tool cannot be installed, a test fails, or too few branches are taken.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    let report = tempfile::NamedTempFile::new().wrap_err("no place for the report")?;
    let mut forge = tools.forge();
    forge.args(["coverage", "--report", "lcov", "--report-file"]).arg(report.path());
    forge.env("FOUNDRY_PROFILE", "coverage");
    // The tests' own lines are prose here; the table is the result.
    eprint!("{}", String::from_utf8_lossy(&process::capture(&mut forge)?));
    let mut files = parse(&fs::read_to_string(report.path()).wrap_err("forge wrote no report")?)?;
    files.retain(|file| file.file.starts_with("src/"));
    ensure!(!files.is_empty(), "the report of forge names no source of the verifier");
    let mut all = Reached { file: "all".into(), ..Reached::default() };
    files.iter().for_each(|file| all.add(file));
    let percent = all.percent();
    files.push(all);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&files)?);
    } else {
        println!("{:<26} {:>11} {:>11} {:>7}", "file", "lines", "branches", "");
        for file in &files {
            let lines = format!("{}/{}", file.lines_hit, file.lines);
            let branches = format!("{}/{}", file.branches_hit, file.branches);
            println!("{:<26} {lines:>11} {branches:>11} {:>6.1}%", file.file, file.percent());
        }
    }
    ensure!(percent >= BAR, "{percent:.1} % of the branches are taken, and {BAR} % must be");
    Ok(())
}

/// Reads the totals of each file from a report in lcov's format (`geninfo(1)`).
fn parse(report: &str) -> Result<Vec<Reached>> {
    let mut files = Vec::new();
    let mut file = Reached::default();
    for line in report.lines() {
        let Some((key, value)) = line.split_once(':') else {
            if line == "end_of_record" {
                files.push(std::mem::take(&mut file));
            }
            continue;
        };
        let count = || u64::from_str(value).map_err(|error| eyre!("`{line}` in lcov: {error}"));
        match key {
            "SF" => file.file = value.to_owned(),
            "LF" => file.lines = count()?,
            "LH" => file.lines_hit = count()?,
            "BRF" => file.branches = count()?,
            "BRH" => file.branches_hit = count()?,
            _ => {}
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_those_of_the_report() {
        let report = "TN:\nSF:src/a.sol\nBRDA:1,0,0,5\nBRF:4\nBRH:3\nLF:9\nLH:8\nend_of_record\n";
        let files = parse(report).unwrap();
        assert_eq!((files.len(), files[0].file.as_str()), (1, "src/a.sol"));
        assert_eq!((files[0].lines, files[0].lines_hit, files[0].percent()), (9, 8, 75.0));
        assert!(parse("SF:a\nLF:many\n").is_err());
    }
}
