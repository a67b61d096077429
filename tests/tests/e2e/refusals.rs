//! Every call that must be refused is: by the custom error that names why, and nothing in the contract has changed.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U256, keccak256};
use opml_contracts::{
    IOpMLTypes,
    OpML::{self, OpMLErrors as E},
};
use opml_game::{Action, Line, NativeTrace, Opened, Prover, Side, Terms, trace::NativeMachine};
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
        let claim = opml_game::Claim {
            request_id: claim.requestId,
            round: claim.round,
            guest: claim.guest,
            profile: claim.profile,
            submitter: claim.submitter,
            s0: claim.s0,
            n: claim.n,
            sn: claim.sn,
            outcome: claim.outcome,
            output_hash: claim.outputHash,
        };
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

#[tokio::test]
async fn registrations() {
    let table = Table::set().await;
    let world = &table.world;
    let (header, siblings) = table.run.model.header_proof();
    let (header, siblings) = (Bytes::from(header.to_vec()), Bytes::from(siblings));
    let register = OpML::registerModelCall { header: header.clone(), siblings: siblings.clone() };
    refused!(table, table.asker, U256::ZERO, register, E::ModelExists(_));
    let mut bad = header.to_vec();
    bad[0] ^= 1;
    let bad = OpML::registerModelCall { header: bad.into(), siblings };
    refused!(table, table.asker, U256::ZERO, bad, E::BadModelHeader(_));
    let short = OpML::registerModelCall { header, siblings: Bytes::new() };
    refused!(table, table.asker, U256::ZERO, short, E::BadSiblings(_));
    let parameters = opml_tests::world::profile_abi(&STANDARD);
    let profile = OpML::addProfileCall { parameters: parameters.clone() };
    refused!(table, table.asker, U256::ZERO, profile, E::NotRegistrar(_));
    let free =
        OpML::addProfileCall { parameters: IOpMLTypes::Profile { bondGwei: 0, ..parameters } };
    refused!(table, world.deployer(), U256::ZERO, free, E::BadProfile(_));
}

#[tokio::test]
async fn requests() {
    let table = Table::set().await;
    let call = table.world.request_call(&table.question).await.unwrap();
    let asker = &table.asker;
    let with = |change: fn(&mut OpML::requestCall)| {
        let mut call = call.clone();
        change(&mut call);
        call
    };
    refused!(table, asker, U256::ZERO, call, E::RequestExists(_));
    let unknown = with(|call| call.model = keccak256("no such model"));
    refused!(table, asker, U256::ZERO, unknown, E::UnknownModel(_));
    refused!(table, asker, U256::ZERO, with(|call| call.guest = 9), E::UnknownGuest(_));
    refused!(table, asker, U256::ZERO, with(|call| call.profile = 9), E::UnknownProfile(_));
    let short = with(|call| call.input = Bytes::from(vec![0; 63]));
    refused!(table, asker, U256::ZERO, short, E::BadInputLength(_));
    let long = with(|call| call.input = Bytes::from(vec![0; 65]));
    refused!(table, asker, U256::ZERO, long, E::BadInputLength(_));
    let long = with(|call| call.data = Bytes::from(vec![0; 4097]));
    refused!(table, asker, U256::ZERO, long, E::BadDataLength(_));
    refused!(table, asker, U256::ZERO, with(|call| call.gasLimit = 5_000_001), E::BadGasLimit(_));
    refused!(table, asker, U256::ZERO, with(|call| call.deadline = 1), E::BadDeadline(_));
    refused!(table, asker, U256::from(1), with(|call| call.nonce = 1), E::FeeNotInUnits(_));
    let refund = OpML::refundCall { request_: table.asked.request.clone() };
    refused!(table, asker, U256::ZERO, refund, E::DeadlineNotPassed(_));
}

