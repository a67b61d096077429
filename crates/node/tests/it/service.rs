//! Whole nodes on a real chain: an honest answer, a lie that is found, and nodes that are killed all the time.

use std::{path::Path, sync::Arc, time::Duration};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_engine::{ModelFile, seam};
use opml_fpvm::Program;
use opml_game::{
    FinalState, Opening, Trace,
    trace::{NativeMachine, RunTrace},
};
use opml_node::{
    Config, Handle, Identity, Library, Service,
    client::{Client, Deployment, Question},
    plan::{Answer, Roles},
    player::{NativePlayers, Player, PlayerError, Players, Run, TracePlayer, native_answer},
    service::Signer,
    source::{FollowerConfig, RpcFollower},
    view::{Claim, ClaimStatus, Dispute, Outcome, Profile, Request, RequestStatus},
};

use crate::anvil::Anvil;

const GUEST: &[u8] = include_bytes!("../../../guest/opml-guest.elf");
const WINDOW: u32 = 600;
const PATIENCE: Duration = Duration::from_secs(120);

struct World {
    anvil: Anvil,
    client: Client,
    deployment: Deployment,
    model: Arc<ModelFile>,
    input: Bytes,
}

impl World {
    async fn new() -> Option<Self> {
        let anvil = Anvil::start().await?;
        let client = Client::new(anvil.provider(), anvil.account("asker").await).await.unwrap();
        let profile = Profile {
            window: WINDOW,
            clock: 600,
            increment: 12,
            seconds_per_block: u16::MAX,
            arity_bits: 5,
            stake_gwei: 1_300_000_000,
            bond_gwei: 130_000_000,
        };
        let program = Program::from_elf(GUEST).unwrap();
        let deployment = client.deploy(&program, &profile).await.unwrap();
        let model = Arc::new(opml_model::digits().unwrap());
        client.register_model(deployment.contract, &model).await.unwrap();
        let images = opml_model::digits_held_out().unwrap();
        let input = Bytes::copy_from_slice(images.iter().next().unwrap().pixels);
        Some(Self { anvil, client, deployment, model, input })
    }

    async fn ask(&self) -> B256 {
        let question = Question {
            model: self.model.id(),
            guest: self.deployment.guest,
            profile: self.deployment.profile,
            nonce: 1,
            deadline: u32::MAX,
            input: self.input.clone(),
            callback: Address::ZERO,
            gas_limit: 0,
            data: Bytes::new(),
            fee: U256::from(10u64.pow(15)),
        };
        self.client.ask(self.deployment.contract, &question).await.unwrap().0
    }

    async fn node(
        &self,
        signer: Signer,
        roles: Roles,
        players: impl Players,
        dir: Option<&Path>,
    ) -> Handle {
        let contract = self.deployment.contract;
        let mut config = Config::new(Identity { chain_id: self.client.chain_id(), contract });
        config.roles = roles;
        config.data_dir = dir.map(Path::to_owned);
        config.tick = Duration::from_millis(100);
        let mut library = Library::new();
        library.add_guest(GUEST).unwrap();
        library.add_model(Arc::clone(&self.model));
        let provider = self.anvil.provider();
        let poll = Duration::from_millis(20);
        let follower = FollowerConfig { contract, start_block: 0, poll, batch: 100 };
        let source = RpcFollower::new(provider.clone(), follower);
        let (signer, players) = (Some(signer), Arc::new(players));
        Service { config, source, provider, signer, library, players }.start().unwrap()
    }
}

