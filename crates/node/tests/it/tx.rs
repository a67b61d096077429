//! The transaction queue on a chain that is mined by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{B256, Bytes, TxKind, U256};
use opml_node::{
    Identity, Library, Store,
    client::Client,
    plan::Call,
    player::{Run, native_answer},
    service::Signer,
    source::{ChainSource, FollowerConfig, RpcFollower},
    tx::{FeePolicy, Receipt, TxQueue},
    view::{GuestVersion, Head, Request},
};
use tokio::sync::broadcast;

use crate::{
    anvil::Anvil,
    follower::catch_up,
    hsm::Hsm,
    world::{CLOCK, GUEST, World},
};

const GWEI: u64 = 1_000_000_000;
/// Gas of a usual block.
const ROOM: u64 = 30_000_000;
/// Gas in which a transfer has room and a commitment does not.
const TRANSFER: u64 = 30_000;
/// Rounds in which whatever is going to happen has happened.
const ROUNDS: usize = 12;

const fn identity(world: &World) -> Identity {
    Identity { chain_id: world.client.chain_id(), contract: world.deployment.contract }
}

async fn follow(world: &World) -> RpcFollower {
    let (contract, poll) = (world.deployment.contract, Duration::from_millis(10));
    let config = FollowerConfig { contract, start_block: 0, poll, batch: 100 };
    let mut follower = RpcFollower::new(world.anvil.provider(), config);
    follower.start(Vec::new()).await.unwrap();
    follower
}

/// One account with a store and without a planner: the test says what is wanted.
struct Desk {
    world: World,
    signer: Signer,
    store: Store,
    follower: RpcFollower,
    sender: broadcast::Sender<Receipt>,
    receipts: broadcast::Receiver<Receipt>,
}

impl Desk {
    /// Requests are there, from here on blocks come only by hand.
    async fn new(name: &str, requests: u64) -> Option<(Self, Vec<B256>)> {
        let world = World::new().await?;
        let signer = world.anvil.account(name).await;
        let mut ids = Vec::new();
        for nonce in 0..requests {
            ids.push(world.ask_until(nonce, u32::MAX).await);
        }
        world.anvil.automine(false).await;
        let store = Store::in_memory(identity(&world)).unwrap();
        let follower = follow(&world).await;
        let (sender, receipts) = broadcast::channel(64);
        let mut desk = Self { world, signer, store, follower, sender, receipts };
        desk.head().await;
        Some((desk, ids))
    }

    async fn queue(&self, signer: &Signer, store: &Store) -> TxQueue {
        TxQueue::new(
            self.world.anvil.provider(),
            Arc::clone(signer),
            self.world.client.chain_id(),
            self.world.deployment.contract,
            store.clone(),
            FeePolicy::default(),
            self.sender.clone(),
        )
        .await
        .unwrap()
    }

    /// The desk's queue with what its store has: what a restart makes.
    async fn start(&self) -> TxQueue {
        self.queue(&self.signer, &self.store).await
    }

    /// The newest block, once the store has it.
    async fn head(&mut self) -> Head {
        catch_up(&self.world.anvil, &mut self.follower, &self.store).await;
        self.store.head().unwrap().unwrap()
    }

    async fn mine(&mut self) -> Head {
        self.world.anvil.mine(1).await;
        self.head().await
    }

    /// A block with room for `gas`; what does not fit stays in the pool.
    async fn mine_within(&mut self, gas: u64) -> Head {
        self.anvil().gas_limit(gas).await;
        let head = self.mine().await;
        self.anvil().gas_limit(ROOM).await;
        head
    }

    /// Asks a question in a block of its own.
    async fn ask(&mut self) -> B256 {
        // Anew, because a reorganisation may have freed a nonce.
        let asker = self.anvil().account("asker").await;
        self.world.client = Client::new(self.anvil().provider(), asker).await.unwrap();
        self.anvil().automine(true).await;
        let id = self.world.ask().await;
        self.anvil().automine(false).await;
        id
    }

    const fn anvil(&self) -> &Anvil {
        &self.world.anvil
    }

    /// Mines until nothing is under way.
    async fn settle(&mut self, queue: &mut TxQueue) -> Vec<Receipt> {
        for _ in 0..ROUNDS {
            let head = self.mine().await;
            queue.step(head, &[]).await.unwrap();
            if queue.under_way().is_empty() {
                return std::iter::from_fn(|| self.receipts.try_recv().ok()).collect();
            }
        }
        panic!("after {ROUNDS} blocks there is still {queue:?}");
    }

