//! How the claim of a game ends, and who gets what of its disputes: the contract pays what the rules say, when they say it.

use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_sol_types::{SolEvent, SolInterface};
use opml_contracts::OpML::{self, OpMLErrors};
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, DisputeKey, DisputeSlot, End, Fate, Profile, Side, Split, Terms,
};
use rand::seq::SliceRandom;

use crate::chain::{PATIENCE, claim_abi};
use crate::player::{Attempt, What};
use crate::toy::Toy;
use crate::twins::{CHALLENGERS, Disputes, STRANGER, SUBMITTER, Twins};

/// Claims in later rounds.
const SUCCESSOR: Address = STRANGER;
const ACCOUNTS: [Address; 4] = [SUBMITTER, CHALLENGERS[0], CHALLENGERS[1], SUCCESSOR];

impl Twins {
    /// Brings a claim and its request to an end, and tries to settle everything before and after each step of it.
    pub(crate) fn end(&mut self, claim: &Claim, number: u64, mut disputes: Disputes) {
        let (profile, _) = Self::terms(&self.court, claim);
        self.time_out(claim, &mut disputes);
        self.settle(claim, &profile, &disputes);
        let first = (claim, number);
        let mut last = claim.clone();
        if !self.court.retired.contains(&claim.guest) && self.player.chance(8) {
            self.retire(claim.guest);
        }
        if self.court.retired.contains(&claim.guest) {
            self.unwind(first);
        } else if self.claim(claim).status == ClaimStatus::Open {
            if self.claim(claim).live != 0 {
                return; // Nobody calls the clocks of the rest.
            }
            self.pass(profile.window + 1);
            self.chain.finalise(first, claim).unwrap();
        } else if self.player.chance(30) {
            self.pass(PATIENCE + 2 * profile.clock + 1);
            self.chain.refund(first).unwrap();
        } else {
            let same = self.player.chance(50);
            last = self.chain.answer_again(first, SUCCESSOR, 1, same, profile.stake(1));
            self.settle(claim, &profile, &disputes);
            self.judge(claim, &profile, &last);
            self.pass(profile.window + 1);
            self.chain.finalise(first, &last).unwrap();
        }
        self.settle(claim, &profile, &disputes);
        self.judge(claim, &profile, &last);
        self.settle(claim, &profile, &disputes);
        self.judge(claim, &profile, &last);
        for key in disputes.keys() {
            let collected = match self.docket(key).dispute {
                DisputeSlot::Decided(decision) => decision.collected,
                DisputeSlot::Returned => true,
                DisputeSlot::None | DisputeSlot::Live(_) => false,
            };
            assert!(collected, "nothing is left over");
        }
    }

    /// Retires a guest version, and appends it again for the games to come.
    pub(crate) fn retire(&mut self, number: u8) {
        let guest = self.court.guests[usize::from(number)].0;
        self.chain.retire(self.chain.guardian.account, number).unwrap();
        self.court.retired.insert(number);
        for serving in self.serving.iter_mut().filter(|serving| **serving == number) {
            *serving = self.court.guests.len() as u8;
        }
        self.chain.add_guest(&guest);
        self.court.guests.push((guest, Toy));
    }

    /// Ends the request of a claim whose guest version is retired.
    fn unwind(&mut self, first: (&Claim, u64)) {
        let (claim, _) = first;
        let before = self.chain.credit(SUBMITTER);
        if self.claim(claim).status == ClaimStatus::Open {
            self.chain.annul(first, claim).unwrap();
            let (profile, _) = Self::terms(&self.court, claim);
            let paid = self.chain.credit(SUBMITTER) - before;
            assert_eq!(paid, profile.stake(claim.round), "annulled");
            self.see("annul".to_owned());
        } else {
            self.chain.refund(first).unwrap();
            self.see("refund at once".to_owned());
        }
    }

    fn claim(&mut self, claim: &Claim) -> ClaimSlot {
        ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap()
    }

