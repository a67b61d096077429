//! One request: a claim, disputes about it by honest and lying parties, and everything until all money is paid.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use opml_contracts::OpML;
use opml_engine::seam::Outcome;
use opml_game::{
    Action, Claim, ClaimSlot, ClaimStatus, Decision, DisputeKey, Line, Opened, Profile, Prover,
    Side, Terms, Tick,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::chain::{Answer, Chain, claim_abi};
use crate::liar::{Liar, any};
use crate::machine::Machine;

pub(crate) const HONEST: Address = Address::repeat_byte(0x11);
pub(crate) const SUBMITTER: Address = Address::repeat_byte(0x51);
pub(crate) const CHALLENGER: Address = Address::repeat_byte(0x52);
pub(crate) const STRANGER: Address = Address::repeat_byte(0x54);

/// A dispute.
pub(crate) struct Suit<'a> {
    pub(crate) key: DisputeKey,
    pub(crate) line: Line,
    /// Which side is honest, if one is.
    pub(crate) honest: Option<Side>,
    pub(crate) liar: Prover<Liar<'a>>,
    /// From so many lists on the lying side says nothing.
    pub(crate) silent: u16,
    pub(crate) over: Option<Decision>,
}

impl Suit<'_> {
    /// Whether its verdict ended the claim.
    pub(crate) fn ended_claim(&self) -> bool {
        self.over.is_some_and(|decision| decision.rejected_claim)
    }
}

/// What was seen in all games.
pub(crate) type Seen = BTreeMap<&'static str, u64>;

pub(crate) struct Game<'a> {
    pub(crate) chain: &'a mut Chain,
    pub(crate) rng: &'a mut ChaCha8Rng,
    pub(crate) machine: &'a Machine,
    pub(crate) profile: Profile,
    /// Numbers of the profile and of the guest version.
    pub(crate) terms: (u8, u8),
    /// Number of the request.
    pub(crate) number: u64,
    pub(crate) seen: &'a mut Seen,
    /// When the claim was revealed, and within how many seconds its disputes are over.
    pub(crate) due: (Tick, u64),
}

impl<'a> Game<'a> {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    pub(crate) const fn pass(&mut self, seconds: u32) {
        self.chain.now.time += seconds;
        self.chain.now.block += seconds;
    }

    /// A true answer, or one of the lies that there are.
    fn answer(&mut self, truth: bool) -> Answer {
        let halts = self.machine.fault.map_or(self.machine.n, |(step, _)| step + 1);
        let n = halts + if self.chance(30) { any(self.rng, 1 << 20) } else { 0 };
        let (outcome, run_root, output) = self.machine.answer(n);
        let right = Answer { n, outcome, run_root, output };
        if truth {
            return right;
        }
        let wrong = self.rng.random::<[u8; 32]>().into();
        let done = (Outcome::Done, wrong, self.machine.output());
        let (n, (outcome, run_root, output)) = match (self.rng.random_range(0..5), outcome) {
            (0, _) if halts > 1 => (self.rng.random_range(1..halts), done),
            (1, Outcome::Done) => (n, (Outcome::Fault, [0; 32].into(), Vec::new())),
            (2, Outcome::Done) => (n, (Outcome::Done, run_root, vec![1, 2, 3])),
            (3, _) => (n, (Outcome::ProgramError, wrong, Vec::new())),
            _ => (n, done),
        };
        Answer { n, outcome, run_root, output }
    }

