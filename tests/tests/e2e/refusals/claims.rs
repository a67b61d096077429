//! From the registration of a model to the reveal of an answer.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use opml_contracts::{
    IOpMLTypes,
    OpML::{self, OpMLErrors as E},
};
use opml_node::plan::Answer;
use opml_tests::world::STANDARD;

use super::{Table, stake};

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
    refused!(table, asker, U256::ZERO, with(|call| call.gasLimit = 6_000_001), E::BadGasLimit(_));
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
