//! Calldata bodies of the moves (docs/protocol.md §8, *Calldata*).

use alloy_primitives::B256;

use crate::Opening;

/// What a move posts against the segment that it rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Post {
    /// The p entries of a list.
    List(Vec<B256>),
    /// The opening of phase 2 and its list without the last entry, which is hash(F).
    Opening(Opening, Vec<B256>),
}

impl Post {
    /// The bytes in calldata: the list, or opening ‖ list.
    pub fn encode(&self) -> Vec<u8> {
        let (mut bytes, list) = match self {
            Self::List(list) => (Vec::new(), list),
            Self::Opening(opening, list) => (opening.encode(), list),
        };
        bytes.extend(list.iter().flatten());
        bytes
    }
}

/// Body of `move`: start ‖ end ‖ siblings ‖ post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveBody {
    /// The entry before the picked one: the start that both sides agree on.
    pub start: B256,
    /// The picked entry: the end that the mover rejects.
    pub end: B256,
    /// Proof of the pair: log2 k words.
    pub siblings: Vec<B256>,
    /// The mover's own list.
    pub post: Post,
}

impl MoveBody {
    /// The bytes in calldata.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = [self.start, self.end].concat();
        bytes.extend(self.siblings.iter().flatten());
        bytes.extend(self.post.encode());
        bytes
    }
}

/// Body of `evaluate`: end ‖ siblings ‖ witness. Without a witness it is the body of `evaluateFault`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluateBody {
    /// The asserted end of the segment.
    pub end: B256,
    /// Proof of the pair (start, end); the start comes out of the witness.
    pub siblings: Vec<B256>,
    /// Witness of the segment's steps (docs/protocol.md §6).
    pub witness: Vec<u8>,
}

impl EvaluateBody {
    /// The bytes in calldata.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.end.to_vec();
        bytes.extend(self.siblings.iter().flatten());
        bytes.extend(&self.witness);
        bytes
    }
}

/// The words of a list as it is emitted in events, or `None` if the bytes are not whole words.
pub fn words(bytes: &[u8]) -> Option<Vec<B256>> {
    let (words, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| words.iter().map(B256::from).collect())
}
