//! Claims, positions and disputes are ended once.

use alloy_primitives::{Bytes, U256};
use opml_contracts::OpML::{self, OpMLErrors as E};
use opml_game::Opened;
use opml_tests::world::{STANDARD, event};

use super::{Table, bond, evaluate_of, stake};

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
