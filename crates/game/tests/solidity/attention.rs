//! The attention challenge: random histories of seats, requests, answers and judgements, each call made on the rules and on the
//! contract, with the same acceptance, the same error, the same state and the same money.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use alloy_sol_types::{SolCall, SolConstructor, SolInterface};
use opml_contracts::{Attention as Contract, AttentionTypes, IAttentionEvents};
use opml_engine::seam::Outcome;
use opml_game::attention::{Attention, Challenge, JUDGED, Unattended, answer};
use opml_game::{ClaimSlot, ClaimStatus, OutputProof, Profile, RequestSlot, RequestStatus};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::chain::{Answer, Chain};

const ACCOUNTS: [Address; 4] = [
    Address::repeat_byte(0x51),
    Address::repeat_byte(0x52),
    Address::repeat_byte(0x53),
    Address::repeat_byte(0x54),
];
/// Has never had a seat.
const STRANGER: Address = Address::repeat_byte(0x55);
const STEPS: u32 = 20_000;
/// Blocks whose hash the chain knows.
const REMEMBERED: u32 = 256;

/// The shortest answer window that there is, and a court of the same stake without attention.
const PROFILES: [Profile; 2] = [
    Profile {
        window: 60,
        clock: 200,
        increment: 0,
        seconds_per_block: 12,
        arity_bits: 1,
        stake_gwei: 50,
        bond_gwei: 5,
        answer_window: 96,
    },
    Profile {
        window: 60,
        clock: 200,
        increment: 0,
        seconds_per_block: 12,
        arity_bits: 1,
        stake_gwei: 50,
        bond_gwei: 5,
        answer_window: 0,
    },
];

/// Three seats and two draws: some are drawn, half of those are called.
fn challenge() -> Challenge {
    let Profile { window, clock, answer_window, seconds_per_block, .. } = PROFILES[0];
    Challenge {
        profile: 0,
        draws: 2,
        called_per_ten_thousand: 5_000,
        capacity: 2,
        epoch_seconds: 2 * (window + 2 * clock + u32::from(answer_window)),
        slash: 1_003,
        reward: 101,
        answers_for: PROFILES[0].answers_for().unwrap(),
        seconds_per_block,
    }
}

/// Calls in the life of a request.
#[derive(Clone, Copy)]
enum Step {
    Enrol,
    Draw,
    Answer,
    Reclaim,
    Commit,
    Reveal,
    Finalise,
    Judge,
}

const STEPS_OF_A_REQUEST: [Step; 8] = [
    Step::Enrol,
    Step::Draw,
    Step::Answer,
    Step::Reclaim,
    Step::Commit,
    Step::Reveal,
    Step::Finalise,
    Step::Judge,
];

struct Twins {
    chain: Chain,
    contract: Address,
    rules: Attention,
    rng: ChaCha8Rng,
    requests: Vec<Asked>,
    /// How many requests there were.
    asked: u64,
    /// Wei that the contract was sent and has not paid out.
    held: U256,
    seen: BTreeMap<String, u64>,
}

/// A request with the answers that accounts may give to it.
#[derive(Clone)]
struct Asked {
    proofs: Vec<OutputProof>,
}

impl Asked {
    fn id(&self) -> B256 {
        self.proofs[0].claim().request_id
    }
}