#[tokio::test]
async fn commitments() {
    let table = Table::set().await;
    let (call, party) = (table.commit_call(0), &table.submitter);
    refused!(table, party, stake() - U256::from(1), call, E::WrongStake(_));
    refused!(table, party, stake() + U256::from(1), call, E::WrongStake(_));
    refused!(table, party, stake() << 1, table.commit_call(1), E::WrongRound(_));
    let unknown = OpML::commitCall { requestId: B256::ZERO, ..call.clone() };
    refused!(table, party, stake(), unknown, E::RequestNotOpen(_));
    let unknown = OpML::commitCall { profile: 9, ..call.clone() };
    refused!(table, party, stake(), unknown, E::UnknownProfile(_));
    refused!(table, party, U256::ZERO, table.reveal_call(0), E::NotCommitted(_));

    party.call(table.world.opml(), stake(), &call).await.unwrap();
    refused!(table, party, stake(), call, E::CommitmentExists(_));
    let other =
        table.asked.reveal_call(0, &Answer { n: table.answer.n - 1, ..table.answer.clone() });
    refused!(table, party, U256::ZERO, other, E::NotCommitted(_));
    refused!(table, table.challenger, U256::ZERO, table.reveal_call(0), E::NotCommitted(_));

    table.world.pass(u64::from(table.question.patience)).await.unwrap();
    refused!(table, party, stake(), call, E::DeadlinePassed(_));
}

#[tokio::test]
async fn a_commitment_is_revealed_two_blocks_later() {
    let table = Table::set().await;
    let (opml, party) = (table.world.opml(), &table.submitter);
    party.call(opml, stake(), &table.commit_call(0)).await.unwrap();
    refused!(table, party, U256::ZERO, table.reveal_call(0), E::TooEarly(_));
    party.call(opml, U256::ZERO, &table.reveal_call(0)).await.unwrap();
}

/// Two know the answer. The slower one gets its stake back, once, and only with the claim that is final.
#[tokio::test]
async fn a_lost_race_costs_nothing() {
    let table = Table::set().await;
    let (opml, rival) = (table.world.opml(), &table.challenger);
    let commit = table.asked.commit_call(0, rival.address(), &table.answer);
    rival.call(opml, stake(), &commit).await.unwrap();
    let last = table.claim().await;
    refused!(table, rival, U256::ZERO, table.reveal_call(0), E::RequestNotOpen(_));
    let claim = IOpMLTypes::Claim { submitter: rival.address(), ..last.clone() };
    let take_back = OpML::takeBackCall { claim_: claim.clone(), final_: last.clone() };
    refused!(table, rival, U256::ZERO, take_back, E::ClaimNotFinal(_));
    let late = OpML::takeBackLateCall { claim_: claim };
    refused!(table, rival, U256::ZERO, late, E::RequestNotRefunded(_));
    table.world.pass(u64::from(STANDARD.window)).await.unwrap();
    table.submitter.call(opml, U256::ZERO, &table.finalise_call(&last)).await.unwrap();
    rival.call(opml, U256::ZERO, &take_back).await.unwrap();
    let credits = OpML::creditsCall { account: rival.address() };
    assert_eq!(table.world.view(opml, &credits).await.unwrap(), stake());
    refused!(table, rival, U256::ZERO, take_back, E::NotCommitted(_));
}

#[tokio::test]
async fn reveals() {
    let table = Table::set().await;
    let (call, party) = (table.reveal_call(0), &table.submitter);
    let with = |change: fn(&mut OpML::revealCall)| {
        let mut call = call.clone();
        change(&mut call);
        call
    };
    let unknown = with(|call| call.request_.nonce = 7);
    refused!(table, party, U256::ZERO, unknown, E::RequestNotOpen(_));
    refused!(table, party, U256::ZERO, with(|call| call.round = 1), E::WrongRound(_));
    let other = with(|call| call.input = Bytes::from(vec![1; 64]));
    refused!(table, party, U256::ZERO, other, E::WrongInput(_));
    refused!(table, party, U256::ZERO, with(|call| call.outcome = 0), E::BadOutcome(_));
    refused!(table, party, U256::ZERO, with(|call| call.outcome = 4), E::BadOutcome(_));
    refused!(table, party, U256::ZERO, with(|call| call.n = 0), E::BadLargeSteps(_));
    refused!(table, party, U256::ZERO, with(|call| call.n = 1 << 41), E::BadLargeSteps(_));
    let long = with(|call| call.output = Bytes::from(vec![0; 1 << 12]));
    refused!(table, party, U256::ZERO, long, E::BadOutputLength(_));
    let other = with(|call| {
        let mut output = call.output.to_vec();
        output[0] ^= 1;
        call.output = output.into();
    });
    refused!(table, party, U256::ZERO, other, E::WrongEndState(_));
    let other = with(|call| call.runRoot = keccak256("another run"));
    refused!(table, party, U256::ZERO, other, E::WrongEndState(_));
    let failed = with(|call| {
        call.outcome = 3;
        call.output = Bytes::new();
    });
    refused!(table, party, U256::ZERO, failed, E::BadRunRoot(_));
    let failed = with(|call| call.outcome = 2);
    refused!(table, party, U256::ZERO, failed, E::BadOutputLength(_));
}

