//! Many mutants in one binary: every function that they change has a body for each, and a number that is read when the
//! process starts says which of them runs. So a thousand mutants cost one build.

use std::{collections::BTreeMap, ops::Range};

use super::Mutant;

/// The environment variable with the number of the mutant.
pub(super) const VARIABLE: &str = "OPML_MUTANT";

/// The module that reads it, for the crate that is rewritten.
pub(super) const MODULE: &str = r#"//! Which mutant runs.
use std::{env, sync::LazyLock};
pub(crate) fn active() -> usize {
    static ACTIVE: LazyLock<usize> =
        LazyLock::new(|| env::var("OPML_MUTANT").map_or(0, |number| number.parse().unwrap()));
    *ACTIVE
}
"#;

/// A rewritten source.
#[derive(Debug)]
pub(super) struct Schemata {
    pub(super) text: String,
    /// Which lines, counted from 1, belong to which mutant.
    lines: BTreeMap<usize, Range<usize>>,
}

impl Schemata {
    /// Writes `source` with the bodies of all `mutants`, which are numbered, of that source, and inside functions.
    pub(super) fn write(source: &str, mutants: &[(usize, &Mutant)]) -> Self {
        let mut bodies: BTreeMap<(usize, usize), Vec<(usize, &Mutant)>> = BTreeMap::new();
        for (number, mutant) in mutants {
            if let Some(body) = &mutant.change.body {
                bodies.entry((body.start, body.end)).or_default().push((*number, mutant));
            }
        }
        let mut text = String::new();
        let mut lines = BTreeMap::new();
        let mut done = 0;
        for ((start, end), mutants) in bodies {
            text.push_str(&source[done..start]);
            text.push_str("{ match crate::mutants::active() {\n");
            for (number, mutant) in mutants {
                let first = text.matches('\n').count() + 1;
                let range = mutant.change.range.clone();
                let [before, after] =
                    [start..range.start, range.end..end].map(|part| &source[part]);
                text.push_str(&format!("{number} => {before}{}{after}\n", mutant.change.with));
                lines.insert(number, first..text.matches('\n').count() + 1);
            }
            text.push_str(&format!("_ => {}\n}} }}", &source[start..end]));
            done = end;
        }
        text.push_str(&source[done..]);
        Self { text: without_const(&text), lines }
    }

    /// The mutant that wrote `line`.
    pub(super) fn mutant_at(&self, line: usize) -> Option<usize> {
        self.lines.iter().find(|(_, lines)| lines.contains(&line)).map(|(number, _)| *number)
    }
}

/// The number is known only at run time, so nothing that depends on it is constant.
pub(super) fn without_const(source: &str) -> String {
    source.replace("const fn ", "fn ").replace("const unsafe fn ", "unsafe fn ")
}