/// Waits until `look` sees something in the node's store.
async fn until<T>(node: &Handle, what: &str, mut look: impl FnMut(&Handle) -> Option<T>) -> T {
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

fn request(node: &Handle, id: B256) -> Option<Request> {
    node.store().record::<Request>(id).unwrap()
}

fn claim(node: &Handle, request_id: B256, round: usize) -> Option<Claim> {
    let id = *request(node, request_id)?.claims.get(round)?;
    node.store().record::<Claim>(id).unwrap()
}

/// A submitter that claims a wrong final state, and a wrong end of the last large step all the way down.
struct Liars;

/// The true trace but for its end.
struct LyingTrace {
    trace: RunTrace<NativeMachine>,
    n: u64,
    lie: B256,
}

impl LyingTrace {
    fn forge(&self, opening: Opening) -> Opening {
        let end = match opening.end {
            FinalState::Done { guest_half, .. } => {
                FinalState::Done { guest_half, data_half: self.lie }
            }
            other => other,
        };
        Opening { end, ..opening }
    }
}

impl Trace for LyingTrace {
    type Error = <RunTrace<NativeMachine> as Trace>::Error;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let mut states = self.trace.large_states(steps)?;
        for (state, _) in states.iter_mut().zip(steps).filter(|(_, step)| **step >= self.n) {
            *state = self.lie;
        }
        Ok(states)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Self::Error> {
        let opening = self.trace.opening(large)?;
        Ok(if large + 1 >= self.n { self.forge(opening) } else { opening })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let mut states = self.trace.small_states(large, steps)?;
        let opening = self.opening(large)?;
        for (state, _) in states.iter_mut().zip(steps).filter(|(_, s)| **s >= opening.steps) {
            *state = opening.end.state_hash();
        }
        Ok(states)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Self::Error> {
        self.trace.witness(large, from, count)
    }
}

impl Players for Liars {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        let truth = native_answer(run)?;
        let run_root = keccak256(truth.run_root);
        let sn = seam::sn(run_root, seam::Outcome::Done, &truth.output, run.model.id());
        let machine = NativeMachine::new(Arc::clone(&run.model), &run.input)?;
        let trace = RunTrace::new(machine, Arc::clone(&run.guest.program), &run.version);
        let n = truth.n;
        let answer = Answer { run_root, sn, ..truth };
        let trace = LyingTrace { trace, n, lie: sn };
        Ok(Box::new(TracePlayer::new(trace, move || Ok(answer.clone()))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_answer_becomes_final_and_is_paid() {
    let Some(world) = World::new().await else { return };
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, NativePlayers, None).await;
    let mut receipts = node.receipts();
    let id = world.ask().await;
    let claimed = until(&node, "the claim", |node| claim(node, id, 0)).await;
    let run = node.infer(world.model.id(), world.input.clone()).await.unwrap();
    assert_eq!((claimed.n, claimed.sn, claimed.outcome), (run.n, run.sn, Outcome::Done));
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
    assert_eq!(sent, ["claim", "finalise", "withdraw"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_reorg_takes_away_is_forgotten_and_claimed_when_it_comes_back() {
    let Some(world) = World::new().await else { return };
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, NativePlayers, None).await;
    let id = world.ask().await;
    let first = until(&node, "the claim", |node| claim(node, id, 0)).await;
    // The blocks of the request and of the claim give way to empty ones.
    world.anvil.reorg(2).await;
    world.anvil.mine(1).await;
    until(&node, "the revert", |node| request(node, id).is_none().then_some(())).await;
    assert!(node.store().record::<Claim>(first.id).unwrap().is_none());
    assert_eq!(world.ask().await, id, "ids are hashes of content");
    let second = until(&node, "the claim", |node| claim(node, id, 0)).await;
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
    let claimed = until(&lying, "the false claim", |node| claim(node, id, 0)).await;
    assert_eq!(claimed.submitter, liar_address);

    let start =
        || world.node(challenger.clone(), Roles::CHALLENGER, NativePlayers, Some(dir.path()));
    let mut watching = start().await;
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

    // The liar was proved wrong and does not come back; the challenger's collection reopens the request.
    let second = world.node(honest, Roles::SUBMITTER, NativePlayers, None).await;
    let claimed = until(&second, "the honest claim", |node| claim(node, id, 1)).await;
    assert_ne!(claimed.submitter, liar_address);
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
