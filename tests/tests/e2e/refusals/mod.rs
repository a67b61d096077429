//! Every call that must be refused is: by the custom error that names why, and nothing in the contract has changed.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U256, keccak256};
use opml_contracts::{IOpMLTypes, OpML};
use opml_game::{
    Action, Claim, Line, NativeTrace, Opened, Prover, Side, Terms, trace::NativeMachine,
};
use opml_node::{
    plan::Answer,
    player::{Run, native_answer},
};
use opml_tests::{
    Party, World, node,
    world::{Asked, Question, REVEAL_DELAY, STANDARD, event},
};

/// Sends a call that must be refused with this error.
macro_rules! refused {
    ($table:expr, $party:expr, $value:expr, $call:expr, $error:pat) => {
        let error = $party
            .refused($table.world.chain(), $table.world.opml(), $value, &$call)
            .await
            .unwrap();
        assert!(matches!(error, $error), "{error:?} is not {}", stringify!($error));
    };
}

// After the macro that they use.
mod claims;
mod settlements;

const GWEI: u64 = 1_000_000_000;

fn stake() -> U256 {
    U256::from(STANDARD.stake_gwei) * U256::from(GWEI)
}

fn bond() -> U256 {
    U256::from(STANDARD.bond_gwei) * U256::from(GWEI)
}

/// A registered model, a question, its true answer, and who is there.
struct Table {
    world: World,
    run: Run,
    question: Question,
    asked: Asked,
    answer: Answer,
    asker: Party,
    submitter: Party,
    challenger: Party,
}

impl Table {
    async fn set() -> Self {
        let world = World::start().await.unwrap();
        let model = Arc::new(opml_model::digits().unwrap());
        world.register(&model).await.unwrap();
        let asker = world.party("asker").await.unwrap();
        let submitter = world.party("submitter").await.unwrap();
        let challenger = world.party("challenger").await.unwrap();
        let picture = opml_model::digits_held_out().unwrap().iter().next().unwrap().pixels.to_vec();
        let question = Question { patience: 1800, ..Question::new(model.id(), picture) };
        let asked = world.request(&asker, &question, U256::ZERO).await.unwrap();
        let library =
            node::library(&[Arc::clone(&model)], std::slice::from_ref(world.guest())).unwrap();
        let guest = Arc::clone(library.guests().next().unwrap());
        let version = world.guest().version;
        let run = Run { model, guest, version, input: asked.input.clone() };
        let answer = native_answer(&run).unwrap();
        Self { world, run, question, asked, answer, asker, submitter, challenger }
    }

    fn commit_call(&self, round: u32) -> OpML::commitCall {
        self.asked.commit_call(round, self.submitter.address(), &self.answer)
    }

    fn reveal_call(&self, round: u32) -> OpML::revealCall {
        self.asked.reveal_call(round, &self.answer)
    }

    async fn claim(&self) -> IOpMLTypes::Claim {
        self.claim_in(0).await
    }

    async fn claim_in(&self, round: u32) -> IOpMLTypes::Claim {
        let (opml, submitter) = (self.world.opml(), &self.submitter);
        let commit = self.commit_call(round);
        submitter.call(opml, stake() << round, &commit).await.unwrap();
        self.world.chain().mine(REVEAL_DELAY - 1).await.unwrap();
        let receipt = submitter.call(opml, U256::ZERO, &self.reveal_call(round)).await;
        event::<OpML::Claimed>(&receipt.unwrap()).unwrap().claim
    }

    fn finalise_call(&self, claim: &IOpMLTypes::Claim) -> OpML::finaliseCall {
        OpML::finaliseCall {
            request_: self.asked.request.clone(),
            claim_: claim.clone(),
            output: self.answer.output.clone(),
            data: Bytes::new(),
        }
    }

    /// Makes a claim final.
    async fn end(&self, claim: &IOpMLTypes::Claim) {
        self.world.pass(u64::from(STANDARD.window) + 1).await.unwrap();
        let call = self.finalise_call(claim);
        self.submitter.call(self.world.opml(), U256::ZERO, &call).await.unwrap();
    }

    /// Collects the challenger's first dispute on a claim.
    fn collect_call(&self, claim: &IOpMLTypes::Claim) -> OpML::collectCall {
        let challenger = self.challenger.address();
        OpML::collectCall { claim_: claim.clone(), challenger, nonce: 0 }
    }

    fn open_call(&self, claim: &IOpMLTypes::Claim) -> OpML::openCall {
        let words = 1..=1u64 << STANDARD.arity_bits;
        let list: Vec<B256> = words.map(|word| keccak256(word.to_be_bytes())).collect();
        OpML::openCall { claim_: claim.clone(), nonce: 0, body: list.concat().into() }
    }

    /// A dispute of invented states on a true claim, with the submitter's true answer to it.
    async fn open(&self, claim: &IOpMLTypes::Claim) -> (OpML::Opened, OpML::moveCall) {
        let call = self.open_call(claim);
        let receipt = self.challenger.call(self.world.opml(), bond(), &call).await.unwrap();
        let opened = event::<OpML::Opened>(&receipt).unwrap();
        let (line, terms) = self.line(claim, &opened);
        let machine = NativeMachine::new(Arc::clone(&self.run.model), &self.run.input).unwrap();
        let program = Arc::clone(&self.run.guest.program);
        let mut prover = Prover::new(NativeTrace::new(machine, program, terms.guest));
        let Action::Move { pick, body } = prover.answer(terms, Side::Submitter, &line).unwrap()
        else {
            panic!("the submitter has an answer")
        };
        let call = OpML::moveCall {
            claimId: opened.claimId,
            challenger: opened.challenger,
            nonce: opened.nonce,
            position: opened.position,
            pick: U256::from(pick),
            body: body.into(),
        };
        (opened, call)
    }

    fn line(&self, claim: &IOpMLTypes::Claim, opened: &OpML::Opened) -> (Line, Terms<'_>) {
        let terms = Terms { profile: &STANDARD, guest: &self.run.version };
        let claim = Claim::from_abi(claim).unwrap();
        let posted =
            Opened { position: opened.position, opening: &opened.opening, list: &opened.list };
        (Line::opened(terms, &claim, posted).unwrap(), terms)
    }

    fn timeout_call(&self, claim: &IOpMLTypes::Claim, opened: &OpML::Opened) -> OpML::timeoutCall {
        let (line, terms) = self.line(claim, opened);
        OpML::timeoutCall {
            claimId: opened.claimId,
            challenger: opened.challenger,
            nonce: opened.nonce,
            position: opened.position,
            listRoot: line.tree(terms).root(),
        }
    }
}

fn evaluate_of(call: &OpML::moveCall, body: Bytes) -> OpML::evaluateCall {
    let OpML::moveCall { claimId, challenger, nonce, position, pick, .. } = call.clone();
    OpML::evaluateCall { claimId, challenger, nonce, position, pick, body }
}
