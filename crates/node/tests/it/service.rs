//! Whole nodes on a real chain: an honest answer, a lie that is found, and nodes that are killed all the time.

use std::time::Duration;

use alloy::{providers::Provider, rpc::types::TransactionRequest};
use alloy_primitives::{Address, B256, TxKind, U64, U256};
use alloy_sol_types::SolCall;
use jsonrpsee::core::server::Subscription;
use opml_contracts::{IOpMLTypes, OpML, ToyVerifier};
use opml_fpvm::Program;
use opml_game::{ClaimSlot, ClaimStatus as ClaimSlotStatus};
use opml_node::{
    Handle,
    plan::{Answer, Roles},
    player::NativePlayers,
    rpc::{NodeApi, verify_output},
    view::{Claim, ClaimStatus, Dispute, Outcome, Request, RequestStatus},
};

use opml_rpc::{OpmlApiServer, types};

use crate::{
    liars::Liars,
    world::{GUEST, PROFILE, WINDOW, World},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `look` sees something in the node's store.
pub(crate) async fn until<T>(
    node: &Handle,
    what: &str,
    mut look: impl FnMut(&Handle) -> Option<T>,
) -> T {
    let mut status = node.watch();
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look(node) {
                return found;
            }
            status.changed().await.expect("the node runs");
        }
    });
    match found.await {
        Ok(found) => found,
        Err(_) => panic!("{what} does not happen; {:?}", node.status()),
    }
}

pub(crate) fn request(node: &Handle, id: B256) -> Option<Request> {
    node.store().record::<Request>(id).unwrap()
}

fn claim(node: &Handle, request_id: B256, round: usize) -> Option<Claim> {
    let id = *request(node, request_id)?.claims.get(round)?;
    node.store().record::<Claim>(id).unwrap()
}

/// The requests of a status with their claims, as the namespace lists them.
async fn listed(api: &NodeApi, status: types::RequestStatus) -> Vec<(B256, Option<B256>)> {
    let filter = types::RequestFilter { status: Some(status), ..types::RequestFilter::default() };
    let page = api.list_requests(Some(filter), None, None).await.unwrap();
    assert_eq!(page.next, None);
    page.items.iter().map(|request| (request.id, request.claim)).collect()
}

/// Compares a dispute that the submitter lost with what the namespace tells of it.
async fn told(api: &NodeApi, dispute: &Dispute, submitter: Address) {
    let filter = |running| types::DisputeFilter {
        claim: Some(dispute.claim),
        running: Some(running),
        ..types::DisputeFilter::default()
    };
    assert_eq!(api.list_disputes(Some(filter(true)), None, None).await.unwrap().items, []);
    let page = api.list_disputes(Some(filter(false)), None, None).await.unwrap();
    let [told] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((told.id, told.submitter), (dispute.id, submitter));
    assert_eq!((told.mover, told.winner), (None, Some(types::Side::Challenger)));
    let lists = api.get_moves(dispute.id, None).await.unwrap();
    assert_eq!(lists.len(), dispute.posts.len());
    let rest = api.get_moves(dispute.id, Some(U64::from(1))).await.unwrap();
    assert_eq!(rest, lists[1..]);
    assert_eq!(api.get_moves(dispute.id, Some(U64::MAX)).await.unwrap(), []);
    assert_eq!(api.exposure().await.unwrap().disputes, U64::ZERO);
}

/// Checks the proof of a request's output: with the run, by itself, and with what the contract says of its claim.
async fn shown(world: &World, api: &NodeApi, id: B256, run: &Answer, status: ClaimSlotStatus) {
    let proof = api.get_output_proof(id).await.unwrap();
    assert_eq!((&proof.output, proof.run_root, proof.sn), (&run.output, run.run_root, run.sn));
    verify_output(&proof).unwrap();
    let call = OpML::claimSlotCall { claimId: proof.claim }.abi_encode();
    let call = TransactionRequest::default().to(proof.contract).input(call.into());
    let slot = world.anvil.provider().call(call).await.unwrap();
    let slot = OpML::claimSlotCall::abi_decode_returns(&slot).unwrap();
    assert_eq!(ClaimSlot::unpack(slot).unwrap().status, status);
    let other =
        types::OutputProof { output: [&proof.output[..], &[0]].concat().into(), ..proof.clone() };
    assert!(verify_output(&other).unwrap_err().to_string().contains("lead to the state"));
    let other = types::OutputProof { guest: proof.guest + U64::from(256), ..proof };
    assert!(verify_output(&other).unwrap_err().to_string().contains("guest"));
    assert_eq!(api.get_output_proof(B256::ZERO).await.unwrap_err().code(), -32001);
}

