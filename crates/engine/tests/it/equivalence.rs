//! The engine and the scalar large step leave the same bytes, whatever the tiles, the order and the cuts.

use crate::{contractions, programs, reference::Reference};
use opml_engine::{Engine, seam, seam::Outcome};
use opml_tensor::{
    Control, Header, Operation, Record, Registers, admit, execute, layout::PROGRAM, opcode,
};
use rand::{Rng, seq::SliceRandom};
use std::sync::Arc;

const PROGRAMS: u64 = 150;

/// The states of the reference machine at every large step, from `S_0` to the end.
fn states(engine: &mut Engine) -> Vec<Reference> {
    let state = engine.snapshot();
    let mut machine = Reference::load(engine.model().header(), &state);
    let mut states = vec![machine.clone()];
    while machine.complete() == 0 {
        machine.step();
        states.push(machine.clone());
    }
    states
}

#[test]
fn engine_equals_scalar_at_the_end_and_at_random_steps() {
    let mut done = 0;
    for seed in 0..PROGRAMS {
        let (model, input) = programs::random(seed, false);
        let mut engine = Engine::new(Arc::clone(&model), &input).unwrap();
        assert_eq!(engine.root(), seam::s0(&input, model.id()), "seed {seed}: S_0");
        let states = states(&mut engine);
        let n = states.len() as u64 - 1;
        let mut rng = programs::rng(seed);
        let mut cuts: Vec<u64> = (0..3).map(|_| rng.random_range(0..=n)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            engine.run_to(cut).unwrap();
            assert_eq!(engine.step(), cut);
            assert_same(
                &mut engine,
                &states[cut as usize],
                &format!("seed {seed}, step {cut}/{n}"),
            );
        }
        assert_eq!(engine.run_to_halt(model.header().max_steps).unwrap(), n, "seed {seed}");
        assert_same(&mut engine, &states[n as usize], &format!("seed {seed}, end"));
        let outcome = engine.outcome().unwrap();
        done += u32::from(outcome == Outcome::Done);
        let claimed = seam::sn(engine.run_root(), outcome, engine.output(), model.id());
        assert_eq!(engine.root(), claimed, "seed {seed}: S_n follows from C_n and the output");
        assert_eq!(engine.refusal().is_some(), outcome == Outcome::ProgramError, "seed {seed}");
    }
    assert!(
        done > PROGRAMS as u32 / 2,
        "only {done} programs of {PROGRAMS} are admitted to the end"
    );
}

/// Bytes first: equal roots alone would not say where a difference is.
fn assert_same(engine: &mut Engine, expected: &Reference, what: &str) {
    let snapshot = engine.snapshot();
    let found = Reference::load(engine.model().header(), &snapshot);
    let first = found.differences(expected).next();
    assert_eq!(first, None, "{what}: first byte that differs");
    assert_eq!(engine.root(), expected.memory().node(38, 1), "{what}: root");
}

#[test]
fn a_run_resumed_from_a_snapshot_goes_on_alike() {
    for seed in 0..PROGRAMS / 3 {
        let (model, input) = programs::random(seed, false);
        let mut whole = Engine::new(Arc::clone(&model), &input).unwrap();
        let n = whole.run_to_halt(1 << 20).unwrap();
        let mut first = Engine::new(Arc::clone(&model), &input).unwrap();
        let cut = programs::rng(seed).random_range(0..=n);
        first.run_to(cut).unwrap();
        let snapshot = first.snapshot();
        first.run_to(n).unwrap();
        let mut second = Engine::resume(Arc::clone(&model), snapshot, cut).unwrap();
        assert_eq!(second.run_to_halt(1 << 20).unwrap(), n, "seed {seed}");
        assert_eq!(
            first.root(),
            whole.root(),
            "seed {seed}: the snapshot does not disturb its run"
        );
        assert_eq!(second.root(), whole.root(), "seed {seed}: resumed at {cut} of {n}");
    }
}

#[test]
fn a_whole_program_is_one_large_step_to_the_same_output() {
    for seed in 0..PROGRAMS / 3 {
        let (tiled, input) = programs::random(seed, false);
        let (whole, _) = programs::random(seed, true);
        let mut tiled = Engine::new(tiled, &input).unwrap();
        let mut whole = Engine::new(whole, &input).unwrap();
        let scalar = states(&mut whole);
        assert_eq!(scalar.len(), 2, "seed {seed}");
        tiled.run_to_halt(1 << 20).unwrap();
        assert_eq!(whole.run_to_halt(1).unwrap(), 1, "seed {seed}");
        assert_same(&mut whole, &scalar[1], &format!("seed {seed}"));
        assert_eq!(whole.run_root(), tiled.run_root(), "seed {seed}: C_n");
        assert_eq!(whole.output(), tiled.output(), "seed {seed}");
    }
}

/// Every admitted operation of a random program, with the state in which it begins.
fn operations(seed: u64) -> Vec<(Reference, Operation)> {
    let (model, input) = programs::random(seed, false);
    let header: Header = *model.header();
    let mut engine = Engine::new(model, &input).unwrap();
    let begins = |machine: &Reference| {
        let control = Control::load(machine);
        let record =
            Record::from_bytes(machine.bytes(PROGRAM + control.pc * 256, 256).try_into().unwrap());
        let operation = admit(&record, &control.registers, &header).ok()?;
        (control.tile == 0 && operation.target().is_some()).then_some(operation)
    };
    let states = states(&mut engine);
    states
        .into_iter()
        .filter_map(|state| begins(&state).map(|operation| (state, operation)))
        .collect()
}

