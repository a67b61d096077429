//! `cargo xtask slither`: what a static analyser finds in the contracts, each finding answered in `contracts/slither.json`.
//!
//! An answer is about one kind of finding at named places, and says why it is none. A finding without an answer fails, and so does an
//! answer without a finding: it would excuse whatever comes there next.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::Path,
    process::Command,
};

use eyre::{Result, WrapErr, ensure, eyre};
use serde::{Deserialize, Serialize};

use crate::{process, project::Project, python, tools::Tools};

const PACKAGES: [&str; 1] = ["slither-analyzer==0.11.6"];
/// An answer with this place is about every finding of its kind.
const ANYWHERE: &str = "*";

/// Arguments of `cargo xtask slither`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// Why findings of one kind are none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// The analyser's name for the kind.
    check: String,
    /// `Contract`, `Contract.function` or `Contract.function.variable`; `*` for everywhere.
    places: BTreeSet<String>,
    because: String,
}

/// What the analyser has found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    impact: String,
    check: String,
    place: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) at {}", self.check, self.impact, self.place)
    }
}

/// Runs the analyser and holds its findings against the answers.
///
/// # Errors
/// If a tool cannot be installed, the contracts do not compile, a finding has no answer or an answer no finding.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let path = project.contracts().join("slither.json");
    let answers = fs::read_to_string(&path).wrap_err("cannot read contracts/slither.json")?;
    let answers: Vec<Answer> = serde_json::from_str(&answers)
        .wrap_err("contracts/slither.json is not a list of answers")?;
    let tools = Tools::install(project)?;
    let slither = python::install(project, &PACKAGES, "slither")?;
    let found = analyse(project, &tools, &slither)?;
    print(&found, args.json);
    let unmatched = unmatched(&found, &answers);
    ensure!(unmatched.is_empty(), "{}", unmatched.join("\n"));
    Ok(())
}

fn analyse(project: &Project, tools: &Tools, slither: &Path) -> Result<Vec<Finding>> {
    let report = project.contracts().join("cache/slither.json");
    fs::create_dir_all(project.contracts().join("cache"))?;
    let _ = fs::remove_file(&report);
    let mut command = Command::new(slither);
    command
        .args([".", "--fail-none", "--json"])
        .arg(&report)
        .current_dir(project.contracts())
        .env("PATH", python::path_with_forge(tools)?)
        .stdout(io::stderr());
    process::run(&mut command)?;
    let json = fs::read_to_string(&report).wrap_err("slither wrote no report")?;
    let report: Report = serde_json::from_str(&json).wrap_err("cannot read slither's report")?;
    if let Some(error) = report.error {
        return Err(eyre!("slither failed: {error}"));
    }
    let mut found =
        report.results.detectors.iter().map(Detected::finding).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// Findings without an answer, and answers without a finding.
fn unmatched(found: &[Finding], answers: &[Answer]) -> Vec<String> {
    let mut used = BTreeSet::new();
    let mut sentences = Vec::new();
    for finding in found {
        let answer =
            answers.iter().filter(|answer| answer.check == finding.check).find_map(|answer| {
                [ANYWHERE, &finding.place].into_iter().find(|place| answer.places.contains(*place))
            });
        match answer {
            Some(place) => {
                used.insert((finding.check.as_str(), place));
            }
            None => sentences.push(format!("{finding} has no answer in contracts/slither.json")),
        }
    }
    for Answer { check, places, because } in answers {
        for place in places {
            if !used.contains(&(check.as_str(), place.as_str())) {
                sentences.push(format!(
                    "contracts/slither.json answers {check} at {place}, which is not found"
                ));
            }
        }
        if because.is_empty() {
            sentences.push(format!("contracts/slither.json does not say why {check} is none"));
        }
    }
    sentences
}

fn print(found: &[Finding], json: bool) {
    if json {
        println!("{}", serde_json::json!({ "slither": PACKAGES[0], "findings": found }));
        return;
    }
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    for Finding { impact, check, .. } in found {
        *counts.entry((impact, check)).or_default() += 1;
    }
    println!("{:<14} {:<24} {:>8}", "impact", "check", "findings");
    for ((impact, check), count) in counts {
        println!("{impact:<14} {check:<24} {count:>8}");
    }
}

/// What slither writes.
#[derive(Deserialize)]
struct Report {
    error: Option<String>,
    #[serde(default)]
    results: Results,
}

#[derive(Default, Deserialize)]
struct Results {
    #[serde(default)]
    detectors: Vec<Detected>,
}

#[derive(Deserialize)]
struct Detected {
    check: String,
    impact: String,
    elements: Vec<Element>,
}

/// A part of the source, inside others.
#[derive(Deserialize)]
struct Element {
    name: String,
    #[serde(default)]
    type_specific_fields: Fields,
}

#[derive(Default, Deserialize)]
struct Fields {
    parent: Option<Box<Element>>,
}

impl Detected {
    fn finding(&self) -> Result<Finding> {
        let element = self.elements.first();
        let element = element.ok_or_else(|| eyre!("a finding of {} has no place", self.check))?;
        Ok(Finding {
            impact: self.impact.clone(),
            check: self.check.clone(),
            place: element.place(),
        })
    }
}

impl Element {
    fn place(&self) -> String {
        match &self.type_specific_fields.parent {
            Some(parent) => format!("{}.{}", parent.place(), self.name),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Report, unmatched};

    const REPORT: &str = r#"{"success":true,"error":null,"results":{"detectors":[
        {"check":"timestamp","impact":"Low","elements":[{"name":"elapsed","type_specific_fields":{"parent":{"name":"Clock"}}}]},
        {"check":"assembly","impact":"Informational","elements":[{"name":"x","type_specific_fields":{"parent":
            {"name":"load","type_specific_fields":{"parent":{"name":"Raw"}}}}}]}]}}"#;

    fn sentences(answers: &[(&str, &str, &str)]) -> Vec<String> {
        let report: Report = serde_json::from_str(REPORT).unwrap();
        let found: Vec<_> =
            report.results.detectors.iter().map(|found| found.finding().unwrap()).collect();
        let answers: Vec<_> = answers
            .iter()
            .map(|(check, place, because)| Answer {
                check: check.to_string(),
                places: [place.to_string()].into(),
                because: because.to_string(),
            })
            .collect();
        unmatched(&found, &answers)
    }

    #[test]
    fn every_finding_has_an_answer_and_every_answer_a_finding() {
        let clock = ("timestamp", "Clock.elapsed", "it is a clock");
        assert_eq!(sentences(&[clock, ("assembly", "Raw.load.x", "so")]), [""; 0]);
        assert_eq!(sentences(&[clock, ("assembly", "*", "so")]), [""; 0]);
        assert_eq!(sentences(&[clock]).len(), 1, "no answer");
        assert_eq!(sentences(&[clock, ("assembly", "Raw.load", "so")]).len(), 2, "another place");
        let more = [clock, ("assembly", "*", "so"), ("suicidal", "*", "so")];
        assert_eq!(sentences(&more).len(), 1, "an answer to nothing");
        assert_eq!(sentences(&[clock, ("assembly", "*", "")]).len(), 1, "no reason");
    }
}
