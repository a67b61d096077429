//! The roots by which the contract and the tensor machine agree on both ends of a run (protocol §2).

use alloy_primitives::{B256, b256};
use opml_memory::{EIGHTH_HEIGHT, node, zero_hash};

/// `keccak256("opml.fault.v1")`: the state after a large step that did not end as it should.
pub const FAULT: B256 = b256!("42ba3ba05478bfe9ebc4b92de8b8871ae49d9fed0262b66bbb0b7331b0c1850b");

/// Height of the input's subtree at offset 2^40 of C.
const INPUT_HEIGHT: u32 = EIGHTH_HEIGHT - 1;

/// How a run ended, as a claim states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// `complete = 1`, with an output.
    Done = 1,
    /// `complete = 2`, without output.
    ProgramError = 2,
    /// A large step had no regular end.
    Fault = 3,
}

impl Outcome {
    /// The outcome with this number.
    pub const fn from_u8(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Done,
            2 => Self::ProgramError,
            3 => Self::Fault,
            _ => return None,
        })
    }
}

/// `C_0`: control block and activations zero, the input in its place.
pub fn c0(input: &[u8]) -> B256 {
    node(zero_hash(INPUT_HEIGHT), string_root([input.len() as u64, 0], input, INPUT_HEIGHT))
}

/// `S_0`: the state that a run of `model` on `input` starts from.
pub fn s0(input: &[u8], model: B256) -> B256 {
    node(node(c0(input), zero_hash(EIGHTH_HEIGHT)), model)
}

/// `O(complete, output)`: root of the output eighth.
pub fn output_root(complete: u64, output: &[u8]) -> B256 {
    string_root([complete, output.len() as u64], output, EIGHTH_HEIGHT)
}

/// `S_n` of a claim. The output counts only for [`Outcome::Done`], `c_n` for all but [`Outcome::Fault`].
pub fn sn(c_n: B256, outcome: Outcome, output: &[u8], model: B256) -> B256 {
    let output = match outcome {
        Outcome::Done => output_root(1, output),
        Outcome::ProgramError => output_root(2, &[]),
        Outcome::Fault => return FAULT,
    };
    node(node(c_n, output), model)
}

/// Root of a subtree whose leaf 0 holds two words and whose leaves from 1 on hold bytes, zeroes after them.
fn string_root(words: [u64; 2], bytes: &[u8], height: u32) -> B256 {
    let [first, second] = words;
    let mut leaf = B256::ZERO;
    leaf[..8].copy_from_slice(&first.to_le_bytes());
    leaf[8..16].copy_from_slice(&second.to_le_bytes());
    let body = bytes.chunks(32).map(B256::right_padding_from);
    let mut nodes: Vec<B256> = std::iter::once(leaf).chain(body).collect();
    for height in 0..height {
        nodes = nodes
            .chunks(2)
            .map(|pair| node(pair[0], pair.get(1).copied().unwrap_or_else(|| zero_hash(height))))
            .collect();
    }
    nodes[0]
}