    /// The commitment to the true answer of a request.
    fn commit(&self, id: B256) -> Call {
        let mut library = Library::new();
        let root = library.add_guest(GUEST).unwrap();
        let version = self.store.record::<GuestVersion>(0).unwrap().unwrap();
        let run = Run {
            model: Arc::clone(&self.world.model),
            guest: Arc::clone(library.guest(root).unwrap()),
            version: version.to_game(),
            input: self.world.input.clone(),
        };
        let request = self.store.record::<Request>(id).unwrap().unwrap();
        let stake = U256::from(1_300_000_000u64) * U256::from(GWEI);
        let answer = native_answer(&run).unwrap();
        let claim = Arc::new(answer.claim(&request, request.round, self.signer.address()));
        Call::Commit { claim, stake }
    }
}

/// Names of the calls that were executed.
fn names(receipts: &[Receipt]) -> Vec<&str> {
    assert!(receipts.iter().all(|receipt| receipt.success), "{receipts:?}");
    receipts.iter().map(|receipt| receipt.what.as_str()).collect()
}

#[tokio::test]
async fn two_calls_of_one_key_are_one_transaction() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let mut queue = desk.start().await;
    let commit = desk.commit(ids[0]);
    let head = desk.head().await;
    for _ in 0..3 {
        queue.step(head, &[commit.clone(), commit.clone()]).await.unwrap();
        assert_eq!(queue.under_way(), [commit.key()]);
        assert_eq!(desk.anvil().pool(queue.account()).await.len(), 1);
    }
    assert_eq!(names(&desk.settle(&mut queue).await), ["commit"]);
}

#[tokio::test]
async fn what_no_block_takes_is_sent_again_at_a_higher_fee() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let mut queue = desk.start().await;
    let head = desk.head().await;
    queue.step(head, &[desk.commit(ids[0])]).await.unwrap();
    let first = desk.anvil().pool(queue.account()).await;
    let head = desk.mine_within(TRANSFER).await;
    queue.step(head, &[]).await.unwrap();
    assert_eq!(desk.anvil().pool(queue.account()).await, first, "one block is no reason");
    let head = desk.mine_within(TRANSFER).await;
    queue.step(head, &[]).await.unwrap();
    let second = desk.anvil().pool(queue.account()).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second, "another transaction with the same nonce");
    let receipts = desk.settle(&mut queue).await;
    assert_eq!(names(&receipts), ["commit"]);
    assert_eq!(Some(&receipts[0].hash), second.values().next());
}

#[tokio::test]
async fn a_call_that_is_hurried_does_not_wait_for_a_block() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let mut queue = desk.start().await;
    let (head, commit) = (desk.head().await, desk.commit(ids[0]));
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    let first = desk.anvil().pool(queue.account()).await;
    queue.hurry("another call");
    queue.step(head, &[]).await.unwrap();
    assert_eq!(desk.anvil().pool(queue.account()).await, first);
    queue.hurry(&commit.key());
    queue.step(head, &[]).await.unwrap();
    let second = desk.anvil().pool(queue.account()).await;
    assert!(first.keys().eq(second.keys()) && first != second, "{first:?} {second:?}");
    queue.step(head, &[]).await.unwrap();
    assert_eq!(desk.anvil().pool(queue.account()).await, second, "once");
    assert_eq!(names(&desk.settle(&mut queue).await), ["commit"]);
}

#[tokio::test]
async fn a_call_that_somebody_was_faster_with_becomes_a_transfer_of_nothing() {
    let Some((mut desk, _, refund)) = late("slow").await else { return };
    let mut queue = desk.start().await;
    let head = desk.head().await;
    queue.step(head, std::slice::from_ref(&refund)).await.unwrap();
    let before = desk.anvil().pool(queue.account()).await;
    // The rival's node has not heard of it, and the next block has not either.
    for hash in before.values() {
        desk.anvil().lose(*hash).await;
    }
    let rival = desk.anvil().account("rival").await;
    // Rows are of one account: the rival's queue has a store of its own, filled from the same chain.
    let store = Store::in_memory(identity(&desk.world)).unwrap();
    catch_up(desk.anvil(), &mut follow(&desk.world).await, &store).await;
    let mut faster = desk.queue(&rival, &store).await;
    faster.step(head, std::slice::from_ref(&refund)).await.unwrap();
    let head = desk.mine().await;
    faster.step(head, &[]).await.unwrap();
    let receipt = desk.receipts.try_recv().unwrap();
    assert!(receipt.success && faster.under_way().is_empty(), "{receipt:?}");

    queue.step(head, &[]).await.unwrap();
    let after = desk.anvil().pool(queue.account()).await;
    assert!(before.keys().eq(after.keys()) && before != after, "{before:?} {after:?}");
    assert!(desk.settle(&mut queue).await.is_empty(), "nothing of its own reached the contract");
}

