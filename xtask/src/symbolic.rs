//! `cargo xtask symbolic`: properties of the step verifier's instructions and of the game's arithmetic, proved for all operands by halmos.
//!
//! The properties are `contracts/test/symbolic`. `forge test` tries each on some operands; here an SMT solver looks for
//! operands on which it fails, and proves it if there are none.

use std::{collections::BTreeMap, fs, io, path::Path, process::Command};

use eyre::{Result, WrapErr, ensure, eyre};
use serde::{Deserialize, Serialize};

use crate::{process, project::Project, python, tools::Tools};

/// The prover, with the solvers that it is tested with.
const PACKAGES: [&str; 3] = ["halmos==0.3.3", "z3-solver==4.12.6.0", "cvc5==1.3.1"];
/// A property that is false, and so must be refuted: else nothing that is proved here means anything.
const CONTROL: &str = "check_additionWithoutCarries_isRefuted";
/// More turns than any loop of a property has: a path that is cut proves nothing.
const LOOP_BOUND: &str = "70";

/// Arguments of `cargo xtask symbolic`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only the instructions with these names, and the control.
    #[arg(value_name = "INSTRUCTION")]
    instructions: Vec<String>,
    /// Seconds after which the solver gives up on a path.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u32,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Proved,
    TimeOut,
    Failed,
}

/// Who looks for operands on which a property fails.
///
/// yices would be quicker, but version 2.6.4 gives counterexamples that are none (`dextm`, `daddi`), and what errs in one
/// direction may err in the other.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Solver {
    /// Computes with bits: good at masks and shifts.
    Z3,
    /// Computes with integers: good at products and quotients of unknowns.
    Cvc5,
}

/// A property of an instruction and what became of it.
#[derive(Debug, Serialize)]
struct Verdict {
    instruction: String,
    /// Operands that it is about.
    case: String,
    outcome: Outcome,
    /// Who proved it, or was the last to try.
    solver: Solver,
    paths: u64,
    seconds: f64,
}

/// What halmos writes.
#[derive(Deserialize)]
struct Report {
    test_results: BTreeMap<String, Vec<TestResult>>,
}

#[derive(Deserialize)]
struct TestResult {
    /// `function(types)`.
    name: String,
    /// 0 proved, 1 refuted, 2 timed out, else the prover failed.
    exitcode: u8,
    /// All paths, those that succeed, those that the prover could not follow.
    num_paths: Option<[u64; 3]>,
    /// All, exploration, solver.
    time: Option<[f64; 3]>,
    num_bounded_loops: Option<u64>,
}

/// Proves what it can and prints what became of each property.
///
/// # Errors
/// If a tool cannot be installed, a property fails, or the control does not.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    let halmos = python::install(project, &PACKAGES, "halmos")?;
    let names = if args.instructions.is_empty() {
        "test_".to_owned()
    } else {
        format!("test_({})_", args.instructions.join("|"))
    };
    let prove = |solver, names: &str| prove(project, &tools, &halmos, args.timeout, solver, names);
    let mut verdicts = prove(Solver::Z3, &names)?;
    let open: Vec<_> = verdicts
        .extract_if(.., |verdict| verdict.outcome == Outcome::TimeOut)
        .map(|verdict| format!("test_{}_{}_", verdict.instruction, verdict.case))
        .collect();
    if !open.is_empty() {
        verdicts.extend(prove(Solver::Cvc5, &open.join("|"))?);
    }
    print(&verdicts, args.json)?;

    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.outcome == Outcome::Failed)
        .map(|verdict| format!("{} ({})", verdict.instruction, verdict.case))
        .collect();
    ensure!(failed.is_empty(), "properties that do not hold: {}", failed.join(", "));
    for instruction in &args.instructions {
        ensure!(
            verdicts.iter().any(|verdict| verdict.instruction == *instruction),
            "there is no property of an instruction {instruction}"
        );
    }
    Ok(())
}

/// Tries to prove the properties whose names begin like this.
///
/// # Errors
/// If the prover does not run, or does not refute what is false.
fn prove(
    project: &Project,
    tools: &Tools,
    halmos: &Path,
    timeout: u32,
    solver: Solver,
    names: &str,
) -> Result<Vec<Verdict>> {
    let path = project.contracts().join("cache/symbolic.json");
    fs::create_dir_all(project.contracts().join("cache"))?;
    let _ = fs::remove_file(&path);
    let mut command = Command::new(halmos);
    command
        .args(["--root", ".", "--no-status", "--forge-build-out", "out/symbolic"])
        .args(["--match-test", &format!("^({names}|{CONTROL})")])
        .args(solver.flags(project, halmos))
        .args(["--loop", LOOP_BOUND])
        // With the default of 1 ms which paths are followed depends on how busy the machine is.
        .args(["--solver-timeout-branching", "1s"])
        .args(["--solver-timeout-assertion", &format!("{timeout}s")])
        // A property that overflows proves nothing either.
        .args(["--panic-error-codes", "*", "--json-output"])
        .arg(&path)
        .current_dir(project.contracts())
        .env("PATH", python::path_with_forge(tools)?)
        // The prover needs syntax trees, which other builds leave out: an output of its own, of these sources alone.
        .env("FOUNDRY_SRC", "src/vm")
        .env("FOUNDRY_TEST", "test/symbolic")
        .env("FOUNDRY_OUT", "out/symbolic")
        .env("FOUNDRY_CACHE_PATH", "cache/symbolic")
        .stdout(io::stderr());
    // It fails whenever a property is not proved, so the report says more than its exit code.
    let ended = process::run(&mut command);
    let Ok(json) = fs::read_to_string(&path) else {
        return Err(ended.err().unwrap_or_else(|| eyre!("halmos wrote no report")));
    };
    let report: Report =
        serde_json::from_str(&json).wrap_err("cannot read the report of halmos")?;
    let (control, results): (Vec<_>, Vec<_>) =
        report.test_results.into_values().flatten().partition(|result| result.is_control());
    let refuted = control.iter().any(|result| result.exitcode == 1);
    ensure!(
        refuted,
        "{CONTROL} is false, and {solver:?} did not refute it: nothing else is proved either"
    );
    results.iter().map(|result| result.verdict(solver)).collect()
}