    const fn pass(&mut self, seconds: u32) {
        self.chain.now.time += seconds;
        self.chain.now.block += seconds;
    }

    /// Runs clocks out, mostly of all that still run.
    fn time_out(&mut self, claim: &Claim, disputes: &mut Disputes) {
        let (profile, guest) = Self::terms(&self.court, claim);
        let terms = Terms { profile: &profile, guest: &guest };
        let lines = disputes.values().flatten();
        let budgets = lines.map(|line| line.position.budget(line.position.mover));
        self.pass(budgets.max().unwrap_or_default() + 1);
        for (key, line) in disputes.iter_mut() {
            if self.player.chance(5) || self.claim(claim).status != ClaimStatus::Open {
                continue;
            }
            let Some(last) = line.clone() else { continue };
            let what = What::Timeout(last.tree(terms).root());
            let position = last.position.pack();
            let attempt = Attempt { caller: STRANGER, key: *key, position, pick: U256::ZERO, what };
            if self.play(claim, attempt, &last).is_some() {
                *line = None;
            }
        }
    }

    /// Tries to collect every dispute, in any order, some of them twice.
    fn settle(&mut self, claim: &Claim, profile: &Profile, disputes: &Disputes) {
        let mut keys: Vec<DisputeKey> = disputes.keys().copied().collect();
        keys.extend(keys.clone().first());
        keys.shuffle(&mut self.player.rng);
        for key in keys {
            let request = self.chain.request_slot(claim.request_id);
            let slot = self.claim(claim);
            let end = End::of(slot.status, request.refunded());
            match self.docket(&key).dispute {
                DisputeSlot::Decided(decision) => {
                    let fate = Fate::decided(decision.winner, decision.by_proof, end);
                    let fate = fate.filter(|_| !decision.collected);
                    let next = request.reopen(self.chain.now, claim.round, profile);
                    let next = next.filter(|_| !decision.collected && decision.rejected_claim);
                    let split =
                        fate.map(|fate| profile.collect(&decision, fate, claim.round, slot.live));
                    let call = OpML::collectCall {
                        claim_: claim_abi(claim),
                        challenger: key.challenger,
                        nonce: key.nonce,
                    };
                    let before = self.credits();
                    let result = self.chain.send(STRANGER, U256::ZERO, &call);
                    let after = self.chain.request_slot(claim.request_id);
                    assert_eq!(after, next.unwrap_or(request), "collect: request");
                    if next.is_some() {
                        self.see("collect reopens".to_owned());
                    }
                    let receivers = Receivers::of(claim, &key, &key);
                    let name = fate.map_or("waits".to_owned(), |fate| format!("{fate:?}"));
                    let split = split.or(next.map(|_| Split::default()));
                    self.paid(&format!("collect {name}"), before, split, receivers, result);
                }
                DisputeSlot::Live(_) => {
                    let Some(line) = disputes[&key].clone() else { panic!("{key:?} is over") };
                    let winner = disputes.keys().find(|key| self.rejected(key)).copied();
                    let named = winner.is_some() || end == End::Annulled;
                    let fate = Fate::unfinished(end).filter(|_| named);
                    let position = &line.position;
                    let (bonds, lists) = (position.bond_index, position.lists);
                    let split =
                        fate.map(|fate| profile.settle(fate, claim.round, slot.live, bonds, lists));
                    let (_, guest) = Self::terms(&self.court, claim);
                    let terms = Terms { profile, guest: &guest };
                    let winner = winner.unwrap_or(key);
                    let call = OpML::collectUnfinishedCall {
                        claim_: claim_abi(claim),
                        challenger: key.challenger,
                        nonce: key.nonce,
                        position: position.pack(),
                        listRoot: line.tree(terms).root(),
                        winner: winner.challenger,
                        winnerNonce: winner.nonce,
                    };
                    let before = self.credits();
                    let result = self.chain.send(STRANGER, U256::ZERO, &call);
                    let receivers = Receivers::of(claim, &key, &winner);
                    let name = fate.map_or("waits".to_owned(), |fate| format!("{fate:?}"));
                    let what = format!("collectUnfinished {name}");
                    self.paid(&what, before, split, receivers, result);
                }
                DisputeSlot::Returned | DisputeSlot::None => {}
            }
        }
    }

