//! The money of a request that is over.

use alloy_primitives::{Bytes, U256};
use opml_contracts::OpML;
use opml_game::{Claim, DisputeKey, DisputeSlot};

use crate::chain::claim_abi;
use crate::play::{Game, STRANGER, Suit};

impl Game<'_> {
    /// Collects the dispute that ended a claim, which opens the next round.
    pub(crate) fn reopen(&mut self, claim: &Claim, suits: &[Suit<'_>]) {
        let winner = suits.iter().find(|suit| suit.ended_claim()).unwrap();
        self.collect(claim, &winner.key).unwrap();
    }

    fn collect(&mut self, claim: &Claim, key: &DisputeKey) -> Result<(), Bytes> {
        let DisputeKey { challenger, nonce, .. } = *key;
        let call = OpML::collectCall { claim_: claim_abi(claim), challenger, nonce };
        self.chain.send(STRANGER, U256::ZERO, &call).map(|_| ())
    }

    /// Everything is paid.
    pub(crate) fn settle(&mut self, claim: &Claim, suits: &[Suit<'_>]) {
        let winner = suits.iter().find(|suit| suit.ended_claim()).map(|suit| suit.key);
        for suit in suits {
            let slot = self.chain.dispute_slot(suit.key.id());
            match (DisputeSlot::unpack(slot).unwrap(), winner) {
                (DisputeSlot::Decided(decision), _) if decision.collected => {}
                (DisputeSlot::Decided(_), _) => self.collect(claim, &suit.key).unwrap(),
                (DisputeSlot::Live(_), Some(winner)) => {
                    let call = OpML::collectUnfinishedCall {
                        claim_: claim_abi(claim),
                        challenger: suit.key.challenger,
                        nonce: suit.key.nonce,
                        position: suit.line.position.pack(),
                        listRoot: self.with(|terms| suit.line.tree(terms).root()),
                        winner: winner.challenger,
                        winnerNonce: winner.nonce,
                    };
                    self.chain.send(STRANGER, U256::ZERO, &call).unwrap();
                }
                (slot, _) => panic!("{slot:?} is left over"),
            }
        }
    }
}
