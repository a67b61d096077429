//! More disputes at once than bonds are numbered for.

use alloy_primitives::U256;
use opml_contracts::OpML;
use opml_game::rules::Call;
use opml_game::{ClaimSlot, DisputeKey, Phase, Position, Terms};

use crate::chain::claim_abi;
use crate::twins::{CHALLENGERS, SUBMITTER, Twins};

impl Twins {
    /// Opens a dispute on a claim that has so many, as its slot says; gives the dispute's position if it is accepted.
    fn open_beside(&mut self, number: u64, live: u32) -> Option<Position> {
        let profile = self.court.profiles[0];
        let claim = self.chain.claim(SUBMITTER, number, (0, 0), 8, profile.stake(0));
        let slot = ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap();
        self.chain.write_claim(claim.id(), &ClaimSlot { live, ..slot });
        let key = DisputeKey { claim_id: claim.id(), challenger: CHALLENGERS[0], nonce: 0 };
        let docket = self.docket(&key);
        assert_eq!(docket.claim.live, live);
        let terms = Terms { profile: &profile, guest: &self.court.guests[0].0 };
        let body = self.player.post(terms, Phase::Large, claim.s0, claim.sn, claim.n).encode();
        let (caller, value) = (CHALLENGERS[0], profile.bond(live));
        let call = Call { now: self.chain.now, caller, value, balance: U256::ZERO };
        let ruling = self.court.open(&call, &docket, &claim, 0, &body);
        let call = OpML::openCall { claim_: claim_abi(&claim), nonce: 0, body: body.into() };
        let result = self.chain.send(caller, value, &call);
        let (ruling, _) = self.compare("open", &key, ruling, result)?;
        ruling.position
    }
}

/// With the number of its bond in the bits of the phase, nobody could play the dispute or end it.
#[test]
fn bonds_are_numbered_below_the_phase() {
    let mut twins = Twins::new(3);
    for (number, live) in [(0, 0), (1, (1 << 24) - 1)] {
        let position = twins.open_beside(number, live).unwrap();
        assert_eq!(position.bond_index, live);
        assert_eq!(Position::unpack(position.pack()), Some(position));
    }
    for (number, live) in [(2, 1 << 24), (3, (1 << 28) - 1)] {
        assert_eq!(twins.open_beside(number, live), None, "beside {live}");
    }
    assert!(twins.seen.contains_key("open TooManyDisputes"));
}
