//! `opml model coverage`: ONNX backend tests.

use std::{collections::BTreeMap, path::PathBuf};

use eyre::{Result, WrapErr, eyre};
use opml_model::onnx::{Coverage, Tally, Verdict};
use serde::Serialize;

use crate::commands::print_json;

/// Arguments of `opml model coverage`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of cases: `*/model.onnx` with `test_data_set_*/input_*.pb` and `output_*.pb`
    folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print each case with its verdict, to standard error
    #[arg(long)]
    cases: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    total: usize,
    passed: usize,
    failed: usize,
    unsupported: usize,
    by_operator: &'a BTreeMap<String, Tally>,
}

/// Prints the counts; fails if a case gave a wrong answer.
pub(crate) fn run(args: &Args) -> Result<()> {
    let coverage = Coverage::run(&args.folder)
        .wrap_err_with(|| format!("folder {}", args.folder.display()))?;
    for (name, verdict) in &coverage.cases {
        match verdict {
            Verdict::Failed(why) => eprintln!("{name}: failed: {why}"),
            Verdict::Unsupported(why) if args.cases => eprintln!("{name}: unsupported: {why}"),
            Verdict::Passed if args.cases => eprintln!("{name}: passed"),
            _ => {}
        }
    }
    let Tally { passed, failed, unsupported } = coverage.all;
    let by_operator = &coverage.by_operator;
    let report = Report { total: coverage.total(), passed, failed, unsupported, by_operator };
    if args.json {
        print_json(&report)?;
    } else {
        println!("total            {}", report.total);
        println!("passed           {passed}");
        println!("failed           {failed}");
        println!("unsupported      {unsupported}");
    }
    if failed > 0 { Err(eyre!("{failed} cases gave a wrong answer")) } else { Ok(()) }
}
