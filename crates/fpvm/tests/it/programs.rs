//! Stops: a run ends at the step that was asked for, wherever that lies in what is run at once.

use opml_fpvm::State;
use opml_vmfuzz::{Case, Encoding, Source};
use rand::Rng;

fn assert_same(run: &State, stepped: &State, context: &str) {
    assert_eq!(run.cpu, stepped.cpu, "{context}");
    assert_eq!(run.memory.root(), stepped.memory.root(), "{context}");
}

#[test]
fn a_run_stops_at_every_step_number() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(20, 0);
    let mut longest = 0;
    for number in 0..30 {
        let start = Case::program(&mut random, &encodings).state;
        let mut stepped = start.clone();
        for steps in 0..200 {
            let mut run = start.clone();
            let ran = run.run(steps);
            assert_same(&run, &stepped, &format!("program {number}, step {steps}"));
            if ran < steps {
                break;
            }
            longest = longest.max(ran);
            stepped.step();
        }
    }
    assert_eq!(longest, 199, "no program runs for long");
}

#[test]
fn every_encoding_runs_alike_in_front_of_others() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(21, 0);
    for encoding in &encodings {
        for _ in 0..30 {
            let start = Case::wild(&mut random, &encodings, Some(*encoding)).state;
            let mut stepped = start.clone();
            // A run of fewer steps than a block may have is all single steps.
            let steps = random.random_range(64..140);
            (0..steps).for_each(|_| stepped.step());
            let mut run = start.clone();
            run.run(steps);
            assert_same(&run, &stepped, encoding.name);
        }
    }
}