#[tokio::test]
async fn a_claim_is_settled_once() {
    let table = Table::set().await;
    let (submitter, challenger) = (&table.submitter, &table.challenger);
    let claim = table.claim().await;
    refused!(table, submitter, stake(), table.commit_call(0), E::RequestNotOpen(_));
    let finalise = table.finalise_call(&claim);
    refused!(table, submitter, U256::ZERO, finalise, E::WindowOpen(_));
    let other = OpML::finaliseCall { output: Bytes::from(vec![3; 11]), ..finalise.clone() };
    refused!(table, submitter, U256::ZERO, other, E::WrongOutput(_));
    let other = OpML::finaliseCall { data: Bytes::from(vec![3]), ..finalise.clone() };
    refused!(table, submitter, U256::ZERO, other, E::WrongData(_));
    let mut other = finalise.clone();
    other.request_.nonce += 1;
    refused!(table, submitter, U256::ZERO, other, E::WrongRequest(_));
    let mut other = finalise.clone();
    other.claim_.n += 1;
    refused!(table, submitter, U256::ZERO, other, E::ClaimNotOpen(_));
    let retry = OpML::retryCallbackCall {
        request_: finalise.request_.clone(),
        claim_: claim.clone(),
        output: finalise.output.clone(),
        data: Bytes::new(),
    };
    refused!(table, submitter, U256::ZERO, retry, E::ClaimNotFinal(_));

    table.world.pass(u64::from(STANDARD.window)).await.unwrap();
    refused!(table, challenger, bond(), table.open_call(&claim), E::WindowClosed(_));
    submitter.call(table.world.opml(), U256::ZERO, &finalise).await.unwrap();
    refused!(table, submitter, U256::ZERO, finalise, E::ClaimNotOpen(_));
    refused!(table, submitter, U256::ZERO, retry, E::CallbackNotPending(_));
    refused!(table, submitter, stake(), table.commit_call(0), E::RequestNotOpen(_));
    refused!(table, challenger, bond(), table.open_call(&claim), E::ClaimNotOpen(_));
    let refund = OpML::refundCall { request_: table.asked.request.clone() };
    refused!(table, table.asker, U256::ZERO, refund, E::RequestNotOpen(_));

    let withdraw = OpML::withdrawCall { to: submitter.address() };
    submitter.call(table.world.opml(), U256::ZERO, &withdraw).await.unwrap();
    refused!(table, submitter, U256::ZERO, withdraw, E::NothingToWithdraw(_));
}

