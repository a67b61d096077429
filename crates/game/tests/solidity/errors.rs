//! The contract's errors, from the refusals of the rules.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolError;
use opml_contracts::{OpML, ToyVerifier};
use opml_game::Refusal;

/// Whether the contract reverted with exactly this refusal.
pub(crate) fn same(refusal: &Refusal, reverted: &Bytes) -> bool {
    match encode(refusal) {
        Some(expected) => expected == reverted.as_ref(),
        None => reverted.starts_with(&ToyVerifier::WrongWitnessLength::SELECTOR),
    }
}

/// The data that the contract reverts with; `None` if the verifier chooses it.
fn encode(refusal: &Refusal) -> Option<Vec<u8>> {
    let word = |number: u64| U256::from(number);
    Some(match *refusal {
        Refusal::ClaimNotOpen { claim_id, status } => {
            OpML::ClaimNotOpen { claimId: claim_id, status }.abi_encode()
        }
        Refusal::UnknownProfile(profile) => OpML::UnknownProfile { profile }.abi_encode(),
        Refusal::UnknownGuest(guest) => OpML::UnknownGuest { guest }.abi_encode(),
        Refusal::RetiredGuest(guest) => OpML::RetiredGuest { guest }.abi_encode(),
        Refusal::WindowClosed { claim_id, elapsed, window } => {
            OpML::WindowClosed { claimId: claim_id, elapsed: word(elapsed), window: word(window) }
                .abi_encode()
        }
        Refusal::TooManyDisputes { claim_id, live } => {
            OpML::TooManyDisputes { claimId: claim_id, live: U256::from(live) }.abi_encode()
        }
        Refusal::WrongBond { required, sent } => OpML::WrongBond { required, sent }.abi_encode(),
        Refusal::DisputeExists(id) => OpML::DisputeExists { disputeId: id }.abi_encode(),
        Refusal::StalePosition(id) => OpML::StalePosition { disputeId: id }.abi_encode(),
        Refusal::DisputeDecided(id) => OpML::DisputeDecided { disputeId: id }.abi_encode(),
        Refusal::NotMover { dispute_id, mover, caller } => {
            OpML::NotMover { disputeId: dispute_id, mover, caller }.abi_encode()
        }
        Refusal::ClockExpired { dispute_id, elapsed, budget } => OpML::ClockExpired {
            disputeId: dispute_id,
            elapsed: word(elapsed),
            budget: word(budget),
        }
        .abi_encode(),
        Refusal::ClockRunning { dispute_id, elapsed, budget } => OpML::ClockRunning {
            disputeId: dispute_id,
            elapsed: word(elapsed),
            budget: word(budget),
        }
        .abi_encode(),
        Refusal::BadPick { pick, entries } => {
            OpML::BadPick { pick, entries: word(entries) }.abi_encode()
        }
        Refusal::BadBodyLength { expected, got } => {
            OpML::BadBodyLength { expected: U256::from(expected), got: U256::from(got) }
                .abi_encode()
        }
        Refusal::SameEnd(end) => OpML::SameEnd { end }.abi_encode(),
        Refusal::MustEvaluate(id) => OpML::MustEvaluate { disputeId: id }.abi_encode(),
        Refusal::MustMove(id) => OpML::MustMove { disputeId: id }.abi_encode(),
        Refusal::BadStepCount { m, max } => {
            OpML::BadStepCount { m: word(m), max: word(max) }.abi_encode()
        }
        Refusal::BadFinalState => OpML::BadFinalState {}.abi_encode(),
        Refusal::NotDecisive(id) => OpML::NotDecisive { disputeId: id }.abi_encode(),
        Refusal::Witness(_) => return None,
    })
}
