//! Joint proofs and header proofs, honest and mutated.

use crate::model::{Model, writes};
use opml_memory::{
    DEPTH, JointProof, MODEL_QUARTER, Memory, ProofError, QUARTER_HEIGHT, header_proof, header_root,
};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeSet;

fn indices() -> impl Strategy<Value = Vec<u64>> {
    let near = prop_oneof![Just(0u64), Just(1 << 19), Just(1 << 38), Just(3 << 37)];
    let index = prop_oneof![
        6 => (near, 0u64..8).prop_map(|(at, by)| at + by),
        1 => 0..1u64 << DEPTH,
        1 => Just((1u64 << DEPTH) - 1),
    ];
    prop::collection::btree_set(index, 1..=32)
        .prop_map(|set: BTreeSet<u64>| set.into_iter().collect())
}

fn memory_of(writes: &[crate::model::Write]) -> (Memory, Model) {
    let (mut memory, mut model) = (Memory::new(), Model::default());
    for write in writes {
        memory.write(write.address, &write.bytes);
        model.write(write.address, &write.bytes);
    }
    (memory, model)
}

fn encode(proof: &JointProof) -> Vec<u8> {
    let mut bytes = Vec::new();
    proof.encode(&mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_proof_gives_the_root_before_and_after_a_write(
        writes in writes(),
        indices in indices(),
        seed in any::<u8>(),
    ) {
        let (mut memory, model) = memory_of(&writes);
        let proof = JointProof::build(&memory, &indices).unwrap();
        let decoded = JointProof::decode(&encode(&proof)).unwrap();
        prop_assert_eq!(&decoded, &proof);
        prop_assert_eq!(decoded.root().unwrap(), model.node(DEPTH, 0));

        let values: Vec<[u8; 32]> = (0..indices.len()).map(|i| [seed ^ i as u8; 32]).collect();
        for (index, value) in indices.iter().zip(&values) {
            memory.write(index * 32, value);
        }
        prop_assert_eq!(decoded.root_with(&values).unwrap(), memory.root());
    }

    #[test]
    fn no_sibling_is_sent_that_is_zero_or_known(writes in writes(), indices in indices()) {
        let (memory, model) = memory_of(&writes);
        let proof = JointProof::build(&memory, &indices).unwrap();
        let mut sent = 0;
        let mut needed = 0;
        for leaf in proof.leaves() {
            for run in &leaf.runs {
                sent += run.siblings.len();
                for (height, sibling) in (u32::from(run.height)..).zip(&run.siblings) {
                    prop_assert_eq!(*sibling, model.node(height, leaf.index >> height ^ 1));
                }
            }
        }
        for height in 0..DEPTH {
            let on_paths: BTreeSet<u64> = indices.iter().map(|index| index >> height).collect();
            let zero = opml_memory::zero_hash(height);
            let is_needed =
                |node: &&u64| !on_paths.contains(&(**node ^ 1)) && model.node(height, **node ^ 1) != zero;
            needed += on_paths.iter().filter(is_needed).count();
        }
        prop_assert_eq!(sent, needed);
    }

    /// One mutated byte either makes the proof malformed or changes what it proves: it never gives
    /// other leaves under the true root. (Counts of runs may be redistributed without effect.)
    #[test]
    fn a_mutated_proof_never_proves_other_leaves(
        writes in writes(),
        indices in indices(),
        at in any::<Index>(),
        xor in 1u8..,
    ) {
        let (memory, _) = memory_of(&writes);
        let mut bytes = encode(&JointProof::build(&memory, &indices).unwrap());
        let at = at.index(bytes.len());
        bytes[at] ^= xor;
        let Ok(mutated) = JointProof::decode(&bytes) else { return Ok(()) };
        if mutated.root() == Ok(memory.root()) {
            for leaf in mutated.leaves() {
                prop_assert_eq!(leaf.value, memory.leaf(leaf.index));
            }
        }
    }

    #[test]
    fn a_cut_or_extended_proof_is_refused(writes in writes(), indices in indices(), at in any::<Index>()) {
        let (memory, _) = memory_of(&writes);
        let mut bytes = encode(&JointProof::build(&memory, &indices).unwrap());
        prop_assert!(JointProof::decode(&bytes[..at.index(bytes.len())]).is_err());
        bytes.push(0);
        prop_assert_eq!(JointProof::decode(&bytes), Err(ProofError::TrailingBytes(1)));
    }

    #[test]
    fn arbitrary_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = JointProof::decode(&bytes) {
            let _ = proof.root();
        }
        let _ = header_root(&[0; 64], &bytes);
    }

    #[test]
    fn a_header_proof_gives_the_model_id(writes in writes(), header in any::<[u8; 32]>()) {
        let (mut memory, _) = memory_of(&writes);
        memory.write(MODEL_QUARTER + 16, &header);
        let mut first = [0; 64];
        memory.read(MODEL_QUARTER, &mut first);
        let proof = header_proof(&memory);
        prop_assert_eq!(header_root(&first, &proof), Ok(memory.node(QUARTER_HEIGHT, 3)));
        first[20] ^= 1;
        prop_assert_ne!(header_root(&first, &proof), Ok(memory.node(QUARTER_HEIGHT, 3)));
    }
}

