//! A request with everything that hangs on it.

use std::hash::{DefaultHasher, Hash, Hasher};

use alloy_primitives::{Address, B256, U256};
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, Court, DisputeKey, DisputeSlot, Guardian, Line, RequestSlot,
    RequestStatus, Standing, Terms, Tick,
};

use crate::mutation::Rules;
use crate::world::{Table, World};

/// Who acts. All that the attacker owns is one party, however many accounts it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    /// Honest, and always answers in time.
    Live,
    /// Honest, and online only when the attacker lets it.
    Frail,
    /// Everybody else.
    Attacker,
}

impl Party {
    pub(crate) const fn account(self) -> Address {
        Address::repeat_byte(match self {
            Self::Live => 0x11,
            Self::Frail => 0x22,
            Self::Attacker => 0xaa,
        })
    }
}

/// What does not change: the run, the court and the rules round it.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// The court, and the same one after the guest version was retired.
    pub(crate) courts: [Court<Table>; 2],
    pub(crate) rules: Rules,
    /// Large steps of every claim.
    pub(crate) n: u64,
    /// What the attacker owns, in wei.
    pub(crate) capital: i128,
}

impl Stage {
    pub(crate) fn terms(&self) -> Terms<'_> {
        let [court, _] = &self.courts;
        Terms { profile: &court.profiles[0], guest: &court.guests[0].0 }
    }

    /// The court of a state.
    pub(crate) const fn court(&self, state: &State) -> &Court<Table> {
        let [serving, retired] = &self.courts;
        if state.retired.is_some() { retired } else { serving }
    }

    /// Seconds after which somebody ends what a retired guest version has left open: every clock has run out by then.
    pub(crate) fn patience(&self) -> u32 {
        let Terms { profile, .. } = self.terms();
        profile.window.max(profile.clock + u32::from(profile.increment)) + 1
    }

    pub(crate) fn truth(&self) -> B256 {
        self.world.state(self.n)
    }

    pub(crate) fn claim(&self, party: Party, round: u32, sn: B256) -> Claim {
        Claim {
            request_id: B256::repeat_byte(1),
            round,
            guest: 0,
            profile: 0,
            submitter: party.account(),
            s0: self.world.state(0),
            n: self.n,
            sn,
            outcome: 1,
            output_hash: B256::ZERO,
        }
    }
}

/// A commitment, or the claim that it became.
#[derive(Debug, Clone)]
pub(crate) struct Filed {
    pub(crate) party: Party,
    pub(crate) claim: Claim,
    pub(crate) slot: ClaimSlot,
    /// Whether nothing of its stake is left with it.
    pub(crate) settled: bool,
}

/// A dispute.
#[derive(Debug, Clone)]
pub(crate) struct Suit {
    /// Which claim.
    pub(crate) on: usize,
    pub(crate) party: Party,
    pub(crate) key: DisputeKey,
    pub(crate) slot: DisputeSlot,
    pub(crate) line: Line,
    pub(crate) settled: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) now: Tick,
    pub(crate) request: RequestSlot,
    pub(crate) claims: Vec<Filed>,
    pub(crate) suits: Vec<Suit>,
    /// When the guest version was retired.
    pub(crate) retired: Option<u32>,
    /// What each party has got so far, less what it has paid.
    purse: [i128; 3],
    pub(crate) burned: i128,
}

pub(crate) fn wei(amount: U256) -> i128 {
    amount.to::<u128>() as i128
}

impl State {
    /// When the request is made.
    pub(crate) const BEGIN: u32 = 1_000;
    /// The attacker has the guardian at its disposal, for as long as a request can live.
    pub(crate) const GUARDIAN: Guardian =
        Guardian { account: Party::Attacker.account(), until: u64::MAX };

    pub(crate) fn new(deadline: u32) -> Self {
        let now = Tick { time: Self::BEGIN, block: Self::BEGIN };
        let request = RequestSlot {
            fee_gwei: 0,
            deadline: now.time + deadline,
            round: 0,
            status: RequestStatus::Open,
            callback: 0,
            guest: 0,
            annulled: false,
            committed: None,
        };
        let (claims, suits) = (Vec::new(), Vec::new());
        Self { now, request, claims, suits, retired: None, purse: [0; 3], burned: 0 }
    }

    /// Where the guest version stands.
    pub(crate) const fn guest(&self) -> Standing {
        if self.retired.is_some() { Standing::Retired } else { Standing::Serving }
    }

    pub(crate) const fn net(&self, party: Party) -> i128 {
        self.purse[party as usize]
    }

    pub(crate) const fn pay(&mut self, party: Party, amount: i128) {
        self.purse[party as usize] += amount;
    }

    /// Whether nothing can happen any more.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(
            self.request.status,
            RequestStatus::Done | RequestStatus::Failed | RequestStatus::Refunded
        )
    }

    /// Equal for states that differ in the names of blocks only, or in the order in which disputes were opened.
    pub(crate) fn key(&self) -> u128 {
        let mut suits: Vec<u64> = self.suits.iter().map(|suit| self.suit_key(suit)).collect();
        suits.sort_unstable();
        let mut parts = [0; 2];
        for (salt, part) in parts.iter_mut().enumerate() {
            let hasher = &mut DefaultHasher::new();
            salt.hash(hasher);
            let RequestSlot { deadline, round, status, .. } = self.request;
            (i64::from(deadline) - i64::from(self.now.time), round, status).hash(hasher);
            self.retired.map(|time| self.now.time - time).hash(hasher);
            for Filed { party, claim, slot, settled } in &self.claims {
                let age = match slot.status {
                    ClaimStatus::Open => self.now.time - slot.time,
                    ClaimStatus::Committed => (self.now.block - slot.block).min(2),
                    _ => 0,
                };
                (party, claim.round, claim.sn, slot.status, slot.live, age, settled).hash(hasher);
            }
            suits.hash(hasher);
            (self.purse, self.burned).hash(hasher);
            *part = hasher.finish();
        }
        u128::from(parts[0]) << 64 | u128::from(parts[1])
    }

    fn suit_key(&self, suit: &Suit) -> u64 {
        let hasher = &mut DefaultHasher::new();
        (suit.on, suit.party, suit.settled).hash(hasher);
        let position = suit.line.position;
        match suit.slot {
            DisputeSlot::Decided(decision) => decision.hash(hasher),
            _ if suit.settled => {}
            _ => (position.bond_index, position.lists).hash(hasher),
        }
        let open = self.claims[suit.on].slot.status == ClaimStatus::Open;
        if let (DisputeSlot::Live(_), true) = (suit.slot, open) {
            let budgets = (position.submitter_budget, position.challenger_budget);
            let Line { start, entries, large, small, .. } = &suit.line;
            (self.now.time - position.time, budgets, position.mover).hash(hasher);
            (position.phase, position.steps, start, entries, large, small).hash(hasher);
        }
        hasher.finish()
    }
}