impl Twins {
    fn new() -> Self {
        let mut chain = Chain::new(&ACCOUNTS);
        for profile in &PROFILES {
            chain.add_profile(profile);
        }
        chain.add_toy_guest();
        let challenge = challenge();
        let terms = IAttentionEvents::Terms {
            profile: challenge.profile,
            draws: challenge.draws,
            calledPerTenThousand: challenge.called_per_ten_thousand,
            capacity: challenge.capacity,
            epochSeconds: challenge.epoch_seconds,
            slash: challenge.slash.try_into().unwrap(),
            reward: challenge.reward.try_into().unwrap(),
        };
        let arguments =
            Contract::constructorCall { opml_: chain.court, terms_: terms }.abi_encode();
        let contract = chain.deploy([Contract::BYTECODE.to_vec(), arguments].concat());
        Self {
            chain,
            contract,
            rules: Attention::new(challenge),
            rng: ChaCha8Rng::seed_from_u64(17),
            requests: Vec::new(),
            asked: 0,
            held: U256::ZERO,
            seen: BTreeMap::new(),
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn send<C: SolCall>(
        &mut self,
        from: Address,
        value: U256,
        call: &C,
    ) -> Result<Vec<Log>, Bytes> {
        self.chain.send_to(self.contract, from, value, call)
    }

    fn view<C: SolCall>(&mut self, call: &C) -> C::Return {
        self.chain.view_of(self.contract, call)
    }

    /// Holds what a call has come to on the contract against the rules.
    fn compare(
        &mut self,
        what: &str,
        value: U256,
        ruling: Result<(), Unattended>,
        result: Result<Vec<Log>, Bytes>,
    ) {
        let name = match (&ruling, &result) {
            (Ok(()), Ok(_)) => {
                self.held += value;
                "done".to_owned()
            }
            (Err(refused), Err(reverted)) => {
                let error = Contract::AttentionErrors::abi_decode(reverted).unwrap();
                let name = |error: String| {
                    error.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned).unwrap()
                };
                let names = (name(format!("{refused:?}")), name(format!("{error:?}")));
                assert_eq!(names.0, names.1, "{what}");
                names.0
            }
            _ => panic!("{what}: the rules {ruling:?}, the contract {result:?}"),
        };
        *self.seen.entry(format!("{what} {name}")).or_default() += 1;
        self.check();
    }

    /// Everything that the contract keeps of the accounts and of the last requests is what the rules say, and it owns what it owes.
    fn check(&mut self) {
        let model = self.chain.model;
        let epoch = self.rules.challenge.epoch(self.chain.now);
        for validator in ACCOUNTS {
            let kept = self.view(&Contract::membersCall { model, validator });
            let member = self.rules.member(model, validator);
            let seat = member.seat.map_or(0, |seat| seat + 1);
            let expected = (member.deposit, member.from, member.until, seat);
            assert_eq!((U256::from(kept.deposit), kept.from, kept.until, kept.seat), expected);
            let credit = self.view(&Contract::creditsCall { account: validator });
            assert_eq!(credit, self.rules.credits.get(&validator).copied().unwrap_or_default());
        }
        for epoch in [epoch, epoch + 1] {
            let size = self.view(&Contract::rosterSizeCall { model, epoch: U256::from(epoch) });
            let roster = self.rules.rosters.get(&model).cloned().unwrap_or_default();
            assert_eq!(size, U256::from(roster.sizes.at(epoch)));
            for seat in 0..roster.sizes.at(epoch) {
                let call = Contract::occupantCall {
                    model,
                    seat: U256::from(seat),
                    epoch: U256::from(epoch),
                };
                assert_eq!(self.view(&call), roster.occupant(seat, epoch), "seat {seat}");
            }
        }
        for asked in self.requests.clone() {
            let request = asked.id();
            let kept = self.view(&Contract::enrolmentsCall { requestId: request });
            let rules = self.rules.enrolments.get(&request);
            assert_eq!(kept.funder, rules.map_or(Address::ZERO, |enrolment| enrolment.funder));
            assert_eq!(kept.rewarded, rules.map_or(0, |enrolment| enrolment.rewarded));
            assert_eq!(kept.epoch, rules.map_or(0, |enrolment| enrolment.epoch));
            assert_eq!(kept.size, rules.map_or(0, |enrolment| enrolment.size));
            let drawn = rules.and_then(|enrolment| enrolment.drawn);
            let rand = drawn.map_or(U256::ZERO, |(rand, _)| U256::from_be_slice(rand.as_slice()));
            assert_eq!(U256::from(kept.rand), rand);
            for validator in ACCOUNTS {
                let kept = self.view(&Contract::answersCall { requestId: request, validator });
                let rules = self.rules.answers.get(&(request, validator));
                assert_eq!(kept, rules.copied().unwrap_or_default());
            }
        }
        assert_eq!(self.rules.owed(), self.held);
        assert_eq!(self.chain.balance(self.contract), self.held);
    }

    /// What the chain knows of the block of the first commitment.
    fn hash(&self, slot: &RequestSlot) -> Option<B256> {
        let number = slot.committed?.block;
        let age = self.chain.now.block - number;
        (1..=REMEMBERED).contains(&age).then(|| keccak256(number.to_string()))
    }

    fn seats(&mut self) {
        let (now, model) = (self.chain.now, self.chain.model);
        let who = *ACCOUNTS.choose(&mut self.rng).unwrap();
        match self.rng.random_range(0..10) {
            0..5 => {
                let deposit = self.rules.challenge.seat_deposit();
                let mut value = deposit - self.rules.member(model, who).deposit;
                if self.chance(5) {
                    value += U256::ONE;
                }
                let ruling = self.rules.join(now, who, value, model);
                let result = self.send(who, value, &Contract::joinCall { model });
                self.compare("join", value, ruling, result);
            }
            5 => {
                let ruling = self.rules.leave(now, who, model);
                let result = self.send(who, U256::ZERO, &Contract::leaveCall { model });
                self.compare("leave", U256::ZERO, ruling, result);
            }
            6 | 7 => {
                let ruling = self.rules.vacate(now, model, who);
                let call = Contract::vacateCall { model, validator: who };
                let result = self.send(ACCOUNTS[0], U256::ZERO, &call);
                self.compare("vacate", U256::ZERO, ruling, result);
            }
            8 => {
                let who = if self.chance(10) { STRANGER } else { who };
                let ruling = self.rules.release(now, who, model);
                let result = self.send(who, U256::ZERO, &Contract::releaseCall { model });
                self.compare("release", U256::ZERO, ruling, result);
            }
            _ => {
                let ruling = self.rules.withdraw(who);
                let result = self.send(who, U256::ZERO, &Contract::withdrawCall { to: who });
                self.held -= ruling.unwrap_or_default();
                self.compare("withdraw", U256::ZERO, ruling.map(drop), result);
            }
        }
    }

    fn ask(&mut self) {
        let profile = u8::from(self.chance(5));
        self.asked += 1;
        let request = self.chain.ask(ACCOUNTS[0], self.asked, (profile, 0));
        let mut proofs = Vec::new();
        for account in ACCOUNTS {
            for (run_root, outcome) in
                [(1, Outcome::Done), (2, Outcome::Done), (3, Outcome::ProgramError)]
            {
                let run_root = B256::repeat_byte(run_root);
                let answer = Answer { run_root, ..Answer::made_up(3, outcome) };
                proofs.push(self.chain.proof(&request, account, 0, &answer));
            }
        }
        self.requests.push(Asked { proofs });
        if self.requests.len() > 3 {
            self.requests.remove(0);
        }
    }

    /// What brings a request on.
    fn next(&self, request: B256, slot: &RequestSlot) -> Step {
        let Profile { seconds_per_block, .. } = PROFILES[0];
        match (slot.status, slot.committed) {
            (RequestStatus::Open, None) if self.rules.enrolments.contains_key(&request) => {
                Step::Commit
            }
            (RequestStatus::Open, None) => Step::Enrol,
            (RequestStatus::Open, Some(first)) => {
                let elapsed = self.chain.now.elapsed_since(first, seconds_per_block);
                if elapsed <= self.rules.challenge.answers_for {
                    Step::Answer
                } else {
                    Step::Reveal
                }
            }
            (RequestStatus::Claimed, _) => Step::Finalise,
            _ => Step::Judge,
        }
    }

    /// A call about one of the last requests.
    fn request(&mut self) {
        let Some(asked) = self.requests.choose(&mut self.rng).cloned() else { return };
        let (now, request) = (self.chain.now, asked.id());
        let slot = self.chain.request_slot(request);
        let who = *ACCOUNTS.choose(&mut self.rng).unwrap();
        // Mostly about the first ones, so that some get far.
        let [a, b] = [0; 2].map(|_: u8| self.rng.random_range(0..asked.proofs.len()));
        let proof = asked.proofs[a.min(b)].clone();
        let any = *STEPS_OF_A_REQUEST.choose(&mut self.rng).unwrap();
        match if self.chance(60) { self.next(request, &slot) } else { any } {
            Step::Enrol => {
                let mut value = self.rules.challenge.funding();
                if self.chance(5) {
                    value += U256::ONE;
                }
                let about = (request, proof.request.profile, proof.request.model);
                let ruling = self.rules.enrol(now, (who, value), about, &slot);
                let call = Contract::enrolCall { request_: proof.request.to_abi().unwrap() };
                let result = self.send(who, value, &call);
                self.compare("enrol", value, ruling, result);
            }
            Step::Draw => {
                let ruling = self.rules.draw(request, &slot, self.hash(&slot));
                let result = self.send(who, U256::ZERO, &Contract::drawCall { requestId: request });
                self.compare("draw", U256::ZERO, ruling, result);
            }
            Step::Answer => {
                let last = self.found(&asked, ClaimStatus::Committed);
                let proof = last.filter(|_| self.chance(70)).unwrap_or(proof);
                let value = match self.rng.random_range(0..20) {
                    0 => B256::ZERO,
                    1 => JUDGED,
                    // Somebody else's.
                    2 => answer(request, proof.sn, ACCOUNTS[0]),
                    _ => answer(request, proof.sn, who),
                };
                let hash = self.hash(&slot);
                let ruling = self.rules.answer(now, who, (request, value), &slot, hash);
                let call = Contract::answerCall { requestId: request, value };
                let result = self.send(who, U256::ZERO, &call);
                self.compare("answer", U256::ZERO, ruling, result);
            }
            Step::Reclaim => {
                let ruling = self.rules.reclaim(now, request);
                let result =
                    self.send(who, U256::ZERO, &Contract::reclaimCall { requestId: request });
                self.compare("reclaim", U256::ZERO, ruling, result);
            }
            Step::Commit => {
                let stake = PROFILES[0].stake(0);
                let _ = self.chain.commit(&proof, stake);
            }
            Step::Reveal => {
                let proof = self.found(&asked, ClaimStatus::Committed).unwrap_or(proof);
                let _ = self.chain.reveal(&proof);
            }
            Step::Finalise => {
                let proof = self.found(&asked, ClaimStatus::Open).unwrap_or(proof);
                let claim = proof.claim();
                let first = (
                    &opml_game::Claim { submitter: proof.request.requester, ..claim.clone() },
                    proof.request.nonce,
                );
                let _ = self.chain.finalise_that(first, &claim, &proof.output);
            }
            Step::Judge => self.judge(&asked, &proof, who),
        }
    }

    fn judge(&mut self, asked: &Asked, proof: &OutputProof, who: Address) {
        let now = self.chain.now;
        // By the final claim if there is one, now and then by another.
        let last = self.found(asked, ClaimStatus::Final).filter(|_| !self.chance(10));
        let claim = last.as_ref().unwrap_or(proof).claim();
        let status = self.status(claim.id());
        let index = self.rng.random_range(0..=2);
        let drawn = self.drawn(asked.id(), index).filter(|_| self.chance(70));
        let validator = drawn.unwrap_or(*ACCOUNTS.choose(&mut self.rng).unwrap());
        let final_: AttentionTypes::Claim = claim.to_abi().unwrap();
        if self.chance(50) {
            let ruling = self.rules.reward(now, (&claim, status), validator, index);
            let call = Contract::rewardCall { final_, validator, index: U256::from(index) };
            let result = self.send(who, U256::ZERO, &call);
            self.compare("reward", U256::ZERO, ruling, result);
        } else {
            let ruling = self.rules.slash(now, who, (&claim, status), validator, index);
            let call = Contract::slashCall { final_, validator, index: U256::from(index) };
            let result = self.send(who, U256::ZERO, &call);
            self.compare("slash", U256::ZERO, ruling, result);
        }
    }

    /// Whose seat a draw is of.
    fn drawn(&self, request: B256, index: u64) -> Option<Address> {
        let enrolment = self.rules.enrolments.get(&request)?;
        let seat = self.rules.lots(request)?.seats().nth(index as usize)?;
        Some(self.rules.rosters.get(&enrolment.model)?.occupant(seat, enrolment.epoch))
    }

    /// The answer whose claim has a status.
    fn found(&mut self, asked: &Asked, status: ClaimStatus) -> Option<OutputProof> {
        asked.proofs.iter().find(|proof| self.status(proof.claim().id()) == status).cloned()
    }

    fn status(&mut self, claim_id: B256) -> ClaimStatus {
        ClaimSlot::unpack(self.chain.claim_slot(claim_id)).unwrap().status
    }

    fn pass(&mut self) {
        let (seconds, blocks) = match self.rng.random_range(0..20) {
            0 => (self.rules.challenge.epoch_seconds, 400),
            1..4 => (100, 10),
            4..7 => (24, 2),
            _ => (12, 1),
        };
        self.chain.now.time += seconds;
        self.chain.now.block += blocks;
    }
}

#[test]
fn validators_are_seated_called_and_judged_as_the_rules_say() {
    let mut twins = Twins::new();
    for _ in 0..STEPS {
        match twins.rng.random_range(0..100) {
            0..12 => twins.seats(),
            12..14 => twins.ask(),
            14..30 => twins.pass(),
            _ => twins.request(),
        }
    }
    eprintln!("{:#?}", twins.seen);
    for name in [
        "join done",
        "join AlreadySeated",
        "join StillLiable",
        "join WrongSeatDeposit",
        "leave done",
        "leave NotSeated",
        "vacate done",
        "vacate NotSeated",
        "release done",
        "release StillLiable",
        "release NothingToWithdraw",
        "withdraw done",
        "withdraw NothingToWithdraw",
        "enrol done",
        "enrol WrongProfile",
        "enrol WrongFunding",
        "enrol AlreadyEnrolled",
        "enrol TooLate",
        "enrol NobodySeated",
        "enrol EpochFull",
        "draw done",
        "draw NotEnrolled",
        "draw NotBegun",
        "draw UnknownBlock",
        "answer done",
        "answer BadAnswer",
        "answer AnswersClosed",
        "answer AlreadyAnswered",
        "reclaim done",
        "reclaim NotEnrolled",
        "reclaim JudgementOpen",
        "reward done",
        "reward WrongAnswer",
        "slash done",
        "slash RightAnswer",
        "slash NotEnrolled",
        "slash JudgementOver",
        "slash NotDrawn",
        "slash ClaimNotFinal",
        "slash NoAnswer",
        "slash BadDraw",
        "slash NotItsSeat",
        "slash NotCalled",
        "slash AlreadyJudged",
    ] {
        assert!(twins.seen.contains_key(name), "no call gave {name}");
    }
}
