//! What the tests share: the events of accepted calls, cut out of their bodies.

use alloy_primitives::{B256, U256};
use opml_game::{Moved, Opened, Opening};

/// What the event of an accepted call says of the posted list.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    position: U256,
    opening: Vec<u8>,
    list: Vec<u8>,
}

impl Posted {
    /// Reads what `body` posts from byte `at` on; `opens` says whether that is a phase-2 opening.
    pub(crate) fn new(position: U256, body: &[u8], at: usize, opens: bool) -> Self {
        match Opening::decode(&body[at..]) {
            Ok((opening, rest)) if opens => {
                let list = [rest, opening.end.state_hash().as_slice()].concat();
                Self { position, opening: opening.encode(), list }
            }
            _ => Self { position, opening: Vec::new(), list: body[at..].to_vec() },
        }
    }

    /// The posted list as an `Opened` event has it.
    pub(crate) fn opened(&self) -> Opened<'_> {
        Opened { position: self.position, opening: &self.opening, list: &self.list }
    }

    /// The `Moved` event of the call with this body.
    pub(crate) fn moved(&self, pick: U256, body: &[u8]) -> Moved<'_> {
        let word = |at: usize| B256::from_slice(&body[at..at + 32]);
        Moved { pick, start: word(0), end: word(32), posted: self.opened() }
    }
}
