//! The life of requests: random calls, each made on the rules and on the contract, with the same acceptance, the same error and the
//! same slots. What disputes do to it is compared where they end (`ends`).

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_sol_types::SolInterface;
use opml_contracts::OpML::{self, OpMLErrors};
use opml_engine::seam::Outcome;
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, OutputProof, Profile, Request, RequestSlot, Untimely,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::chain::{Answer, Chain, PATIENCE, claim_abi};

const ACCOUNTS: [Address; 3] =
    [Address::repeat_byte(0x51), Address::repeat_byte(0x52), Address::repeat_byte(0x53)];
const REQUESTS: u64 = 100;
const CALLS: u32 = 120;

/// All profiles have the same stake, so that only the number tells them apart.
const PROFILE: Profile = Profile {
    window: 60,
    clock: 70,
    increment: 0,
    seconds_per_block: 12,
    arity_bits: 1,
    stake_gwei: 50,
    bond_gwei: 5,
    answer_window: 0,
};

/// A court with attention: the shortest window that there is.
const ATTENTIVE: Profile = Profile { clock: 200, answer_window: 96, ..PROFILE };

/// The courts, by number.
const PROFILES: [Profile; 3] = [PROFILE, PROFILE, ATTENTIVE];

/// Whether the contract reverted with the error of this name.
fn same(untimely: Untimely, reverted: &Bytes) -> bool {
    let error = OpMLErrors::abi_decode(reverted).unwrap();
    match untimely {
        Untimely::RequestNotOpen(_) => matches!(error, OpMLErrors::RequestNotOpen(_)),
        Untimely::DeadlinePassed { .. } => matches!(error, OpMLErrors::DeadlinePassed(_)),
        Untimely::WrongRound { .. } => matches!(error, OpMLErrors::WrongRound(_)),
        Untimely::CommitmentExists(_) => matches!(error, OpMLErrors::CommitmentExists(_)),
        Untimely::NotCommitted(_) => matches!(error, OpMLErrors::NotCommitted(_)),
        Untimely::WrongProfile { .. } => matches!(error, OpMLErrors::WrongProfile(_)),
        Untimely::TooEarly { .. } => matches!(error, OpMLErrors::TooEarly(_)),
        Untimely::AnswersOpen { .. } => matches!(error, OpMLErrors::AnswersOpen(_)),
        Untimely::ClaimNotOpen(_) => matches!(error, OpMLErrors::ClaimNotOpen(_)),
        Untimely::LiveDisputes(_) => matches!(error, OpMLErrors::LiveDisputes(_)),
        Untimely::WindowOpen { .. } => matches!(error, OpMLErrors::WindowOpen(_)),
        Untimely::DeadlineNotPassed { .. } => matches!(error, OpMLErrors::DeadlineNotPassed(_)),
        Untimely::ClaimNotTimedOut(_) => matches!(error, OpMLErrors::ClaimNotTimedOut(_)),
        Untimely::ClaimNotFinal(_) => matches!(error, OpMLErrors::ClaimNotFinal(_)),
        Untimely::WrongEndState => matches!(error, OpMLErrors::WrongEndState(_)),
        Untimely::RequestNotRefunded(_) => matches!(error, OpMLErrors::RequestNotRefunded(_)),
        Untimely::NotGuardian(_) => matches!(error, OpMLErrors::NotGuardian(_)),
        Untimely::GuardianExpired { .. } => matches!(error, OpMLErrors::GuardianExpired(_)),
        Untimely::UnknownGuest => matches!(error, OpMLErrors::UnknownGuest(_)),
        Untimely::RetiredGuest => matches!(error, OpMLErrors::RetiredGuest(_)),
        Untimely::ServingGuest => matches!(error, OpMLErrors::ServingGuest(_)),
    }
}

/// A call and what came of it, without values.
fn short(name: &str) -> String {
    name.split([' ', '(', '{']).take(2).collect::<Vec<_>>().join(" ")
}

struct Twins {
    chain: Chain,
    rng: ChaCha8Rng,
    seen: BTreeMap<String, u64>,
}

impl Twins {
    fn new() -> Self {
        let mut chain = Chain::new(&ACCOUNTS);
        for profile in &PROFILES {
            chain.add_profile(profile);
        }
        Self { chain, rng: ChaCha8Rng::seed_from_u64(11), seen: BTreeMap::new() }
    }

    fn claim(&mut self, claim: &Claim) -> ClaimSlot {
        ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap()
    }

