//! Programs that mean harm: every one is refused or stays where it may write, and the engine says what the definition says.

use crate::{
    machines::{HEADER, good_records, machine},
    operators, programs,
    reference::Reference,
};
use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_tensor::{
    Control, Header, Operand, Record, Refusal,
    layout::{ACTIVATIONS, CONTROL, INPUT, OUTPUT, OUTPUT_BODY, PROGRAM, WEIGHTS},
};
use rand::Rng;
use std::{collections::HashSet, sync::Arc};

/// The bytes that tile 0 of a tensor record may write, read off the record itself.
fn declared(record: &Record, control: &Control) -> HashSet<u64> {
    let read = |word: u32| match word.checked_sub(1 << 31) {
        Some(register) => control.registers.get(register as u8),
        None => word.into(),
    };
    let dims @ [d0, d1, d2, d3, d4, _] = record.dim.map(read);
    let [t0, t1, t2, _] = record.tile.map(u64::from);
    let out = record.operand[4];
    let [s0, s1, s2] = out.stride.map(u64::from);
    let register = control.registers.get((out.base >> 48) as u8);
    let start = (out.base & 0xfff_ffff_ffff) + register * u64::from(out.step);
    // Bytes side by side in rows of the output.
    let rows = |count: u64, bytes: u64| {
        (0..count).flat_map(|i| (0..bytes).map(move |b| i * s0 + b)).collect()
    };
    // Elements side by side in rows and heads.
    let heads = |columns: u64, bytes: u64| {
        let head = |r: u64| {
            (0..t1.min(columns)).flat_map(move |h| (0..bytes).map(move |b| r * s0 + h * s1 + b))
        };
        (0..t0.min(d0)).flat_map(head).collect()
    };
    let bytes: Vec<u64> = match (record.op, record.sub) {
        (1, 11) => rows(1, 4),
        (1, 12) => rows(1, 8),
        (1, _) => Vec::new(),
        (16, _) => heads(d1, 4 * d2),
        (17, 0) => heads(d1, 4 * d3),
        (17, _) => {
            let positions = d4 + if record.flags & 1 == 1 { d0 - 1 } else { 0 };
            let chunks = positions.div_ceil(t2);
            let chunk = |r: u64| {
                (0..t1.min(d1 * chunks)).flat_map(move |c| {
                    let start = r * s0 + c / chunks * s1 + c % chunks * s2;
                    (0..4 * (2 + d3)).map(move |b| start + b)
                })
            };
            (0..t0.min(d0)).flat_map(chunk).collect()
        }
        (18, _) => heads(d1, 4 * d2),
        (19, _) => rows(t0.min(d0), 4),
        (20, _) => rows(1, d3),
        (21, _) => rows(1, 16 + 12 * (d0 + 1)),
        (2, 0) => rows(t0.min(d0), t1.min(d1)),
        (8 | 9, sub) => {
            let element = if sub == 0 { 4 } else { 1 };
            (0..t0.min(d0 * d1 * d2))
                .flat_map(|r| {
                    let pixel = r / d2 / d1 * s0 + r / d2 % d1 * s1 + r % d2 * s2;
                    channels(record).into_iter().map(move |c| pixel + c * element)
                })
                .flat_map(|value| value..value + element)
                .collect()
        }
        (2, 4) => (0..t0.min(d0 * d1))
            .flat_map(|r| (0..t1.min(d2)).map(move |c| r / d1 * s0 + r % d1 * s1 + c * s2))
            .flat_map(|word| word..word + 4)
            .collect(),
        (2, _) => rows(t0.min(d0), 4 * t1.min(d1)),
        (7, _) => rows(t0.min(d0), d1 / 32 * 36),
        _ => operators::declared(record, dims),
    };
    bytes.into_iter().map(|offset| start + offset).collect()
}

/// The channels of tile 0 of a convolution: of whole panels of a group, those that the group has.
fn channels(record: &Record) -> Vec<u64> {
    let [_, _, _, outputs, _, groups] = record.dim.map(u64::from);
    let width = u64::from(record.tile[1]);
    if record.op == 9 {
        return (0..width.min(outputs)).collect();
    }
    let padded = outputs.next_multiple_of(16);
    let column = |column: u64| {
        (column % padded < outputs).then_some(column / padded * outputs + column % padded)
    };
    (0..width.min(groups * padded)).filter_map(column).collect()
}