/// Kills the queue between a row and its transaction.
async fn restart(mut desk: Desk, ids: &[B256]) {
    let mut queue = desk.start().await;
    let commit = desk.commit(ids[0]);
    let head = desk.head().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    let sent = desk.anvil().pool(queue.account()).await;
    let (nonce, hash) = sent.first_key_value().unwrap();
    // The row is on disk, the pool knows nothing: as if the node had been killed between the two. Hours pass.
    desk.anvil().lose(*hash).await;
    drop(queue);
    assert!(desk.anvil().pool(desk.signer.address()).await.is_empty());
    for _ in 0..5 {
        desk.mine().await;
    }
    let mut queue = desk.start().await;
    assert_eq!((queue.under_way(), *nonce), (vec![commit.key()], 0));
    let head = desk.head().await;
    for _ in 0..3 {
        queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
        assert_eq!(desk.anvil().pool(queue.account()).await, sent);
    }
    // Once more, with the transaction in the pool.
    let mut queue = desk.start().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    assert_eq!(desk.anvil().pool(queue.account()).await, sent);
    let receipts = desk.settle(&mut queue).await;
    assert_eq!((names(&receipts), receipts[0].hash), (vec!["commit"], *hash));
}

#[tokio::test]
async fn a_transaction_that_never_left_is_sent_once_and_unchanged_after_a_restart() {
    let Some((desk, ids)) = Desk::new("honest", 1).await else { return };
    restart(desk, &ids).await;
}

/// Signing again what may have left would make another transaction, which no receipt is ever found for.
#[tokio::test]
async fn so_is_one_of_a_key_service_that_signs_otherwise_each_time() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let service = Hsm::new("service");
    desk.anvil().balance(service.account(), U256::from(10u64.pow(19))).await;
    desk.signer = Arc::new(service);
    restart(desk, &ids).await;
}

#[tokio::test]
async fn what_another_account_had_under_way_is_dropped() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let mut queue = desk.start().await;
    let head = desk.head().await;
    queue.step(head, &[desk.commit(ids[0])]).await.unwrap();
    let rival = desk.anvil().account("rival").await;
    assert!(desk.queue(&rival, &desk.store).await.under_way().is_empty());
    assert!(desk.start().await.under_way().is_empty(), "from the disk, too");
}

#[tokio::test]
async fn a_nonce_that_another_program_used_costs_a_call_nothing_but_time() {
    let Some((mut desk, ids)) = Desk::new("honest", 1).await else { return };
    let mut queue = desk.start().await;
    let commit = desk.commit(ids[0]);
    let head = desk.head().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    for hash in desk.anvil().pool(queue.account()).await.values() {
        desk.anvil().lose(*hash).await;
    }
    desk.anvil().automine(true).await;
    let foreign = Client::new(desk.anvil().provider(), Arc::clone(&desk.signer)).await.unwrap();
    let to = TxKind::Call(foreign.account());
    foreign.send("transfer", to, Bytes::new(), U256::ZERO).await.unwrap();
    desk.anvil().automine(false).await;
    let head = desk.head().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    let pool = desk.anvil().pool(queue.account()).await;
    assert_eq!(pool.into_keys().collect::<Vec<_>>(), [1]);
    assert_eq!(names(&desk.settle(&mut queue).await), ["commit"]);
}

/// Two requests; the second one's fee can go back.
async fn late(name: &str) -> Option<(Desk, Call, Call)> {
    let (mut desk, ids) = Desk::new(name, 1).await?;
    let deadline = desk.head().await.time as u32 + 100;
    desk.anvil().automine(true).await;
    let old = desk.world.ask_until(9, deadline).await;
    desk.anvil().automine(false).await;
    desk.anvil().pass(200 + CLOCK).await;
    desk.head().await;
    let commit = desk.commit(ids[0]);
    Some((desk, commit, Call::Refund { request: old }))
}

#[tokio::test]
async fn a_call_that_the_account_cannot_pay_does_not_keep_back_the_next() {
    let Some((mut desk, commit, refund)) = late("asker").await else { return };
    let mut queue = desk.start().await;
    desk.anvil().balance(queue.account(), U256::from(10u64.pow(17))).await;
    let head = desk.head().await;
    queue.step(head, &[commit, refund.clone()]).await.unwrap();
    assert_eq!(queue.under_way(), [refund.key()]);
    assert_eq!(names(&desk.settle(&mut queue).await), ["refund"]);
}