#[test]
fn tiles_commute() {
    for seed in 0..PROGRAMS / 5 {
        let mut rng = programs::rng(seed);
        for (state, operation) in operations(seed) {
            let mut in_order = state.clone();
            execute(&mut in_order, &operation, 0..operation.tiles());
            let mut shuffled = state;
            let mut tiles: Vec<u64> = (0..operation.tiles()).collect();
            tiles.shuffle(&mut rng);
            for tile in tiles {
                execute(&mut shuffled, &operation, tile..tile + 1);
            }
            assert_eq!(shuffled.differences(&in_order).next(), None, "seed {seed}: {operation:?}");
        }
    }
}

#[test]
fn rows_are_independent_of_how_many_are_computed_together() {
    for seed in 0..PROGRAMS {
        let mut rng = programs::rng(seed);
        let (model, input) = programs::random(seed, false);
        let state = Engine::new(Arc::clone(&model), &input).unwrap().snapshot();
        let rows = rng.random_range(2..7);
        let operators = [
            programs::dense,
            contractions::product,
            contractions::strided,
            contractions::conv,
            contractions::depthwise,
            programs::rope,
            programs::sample,
        ];
        let operator = operators[seed as usize % operators.len()];
        let together = operator(&mut rng, rows, rows);
        let operation = |record: &Record| {
            let control = Control::default();
            admit(record, &control.registers, model.header()).unwrap()
        };
        let mut expected = Reference::load(model.header(), &state);
        let whole = operation(&together);
        execute(&mut expected, &whole, 0..whole.tiles());
        let mut one_by_one = Reference::load(model.header(), &state);
        for row in 0..u64::from(rows) {
            let mut record = together;
            record.dim[0] = 1;
            record.tile[0] = 1;
            if record.op == opcode::SAMPLE {
                record.dim[2] += row as u32;
            }
            for slot in row_operands(&record) {
                record.operand[slot].base += row * u64::from(record.operand[slot].stride[0]);
            }
            let operation = operation(&record);
            execute(&mut one_by_one, &operation, 0..operation.tiles());
        }
        assert_eq!(one_by_one.differences(&expected).next(), None, "seed {seed}");
    }
}

/// Operands that have a row for each row of the output.
fn row_operands(record: &Record) -> Vec<usize> {
    match (record.op, record.sub) {
        (opcode::ROPE | opcode::SAMPLE, _) => vec![0, 1, 4],
        (opcode::MATMUL, opcode::STRIDED_F32) => vec![0, 1, 3, 4],
        _ => vec![0, 3, 4],
    }
}

/// Attention of rows together, and of each alone among as many positions as it sees: what prefill and decoding rest on.
#[test]
fn rows_of_attention_are_independent() {
    let mut chunked = 0;
    for seed in 0..PROGRAMS {
        let mut rng = programs::rng(seed);
        let (model, input) = programs::random(seed, false);
        let state = Engine::new(Arc::clone(&model), &input).unwrap().snapshot();
        let rows = rng.random_range(2..7);
        let together = programs::attention(&mut rng, rows, rows);
        let admit = |record: &Record| admit(record, &Registers::default(), model.header()).unwrap();
        let mut expected = Reference::load(model.header(), &state);
        let whole = admit(&together);
        execute(&mut expected, &whole, 0..whole.tiles());
        let causal = together.flags & 1 != 0;
        // Of chunks a row alone has no empty ones: what their merge makes of them is for the kernels' tests.
        if together.sub == opcode::ATTN_CHUNKED && causal {
            continue;
        }
        chunked += u32::from(together.sub == opcode::ATTN_CHUNKED);
        let mut one_by_one = Reference::load(model.header(), &state);
        for row in 0..rows {
            let mut record = together;
            (record.dim[0], record.tile[0]) = (1, 1);
            record.dim[4] += if causal { row } else { 0 };
            for slot in [0, 3, 4] {
                record.operand[slot].base += u64::from(row * record.operand[slot].stride[0]);
            }
            let operation = admit(&record);
            execute(&mut one_by_one, &operation, 0..operation.tiles());
        }
        assert_eq!(one_by_one.differences(&expected).next(), None, "seed {seed}");
    }
    assert!(chunked > 10, "{chunked}");
}

#[test]
fn tile_sizes_never_change_a_value() {
    let mut admitted = 0;
    for seed in 0..PROGRAMS {
        let mut rng = programs::rng(seed);
        let (model, input) = programs::random(seed, false);
        let state = Engine::new(Arc::clone(&model), &input).unwrap().snapshot();
        let rows = rng.random_range(1..7);
        let mut registers = [0; 16];
        registers[2] = rows;
        let mut record = programs::operator(&mut rng, rows as u32);
        let mut results = Vec::new();
        for _ in 0..3 {
            // Of large operands some do not fit into their region, whatever the tiles.
            let admission = admit(&record, &Registers::new(registers), model.header());
            let Ok(operation) = admission else { break };
            let mut machine = Reference::load(model.header(), &state);
            execute(&mut machine, &operation, 0..operation.tiles());
            results.push(machine);
            // The chunk of attention is no size of a tile: it decides what is computed.
            for size in record.tile.iter_mut().take(2).filter(|size| **size > 0) {
                *size = rng.random_range(1..40);
            }
            if [opcode::MATMUL, opcode::CONV].contains(&record.op) {
                // Whole panels.
                record.tile[1] *= 16;
            }
        }
        admitted += u64::from(results.len() == 3);
        for other in results.iter().skip(1) {
            assert_eq!(other.differences(&results[0]).next(), None, "seed {seed}: {record:?}");
        }
    }
    assert!(admitted > PROGRAMS / 5 * 4, "only {admitted} of {PROGRAMS} are admitted");
}