/// One large step of a machine on some bytes as record: nothing changes but what the protocol names. Says if it was refused.
fn check_step(bytes: &[u8; 256], seed: u64) -> bool {
    let before = machine(bytes, seed);
    let mut after = before.clone();
    after.step();
    let record = Record::from_bytes(bytes);
    let body_end = OUTPUT_BODY + u64::from(HEADER.output_max);
    let changed: Vec<u64> = after.differences(&before).collect();
    let control = |address: &u64| (CONTROL..CONTROL + 152).contains(address);
    if after.complete() == 2 {
        assert!(changed.iter().all(|address| (OUTPUT..body_end).contains(address)), "{record:?}");
        assert!(after.bytes(OUTPUT + 8, 724).iter().all(|byte| *byte == 0), "{record:?}");
        return true;
    }
    assert_eq!(after.word(CONTROL + 144), 1, "the step counter: {record:?}");
    if record.op == 1 {
        let output = |address: &u64| record.sub == 0 && (OUTPUT..body_end).contains(address);
        let stored = declared(&record, &Control::load(&before));
        let allowed =
            |address: &u64| control(address) || output(address) || stored.contains(address);
        assert!(changed.iter().all(allowed), "{record:?}");
    } else {
        let allowed = declared(&record, &Control::load(&before));
        let registers = |address: &u64| (CONTROL + 16..CONTROL + 144).contains(address);
        for address in &changed {
            let stepped = control(address) && !registers(address);
            assert!(stepped || allowed.contains(address), "{address:#x}: {record:?}");
        }
        assert_eq!(after.complete(), 0);
    }
    false
}

#[test]
fn good_records_are_admitted() {
    for record in good_records() {
        assert!(!check_step(&record.to_bytes(), 1), "{record:?}");
    }
}

#[test]
fn every_bit_flip_is_refused_or_writes_only_what_it_declares() {
    let mut refused = 0;
    for record in good_records() {
        let bytes = record.to_bytes();
        for bit in 0..2048 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused += u32::from(check_step(&flipped, bit as u64));
        }
    }
    // Most flips break a rule; some mean something else.
    let all = 2048 * good_records().len() as u32;
    assert!((all / 10..all / 50 * 49).contains(&refused), "{refused} of {all} flips refused");
}

#[test]
fn random_records_are_total() {
    let mut rng = programs::rng(3);
    let good = good_records();
    for seed in 0..3000 {
        let mut bytes = good[rng.random_range(0..good.len())].to_bytes();
        // From a few changed bytes to pure noise.
        for _ in 0..1 << rng.random_range(0..8) {
            bytes[rng.random_range(0..256)] = rng.random();
        }
        check_step(&bytes, seed);
    }
}

#[test]
fn the_engine_ends_hostile_programs_as_the_definition_does() {
    let mut rng = programs::rng(4);
    for record in good_records() {
        for _ in 0..60 {
            let mut bytes = record.to_bytes();
            let bit: usize = rng.random_range(0..2048);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let records = [Record::set(2, 3), Record::from_bytes(&bytes), Record::halt(0, 1)];
            let bounds = Header { max_steps: 40, ..HEADER };
            let model = ModelFile::build(bounds, "hostile", &records, [7; 4096]).unwrap();
            let mut engine = Engine::new(Arc::new(model), &[5; 300]).unwrap();
            let state = engine.snapshot();
            let mut reference = Reference::load(engine.model().header(), &state);
            let mut n = 0;
            while reference.complete() == 0 {
                reference.step();
                n += 1;
            }
            assert_eq!(engine.run_to_halt(40).unwrap(), n, "bit {bit} of {record:?}");
            assert_eq!(engine.root(), reference.memory().node(38, 1), "bit {bit} of {record:?}");
            engine.run_to(n + 5).unwrap();
            assert_eq!((engine.step(), engine.root()), (n, reference.memory().node(38, 1)));
        }
    }
}

#[test]
fn a_halted_state_is_its_own_successor() {
    for complete in [1, 2, 3, 1 << 32, 1u64 << 63] {
        for record in good_records() {
            let mut before = machine(&record.to_bytes(), 5);
            before.bytes_mut(OUTPUT, 8).copy_from_slice(&complete.to_le_bytes());
            let mut after = before.clone();
            after.step();
            assert_eq!(after.differences(&before).next(), None, "complete = {complete}");
        }
    }
}

#[test]
fn an_invalid_header_changes_leaf_0_only() {
    for bit in 0..512 {
        let mut before = machine(&Record::halt(0, 1).to_bytes(), 6);
        before.bytes_mut(PROGRAM - 4096, 64)[bit / 8] ^= 1 << (bit % 8);
        let header = before.bytes(PROGRAM - 4096, 64).first_chunk().copied().unwrap();
        if Header::parse(&header).is_ok() {
            continue;
        }
        let mut after = before.clone();
        after.step();
        assert_eq!(after.differences(&before).collect::<Vec<_>>(), [OUTPUT], "bit {bit}");
        assert_eq!(after.complete(), 2);
    }
}