    /// Holds the contract's answer and its slots against the rules'.
    fn compare(
        &mut self,
        what: &str,
        claim: &Claim,
        (request, slot): (RequestSlot, ClaimSlot),
        ruling: Result<(RequestSlot, ClaimSlot), Untimely>,
        result: Result<Vec<Log>, Bytes>,
    ) {
        let name = match (&ruling, &result) {
            (Ok(_), Ok(_)) => format!("{what} done"),
            (Err(untimely), Err(reverted)) => {
                assert!(same(*untimely, reverted), "{what}: {untimely:?}, the contract {reverted}");
                format!("{what} {untimely:?}")
            }
            _ => panic!("{what}: the rules {ruling:?}, the contract {result:?}"),
        };
        *self.seen.entry(short(&name)).or_default() += 1;
        let after = (self.chain.request_slot(claim.request_id), self.claim(claim));
        assert_eq!(after, ruling.unwrap_or((request, slot)), "{what}: slots");
    }

    /// Holds what an accepted call has paid an account, which owned `owned` before, against what was due.
    fn check_paid(
        &mut self,
        to: Address,
        owned: U256,
        due: U256,
        result: &Result<Vec<Log>, Bytes>,
    ) {
        let due = if result.is_ok() { due } else { U256::ZERO };
        assert_eq!(self.chain.credit(to) - owned, due);
    }

    /// Now and then somebody tries to retire the guest version, or one that does not exist.
    fn retire(&mut self, guest: u8) {
        if self.rng.random_range(0..6) != 0 {
            return;
        }
        let guest = if self.rng.random_range(0..10) == 0 { u8::MAX } else { guest };
        let guardian = self.chain.guardian;
        let caller = if self.rng.random_range(0..4) == 0 { ACCOUNTS[0] } else { guardian.account };
        let before = self.chain.standing(guest);
        let ruling = guardian.retire(self.chain.now, caller, before);
        let result = self.chain.retire(caller, guest);
        let name = match (ruling, &result) {
            (Ok(_), Ok(_)) => "retire done".to_owned(),
            (Err(untimely), Err(reverted)) if same(untimely, reverted) => {
                format!("retire {untimely:?}")
            }
            _ => panic!("retire: the rules {ruling:?}, the contract {result:?}"),
        };
        *self.seen.entry(short(&name)).or_default() += 1;
        assert_eq!(self.chain.standing(guest), ruling.unwrap_or(before), "retire");
    }

    /// One call about one possible claim.
    fn call(&mut self, request: &Request, proofs: &[OutputProof]) {
        // Mostly about the first ones, so that some get far.
        let [a, b] = [0; 2].map(|_: u8| self.rng.random_range(0..proofs.len()));
        let proof = proofs[a.min(b)].clone();
        let claim = proof.claim();
        let (now, slot) =
            (self.chain.now, self.chain.request_slot(request.id(1, self.chain.court)));
        let stored = self.claim(&claim);
        let before = (slot, stored);
        let last = proofs.iter().map(OutputProof::claim).find(|claim| {
            ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap().status
                == ClaimStatus::Final
        });
        let court = (request.profile, &PROFILES[usize::from(request.profile)]);
        let guest = self.chain.standing(request.guest);
        let first = (&Claim { submitter: request.requester, ..claim.clone() }, request.nonce);
        match self.rng.random_range(0..14) {
            0..=2 => {
                // Sometimes by another profile.
                let other = self.rng.random_range(0..10) == 0;
                let profile = if other { self.rng.random_range(0..3) } else { request.profile };
                let parameters = (profile, &PROFILES[usize::from(profile)]);
                let ruling = slot.commit(
                    now,
                    claim.submitter,
                    claim.round,
                    parameters,
                    (guest, stored.status),
                );
                let call = OpML::commitCall {
                    requestId: claim.request_id,
                    round: claim.round,
                    profile,
                    content: claim.content(),
                };
                let stake = PROFILE.stake(claim.round);
                let result = self.chain.send(claim.submitter, stake, &call);
                self.compare("commit", &claim, before, ruling, result);
            }
            3..=5 => {
                let ruling = slot.reveal(now, &stored, claim.round, court, guest);
                let result = self.chain.reveal(&proof);
                self.compare("reveal", &claim, before, ruling, result);
            }
            6 => {
                let ruling = slot.finalise(now, &stored, court.1, false, guest);
                let result = self.chain.finalise_that(first, &claim, &proof.output);
                self.compare("finalise", &claim, before, ruling, result);
            }
            7 => {
                let ruling = slot.refund(now, court.1, guest).map(|request| (request, stored));
                let result = self.chain.refund(first);
                self.compare("refund", &claim, before, ruling, result);
            }
            8 => {
                let ruling = slot.take_back_late(&stored).map(|claim| (slot, claim));
                let due = PROFILE.take_back_late(claim.round, slot.refunded()).submitter;
                let call = OpML::takeBackLateCall { claim_: claim_abi(&claim) };
                let owned = self.chain.credit(claim.submitter);
                let result = self.chain.send(claim.submitter, U256::ZERO, &call);
                self.check_paid(claim.submitter, owned, due, &result);
                self.compare("takeBackLate", &claim, before, ruling, result);
            }
            9 => {
                let answer = last.unwrap_or_else(|| claim.clone());
                let status = self.claim(&answer).status;
                let ruling = stored.take_back(status, answer.sn == claim.sn);
                let call =
                    OpML::takeBackCall { claim_: claim_abi(&claim), final_: claim_abi(&answer) };
                let result = self.chain.send(claim.submitter, U256::ZERO, &call);
                self.compare("takeBack", &claim, before, ruling.map(|claim| (slot, claim)), result);
            }
            10 => self.retire(request.guest),
            11 => {
                let ruling = slot.annul(&stored, guest);
                let owned = self.chain.credit(claim.submitter);
                let result = self.chain.annul(first, &claim);
                self.check_paid(claim.submitter, owned, PROFILE.stake(claim.round), &result);
                self.compare("annul", &claim, before, ruling, result);
            }
            12 => {
                self.chain.now.time += self.rng.random_range(0..40);
                self.chain.now.block += self.rng.random_range(0..4);
            }
            _ => {
                let long = self.rng.random_range(0..4) == 0;
                self.chain.now.time += if long { self.rng.random_range(0..PATIENCE) } else { 30 };
                self.chain.now.block += self.rng.random_range(0..9);
            }
        }
    }
}

