//! Ids, positions and slots (docs/protocol.md §7).

use alloy_primitives::{Address, keccak256};
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, Decision, DisputeKey, DisputeSlot, Phase, Position, Request,
    Side,
};
use rand::Rng;
use serde_json::Value;

use crate::table::{Source, Table};

pub(crate) fn requests(source: &mut Source) -> Value {
    let mut table = Table::default();
    for chain_id in [1, 31_337, u64::MAX] {
        let court = source.address();
        let request = Request {
            requester: source.address(),
            nonce: source.0.random(),
            model: source.word(),
            guest: source.0.random(),
            profile: source.0.random(),
            input_hash: source.word(),
            callback: if chain_id == 1 { Address::ZERO } else { source.address() },
            gas_limit: source.0.random(),
            data_hash: keccak256([]),
        };
        table.number("chainId", chain_id);
        table.bytes("court", court);
        table.bytes("requester", request.requester);
        table.number("nonce", request.nonce);
        table.bytes("model", request.model);
        table.number("guest", request.guest);
        table.number("profile", request.profile);
        table.bytes("inputHash", request.input_hash);
        table.bytes("callback", request.callback);
        table.number("gasLimit", request.gas_limit);
        table.bytes("dataHash", request.data_hash);
        table.bytes("id", request.id(chain_id, court));
    }
    table.finish()
}

pub(crate) fn claims(source: &mut Source) -> Value {
    let mut table = Table::default();
    for outcome in 1..=3 {
        let claim = Claim {
            request_id: source.word(),
            round: source.0.random(),
            guest: source.0.random(),
            profile: source.0.random(),
            submitter: source.address(),
            s0: source.word(),
            n: source.0.random(),
            sn: source.word(),
            outcome,
            output_hash: source.word(),
        };
        table.bytes("requestId", claim.request_id);
        table.number("round", claim.round);
        table.number("guest", claim.guest);
        table.number("profile", claim.profile);
        table.bytes("submitter", claim.submitter);
        table.bytes("s0", claim.s0);
        table.number("n", claim.n);
        table.bytes("sn", claim.sn);
        table.number("outcome", claim.outcome);
        table.bytes("outputHash", claim.output_hash);
        table.bytes("content", claim.content());
        table.bytes("id", claim.id());
    }
    table.finish()
}

pub(crate) fn disputes(source: &mut Source) -> Value {
    let mut table = Table::default();
    for nonce in [0, 1, u64::MAX] {
        let key = DisputeKey { claim_id: source.word(), challenger: source.address(), nonce };
        table.bytes("claimId", key.claim_id);
        table.bytes("challenger", key.challenger);
        table.number("nonce", key.nonce);
        table.bytes("id", key.id());
    }
    table.finish()
}

pub(crate) fn positions(source: &mut Source) -> Value {
    let mut table = Table::default();
    for (phase, mover) in [
        (Phase::Large, Side::Submitter),
        (Phase::Large, Side::Challenger),
        (Phase::Small, Side::Submitter),
        (Phase::Small, Side::Challenger),
    ] {
        let position = Position {
            steps: source.0.random(),
            time: source.0.random(),
            block: source.0.random(),
            submitter_budget: source.0.random(),
            challenger_budget: source.0.random(),
            lists: source.0.random(),
            bond_index: source.0.random_range(0..1 << 24),
            phase,
            mover,
            max_evaluated: source.0.random_range(1..=16),
            profile: source.0.random(),
            guest: source.0.random(),
        };
        let root = source.word();
        table.number("steps", position.steps);
        table.number("time", position.time);
        table.number("block", position.block);
        table.number("submitterBudget", position.submitter_budget);
        table.number("challengerBudget", position.challenger_budget);
        table.number("lists", position.lists);
        table.number("bondIndex", position.bond_index);
        table.number("phase", phase as u8);
        table.number("side", u8::from(mover == Side::Challenger));
        table.number("maxEvaluated", position.max_evaluated);
        table.number("profile", position.profile);
        table.number("guest", position.guest);
        table.bytes("word", position.pack().to_be_bytes::<32>());
        table.bytes("listRoot", root);
        table.bytes("slot", DisputeSlot::live(position.pack(), root).pack().to_be_bytes::<32>());
    }
    table.finish()
}

pub(crate) fn verdicts() -> Value {
    let mut table = Table::default();
    for (winner, by_proof, collected, bond_index, lists) in [
        (Side::Submitter, true, false, 0, 2),
        (Side::Submitter, false, true, 1, 1),
        (Side::Challenger, true, true, (1 << 24) - 1, 11),
        (Side::Challenger, false, false, 0x12_3456, u16::MAX),
    ] {
        let rejected_claim = winner == Side::Challenger;
        let decision = Decision { winner, by_proof, rejected_claim, collected, bond_index, lists };
        table.number("winner", winner as u8);
        table.number("byProof", u8::from(by_proof));
        table.number("rejectedClaim", u8::from(rejected_claim));
        table.number("collected", u8::from(collected));
        table.number("bondIndex", bond_index);
        table.number("lists", lists);
        table.bytes("slot", DisputeSlot::Decided(decision).pack().to_be_bytes::<32>());
    }
    table.finish()
}

pub(crate) fn claim_slots(source: &mut Source) -> Value {
    let mut table = Table::default();
    for status in [
        ClaimStatus::Open,
        ClaimStatus::Final,
        ClaimStatus::Rejected,
        ClaimStatus::Committed,
        ClaimStatus::TakenBack,
        ClaimStatus::TimedOut,
        ClaimStatus::Late,
    ] {
        let slot = ClaimSlot {
            submitter: source.address(),
            time: source.0.random(),
            block: source.0.random(),
            live: source.0.random_range(0..1 << 28),
            status,
        };
        table.bytes("submitter", slot.submitter);
        table.number("time", slot.time);
        table.number("block", slot.block);
        table.number("liveDisputes", slot.live);
        table.number("status", status as u8);
        table.bytes("slot", slot.pack().to_be_bytes::<32>());
    }
    table.finish()
}
