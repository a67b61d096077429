//! The seam's roots, computed from bytes alone, equal the roots of memories that hold those bytes.

use alloy_primitives::{B256, keccak256};
use opml_engine::seam::{FAULT, Outcome, c0, output_root, s0, sn};
use opml_memory::{DATA_HEIGHT, EIGHTH_HEIGHT, Memory, QUARTER_HEIGHT, node};
use opml_tensor::layout::{ACTIVATIONS, INPUT, MODEL, OUTPUT};

const LENGTHS: [usize; 9] = [0, 1, 31, 32, 33, 63, 64, 65, 1000];

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7 + 1) as u8).collect()
}

fn with_model() -> (Memory, B256) {
    let mut memory = Memory::new();
    memory.write(MODEL, b"a model");
    let id = memory.node(QUARTER_HEIGHT, 3);
    (memory, id)
}

fn write_output(memory: &mut Memory, complete: u64, output: &[u8]) {
    memory.write_u64(OUTPUT, complete);
    memory.write_u64(OUTPUT + 8, output.len() as u64);
    memory.write(OUTPUT + 32, output);
}

#[test]
fn fault_is_its_hash() {
    assert_eq!(FAULT, keccak256("opml.fault.v1"));
}

#[test]
fn s0_is_the_root_of_a_memory_with_the_input() {
    for length in LENGTHS {
        let (mut memory, id) = with_model();
        let input = bytes(length);
        memory.write_u64(INPUT, length as u64);
        memory.write(INPUT + 32, &input);
        assert_eq!(c0(&input), memory.node(EIGHTH_HEIGHT, 4), "C_0 of {length} bytes");
        assert_eq!(s0(&input, id), memory.node(DATA_HEIGHT, 1), "S_0 of {length} bytes");
    }
}

#[test]
fn inputs_that_differ_by_trailing_zeroes_differ() {
    assert_ne!(c0(b"ab"), c0(b"ab\0"));
    assert_ne!(c0(b""), c0(b"\0"));
}

#[test]
fn sn_is_the_root_of_a_memory_with_the_output() {
    for length in LENGTHS {
        let (mut memory, id) = with_model();
        memory.write(ACTIVATIONS, b"what the run left behind");
        let output = bytes(length);
        write_output(&mut memory, 1, &output);
        let c_n = memory.node(EIGHTH_HEIGHT, 4);
        assert_eq!(output_root(1, &output), memory.node(EIGHTH_HEIGHT, 5), "O of {length} bytes");
        assert_eq!(sn(c_n, Outcome::Done, &output, id), memory.node(DATA_HEIGHT, 1));
    }
}

#[test]
fn sn_of_a_failure_has_no_output() {
    let (mut memory, id) = with_model();
    write_output(&mut memory, 2, b"");
    let c_n = memory.node(EIGHTH_HEIGHT, 4);
    let expected = memory.node(DATA_HEIGHT, 1);
    assert_eq!(sn(c_n, Outcome::ProgramError, b"ignored", id), expected);
    assert_eq!(expected, node(node(c_n, output_root(2, b"")), id));
    assert_eq!(sn(c_n, Outcome::Fault, b"", id), FAULT);
}

#[test]
fn outcomes_have_the_numbers_of_the_protocol() {
    for outcome in [Outcome::Done, Outcome::ProgramError, Outcome::Fault] {
        assert_eq!(Outcome::from_u8(outcome as u8), Some(outcome));
    }
    assert_eq!(Outcome::from_u8(0), None);
    assert_eq!(Outcome::from_u8(4), None);
}
