//! Model ids, and the states in which runs end, are those that are written down: on every machine, in every build, with every number of
//! threads. `cargo xtask target` runs this on a processor of another kind.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod corpus;

use corpus::{Case, cases};
use opml_engine::{Cpu, Engine, Level, seam::sn};
use std::{collections::BTreeMap, fmt::Write, num::NonZero, sync::Arc};

/// A line for each case: its name, the model id, the large steps of the run, `S_n`.
const RECORDED: &str = include_str!("ids.txt");

/// The line of a case that runs on some threads.
fn line(case: Case, threads: usize) -> (&'static str, String) {
    let Case { name, model, input } = case;
    let (id, max) = (model.id(), model.header().max_steps);
    let cpu = Cpu::new(NonZero::new(threads).unwrap(), Level::detect()).unwrap();
    let mut engine = Engine::new(Arc::new(model), &input).unwrap().with_cpu(cpu);
    let n = engine.run_to_halt(max).unwrap();
    assert_eq!(engine.refusal(), None, "{name}");
    let (root, outcome) = (engine.run_root(), engine.outcome().unwrap());
    let last = sn(root, outcome, engine.output(), id);
    (name, format!("{id} {n} {last}"))
}

#[test]
fn ids_and_last_states_are_those_that_are_written_down() {
    let recorded: BTreeMap<&str, &str> =
        RECORDED.lines().filter_map(|line| line.split_once(": ")).collect();
    for threads in [1, 3] {
        let found: BTreeMap<_, _> = cases().into_iter().map(|case| line(case, threads)).collect();
        let mut page = String::new();
        for (name, line) in &found {
            writeln!(page, "{name}: {line}").unwrap();
        }
        let same = found.iter().map(|(name, line)| (*name, line.as_str())).eq(recorded.clone());
        assert!(same, "on {threads} threads ids.txt would be\n{page}");
    }
}