    /// Plays the request to its end.
    pub(crate) fn play(mut self) {
        let truth = self.chance(50);
        let answer = self.answer(truth);
        let submitter = if truth { HONEST } else { SUBMITTER };
        let before = self.chain.credit(HONEST);
        let mut paid = U256::ZERO;
        let stake = self.profile.stake(0);
        let proof = self.chain.claim_that((submitter, self.number), self.terms, &answer, stake);
        let claim = proof.claim();
        self.due = (self.chain.now, self.with(|terms| terms.verdict_within(claim.n)));
        if truth {
            paid += stake;
        }
        let mut suits = self.open(&claim, truth, &mut paid);
        while self.status(&claim) == ClaimStatus::Open && suits.iter().any(|s| s.over.is_none()) {
            self.turn(&claim, &mut suits);
        }
        self.end(&claim, &suits, &answer, &mut paid);
        self.settle(&claim, &suits);
        let gained = self.chain.credit(HONEST) - before;
        assert!(gained >= paid, "the honest party paid {paid} and got {gained}");
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(Terms<'_>) -> T) -> T {
        f(Terms { profile: &self.profile, guest: &self.machine.guest })
    }

    fn status(&mut self, claim: &Claim) -> ClaimStatus {
        ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap().status
    }

    /// Liars dispute a true claim; an honest challenger, and sometimes an accomplice, a false one.
    fn open(&mut self, claim: &Claim, truth: bool, paid: &mut U256) -> Vec<Suit<'a>> {
        let liars = if truth { self.rng.random_range(1..=3) } else { self.rng.random_range(0..=1) };
        let mut suits = Vec::new();
        let honest = u64::from(!truth);
        let first = self.rng.random_range(0..=liars);
        for nonce in 0..liars + honest {
            let is_honest = !truth && nonce == first;
            let (machine, n) = (self.machine, claim.n);
            // What the lying side tells; against an accomplice both do.
            let end = (!truth).then_some(claim.sn);
            let liar = Liar::new(machine, n, end, self.rng);
            let mut story = Prover::new(Liar::new(machine, n, None, self.rng));
            let action = self.with(|terms| {
                if is_honest {
                    Prover::new(machine).open(terms, claim).unwrap()
                } else {
                    story.open(terms, claim).unwrap()
                }
            });
            let Action::Open { body } = action else { panic!("{action:?}") };
            let caller = if is_honest { HONEST } else { CHALLENGER };
            let live = ClaimSlot::unpack(self.chain.claim_slot(claim.id())).unwrap().live;
            let value = self.profile.bond(live);
            let claim_ = claim_abi(claim);
            let call = OpML::openCall { claim_, nonce, body: body.into() };
            let logs = self.chain.send(caller, value, &call).unwrap();
            let event = OpML::Opened::decode_log(&logs[0]).unwrap();
            let event =
                Opened { position: event.position, opening: &event.opening, list: &event.list };
            let line = self.with(|terms| Line::opened(terms, claim, event)).unwrap();
            if is_honest {
                *paid += value;
            }
            let honest = match (truth, is_honest) {
                (true, _) => Some(Side::Submitter),
                (_, true) => Some(Side::Challenger),
                _ => None,
            };
            let silent = if self.chance(30) { self.rng.random_range(1..12) } else { u16::MAX };
            let liar = if truth { story } else { Prover::new(liar) };
            let key = DisputeKey { claim_id: claim.id(), challenger: caller, nonce };
            suits.push(Suit { key, line, honest, liar, silent, over: None });
            self.count("disputes");
            let delay = self.rng.random_range(0..4);
            self.pass(delay);
        }
        suits
    }

    /// A true claim becomes final; a false one never, and the next one, by the honest party, does.
    fn end(&mut self, claim: &Claim, suits: &[Suit<'a>], answer: &Answer, paid: &mut U256) {
        let first = (claim, self.number);
        if claim.submitter == HONEST {
            assert_eq!(self.status(claim), ClaimStatus::Open, "a true claim stands");
            self.pass(self.profile.window + 1);
            self.chain.finalise_that(first, claim, &answer.output).unwrap();
            return self.count("true claims final");
        }
        let status = self.status(claim);
        let fell = matches!(status, ClaimStatus::Rejected | ClaimStatus::TimedOut);
        assert!(fell, "a false claim is {status:?}");
        self.count("false claims rejected");
        let right = self.answer(true);
        let stake = self.profile.stake(1);
        *paid += stake;
        // The verdict opens no round by itself; whoever collects does.
        self.reopen(claim, suits);
        let last = self.chain.answer_that(first, HONEST, 1, &right, stake);
        self.pass(self.profile.window + 1);
        self.chain.finalise_that(first, &last, &right.output).unwrap();
        if status == ClaimStatus::TimedOut {
            let call = OpML::judgeCall { claim_: claim_abi(claim), final_: claim_abi(&last) };
            self.chain.send(STRANGER, U256::ZERO, &call).unwrap();
            assert_eq!(self.status(claim), ClaimStatus::Rejected);
        }
    }
}