fn engine(bounds: Header, records: &[Record]) -> Engine {
    let model = ModelFile::build(bounds, "test", records, [0; 64]).unwrap();
    Engine::new(Arc::new(model), b"").unwrap()
}

#[test]
fn a_program_without_end_is_refused_at_its_bound() {
    let bounds = Header { max_steps: 1000, ..HEADER };
    let mut endless = engine(bounds, &[Record::jump(0)]);
    assert_eq!(endless.run_to_halt(u64::MAX).unwrap(), 1000);
    assert_eq!(endless.outcome(), Some(Outcome::ProgramError));
    assert_eq!(endless.refusal(), Some(Refusal::StepBound(1000)));

    let last = [Record::set(1, 1), Record::set(1, 2), Record::halt(0, 0)];
    let mut exact = engine(Header { max_steps: 3, ..HEADER }, &last);
    assert_eq!((exact.run_to_halt(9).unwrap(), exact.outcome()), (3, Some(Outcome::Done)));
    let mut short = engine(Header { max_steps: 2, ..HEADER }, &last);
    assert_eq!((short.run_to_halt(9).unwrap(), short.outcome()), (2, Some(Outcome::ProgramError)));
}

#[test]
fn a_whole_program_without_end_is_refused_when_its_budget_is_spent() {
    let mut endless = engine(Header { whole: true, ..HEADER }, &[Record::jump(0)]);
    assert_eq!(endless.run_to_halt(1).unwrap(), 1);
    assert_eq!(endless.outcome(), Some(Outcome::ProgramError));
}

#[test]
fn a_program_that_runs_past_its_end_is_refused() {
    let mut fallen = engine(HEADER, &[Record::set(1, 7)]);
    assert_eq!(fallen.run_to_halt(9).unwrap(), 2);
    assert_eq!(fallen.refusal(), Some(Refusal::ProgramCounter { pc: 1, records: 1 }));
    let mut jumped = engine(HEADER, &[Record::jump(u32::MAX)]);
    assert_eq!(jumped.run_to_halt(9).unwrap(), 2);
    assert_eq!(jumped.refusal(), Some(Refusal::ProgramCounter { pc: u32::MAX.into(), records: 1 }));
}

#[test]
fn halt_clears_what_lies_behind_the_output() {
    let fill = Record::copy(
        [1, 1, 700],
        [1, 700],
        Operand::at(INPUT + 32, [0, 0, 1]),
        Operand::at(OUTPUT_BODY, [0, 0, 1]),
    );
    let model = ModelFile::build(HEADER, "tail", &[fill, Record::halt(0, 33)], []).unwrap();
    let mut engine = Engine::new(Arc::new(model), &[0xab; 700]).unwrap();
    assert_eq!(engine.run_to_halt(9).unwrap(), 2);
    assert_eq!(engine.output(), [0xab; 33]);
    let reference = Reference::load(engine.model().clone().header(), &engine.snapshot());
    assert!(reference.bytes(OUTPUT_BODY + 33, 667).iter().all(|byte| *byte == 0));
}

#[test]
fn a_large_act_region_costs_nothing_until_it_is_touched() {
    let bounds = Header { activation_bytes: 1 << 34, ..HEADER };
    let out = Operand::at(ACTIVATIONS + (1 << 34) - 8, [0, 0, 1]);
    let copy = Record::copy([1, 1, 8], [1, 8], Operand::at(WEIGHTS, [0, 0, 1]), out);
    let mut engine = engine(bounds, &[copy, Record::halt(0, 0)]);
    assert_eq!(engine.run_to_halt(9).unwrap(), 2);
    assert_eq!(engine.outcome(), Some(Outcome::Done));
}

#[test]
fn an_engine_does_not_go_back() {
    let mut engine = engine(HEADER, &[Record::set(1, 1), Record::jump(0)]);
    engine.run_to(10).unwrap();
    assert!(engine.run_to(9).is_err());
    assert!(engine.run_to_halt(20).is_err(), "still running");
    assert_eq!(engine.step(), 20);
    let mut ended = self::engine(HEADER, &[Record::set(1, 1), Record::halt(0, 0)]);
    ended.run_to(100).unwrap();
    assert_eq!(ended.step(), 2);
    assert!(ended.run_to(2).is_ok());
    assert!(ended.run_to(1).is_err(), "also after the end");
}
