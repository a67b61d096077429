//! Witnesses: their bytes, and what happens to mutated ones.

use crate::asm::{RS, RT, i, state};
use opml_fpvm::{Cpu, Fault, State, TEXT_END, Witness, WitnessError, verify, witness};
use opml_memory::{Memory, ProofError};
use opml_vmfuzz::{Case, Encoding, Source};
use rand::Rng;

#[test]
fn a_state_that_touches_no_memory_needs_only_the_root() {
    let outside = State::start(Memory::new(), TEXT_END);
    let mut exited = state(&[0], 0, 0);
    exited.cpu = Cpu::exited(0x100);
    for state in [outside, exited] {
        let bytes = witness(&state, 16).unwrap();
        assert_eq!(bytes[bytes.len() - 33], 0, "no leaves");
        assert_eq!(bytes[bytes.len() - 32..], *state.memory.root());
        let mut after = state.clone();
        after.run(16);
        assert_eq!(verify(16, &bytes), Ok((state.hash(), after.hash())));
    }
}

#[test]
fn the_bytes_are_those_of_the_protocol() {
    let mut state = state(&[i(0x37, RS, RT, 0)], 1 << 25, 0xabcd);
    state.memory.write_u64(1 << 25, 7);
    let bytes = witness(&state, 1).unwrap();
    // pc and nextPc have 3 bytes, hi, lo and exit none; r8 (field 12) has 4, r9 (field 13) 2.
    let mut expected = vec![0x33, 0, 0, 0, 0, 0, 0x42];
    expected.resize(18, 0);
    expected.extend([1, 0, 0, 1, 0, 4, 2, 0, 0, 0, 0xab, 0xcd]);
    // Two leaves, 0x800 and 0x100000. They differ first in bit 20: the first climbs there with no
    // siblings, the second finds it there, and everything else is zero.
    expected.extend([2, 0, 0, 0, 0x08, 0]);
    expected.extend(state.memory.leaf(0x800));
    expected.push(0);
    expected.extend([0, 0, 0x10, 0, 0]);
    expected.extend(state.memory.leaf(0x10_0000));
    expected.push(0);
    assert_eq!(bytes, expected);
    assert_eq!(Witness::decode(&bytes).unwrap().encode(), bytes);
}

#[test]
fn one_to_sixteen_steps() {
    let state = state(&[0; 20], 0, 0);
    let bytes = witness(&state, 16).unwrap();
    for steps in [0, 17, u32::MAX] {
        assert_eq!(witness(&state, steps), Err(WitnessError::Steps(steps)));
        assert_eq!(verify(steps, &bytes), Err(WitnessError::Steps(steps)));
    }
}

#[test]
fn a_witness_for_fewer_steps_lacks_a_leaf_of_the_next() {
    let state = state(&[0; 16], 0, 0);
    let bytes = witness(&state, 8).unwrap();
    assert!(verify(8, &bytes).is_ok());
    assert_eq!(verify(9, &bytes), Err(WitnessError::MissingLeaf(0x801)));
    let only_root = witness(&State::start(state.memory.clone(), TEXT_END), 1).unwrap();
    let mut runs = Witness::decode(&only_root).unwrap();
    runs.cpu = state.cpu;
    assert_eq!(runs.verify(1), Err(WitnessError::MissingLeaf(0x800)));
}

#[test]
fn a_store_and_a_load_of_one_window_share_a_leaf() {
    let data = TEXT_END + 64;
    let words = [i(0x3f, RS, RT, 0), i(0x37, RS, 10, 0), i(0x3f, RS, 10, 8), i(0x37, RS, 11, 8)];
    let mut state = state(&words, data, 0x1234);
    let bytes = witness(&state, 4).unwrap();
    assert_eq!(Witness::decode(&bytes).unwrap().verify(4).unwrap().0, state.hash());
    let (_, end) = verify(4, &bytes).unwrap();
    state.run(4);
    assert_eq!((state.cpu.regs[11], state.hash()), (0x1234, end));
}

#[test]
fn a_window_ends_in_the_first_exit() {
    let words = [i(0x3f, RS, RT, 0), 0x0000_000d, i(0x3f, RS, RT, 8)];
    let mut state = state(&words, 1 << 25, 5);
    let bytes = witness(&state, 16).unwrap();
    state.run(16);
    assert_eq!(state.cpu.exit, Fault::Breakpoint.exit_word());
    assert_eq!(verify(16, &bytes).unwrap().1, state.hash());
    assert_eq!(state.memory.read_u64((1 << 25) + 8), 0);
}

#[test]
fn malformed_witnesses_are_refused() {
    let bytes = witness(&state(&[0], 0, 0), 1).unwrap();
    for end in 0..bytes.len() {
        let cut = verify(1, &bytes[..end]);
        assert!(matches!(cut, Err(WitnessError::Proof(ProofError::Truncated { .. }))), "{end}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(verify(1, &longer), Err(ProofError::TrailingBytes(1).into()));
    let mut nibble = bytes;
    nibble[2] = 0x09;
    assert_eq!(verify(1, &nibble), Err(WitnessError::FieldLength { field: 5, bytes: 9 }));
    let mut root = witness(&State::start(Memory::new(), TEXT_END), 1).unwrap();
    let leaves = root.len() - 33;
    for count in [1, 33, 255] {
        root[leaves] = count;
        assert!(verify(1, &root).is_err(), "a root alone stands only after 0 leaves, not {count}");
    }
    root[leaves] = 0;
    root.push(0);
    assert_eq!(verify(1, &root), Err(ProofError::TrailingBytes(1).into()));
}

#[test]
fn a_leading_zero_byte_in_a_field_changes_nothing() {
    let state = state(&[0], 0, 0);
    let bytes = witness(&state, 1).unwrap();
    let mut padded = bytes.clone();
    padded[0] += 0x10;
    padded.insert(18, 0);
    assert_eq!(verify(1, &padded), verify(1, &bytes));
}

/// A mutated witness is refused, or it is one of another start, or it gives the same end: never the
/// true start with another end.
#[test]
fn a_mutated_witness_never_gives_the_true_start_and_another_end() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(6, 0);
    let mut accepted = 0;
    for _ in 0..150 {
        let before = Case::wild(&mut random, &encodings, None).state;
        let steps = random.random_range(1..=4);
        let bytes = witness(&before, steps).unwrap();
        let (start, end) = verify(steps, &bytes).unwrap();
        for _ in 0..60 {
            let mut mutated = bytes.clone();
            for _ in 0..random.random_range(1..=2) {
                let at = random.random_range(0..mutated.len());
                match random.random_range(0..8) {
                    0 => mutated.insert(at, random.random()),
                    1 => drop(mutated.remove(at)),
                    2 => mutated.truncate(at + 1),
                    _ => mutated[at] ^= 1 << random.random_range(0..8),
                }
            }
            if let Ok(result) = verify(steps, &mutated) {
                accepted += 1;
                assert!(result.0 != start || result.1 == end, "{}", hex::encode(mutated));
            }
        }
    }
    assert!(accepted > 500, "only {accepted} mutations were well-formed");
}

#[test]
fn arbitrary_bytes_are_no_panic() {
    let mut random = Source::seeded(7, 0);
    for _ in 0..5000 {
        let length = random.random_range(0..300);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.random()).collect();
        // Short fields, so that the rest is reached.
        bytes.iter_mut().take(18).for_each(|byte| *byte &= 0x11);
        let _ = verify(random.random_range(1..=16), &bytes);
    }
}
