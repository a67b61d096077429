//! Two provers against each other over the rules, until a verdict.

use std::fmt::Debug;

use alloy_primitives::{Address, B256, U256};
use opml_game::rules::{Call, Docket, MipsVerifier};
use opml_game::{
    Action, Claim, ClaimSlot, ClaimStatus, Court, Decision, DisputeKey, DisputeSlot, GuestVersion,
    Line, Phase, Profile, Prover, Ruling, Side, Terms, Tick, Trace,
};

use crate::common::Posted;

const SUBMITTER: Address = Address::repeat_byte(1);
const CHALLENGER: Address = Address::repeat_byte(2);
const NOW: Tick = Tick { time: 1_000, block: 100 };
/// After everybody's clock.
const LATE: Tick = Tick { time: 1_000_000, block: 100_000 };

/// The clockwork of the duels.
pub(crate) const fn profile(arity_bits: u8) -> Profile {
    Profile {
        window: 100,
        clock: 100,
        increment: 0,
        seconds_per_block: 12,
        arity_bits,
        stake_gwei: 0,
        bond_gwei: 0,
        answer_window: 0,
    }
}

/// A claim that the run is in `sn` after `n` steps.
pub(crate) const fn claim(s0: B256, n: u64, sn: B256) -> Claim {
    Claim {
        request_id: B256::ZERO,
        round: 0,
        guest: 0,
        profile: 0,
        submitter: SUBMITTER,
        s0,
        n,
        sn,
        outcome: 1,
        output_hash: B256::ZERO,
    }
}

/// How a duel went.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    /// Lists per phase.
    pub(crate) lists: [u32; 2],
    /// What the parties sent, from the opening on.
    pub(crate) sent: Vec<Action>,
}

/// Plays a dispute to its end; whoever is stuck loses by its clock.
pub(crate) fn duel<S: Trace<Error: Debug>, C: Trace<Error: Debug>>(
    (profile, guest): (Profile, GuestVersion),
    claim: &Claim,
    submitter: &mut Prover<S>,
    challenger: &mut Prover<C>,
) -> Verdict {
    let terms = Terms { profile: &profile, guest: &guest };
    let court = Court::new(vec![profile], vec![(guest, MipsVerifier)]);
    let slot = ClaimSlot {
        submitter: SUBMITTER,
        time: NOW.time,
        block: NOW.block,
        live: 0,
        status: ClaimStatus::Open,
    };
    let mut docket = Docket { claim: slot, dispute: DisputeSlot::None };
    let key = DisputeKey { claim_id: claim.id(), challenger: CHALLENGER, nonce: 0 };
    let call = |side| {
        let caller = if side == Side::Submitter { SUBMITTER } else { CHALLENGER };
        Call { now: NOW, caller, value: U256::ZERO, balance: U256::ZERO }
    };

    let opening = challenger.open(terms, claim).unwrap();
    let Action::Open { body } = &opening else { panic!("no dispute of {claim:?}") };
    let ruling = court.open(&call(Side::Challenger), &docket, claim, 0, body).unwrap();
    let event = Posted::new(ruling.position.unwrap().pack(), body, 0, claim.n == 1);
    let mut line = Line::opened(terms, claim, event.opened()).unwrap();
    docket = ruling.docket;
    let mut lists = [0; 2];
    let mut sent = vec![opening];
    loop {
        lists[line.position.phase as usize - 1] += 1;
        let word = line.position.pack();
        let mover = line.position.mover;
        // The author of a list may have something to say as well: a single entry is proved at once.
        let mut decided = None;
        let mut moved = None;
        for side in [mover.other(), mover] {
            let action = match side {
                Side::Submitter => submitter.answer(terms, side, &line).unwrap(),
                Side::Challenger => challenger.answer(terms, side, &line).unwrap(),
            };
            let ruling: Ruling = match &action {
                Action::Move { pick, body } => {
                    assert_eq!(side, mover);
                    let ruling = court
                        .play(&call(side), &docket, &key, word, U256::from(*pick), body)
                        .unwrap();
                    let opens = line.position.phase == Phase::Large && line.part_steps(*pick) == 1;
                    let at = 32 * (2 + usize::from(profile.arity_bits));
                    let event = Posted::new(ruling.position.unwrap().pack(), body, at, opens);
                    moved = Some((
                        ruling,
                        line.moved(terms, event.moved(U256::from(*pick), body)).unwrap(),
                    ));
                    sent.push(action);
                    break;
                }
                Action::Evaluate { pick, body } => {
                    court.evaluate(&call(side), &docket, &key, word, U256::from(*pick), body)
                }
                Action::EvaluateFault { pick, body } => {
                    court.evaluate_fault(&call(side), &docket, &key, word, U256::from(*pick), body)
                }
                Action::Wait | Action::Alarm(_) => continue,
                Action::Open { .. } => panic!("{side:?} opens twice"),
            }
            // A liar's own proof may be refused.
            .unwrap_or(Ruling { docket, position: Some(line.position) });
            sent.push(action);
            decided = ruling.decision();
            if decided.is_some() {
                break;
            }
        }
        match (decided, moved) {
            (Some(decision), _) => return Verdict { decision, lists, sent },
            (None, Some((ruling, next))) => (docket, line) = (ruling.docket, next),
            (None, None) => {
                let ruling =
                    court.timeout(LATE, &docket, &key, word, line.tree(terms).root()).unwrap();
                return Verdict { decision: ruling.decision().unwrap(), lists, sent };
            }
        }
    }
}