#[test]
fn requests_live_as_the_rules_say() {
    let mut twins = Twins::new();
    for nonce in 0..REQUESTS {
        // A guest version of its own, so that it can be retired alone.
        let guest = twins.chain.add_toy_guest();
        let profile = if nonce % 2 == 0 { 0 } else { 2 };
        let request = twins.chain.ask(ACCOUNTS[0], nonce, (profile, guest));
        // Answers that differ in author, end, round and profile.
        let mut proofs = Vec::new();
        for account in ACCOUNTS {
            for run_root in [1, 2] {
                let run_root = B256::repeat_byte(run_root);
                let answer = Answer { run_root, ..Answer::made_up(3, Outcome::Done) };
                proofs.push(twins.chain.proof(&request, account, 0, &answer));
            }
        }
        let late = twins.rng.random_range(0..2);
        proofs.push(OutputProof { round: late, ..proofs[0].clone() });
        for _ in 0..CALLS {
            twins.call(&request, &proofs);
        }
    }
    // Everything that is left is too late for the guardian.
    twins.chain.now.time = twins.chain.guardian.until as u32 + 1;
    while !twins.seen.contains_key("retire GuardianExpired") {
        twins.retire(0);
    }
    eprintln!("{:#?}", twins.seen);
    for name in [
        "commit done",
        "commit RequestNotOpen",
        "commit RetiredGuest",
        "commit DeadlinePassed",
        "commit WrongRound",
        "commit CommitmentExists",
        "reveal done",
        "reveal RequestNotOpen",
        "reveal RetiredGuest",
        "reveal WrongRound",
        "reveal NotCommitted",
        "reveal WrongProfile",
        "reveal TooEarly",
        "reveal AnswersOpen",
        "finalise done",
        "finalise ClaimNotOpen",
        "finalise RetiredGuest",
        "finalise WindowOpen",
        "refund done",
        "refund RequestNotOpen",
        "refund DeadlineNotPassed",
        "annul done",
        "annul ClaimNotOpen",
        "annul ServingGuest",
        "retire done",
        "retire NotGuardian",
        "retire UnknownGuest",
        "retire RetiredGuest",
        "takeBackLate done",
        "takeBackLate NotCommitted",
        "takeBackLate RequestNotRefunded",
        "takeBack done",
        "takeBack NotCommitted",
        "takeBack ClaimNotFinal",
        "takeBack WrongEndState",
    ] {
        assert!(twins.seen.contains_key(name), "no call gave {name}");
    }
}