impl Solver {
    /// How halmos is told to use it.
    fn flags(self, project: &Project, halmos: &Path) -> [String; 2] {
        match self {
            Self::Z3 => ["--solver".to_owned(), "z3".to_owned()],
            Self::Cvc5 => {
                let python = halmos.with_file_name("python");
                let script = project.root().join("tools/cvc5_integers.py");
                let command = format!("'{}' '{}'", python.display(), script.display());
                ["--solver-command".to_owned(), command]
            }
        }
    }
}

impl TestResult {
    fn is_control(&self) -> bool {
        self.name.starts_with(CONTROL)
    }

    /// The name of a property is `test_<instruction>_<case>_succeeds`.
    fn verdict(&self, solver: Solver) -> Result<Verdict> {
        let mut parts = self.name.split('_').skip(1);
        let (Some(instruction), Some(case)) = (parts.next(), parts.next()) else {
            return Err(eyre!("{} is not test_<instruction>_<case>_succeeds", self.name));
        };
        let cut = self.num_bounded_loops != Some(0);
        let outcome = match self.exitcode {
            0 if !cut => Outcome::Proved,
            2 => Outcome::TimeOut,
            _ => Outcome::Failed,
        };
        Ok(Verdict {
            instruction: instruction.to_owned(),
            case: case.to_owned(),
            outcome,
            solver,
            paths: self.num_paths.map_or(0, |paths| paths[0]),
            seconds: self.time.map_or(0.0, |time| time[0]),
        })
    }
}

fn print(verdicts: &[Verdict], json: bool) -> Result<()> {
    let count = |outcome| verdicts.iter().filter(|verdict| verdict.outcome == outcome).count();
    let counts = [Outcome::Proved, Outcome::TimeOut, Outcome::Failed].map(count);
    if json {
        let [proved, time_out, failed] = counts;
        let object = serde_json::json!({
            "proved": proved, "timeOut": time_out, "failed": failed, "properties": verdicts,
        });
        println!("{object}");
        return Ok(());
    }
    println!(
        "{:<12} {:<18} {:<9} {:<6} {:>6} {:>9}",
        "instruction", "case", "outcome", "solver", "paths", "seconds"
    );
    for Verdict { instruction, case, outcome, solver, paths, seconds } in verdicts {
        let outcome = match outcome {
            Outcome::Proved => "proved",
            Outcome::TimeOut => "time-out",
            Outcome::Failed => "FAILED",
        };
        let solver = format!("{solver:?}").to_lowercase();
        println!("{instruction:<12} {case:<18} {outcome:<9} {solver:<6} {paths:>6} {seconds:>9.1}");
    }
    let [proved, time_out, failed] = counts;
    println!("{proved} proved, {time_out} timed out, {failed} failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report, Solver};

    #[test]
    fn a_report_is_read_as_the_prover_writes_it() {
        let result = |name: &str, exitcode: u8, cut: u64| {
            format!(
                r#"{{"name":"{name}(uint64)","exitcode":{exitcode},"num_models":0,"models":[],
                "num_paths":[5,3,0],"time":[0.5,0.4,0.1],"num_bounded_loops":{cut}}}"#
            )
        };
        let results = [("test_add_any_succeeds", 0, 0), ("test_add_any_succeeds", 0, 1)]
            .into_iter()
            .chain([("test_mul_low_succeeds", 2, 0), ("test_mul_low_succeeds", 1, 0)])
            .map(|(name, code, cut)| result(name, code, cut));
        let results = results.collect::<Vec<_>>().join(",");
        let json = format!(r#"{{"exitcode":1,"test_results":{{"a.sol:A":[{results}]}}}}"#);
        let report: Report = serde_json::from_str(&json).unwrap();
        let verdicts: Vec<_> = report.test_results["a.sol:A"]
            .iter()
            .map(|result| result.verdict(Solver::Z3).unwrap())
            .collect();
        assert_eq!((&*verdicts[2].instruction, &*verdicts[2].case), ("mul", "low"));
        assert_eq!(
            verdicts.iter().map(|verdict| verdict.outcome).collect::<Vec<_>>(),
            [Outcome::Proved, Outcome::Failed, Outcome::TimeOut, Outcome::Failed],
            "a path that was cut proves nothing"
        );
    }
}