    /// Whether a dispute ended its claim.
    fn rejected(&mut self, key: &DisputeKey) -> bool {
        matches!(self.docket(key).dispute, DisputeSlot::Decided(d) if d.winner == Side::Challenger)
    }

    fn judge(&mut self, claim: &Claim, profile: &Profile, last: &Claim) {
        let right = claim.sn == last.sn;
        let (slot, status) = (self.claim(claim), self.claim(last).status);
        let judged = slot.judge(status, right);
        let due = judged.is_ok();
        let split = due.then(|| if right { profile.late(claim.round) } else { Split::default() });
        let call = OpML::judgeCall { claim_: claim_abi(claim), final_: claim_abi(last) };
        let before = self.credits();
        let result = self.chain.send(STRANGER, U256::ZERO, &call);
        let name = match (due, right) {
            (false, _) => "judge refused",
            (true, true) => "judge Late",
            (true, false) => "judge Rejected",
        };
        let receivers = Receivers {
            submitter: claim.submitter,
            challenger: Address::ZERO,
            winner: Address::ZERO,
            successor: last.submitter,
        };
        self.paid(name, before, split, receivers, result);
        assert_eq!(self.claim(claim), judged.unwrap_or(slot), "judge: claim");
    }

    fn credits(&mut self) -> [U256; 4] {
        ACCOUNTS.map(|account| self.chain.credit(account))
    }

    pub(crate) fn see(&mut self, name: String) {
        *self.seen.entry(name).or_default() += 1;
    }

    /// Compares what a call has paid with what it should have; `None`: it had to be refused.
    fn paid(
        &mut self,
        what: &str,
        mut credits: [U256; 4],
        split: Option<Split>,
        receivers: Receivers,
        result: Result<Vec<Log>, Bytes>,
    ) {
        self.see(what.to_owned());
        let logs = match (split, result) {
            (Some(_), Ok(logs)) => logs,
            (None, Err(reverted)) => {
                let error = OpMLErrors::abi_decode(&reverted).unwrap();
                let expected = matches!(
                    error,
                    OpMLErrors::DisputeNotOver(_)
                        | OpMLErrors::AlreadyCollected(_)
                        | OpMLErrors::ClaimNotTimedOut(_)
                        | OpMLErrors::ClaimNotFinal(_)
                );
                assert!(expected, "{what}: {error:?}");
                return assert_eq!(self.credits(), credits, "{what}");
            }
            (split, result) => panic!("{what}: the rules {split:?}, the contract {result:?}"),
        };
        let split = split.unwrap_or_default();
        for (account, amount) in [
            (receivers.submitter, split.submitter),
            (receivers.challenger, split.challenger),
            (receivers.winner, split.winner),
            (receivers.successor, split.successor),
        ] {
            if let Some(at) = ACCOUNTS.iter().position(|known| *known == account) {
                credits[at] += amount;
            } else {
                assert_eq!(amount, U256::ZERO, "{what}: to {account}");
            }
        }
        assert_eq!(self.credits(), credits, "{what}");
        let burned: U256 =
            logs.iter().filter_map(|log| Some(OpML::Burned::decode_log(log).ok()?.amount)).sum();
        assert_eq!(burned, split.burned, "{what}: burned");
    }
}

/// Whose the parts of a split are.
struct Receivers {
    submitter: Address,
    challenger: Address,
    winner: Address,
    successor: Address,
}

impl Receivers {
    const fn of(claim: &Claim, dispute: &DisputeKey, winner: &DisputeKey) -> Self {
        Self {
            submitter: claim.submitter,
            challenger: dispute.challenger,
            winner: winner.challenger,
            successor: Address::ZERO,
        }
    }
}
