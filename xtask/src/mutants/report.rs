//! What became of the mutants, by source.

use std::collections::BTreeMap;

use eyre::{Result, ensure};
use serde_json::json;

use super::{Fate, Mutant};

/// Counts of one source.
#[derive(Debug, Default)]
struct Counts {
    mutants: usize,
    unviable: usize,
    killed: BTreeMap<&'static str, usize>,
    equivalent: usize,
    survived: usize,
}

/// What became of all mutants.
#[derive(Debug, Default)]
pub(super) struct Report {
    files: BTreeMap<&'static str, Counts>,
    survivors: Vec<String>,
    equivalents: Vec<String>,
    /// Mutants that are listed as equivalent and were killed.
    contradictions: Vec<String>,
}

impl Report {
    /// Adds a mutant; `reason` says why it is equivalent, if it is listed as such.
    pub(super) fn add(&mut self, mutant: &Mutant, fate: Fate, reason: Option<String>) {
        let counts = self.files.entry(mutant.file).or_default();
        counts.mutants += 1;
        let change =
            format!("{}:{}\n- {}\n+ {}", mutant.file, mutant.line, mutant.before, mutant.after);
        match (fate, reason) {
            (Fate::Unviable, _) => counts.unviable += 1,
            (Fate::Killed(stage), None) => *counts.killed.entry(stage).or_default() += 1,
            (Fate::Killed(_), Some(_)) => self.contradictions.push(change),
            (Fate::Survived, Some(reason)) => {
                counts.equivalent += 1;
                self.equivalents.push(format!("{change}\n  {reason}"));
            }
            (Fate::Survived, None) => {
                counts.survived += 1;
                self.survivors.push(change);
            }
        }
    }

    /// Prints the table, then the equivalent mutants, then the survivors.
    pub(super) fn print(&self) {
        println!("| source | mutants | do not compile | killed | by | equivalent | survived |");
        println!("|---|---|---|---|---|---|---|");
        for (file, counts) in &self.files {
            let by: Vec<_> =
                counts.killed.iter().map(|(stage, count)| format!("{stage} {count}")).collect();
            println!(
                "| `{file}` | {} | {} | {} | {} | {} | {} |",
                counts.mutants,
                counts.unviable,
                counts.killed.values().sum::<usize>(),
                by.join(", "),
                counts.equivalent,
                counts.survived
            );
        }
        for (title, list) in [("equivalent", &self.equivalents), ("survived", &self.survivors)] {
            for entry in list {
                println!("\n{title}: {entry}");
            }
        }
    }

    /// Prints the same as one JSON object.
    pub(super) fn print_json(&self) {
        let files: BTreeMap<_, _> = self
            .files
            .iter()
            .map(|(file, counts)| {
                let counts = json!({
                    "mutants": counts.mutants,
                    "unviable": counts.unviable,
                    "killed": counts.killed,
                    "equivalent": counts.equivalent,
                    "survived": counts.survived,
                });
                (*file, counts)
            })
            .collect();
        println!(
            "{}",
            json!({ "files": files, "equivalent": self.equivalents, "survivors": self.survivors })
        );
    }

    /// # Errors
    /// If a mutant survived, or was killed though it is listed as equivalent.
    pub(super) fn verdict(&self) -> Result<()> {
        ensure!(
            self.contradictions.is_empty(),
            "listed as equivalent, but killed:\n{}",
            self.contradictions.join("\n")
        );
        ensure!(self.survivors.is_empty(), "{} mutants survived", self.survivors.len());
        Ok(())
    }
}
