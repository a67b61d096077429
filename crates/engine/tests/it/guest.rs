//! The guest program in the VM, which is the definition: same bytes as the native machine, and never dearer than `cost` says.

use crate::{
    machines::{HEADER, good_records, machine},
    programs,
    reference::Reference,
};
use opml_engine::Engine;
use opml_fpvm::{EXIT_OK, Program};
use opml_kernels::Output;
use opml_memory::{DATA_HALF, Memory};
use opml_tensor::{
    Control, DenseSpec, Header, Operand, Record, admit, condition,
    layout::{ACTIVATIONS, CONTROL, INPUT, OUTPUT, OUTPUT_BODY, PROGRAM, WEIGHTS},
};
use rand::Rng;

pub(crate) fn guest() -> Program {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    Program::from_elf(&std::fs::read(path).unwrap()).unwrap()
}

/// One large step in the VM: the small steps it took, and the data half it left.
pub(crate) fn large_step(guest: &Program, data: Memory) -> (u64, Memory) {
    let mut state = guest.start(data);
    let steps = state.run(1 << 30);
    assert_eq!(state.cpu.exit, EXIT_OK, "the guest ends with code 0");
    let mut after = Memory::new();
    for (address, bytes) in state.memory.pages() {
        if address >= DATA_HALF {
            after.write(address, bytes);
        }
    }
    (steps, after)
}

/// What admission says that the next large step of a running machine may cost; none where it refuses.
pub(crate) fn bound(machine: &Reference) -> Option<u64> {
    let control = Control::load(machine);
    let header = Header::parse(machine.bytes(PROGRAM - 4096, 64).first_chunk()?).ok()?;
    if control.pc >= u64::from(header.records) {
        return None;
    }
    let bytes = machine.bytes(PROGRAM + control.pc * 256, 256).first_chunk()?;
    let operation = admit(&Record::from_bytes(bytes), &control.registers, &header).ok()?;
    Some(operation.cost(&header))
}

/// Executes one large step natively and in the VM, and compares all bytes; returns the small steps.
pub(crate) fn check(guest: &Program, machine: &mut Reference, what: &str) -> u64 {
    let bound = bound(machine);
    let (steps, after) = large_step(guest, machine.memory());
    machine.step();
    // Pages outside the machine's regions would be lost on the way back: the roots see them.
    let mut found = machine.clone();
    for (start, bytes) in &mut found.regions {
        after.read(*start, bytes);
    }
    assert_eq!(found.differences(machine).next(), None, "{what}: first byte that differs");
    assert_eq!(after.node(38, 1), machine.memory().node(38, 1), "{what}: root");
    if let Some(bound) = bound {
        assert!(steps <= bound, "{what}: {steps} small steps, the bound is {bound}");
    }
    steps
}

#[test]
fn guest_equals_native_over_whole_programs() {
    let guest = guest();
    for seed in 0..8 {
        let (model, input) = programs::random(seed, false);
        let mut engine = Engine::new(model, &input).unwrap();
        let state = engine.snapshot();
        let mut machine = Reference::load(engine.model().header(), &state);
        let mut step = 0;
        while machine.complete() == 0 {
            check(&guest, &mut machine, &format!("seed {seed}, large step {step}"));
            step += 1;
            // The engine's own states are compared with the reference elsewhere; here at some steps.
            if step % 16 == 0 {
                engine.run_to(step).unwrap();
                assert_eq!(engine.root(), machine.memory().node(38, 1));
            }
        }
        check(&guest, &mut machine, &format!("seed {seed}, after the end"));
    }
}

#[test]
fn guest_equals_native_on_whole_flag() {
    let guest = guest();
    for seed in 0..4 {
        let (model, input) = programs::random(seed, true);
        let mut engine = Engine::new(model, &input).unwrap();
        let (_, after) = large_step(&guest, engine.snapshot());
        engine.run_to(1).unwrap();
        assert_eq!(after.node(38, 1), engine.root(), "seed {seed}");
    }
}

#[test]
fn guest_equals_native_on_flipped_records() {
    let guest = guest();
    let mut rng = programs::rng(1);
    for record in good_records() {
        check(&guest, &mut machine(&record.to_bytes(), 1), &format!("{record:?}"));
        for seed in 0..40 {
            let mut bytes = record.to_bytes();
            let bit: usize = rng.random_range(0..2048);
            bytes[bit / 8] ^= 1 << (bit % 8);
            check(&guest, &mut machine(&bytes, seed), &format!("bit {bit} of {record:?}"));
        }
    }
}