#[tokio::test]
async fn a_position_is_answered_once() {
    let table = Table::set().await;
    let (submitter, challenger) = (&table.submitter, &table.challenger);
    let claim = table.claim().await;
    let open = table.open_call(&claim);
    refused!(table, challenger, bond() - U256::from(1), open, E::WrongBond(_));
    refused!(table, challenger, U256::ZERO, open, E::WrongBond(_));
    let mut unknown = open.clone();
    unknown.claim_.n += 1;
    refused!(table, challenger, bond(), unknown, E::ClaimNotOpen(_));
    let short = OpML::openCall { body: open.body.slice(32..), ..open.clone() };
    refused!(table, challenger, bond(), short, E::BadBodyLength(_));
    let mut same = open.body.to_vec();
    let last = same.len() - 32;
    same[last..].copy_from_slice(claim.sn.as_slice());
    let same = OpML::openCall { body: same.into(), ..open.clone() };
    refused!(table, challenger, bond(), same, E::SameEnd(_));

    let (opened, answer) = table.open(&claim).await;
    refused!(table, challenger, STANDARD.bond(1), open, E::DisputeExists(_));
    refused!(table, submitter, U256::ZERO, table.finalise_call(&claim), E::LiveDisputes(_));
    refused!(table, challenger, U256::ZERO, answer, E::NotMover(_));
    let pick = OpML::moveCall { pick: U256::ZERO, ..answer.clone() };
    refused!(table, submitter, U256::ZERO, pick, E::BadPick(_));
    let pick = OpML::moveCall { pick: U256::from(33), ..answer.clone() };
    refused!(table, submitter, U256::ZERO, pick, E::BadPick(_));
    let wrong = OpML::moveCall { pick: answer.pick + U256::from(1), ..answer.clone() };
    refused!(table, submitter, U256::ZERO, wrong, E::StalePosition(_) | E::BadBodyLength(_));
    let other = OpML::moveCall { nonce: 1, ..answer.clone() };
    refused!(table, submitter, U256::ZERO, other, E::StalePosition(_));
    let evaluate = evaluate_of(&answer, answer.body.clone());
    refused!(table, submitter, U256::ZERO, evaluate, E::MustMove(_));
    let timeout = table.timeout_call(&claim, &opened);
    refused!(table, challenger, U256::ZERO, timeout, E::ClockRunning(_));
    let collect =
        OpML::collectCall { claim_: claim.clone(), challenger: challenger.address(), nonce: 0 };
    refused!(table, challenger, U256::ZERO, collect, E::DisputeNotOver(_));

    submitter.call(table.world.opml(), U256::ZERO, &answer).await.unwrap();
    refused!(table, submitter, U256::ZERO, answer, E::StalePosition(_));
    refused!(table, challenger, U256::ZERO, timeout, E::StalePosition(_));
}

#[tokio::test]
async fn a_dispute_is_settled_once() {
    let table = Table::set().await;
    let (submitter, challenger) = (&table.submitter, &table.challenger);
    let claim = table.claim().await;
    let (opened, answer) = table.open(&claim).await;
    table.world.pass(u64::from(STANDARD.clock)).await.unwrap();
    refused!(table, submitter, U256::ZERO, answer, E::ClockExpired(_));
    let timeout = table.timeout_call(&claim, &opened);
    table.asker.call(table.world.opml(), U256::ZERO, &timeout).await.unwrap();

    // The claim is rejected: nothing about it can be played any more.
    refused!(table, table.asker, U256::ZERO, timeout, E::ClaimNotOpen(_));
    refused!(table, submitter, U256::ZERO, answer, E::ClaimNotOpen(_));
    let evaluate = evaluate_of(&answer, answer.body.clone());
    refused!(table, submitter, U256::ZERO, evaluate, E::ClaimNotOpen(_));
    refused!(table, submitter, U256::ZERO, table.finalise_call(&claim), E::ClaimNotOpen(_));
    let again = OpML::openCall { nonce: 1, ..table.open_call(&claim) };
    refused!(table, challenger, bond(), again, E::ClaimNotOpen(_));

    let collect =
        OpML::collectCall { claim_: claim.clone(), challenger: challenger.address(), nonce: 0 };
    table.asker.call(table.world.opml(), U256::ZERO, &collect).await.unwrap();
    // The next round is open, and the money waits for its end.
    refused!(table, challenger, U256::ZERO, collect, E::DisputeNotOver(_));
    // The same claim belongs to the next round now.
    refused!(table, submitter, stake(), table.commit_call(0), E::WrongRound(_));
    refused!(table, submitter, stake(), table.commit_call(1), E::WrongStake(_));
    let last = table.claim_in(1).await;
    let judge = OpML::judgeCall { claim_: claim.clone(), final_: last.clone() };
    refused!(table, submitter, U256::ZERO, judge, E::ClaimNotFinal(_));
    table.end(&last).await;
    refused!(table, challenger, U256::ZERO, collect, E::DisputeNotOver(_));
    table.asker.call(table.world.opml(), U256::ZERO, &judge).await.unwrap();
    refused!(table, submitter, U256::ZERO, judge, E::ClaimNotTimedOut(_));
    table.asker.call(table.world.opml(), U256::ZERO, &collect).await.unwrap();
    refused!(table, challenger, U256::ZERO, collect, E::AlreadyCollected(_));
}

