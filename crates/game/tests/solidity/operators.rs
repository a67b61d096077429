//! Keys of the parties of a game, named and dismissed at random: who may play is what the rules say, second by second.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolInterface;
use opml_contracts::OpML::{self, OpMLErrors};
use opml_game::{ClaimSlot, Line, Service, Side, Unstaffed};
use rand::{Rng, seq::IndexedRandom};

use crate::twins::{CHALLENGERS, STRANGER, SUBMITTER, Twins};

/// The keys that were ever named, by party.
#[derive(Debug, Default)]
pub(crate) struct Staff {
    services: BTreeMap<Address, BTreeMap<Address, Service>>,
    /// Number of the next key.
    next: u16,
}

impl Staff {
    /// The service of a key for a party.
    fn service(&self, party: Address, key: Address) -> Service {
        self.services.get(&party).and_then(|keys| keys.get(&key)).copied().unwrap_or_default()
    }

    /// A key that nobody has named.
    fn fresh(&self) -> Address {
        let [high, low] = self.next.to_be_bytes();
        Address::left_padding_from(&[0x0e, high, low])
    }

    /// How many keys of a party are not dismissed.
    fn keys(&self, party: Address) -> u8 {
        let keys = self.services.get(&party).into_iter().flat_map(BTreeMap::values);
        keys.filter(|service| service.until.is_none()).count() as u8
    }
}

impl Twins {
    /// Sometimes a party names or dismisses a key, before a reveal, in its second or in an open dispute.
    pub(crate) fn staff(&mut self) {
        let party = [SUBMITTER, CHALLENGERS[0], CHALLENGERS[1]][self.player.rng.random_range(0..3)];
        let mut key = self.staff.fresh();
        if self.player.chance(50) {
            key = self.key_of(party);
        }
        let before = self.staff.service(party, key);
        let naming = self.player.chance(60);
        let (ruling, result) = if naming {
            let ruling = before.name(self.chain.now, self.staff.keys(party));
            let call = OpML::nameOperatorCall { operator: key };
            (ruling, self.chain.send(party, U256::ZERO, &call))
        } else {
            let call = OpML::dismissOperatorCall { operator: key };
            (before.dismiss(self.chain.now), self.chain.send(party, U256::ZERO, &call))
        };
        let what = if naming { "name" } else { "dismiss" };
        let name = match (&ruling, &result) {
            (Ok(_), Ok(_)) => "done",
            (Err(unstaffed), Err(reverted)) => {
                let error = OpMLErrors::abi_decode(reverted).unwrap();
                match (unstaffed, error) {
                    (Unstaffed::TooManyOperators, OpMLErrors::TooManyOperators(_)) => "TooMany",
                    (Unstaffed::OperatorExists { .. }, OpMLErrors::OperatorExists(_)) => "Exists",
                    (Unstaffed::NotOperator, OpMLErrors::NotOperator(_)) => "NotOperator",
                    (_, error) => panic!("{what}: {unstaffed:?}, the contract {error:?}"),
                }
            }
            _ => panic!("{what}: the rules {ruling:?}, the contract {result:?}"),
        };
        self.see(format!("{what} {name}"));
        if let Ok(service) = ruling {
            self.staff.next = self.staff.next.wrapping_add(1);
            self.staff.services.entry(party).or_default().insert(key, service);
        }
        let kept = self.chain.operators(party, key);
        let seconds = |time: Option<u64>| U256::from(time.unwrap_or_default());
        let service = ruling.unwrap_or(before);
        assert_eq!(kept, (seconds(service.since), seconds(service.until)), "{what}: service");
    }

    /// One of the keys that a party has named, the later ones more often, or nobody's.
    fn key_of(&mut self, party: Address) -> Address {
        let named: Vec<Address> =
            self.staff.services.get(&party).into_iter().flat_map(BTreeMap::keys).copied().collect();
        let late = named.len().saturating_sub(6);
        named[late..].choose(&mut self.player.rng).copied().unwrap_or(STRANGER)
    }

    /// Who sends a call that `caller` is to make, and whom the rules take it for: often one of the keys of the side to move, or of
    /// the other one.
    pub(crate) fn sender(
        &mut self,
        caller: Address,
        challenger: Address,
        line: &Line,
        claim: &ClaimSlot,
    ) -> (Address, Address) {
        let mover = match line.position.mover {
            Side::Submitter => claim.submitter,
            Side::Challenger => challenger,
        };
        if !self.player.chance(40) {
            return (caller, self.staff.service(mover, caller).acting(caller, mover, claim));
        }
        let others = [SUBMITTER, CHALLENGERS[0], CHALLENGERS[1]];
        let party =
            if self.player.chance(80) { mover } else { others[self.player.rng.random_range(0..3)] };
        let key = self.key_of(party);
        let acting = self.staff.service(mover, key).acting(key, mover, claim);
        self.see(format!("operator {}", if acting == mover { "plays" } else { "is nobody" }));
        (key, acting)
    }
}