/// A machine with large regions whose first record is `record`.
pub(crate) fn large(record: &Record) -> Reference {
    let header = Header {
        records: 1,
        max_steps: 1000,
        input_max: 1 << 16,
        output_max: 1 << 20,
        activation_bytes: 1 << 21,
        weight_bytes: 1 << 21,
        ..HEADER
    };
    let mut machine = Reference::new(&header);
    let mut rng = programs::rng(9);
    for start in [ACTIVATIONS, INPUT, WEIGHTS] {
        rng.fill(machine.bytes_mut(start, 1 << 16));
    }
    machine.bytes_mut(CONTROL + 24, 8).copy_from_slice(&5u64.to_le_bytes());
    machine.bytes_mut(PROGRAM - 4096, 64).copy_from_slice(&header.to_bytes());
    machine.bytes_mut(PROGRAM, 256).copy_from_slice(&record.to_bytes());
    machine
}

fn dense(rows: u32, columns: u32, inner: u32) -> Record {
    Record::dense(DenseSpec {
        dims: [rows, columns, inner],
        tile: [rows, columns.next_multiple_of(16)],
        output: Output { zero_point: 3, low: -100, high: 100 },
        x: Operand::at(ACTIVATIONS, [inner, 0, 0]),
        weights: Operand::at(WEIGHTS + (1 << 20), [inner.div_ceil(4) * 64, 0, 0]),
        table: Operand::at(WEIGHTS, [12, 0, 0]),
        out: Operand::at(OUTPUT_BODY, [columns, 0, 0]),
    })
}

const fn plane(base: u64, row: u32, step: u32) -> Operand {
    Operand::at(base, [row, row, step])
}

/// Shapes that are hard on the bounds: single elements, ragged tails, single columns, strides.
#[test]
fn small_steps_stay_below_cost_on_awkward_shapes() {
    let guest = guest();
    let out = ACTIVATIONS + (1 << 20);
    let mut records = vec![
        Record::halt(0, 0),
        Record::halt(0, 1),
        Record::halt(1, 1 << 19),
        Record::set(15, u64::MAX),
        Record::add(15, 14, 13, u64::MAX),
        Record::branch(condition::GREATER_OR_EQUAL, 14, 13, 9),
        Record::default(),
    ];
    for inner in [1, 2, 7, 8, 9, 63] {
        for (rows, columns) in [(1, 1), (1, 3), (1, 4), (1, 257), (300, 1), (20, 5)] {
            records.push(dense(rows, columns, inner));
        }
    }
    for (rows, columns) in [(1, 1), (1, 5000), (4000, 1), (60, 60)] {
        for step in [1, 2, 3] {
            let (x, y) = (plane(INPUT, columns * step, step), plane(out, columns * step, step));
            let y1 = plane(out + 1, columns * 4, 4);
            for (from, to) in [(x, y), (y, y), (x, y1)] {
                let dims = [rows, 1, columns];
                records.push(Record::relu(dims, [rows, columns], 0, from, to));
                if from != to {
                    records.push(Record::copy(dims, [rows, columns], from, to));
                    records.push(Record::copy([1, rows, columns], [rows, columns], from, to));
                }
            }
        }
        let y = Operand::at(out, [4, 0, 0]);
        records.push(Record::argmax([rows, columns], rows, Operand::at(INPUT, [columns, 0, 0]), y));
    }
    for record in records {
        let mut machine = large(&record);
        check(&guest, &mut machine, &format!("{record:?}"));
    }
}

/// The figures of docs/tensor.md: a compiler that loses an unrolled loop shows here.
#[test]
fn small_steps_are_those_of_the_documentation() {
    let guest = guest();
    let out = ACTIVATIONS + (1 << 20);
    let (x, y) = (plane(INPUT, 20_000, 1), plane(out, 20_000, 1));
    let misaligned = plane(INPUT + 3, 20_000, 1);
    let elements = 60_000;
    let cases = [
        ("dense, per multiply-add", dense(4, 64, 1024), 4 * 64 * 1024, 3.6),
        ("relu, per element", Record::relu([3, 1, 20_000], [3, 20_000], 0, x, y), elements, 18.0),
        ("relu in place", Record::relu([3, 1, 20_000], [3, 20_000], 0, y, y), elements, 18.0),
        ("copy, per byte", Record::copy([3, 1, 20_000], [3, 20_000], x, y), elements, 0.8),
        (
            "copy, misaligned",
            Record::copy([3, 1, 20_000], [3, 20_000], misaligned, y),
            elements,
            1.3,
        ),
        (
            "argmax, per element",
            Record::argmax(
                [3, 20_000],
                3,
                Operand::at(INPUT, [20_000, 0, 0]),
                Operand::at(out, [4, 0, 0]),
            ),
            elements,
            21.0,
        ),
        ("set, all", Record::set(1, 1), 1, 5100.0),
    ];
    for (what, record, units, figure) in cases {
        let mut machine = large(&record);
        assert_eq!(machine.bytes(OUTPUT, 8), [0; 8]);
        let steps = check(&guest, &mut machine, what) as f64 / f64::from(units);
        eprintln!("{what}: {steps:.2}, documented {figure}");
        assert!((steps / figure - 1.0).abs() <= 0.2, "{what}: {steps:.2}, documented {figure}");
    }
}