/// The leaf of a hand-made proof: index, runs as (height, number of siblings).
fn leaf(index: u64, runs: &[(u8, u8)]) -> Vec<u8> {
    let mut bytes = index.to_be_bytes()[3..].to_vec();
    bytes.extend([0x11; 32]);
    bytes.push(runs.len() as u8);
    for (height, length) in runs {
        bytes.extend([*height, *length]);
        bytes.extend(vec![0x22; 32 * usize::from(*length)]);
    }
    bytes
}

fn root_of(leaves: &[Vec<u8>]) -> Result<(), ProofError> {
    let mut bytes = vec![leaves.len() as u8];
    bytes.extend(leaves.concat());
    JointProof::decode(&bytes)?.root().map(drop)
}

#[test]
fn every_malformed_shape_has_its_error() {
    let last = (1 << DEPTH) - 1;
    assert_eq!(root_of(&[]), Err(ProofError::LeafCount(0)));
    let many: Vec<_> = (0..33).map(|index| leaf(index, &[])).collect();
    assert_eq!(root_of(&many), Err(ProofError::LeafCount(33)));
    assert_eq!(root_of(&many[..32]), Ok(()));
    assert_eq!(
        root_of(&[leaf(7, &[]), leaf(7, &[])]),
        Err(ProofError::LeafOrder { previous: 7, index: 7 })
    );
    assert_eq!(
        root_of(&[leaf(8, &[]), leaf(7, &[])]),
        Err(ProofError::LeafOrder { previous: 8, index: 7 })
    );
    assert_eq!(root_of(&[leaf(last, &[])]), Ok(()));
    assert_eq!(root_of(&[leaf(last + 1, &[])]), Err(ProofError::LeafOutOfRange(last + 1)));
    assert_eq!(root_of(&[leaf(0, &[(3, 0)])]), Err(ProofError::EmptyRun(3)));
    assert_eq!(root_of(&[leaf(0, &[(3, 2), (5, 1)])]), Ok(()), "adjacent runs");
    assert_eq!(
        root_of(&[leaf(0, &[(3, 2), (4, 1)])]),
        Err(ProofError::RunOrder { height: 4, done: 5 })
    );
    assert_eq!(root_of(&[leaf(0, &[(0, 39)])]), Ok(()));
    assert_eq!(
        root_of(&[leaf(0, &[(38, 2)])]),
        Err(ProofError::RunTooHigh { end: 40, stop: DEPTH })
    );
    assert_eq!(
        root_of(&[leaf(0, &[(255, 255)])]),
        Err(ProofError::RunTooHigh { end: 510, stop: DEPTH })
    );
    // Leaves 0 and 4 merge at height 2: leaf 0 stops there, and leaf 4 finds it there.
    assert_eq!(root_of(&[leaf(0, &[(0, 2)]), leaf(4, &[(0, 2), (3, 36)])]), Ok(()));
    assert_eq!(
        root_of(&[leaf(0, &[(1, 2)]), leaf(4, &[])]),
        Err(ProofError::RunTooHigh { end: 3, stop: 2 })
    );
    assert_eq!(root_of(&[leaf(0, &[]), leaf(4, &[(1, 3)])]), Err(ProofError::RunOverNeighbour(2)));
}

#[test]
fn a_header_climb_starts_above_the_header_and_stops_at_the_quarter() {
    let run = |height, length: usize| {
        let mut bytes = vec![1, height, length as u8];
        bytes.extend(vec![0x22; 32 * length]);
        bytes
    };
    assert!(header_root(&[0; 64], &run(1, 36)).is_ok());
    assert_eq!(header_root(&[0; 64], &run(0, 1)), Err(ProofError::RunOrder { height: 0, done: 1 }));
    assert_eq!(
        header_root(&[0; 64], &run(1, 37)),
        Err(ProofError::RunTooHigh { end: 38, stop: QUARTER_HEIGHT })
    );
    assert_eq!(header_root(&[0; 64], &[0, 0]), Err(ProofError::TrailingBytes(1)));
}
