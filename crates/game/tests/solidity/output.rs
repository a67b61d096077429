//! What the contract took as a claim is what a proof of its output shows, and nothing else is.

use alloy_primitives::{Address, B256, U256};
use opml_engine::seam::Outcome;
use opml_game::{ClaimSlot, ClaimStatus, GuestVersion, OutputProof, OutputProofError, Profile};

use crate::chain::Chain;

const SUBMITTER: Address = Address::repeat_byte(0x51);
const ETHER: u64 = 1_000_000_000_000_000_000;

/// A chain with a claim of each outcome.
fn claims() -> (Chain, Vec<OutputProof>) {
    let mut chain = Chain::new(&[SUBMITTER]);
    let profile = Profile {
        window: 600,
        clock: 600,
        increment: 12,
        seconds_per_block: u16::MAX,
        arity_bits: 5,
        stake_gwei: 1_000_000_000,
        bond_gwei: 100_000_000,
        answer_window: 0,
    };
    chain.add_profile(&profile);
    let guest = GuestVersion {
        root: B256::repeat_byte(3),
        verifier: chain.verifier,
        entry: 4,
        max_steps_bits: 30,
        max_evaluated: 4,
    };
    chain.add_guest(&guest);
    let outcomes = [Outcome::Done, Outcome::ProgramError, Outcome::Fault];
    let proofs = outcomes.into_iter().zip(1..).map(|(outcome, nonce)| {
        chain.claim_of(SUBMITTER, nonce, (0, 0), 9, U256::from(ETHER), outcome)
    });
    let proofs = proofs.collect();
    (chain, proofs)
}

#[test]
fn every_claim_of_the_contract_has_a_proof() {
    let (mut chain, proofs) = claims();
    for proof in proofs {
        let claim = proof.claim();
        proof.verify(claim.request_id, claim.id()).unwrap();
        let slot = ClaimSlot::unpack(chain.claim_slot(claim.id())).unwrap();
        assert_eq!((slot.submitter, slot.status), (SUBMITTER, ClaimStatus::Open));
    }
}

/// Every field, changed by itself. What still fits together is about a claim that the contract does not know.
#[test]
fn no_other_proof_is_about_a_claim_of_the_contract() {
    type Change = fn(&mut OutputProof);
    let changes: [(&str, Change); 20] = [
        ("chain", |proof| proof.chain_id += 1),
        ("court", |proof| proof.court = Address::ZERO),
        ("requester", |proof| proof.request.requester = Address::ZERO),
        ("nonce", |proof| proof.request.nonce += 7),
        ("model", |proof| proof.request.model.0[31] ^= 1),
        ("guest", |proof| proof.request.guest += 1),
        ("profile", |proof| proof.request.profile += 1),
        ("input", |proof| proof.request.input_hash.0[0] ^= 1),
        ("callback", |proof| proof.request.callback = SUBMITTER),
        ("gas limit", |proof| proof.request.gas_limit += 1),
        ("data", |proof| proof.request.data_hash.0[0] ^= 1),
        ("round", |proof| proof.round += 1),
        ("submitter", |proof| proof.submitter = Address::ZERO),
        ("s0", |proof| proof.s0.0[0] ^= 1),
        ("n", |proof| proof.n += 1),
        ("sn", |proof| proof.sn.0[0] ^= 1),
        ("run root", |proof| proof.run_root.0[0] ^= 1),
        ("a byte of the output", |proof| proof.output = [b"p", &proof.output[..]].concat().into()),
        ("a zero behind the output", |proof| {
            proof.output = [&proof.output[..], &[0]].concat().into()
        }),
        ("outcome", |proof| {
            proof.outcome = match proof.outcome {
                Outcome::Done | Outcome::Fault => Outcome::ProgramError,
                Outcome::ProgramError => Outcome::Done,
            };
        }),
    ];
    let (mut chain, proofs) = claims();
    for proof in proofs {
        let claim = proof.claim();
        for (what, change) in &changes {
            let mut other = proof.clone();
            change(&mut other);
            let refusal = other.verify(claim.request_id, claim.id());
            assert!(refusal.is_err(), "{what} of {:?}", proof.outcome);
            let other = other.claim();
            // The id hides nothing of the end: another C_n is another S_n, which the proof itself refuses.
            if !matches!(*what, "run root") {
                assert_ne!(other.id(), claim.id(), "{what}");
                let slot = ClaimSlot::unpack(chain.claim_slot(other.id())).unwrap();
                assert_eq!(slot.status, ClaimStatus::None, "{what}");
            }
        }
    }
}

#[test]
fn a_refusal_says_what_does_not_fit() {
    let (_, proofs) = claims();
    let [done, refused, fault] = &proofs[..] else { panic!("three outcomes") };
    let claim = done.claim();
    let verify = |proof: &OutputProof| proof.verify(claim.request_id, claim.id()).unwrap_err();
    let changed = OutputProof { output: b"outputs".into(), ..done.clone() };
    let OutputProofError::WrongEnd { claimed, found } = verify(&changed) else { panic!("an end") };
    assert_eq!(claimed, done.sn);
    assert_ne!(found, done.sn);
    assert_eq!(
        verify(refused),
        OutputProofError::OtherRequest {
            asked: claim.request_id,
            found: refused.claim().request_id
        }
    );
    let other = OutputProof { n: 8, ..done.clone() };
    assert_eq!(
        verify(&other),
        OutputProofError::OtherClaim { asked: claim.id(), found: other.claim().id() }
    );
    let long = OutputProof { output: vec![0; (1 << 20) + 1].into(), ..done.clone() };
    assert_eq!(verify(&long), OutputProofError::TooLong { length: (1 << 20) + 1 });
    let talks = OutputProof { output: b"x".into(), ..refused.clone() };
    let outcome = Outcome::ProgramError;
    assert_eq!(verify(&talks), OutputProofError::OutputOfFailure { length: 1, outcome });
    let root = B256::repeat_byte(1);
    let rooted = OutputProof { run_root: root, ..fault.clone() };
    assert_eq!(verify(&rooted), OutputProofError::RunRootOfFault(root));
}
