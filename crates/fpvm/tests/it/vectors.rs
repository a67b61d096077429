//! The test vectors of §1, §5 and §6 in `docs/vectors/vm.json`, which the Solidity tests read too.
//!
//! `OPML_BLESS=1 cargo test -p opml-fpvm vectors` writes the file anew after the protocol changed.

mod malformed;
mod sections;
mod states;

use alloy_primitives::{B256, Bytes};
use opml_fpvm::{Cpu, PACKED_BYTES, verify};
use opml_memory::{HEADER_BYTES, JointProof, header_root, zero_hash};
use serde::{Deserialize, Serialize};
use std::{env, fs};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vectors/vm.json");

/// The file. Each section is a set of parallel arrays, the form that is easiest to read in Solidity.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Vectors {
    /// `Z_0 … Z_39`.
    zero_hashes: Vec<B256>,
    state_hash: StateHashes,
    step: Steps,
    malformed: Malformed,
    joint_proof: JointProofs,
    header_proof: HeaderProofs,
}

/// Packed states and their hashes.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct StateHashes {
    packed: Vec<Bytes>,
    hash: Vec<B256>,
}

/// Witnesses and the state hashes before and after that many steps.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Steps {
    name: Vec<String>,
    steps: Vec<u32>,
    witness: Vec<Bytes>,
    start: Vec<B256>,
    end: Vec<B256>,
}

/// Witnesses that must be refused.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Malformed {
    name: Vec<String>,
    steps: Vec<u32>,
    witness: Vec<Bytes>,
}

/// Joint proofs (from the number of leaves on), the root before, the leaves' new values, one after
/// the other, and the root after.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct JointProofs {
    proof: Vec<Bytes>,
    root: Vec<B256>,
    values: Vec<Bytes>,
    root_after: Vec<B256>,
}

/// Model headers, their proofs (from the number of runs on) and the model ids.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct HeaderProofs {
    header: Vec<Bytes>,
    proof: Vec<Bytes>,
    root: Vec<B256>,
}

#[test]
fn vectors_are_current() {
    let text = serde_json::to_string_pretty(&sections::generate()).unwrap() + "\n";
    if env::var_os("OPML_BLESS").is_some() {
        // In one step, because the other test reads the file meanwhile.
        fs::write(format!("{FILE}.new"), &text).unwrap();
        fs::rename(format!("{FILE}.new"), FILE).unwrap();
    }
    let file = fs::read_to_string(FILE).unwrap();
    assert!(
        file == text,
        "{FILE} differs from what this code generates; see the head of this file"
    );
}

/// Reads the file as any other implementation would.
#[test]
fn vectors_hold() {
    let vectors: Vectors = serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap();
    for (height, hash) in vectors.zero_hashes.iter().enumerate() {
        assert_eq!(*hash, zero_hash(height as u32));
    }
    for (packed, hash) in vectors.state_hash.packed.iter().zip(&vectors.state_hash.hash) {
        let packed: &[u8; PACKED_BYTES] = packed[..].try_into().unwrap();
        let (cpu, root) = Cpu::unpack(packed).unwrap();
        assert_eq!((cpu.pack(root), cpu.hash(root)), (*packed, *hash));
        let mut unknown = *packed;
        unknown[0] ^= 3;
        assert_eq!(Cpu::unpack(&unknown), None, "version 2");
    }
    let step = &vectors.step;
    assert!(step.name.len() > 150);
    for at in 0..step.name.len() {
        let result = verify(step.steps[at], &step.witness[at]);
        assert_eq!(result, Ok((step.start[at], step.end[at])), "{}", step.name[at]);
    }
    let malformed = &vectors.malformed;
    for at in 0..malformed.name.len() {
        let result = verify(malformed.steps[at], &malformed.witness[at]);
        assert!(result.is_err(), "{}: {result:?}", malformed.name[at]);
    }
    let joint = &vectors.joint_proof;
    for at in 0..joint.proof.len() {
        let proof = JointProof::decode(&joint.proof[at]).unwrap();
        let values: Vec<[u8; 32]> =
            joint.values[at].chunks_exact(32).map(|value| value.try_into().unwrap()).collect();
        assert_eq!(proof.root(), Ok(joint.root[at]));
        assert_eq!(proof.root_with(&values), Ok(joint.root_after[at]));
    }
    let header = &vectors.header_proof;
    for at in 0..header.header.len() {
        let bytes: [u8; HEADER_BYTES] = header.header[at][..].try_into().unwrap();
        assert_eq!(header_root(&bytes, &header.proof[at]), Ok(header.root[at]));
    }
}