/// A subscription to what the node tells of a topic.
async fn subscribed(node: &Handle, topic: types::Topic) -> Subscription {
    let module = NodeApi::new(node.node()).into_rpc();
    module.subscribe("opml_subscribe", [topic], 64).await.unwrap()
}

async fn next(subscription: &mut Subscription) -> types::Change {
    let update = tokio::time::timeout(PATIENCE, subscription.next::<types::Update>()).await;
    let (update, _) = update.expect("an update comes").unwrap().unwrap();
    assert!(!update.removed, "{update:?}");
    update.change
}

/// Waits for the node's commitment, makes the blocks that it has to wait for, and waits for the claim.
pub(crate) async fn claimed(world: &World, node: &Handle, id: B256, round: u32) -> Claim {
    until(node, "the commitment", |node| {
        let view = node.store().view(node.status().account?).unwrap();
        let mut own = view.commitments.into_values();
        own.find(|commitment| (commitment.request, commitment.round) == (id, round))
    })
    .await;
    world.anvil.mine(2).await;
    until(node, "the claim", |node| claim(node, id, round as usize)).await
}

/// The registrar appends the right program under a verifier of its own choice, which could prove anything.
async fn add_guest_with_another_verifier(world: &World) -> u8 {
    let code = ToyVerifier::BYTECODE.clone();
    let made = world.client.send("ToyVerifier", TxKind::Create, code, U256::ZERO).await;
    let program = Program::from_elf(GUEST).unwrap();
    let version = IOpMLTypes::GuestVersion {
        root: program.guest_root(),
        verifier: made.unwrap().contract_address.unwrap(),
        entry: program.entry(),
        maxStepsBits: 30,
        maxEvaluated: 16,
    };
    let call = OpML::addGuestVersionCall { version }.abi_encode().into();
    let to = world.deployment.contract.into();
    world.client.send("addGuestVersion", to, call, U256::ZERO).await.unwrap();
    world.deployment.guest + 1
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stake_is_put_under_a_verifier_with_other_code() {
    let Some(mut world) = World::new().await else { return };
    let right = world.deployment.guest;
    let strange = add_guest_with_another_verifier(&world).await;
    let node = world
        .node(world.anvil.account("honest").await, Roles::SUBMITTER, NativePlayers, None)
        .await;
    world.deployment.guest = strange;
    let bait = world.ask().await;
    world.deployment.guest = right;
    let question = world.ask().await;
    claimed(&world, &node, question, 0).await;
    // The bait was there first: whoever plans for the later question has planned for it.
    assert_eq!(request(&node, bait).unwrap().status, RequestStatus::Open);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_answer_becomes_final_and_is_paid() {
    let Some(world) = World::new().await else { return };
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, NativePlayers, None).await;
    let mut receipts = node.receipts();
    let id = world.ask().await;
    let claimed = claimed(&world, &node, id, 0).await;
    let run = node.infer(world.model.id(), world.input.clone()).await.unwrap();
    assert_eq!((claimed.n, claimed.sn, claimed.outcome), (run.n, run.sn, Outcome::Done));
    let api = NodeApi::new(node.node());
    let stake = api.exposure().await.unwrap();
    assert_eq!((stake.claims.to::<u64>(), stake.disputes.to::<u64>()), (1, 0));
    assert_eq!(stake.stakes, PROFILE.stake(0), "one claim, not a commitment and a claim");
    let listed = listed(&api, types::RequestStatus::Claimed).await;
    assert_eq!(listed, [(id, Some(claimed.id))]);
    assert_eq!(api.get_claim(claimed.id).await.unwrap().sn, run.sn);
    shown(&world, &api, id, &run, ClaimSlotStatus::Open).await;
    assert_eq!(api.estimate_fee(world.model.id()).await.unwrap(), U256::ZERO);
    assert_eq!(api.estimate_fee(B256::ZERO).await.unwrap_err().code(), -32001);
    let models = api.models(None, None).await.unwrap().items;
    let [model] = &models[..] else { panic!("{models:?}") };
    assert_eq!((model.id, model.held, model.bounds.is_some()), (world.model.id(), true, true));
    world.anvil.pass(u64::from(WINDOW) + 1).await;
    until(&node, "the end", |node| {
        request(node, id).filter(|request| request.status == RequestStatus::Done)
    })
    .await;
    let mut sent = Vec::new();
    while sent.last().is_none_or(|what| what != "withdraw") {
        let receipt = tokio::time::timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
        assert!(receipt.success, "{receipt:?}");
        sent.push(receipt.what);
        world.anvil.mine(1).await;
    }
    assert_eq!(sent, ["commit", "reveal", "finalise", "withdraw"]);
    shown(&world, &api, id, &run, ClaimSlotStatus::Final).await;
    assert_eq!(self::listed(&api, types::RequestStatus::Claimed).await, []);
    assert_eq!(self::listed(&api, types::RequestStatus::Done).await, [(id, Some(claimed.id))]);
    drop(api);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_reorg_takes_away_is_forgotten_and_claimed_when_it_comes_back() {
    let Some(world) = World::new().await else { return };
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, NativePlayers, None).await;
    let id = world.ask().await;
    let first = claimed(&world, &node, id, 0).await;
    // The blocks of the request, of the commitment, of the reveal and the two between give way to empty ones.
    world.anvil.reorg(5).await;
    world.anvil.mine(1).await;
    until(&node, "the revert", |node| request(node, id).is_none().then_some(())).await;
    assert!(node.store().record::<Claim>(first.id).unwrap().is_none());
    assert_eq!(world.ask().await, id, "ids are hashes of content");
    let second = claimed(&world, &node, id, 0).await;
    assert_eq!(second.id, first.id);
    node.shutdown().await;
}

/// The whole story; with `restarts` the challenger is killed after every transaction of its own.
async fn a_lie_is_rejected_and_answered_again(restarts: bool) {
    let Some(world) = World::new().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let liar = world.anvil.account("liar").await;
    let (challenger, honest) =
        (world.anvil.account("challenger").await, world.anvil.account("honest").await);
    let liar_address = liar.address();
    let lying = world.node(liar, Roles::SUBMITTER, Liars, None).await;
    let id = world.ask().await;
    let lie = claimed(&world, &lying, id, 0).await;
    assert_eq!(lie.submitter, liar_address);

    let start =
        || world.node(challenger.clone(), Roles::CHALLENGER, NativePlayers, Some(dir.path()));
    let mut watching = start().await;
    // Who is told keeps the node's store open.
    let mut subscriptions = Vec::new();
    if !restarts {
        subscriptions.push(subscribed(&watching, types::Topic::Moves).await);
        subscriptions.push(subscribed(&watching, types::Topic::Verdicts).await);
    }
    let mut sent = 0;
    let rejected = loop {
        let mut receipts = watching.receipts();
        let end = until(&watching, "the rejection", |node| {
            if restarts && receipts.try_recv().is_ok() {
                return Some(None);
            }
            claim(node, id, 0).filter(|claim| claim.status == ClaimStatus::Rejected).map(Some)
        });
        match end.await {
            Some(claim) => break claim,
            None => {
                sent += 1;
                watching.shutdown().await;
                watching = start().await;
            }
        }
    };
    assert!(!restarts || sent > 1, "the challenger was killed {sent} times");
    let [dispute] = rejected.disputes[..] else { panic!("{} disputes", rejected.disputes.len()) };
    let dispute = watching.store().record::<Dispute>(dispute).unwrap().unwrap();
    let verdict = dispute.verdict.unwrap();
    assert!(verdict.challenger_won && verdict.by_proof, "{verdict:?}");
    assert!(dispute.posts.len() <= 8, "{} lists", dispute.posts.len());
    let api = NodeApi::new(watching.node());
    told(&api, &dispute, liar_address).await;
    if let [moves, verdicts] = &mut subscriptions[..] {
        for list in api.get_moves(dispute.id, None).await.unwrap() {
            let change = types::Change::Move(types::Posted { dispute: dispute.id, list });
            assert_eq!(next(moves).await, change);
        }
        let types::Change::Verdict(decided) = next(verdicts).await else { panic!("no verdict") };
        assert_eq!((decided.dispute, decided.claim), (dispute.id, dispute.claim));
        assert_eq!(decided.verdict.winner, types::Side::Challenger);
    }
    drop(subscriptions);

    // The liar was proved wrong and does not come back; the challenger's collection reopens the request.
    let second = world.node(honest, Roles::SUBMITTER, NativePlayers, None).await;
    let truth = claimed(&world, &second, id, 1).await;
    assert_ne!(truth.submitter, liar_address);
    world.anvil.pass(u64::from(WINDOW) + 1).await;
    until(&second, "the end", |node| {
        request(node, id).filter(|request| request.status == RequestStatus::Done)
    })
    .await;
    for node in [lying, watching, second] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_is_rejected_by_proof_and_the_request_answered_again() {
    a_lie_is_rejected_and_answered_again(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_killed_after_every_transaction_still_wins() {
    a_lie_is_rejected_and_answered_again(true).await;
}
