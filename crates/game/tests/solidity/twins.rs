//! Contract and rules side by side.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Log, U256};
use alloy_sol_types::SolEvent;
use opml_contracts::OpML;
use opml_game::rules::{Call, Docket};
use opml_game::{
    Claim, ClaimSlot, Court, DisputeKey, DisputeSlot, GuestVersion, Line, Moved, Opened, Phase,
    Profile, Refusal, Ruling, Terms, Tick,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::chain::{Chain, MAX_LARGE_STEPS, claim_abi};
use crate::errors;
use crate::operators::Staff;
use crate::player::{Attempt, Player, What};
use crate::toy::Toy;

pub(crate) const SUBMITTER: Address = Address::repeat_byte(0x51);
pub(crate) const CHALLENGERS: [Address; 2] =
    [Address::repeat_byte(0x52), Address::repeat_byte(0x53)];
pub(crate) const STRANGER: Address = Address::repeat_byte(0x54);
const CALLS: u64 = 40;

/// Contract and rules side by side.
pub(crate) struct Twins {
    pub(crate) chain: Chain,
    pub(crate) court: Court<Toy>,
    pub(crate) player: Player,
    /// The numbers of the guest versions that are not retired, one for each kind.
    pub(crate) serving: [u8; 5],
    /// The parties' operators.
    pub(crate) staff: Staff,
    /// How often each outcome was seen.
    pub(crate) seen: BTreeMap<String, u64>,
}

/// A dispute as its events tell it: live, or decided.
pub(crate) type Disputes = BTreeMap<DisputeKey, Option<Line>>;

impl Twins {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chain = Chain::new(&[SUBMITTER, CHALLENGERS[0], CHALLENGERS[1], STRANGER]);
        let mut court = Court::new(Vec::new(), Vec::new());
        for (arity_bits, increment, seconds_per_block) in
            [(1, 0, 12), (2, 24, 12), (3, 1000, 1), (5, 24, u16::MAX), (6, u16::MAX, 12)]
        {
            let profile = Profile {
                window: 60 + u32::from(increment),
                clock: 60 + 30 * u32::from(arity_bits),
                increment,
                seconds_per_block,
                arity_bits,
                stake_gwei: 50,
                bond_gwei: u64::from(arity_bits).min(5),
                answer_window: 0,
            };
            chain.add_profile(&profile);
            court.profiles.push(profile);
        }
        for (max_steps_bits, max_evaluated) in [(0, 1), (4, 1), (5, 16), (24, 3), (40, 16)] {
            let guest = GuestVersion {
                root: B256::repeat_byte(max_steps_bits),
                verifier: chain.verifier,
                entry: 0x1000,
                max_steps_bits,
                max_evaluated,
            };
            chain.add_guest(&guest);
            court.guests.push((guest, Toy));
        }
        Self {
            chain,
            court,
            player: Player::new(ChaCha8Rng::seed_from_u64(seed)),
            serving: [0, 1, 2, 3, 4],
            staff: Staff::default(),
            seen: BTreeMap::new(),
        }
    }

    pub(crate) fn terms(court: &Court<Toy>, claim: &Claim) -> (Profile, GuestVersion) {
        (court.profiles[usize::from(claim.profile)], court.guests[usize::from(claim.guest)].0)
    }

    pub(crate) fn docket(&mut self, key: &DisputeKey) -> Docket {
        Docket {
            claim: ClaimSlot::unpack(self.chain.claim_slot(key.claim_id)).unwrap(),
            dispute: DisputeSlot::unpack(self.chain.dispute_slot(key.id())).unwrap(),
        }
    }

    /// Lets time pass: mostly little, sometimes enough to lose by.
    fn wait(&mut self) {
        let rng = &mut self.player.rng;
        let seconds = if rng.random_range(0..100) < 6 { 400 } else { 25 };
        let Tick { time, block } = self.chain.now;
        self.chain.now = Tick {
            time: time + rng.random_range(0..seconds),
            block: block + rng.random_range(0..4),
        };
        if rng.random_range(0..100) < 6 {
            self.chain.now.block += rng.random_range(0..60);
        }
    }

    /// Compares one call; gives the logs if both accept it.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        key: &DisputeKey,
        ruling: Result<Ruling, Refusal>,
        result: Result<Vec<Log>, alloy_primitives::Bytes>,
    ) -> Option<(Ruling, Vec<Log>)> {
        let (name, accepted) = match (ruling, result) {
            (Ok(ruling), Ok(logs)) => {
                let decision = ruling.decision().map(|d| (d.winner, d.by_proof));
                assert_eq!(self.docket(key), ruling.docket, "{what}: slots");
                (format!("{what} {decision:?}"), Some((ruling, logs)))
            }
            (Err(refusal), Err(reverted)) => {
                assert!(
                    errors::same(&refusal, &reverted),
                    "{what}: {refusal:?}, the contract {reverted}"
                );
                (format!("{what} {}", refusal.name().unwrap_or("verifier")), None)
            }
            (ruling, result) => panic!("{what}: the rules {ruling:?}, the contract {result:?}"),
        };
        *self.seen.entry(name).or_default() += 1;
        accepted
    }

    fn open(&mut self, claim: &Claim, disputes: &mut Disputes) {
        let (profile, guest) = Self::terms(&self.court, claim);
        let terms = Terms { profile: &profile, guest: &guest };
        let post = self.player.post(terms, Phase::Large, claim.s0, claim.sn, claim.n);
        let mut body = post.encode();
        if self.player.chance(15) {
            self.player.spoil_bytes(&mut body);
        }
        let nonce = self.player.rng.random_range(0..3);
        let caller = CHALLENGERS[self.player.rng.random_range(0..2)];
        let mut claim = claim.clone();
        if self.player.chance(3) {
            claim.n ^= 1;
        }
        let key = DisputeKey { claim_id: claim.id(), challenger: caller, nonce };
        let docket = self.docket(&key);
        let mut value = profile.bond(docket.claim.live);
        if self.player.chance(5) {
            value -= U256::ONE;
        } else if self.player.chance(5) {
            value += U256::ONE;
        }
        // What is sent beyond a bond may pay for the next one, unless it is fetched.
        if self.player.chance(20) {
            let fetched = self.chain.send(caller, U256::ZERO, &OpML::withdrawCall { to: caller });
            assert!(fetched.is_ok() || self.chain.credits(caller).is_zero());
        }
        let balance = self.chain.credits(caller);
        let call = Call { now: self.chain.now, caller, value, balance };
        let ruling = self.court.open(&call, &docket, &claim, nonce, &body);
        let claim_ = claim_abi(&claim);
        let result =
            self.chain.send(caller, value, &OpML::openCall { claim_, nonce, body: body.into() });
        if let Some((ruling, logs)) = self.compare("open", &key, ruling, result) {
            // What a balance paid is told before.
            let event = logs.iter().find_map(|log| OpML::Opened::decode_log(log).ok()).unwrap();
            assert_eq!((event.disputeId, event.claimId), (key.id(), key.claim_id));
            let event =
                Opened { position: event.position, opening: &event.opening, list: &event.list };
            let line = Line::opened(terms, &claim, event).unwrap();
            assert_eq!(
                DisputeSlot::live(line.position.pack(), line.tree(terms).root()),
                ruling.docket.dispute
            );
            disputes.insert(key, Some(line));
        }
    }

    pub(crate) fn play(
        &mut self,
        claim: &Claim,
        attempt: Attempt,
        line: &Line,
    ) -> Option<Option<Line>> {
        let (profile, guest) = Self::terms(&self.court, claim);
        let terms = Terms { profile: &profile, guest: &guest };
        let Attempt { caller, key, position, pick, what } = attempt;
        let DisputeKey { claim_id, challenger, nonce } = key;
        let docket = self.docket(&key);
        let (sender, caller) = self.sender(caller, challenger, line, &docket.claim);
        let call = Call { now: self.chain.now, caller, value: U256::ZERO, balance: U256::ZERO };
        let (court, chain) = (&self.court, &mut self.chain);
        let (name, ruling, result) = match what {
            What::Move(body) => {
                let ruling = court.play(&call, &docket, &key, position, pick, &body);
                let body = body.into();
                let call =
                    OpML::moveCall { claimId: claim_id, challenger, nonce, position, pick, body };
                ("move", ruling, chain.send(sender, U256::ZERO, &call))
            }
            What::Evaluate(body) => {
                let ruling = court.evaluate(&call, &docket, &key, position, pick, &body);
                let body = body.into();
                let call = OpML::evaluateCall {
                    claimId: claim_id,
                    challenger,
                    nonce,
                    position,
                    pick,
                    body,
                };
                ("evaluate", ruling, chain.send(sender, U256::ZERO, &call))
            }
            What::EvaluateFault(body) => {
                let ruling = court.evaluate_fault(&call, &docket, &key, position, pick, &body);
                let body = body.into();
                let call = OpML::evaluateFaultCall {
                    claimId: claim_id,
                    challenger,
                    nonce,
                    position,
                    pick,
                    body,
                };
                ("evaluateFault", ruling, chain.send(sender, U256::ZERO, &call))
            }
            What::Timeout(root) => {
                let ruling = court.timeout(call.now, &docket, &key, position, root);
                let call = OpML::timeoutCall {
                    claimId: claim_id,
                    challenger,
                    nonce,
                    position,
                    listRoot: root,
                };
                ("timeout", ruling, chain.send(sender, U256::ZERO, &call))
            }
        };
        let (ruling, logs) = self.compare(name, &key, ruling, result)?;
        let next = ruling.position.map(|_| {
            let event = OpML::Moved::decode_log(&logs[0]).unwrap();
            let posted =
                Opened { position: event.position, opening: &event.opening, list: &event.list };
            let moved = Moved { pick: event.pick, start: event.start, end: event.end, posted };
            let line = line.moved(terms, moved).unwrap();
            assert_eq!(
                DisputeSlot::live(line.position.pack(), line.tree(terms).root()),
                ruling.docket.dispute
            );
            line
        });
        Some(next)
    }

    /// One claim with a few disputes.
    pub(crate) fn game(&mut self, number: u64) {
        self.staff();
        self.chain.now.time += self.player.rng.random_range(0..2);
        let rng = &mut self.player.rng;
        let numbers = (rng.random_range(0..5u8), self.serving[rng.random_range(0..5)]);
        let n = match rng.random_range(0..4) {
            0 => 1,
            1 => rng.random_range(1..=64),
            2 => rng.random_range(1..=1 << 20),
            _ => rng.random_range(1..=MAX_LARGE_STEPS),
        };
        let stake = U256::from(self.court.profiles[usize::from(numbers.0)].stake_gwei)
            * U256::from(1_000_000_000);
        let claim = self.chain.claim(SUBMITTER, number, numbers, n, stake);
        let (profile, guest) = Self::terms(&self.court, &claim);
        let terms = Terms { profile: &profile, guest: &guest };
        let mut disputes = Disputes::new();
        let mut last: Vec<(DisputeKey, Line)> = Vec::new();
        for _ in 0..CALLS {
            self.wait();
            let serving = !self.court.retired.contains(&claim.guest);
            if self.player.chance(2) {
                self.staff();
            }
            if serving && self.player.chance(1) && self.player.chance(10) {
                self.retire(claim.guest);
            }
            if disputes.is_empty() || self.player.chance(10) {
                self.open(&claim, &mut disputes);
                continue;
            }
            // Now and then a dispute that is over, or a line that has been answered.
            let old = self.player.chance(5) && !last.is_empty();
            let live: Vec<(DisputeKey, Line)> =
                disputes.iter().filter_map(|(key, line)| Some((*key, line.clone()?))).collect();
            let choices = if old || live.is_empty() { &last } else { &live };
            let Some((key, line)) =
                choices.get(self.player.rng.random_range(0..choices.len().max(1))).cloned()
            else {
                continue;
            };
            let attempt = self.player.attempt(terms, &line, key, claim.submitter);
            let key = attempt.key;
            if let Some(next) = self.play(&claim, attempt, &line) {
                last.push((key, line));
                disputes.insert(key, next);
            }
        }
        self.end(&claim, number, disputes);
    }
}