/// Two dispute at once, for a bond that has grown. The claim is true: when that is known, both have lost their bonds, once.
#[tokio::test]
async fn a_dispute_that_another_made_needless_is_settled_once() {
    let table = Table::set().await;
    let (opml, challenger) = (table.world.opml(), &table.challenger);
    let claim = table.claim().await;
    let (first, _) = table.open(&claim).await;
    let again = OpML::openCall { nonce: 1, ..table.open_call(&claim) };
    refused!(table, challenger, bond(), again, E::WrongBond(_));
    let second = challenger.call(opml, STANDARD.bond(1), &again).await.unwrap();
    let second = event::<OpML::Opened>(&second).unwrap();
    let last = table.timeout_call(&claim, &second);
    let settle = OpML::collectUnfinishedCall {
        claim_: claim.clone(),
        challenger: challenger.address(),
        nonce: 1,
        position: second.position,
        listRoot: last.listRoot,
        winner: challenger.address(),
        winnerNonce: 0,
    };
    refused!(table, challenger, U256::ZERO, settle, E::DisputeNotOver(_));
    table.world.pass(u64::from(STANDARD.clock)).await.unwrap();
    challenger.call(opml, U256::ZERO, &table.timeout_call(&claim, &first)).await.unwrap();

    refused!(table, challenger, U256::ZERO, settle, E::DisputeNotOver(_));
    let won = table.collect_call(&claim);
    challenger.call(opml, U256::ZERO, &won).await.unwrap();
    let last = table.claim_in(1).await;
    table.end(&last).await;
    let judge = OpML::judgeCall { claim_: claim.clone(), final_: last };
    challenger.call(opml, U256::ZERO, &judge).await.unwrap();
    let other = OpML::collectUnfinishedCall { winnerNonce: 1, ..settle.clone() };
    refused!(table, challenger, U256::ZERO, other, E::NotWinner(_));
    let other = OpML::collectUnfinishedCall { position: first.position, ..settle.clone() };
    refused!(table, challenger, U256::ZERO, other, E::StalePosition(_));
    let collect =
        OpML::collectCall { claim_: claim.clone(), challenger: challenger.address(), nonce: 1 };
    refused!(table, challenger, U256::ZERO, collect, E::DisputeNotOver(_));
    table.asker.call(opml, U256::ZERO, &settle).await.unwrap();
    refused!(table, challenger, U256::ZERO, settle, E::AlreadyCollected(_));
    let credits = OpML::creditsCall { account: challenger.address() };
    assert_eq!(table.world.view(opml, &credits).await.unwrap(), U256::ZERO);
}

#[tokio::test]
async fn a_dispute_that_the_submitter_wins_is_settled_once() {
    let table = Table::set().await;
    let submitter = &table.submitter;
    let claim = table.claim().await;
    let (opened, answer) = table.open(&claim).await;
    let receipt = submitter.call(table.world.opml(), U256::ZERO, &answer).await.unwrap();
    let moved = event::<OpML::Moved>(&receipt).unwrap();
    let (line, terms) = table.line(&claim, &opened);
    let posted = Opened { position: moved.position, opening: &moved.opening, list: &moved.list };
    let moved = opml_game::Moved { pick: moved.pick, start: moved.start, end: moved.end, posted };
    let line = line.moved(terms, moved).unwrap();
    table.world.pass(u64::from(STANDARD.clock + u32::from(STANDARD.increment))).await.unwrap();
    let timeout = OpML::timeoutCall {
        claimId: opened.claimId,
        challenger: opened.challenger,
        nonce: 0,
        position: line.position.pack(),
        listRoot: line.tree(terms).root(),
    };
    submitter.call(table.world.opml(), U256::ZERO, &timeout).await.unwrap();
    refused!(table, submitter, U256::ZERO, timeout, E::DisputeDecided(_));
    let collect = table.collect_call(&claim);
    refused!(table, submitter, U256::ZERO, collect, E::DisputeNotOver(_));
    submitter.call(table.world.opml(), U256::ZERO, &table.finalise_call(&claim)).await.unwrap();
    submitter.call(table.world.opml(), U256::ZERO, &collect).await.unwrap();
    refused!(table, submitter, U256::ZERO, collect, E::AlreadyCollected(_));
}