#[tokio::test]
async fn a_transaction_that_is_refused_for_ever_gives_way_to_those_behind_it() {
    let Some((mut desk, commit, refund)) = late("asker").await else { return };
    let mut queue = desk.start().await;
    let head = desk.head().await;
    queue.step(head, &[commit.clone(), refund.clone()]).await.unwrap();
    let sent = desk.anvil().pool(queue.account()).await;
    assert_eq!(sent.len(), 2);
    desk.anvil().lose(*sent.values().next().unwrap()).await;
    desk.anvil().balance(queue.account(), U256::from(10u64.pow(17))).await;
    let mut queue = desk.start().await;
    queue.step(head, &[]).await.unwrap();
    assert_eq!(queue.under_way(), [commit.key(), refund.key()]);
    assert_eq!(names(&desk.settle(&mut queue).await), ["refund"]);
}

/// Two commitments, one mined and seen, one under way; then the block of the first is gone.
async fn reorganised() -> Option<(Desk, TxQueue, [Call; 2], Head)> {
    let (mut desk, ids) = Desk::new("honest", 2).await?;
    let mut queue = desk.start().await;
    let calls = [desk.commit(ids[0]), desk.commit(ids[1])];
    let head = desk.head().await;
    queue.step(head, &calls[..1]).await.unwrap();
    let head = desk.mine().await;
    queue.step(head, &calls[1..]).await.unwrap();
    assert_eq!(queue.under_way(), [calls[1].key()]);
    assert_eq!(desk.receipts.try_recv().unwrap().key, calls[0].key());
    desk.anvil().rollback(1).await;
    let head = desk.mine().await;
    assert_eq!(desk.anvil().pool(queue.account()).await.get(&0), None);
    Some((desk, queue, calls, head))
}

#[tokio::test]
async fn a_call_whose_block_is_gone_is_sent_again_before_those_behind_it() {
    let Some((mut desk, mut queue, calls, head)) = reorganised().await else { return };
    queue.step(head, &calls).await.unwrap();
    assert_eq!(queue.under_way(), [calls[0].key(), calls[1].key()], "in the order of nonces");
    assert_eq!(names(&desk.settle(&mut queue).await), ["commit", "commit"]);
}

#[tokio::test]
async fn a_nonce_that_nobody_wants_after_a_reorganisation_is_filled() {
    let Some((mut desk, mut queue, calls, head)) = reorganised().await else { return };
    queue.step(head, &[]).await.unwrap();
    let receipts = desk.settle(&mut queue).await;
    let keys: BTreeSet<&str> = receipts.iter().map(|receipt| receipt.key.as_str()).collect();
    assert_eq!(keys, BTreeSet::from([calls[1].key().as_str()]));
}

/// A commitment that is in no pool any more, as it was sent, and whose request a reorganisation took away.
async fn bereft() -> Option<(Desk, Call, BTreeMap<u64, B256>)> {
    let (mut desk, _) = Desk::new("honest", 0).await?;
    desk.mine().await;
    let id = desk.ask().await;
    let head = desk.head().await;
    let commit = desk.commit(id);
    let mut queue = desk.start().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    let sent = desk.anvil().pool(queue.account()).await;
    desk.anvil().lose(sent[&0]).await;
    desk.anvil().rollback(1).await;
    let head = desk.mine().await;
    // A node in whose process the queue is was killed: its pool is gone, the row is not.
    let mut queue = desk.start().await;
    queue.step(head, &[]).await.unwrap();
    assert_eq!(queue.under_way(), [commit.key()]);
    assert!(desk.anvil().pool(queue.account()).await.is_empty());
    Some((desk, commit, sent))
}

#[tokio::test]
async fn what_has_lost_its_past_and_the_pool_waits_and_is_sent_unchanged() {
    let Some((mut desk, commit, sent)) = bereft().await else { return };
    desk.ask().await;
    let head = desk.head().await;
    let mut queue = desk.start().await;
    queue.step(head, std::slice::from_ref(&commit)).await.unwrap();
    assert_eq!(desk.anvil().pool(queue.account()).await, sent);
    assert_eq!(names(&desk.settle(&mut queue).await), ["commit"]);
}

#[tokio::test]
async fn what_has_lost_its_past_for_good_becomes_a_transfer_of_nothing() {
    let Some((mut desk, ..)) = bereft().await else { return };
    let mut queue = desk.start().await;
    assert!(desk.settle(&mut queue).await.is_empty(), "nothing reached the contract");
}
