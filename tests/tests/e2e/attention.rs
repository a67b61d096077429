//! Validators are paid for computing: who answers is rewarded, who is silent is slashed, and nobody else's money moves.

use std::sync::Arc;

use alloy::{providers::Provider, rpc::types::Filter};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolEvent};
use opml_contracts::Attention;
use opml_engine::ModelFile;
use opml_game::Profile;
use opml_node::{Handle, attention::Terms, plan::Roles, player::NativePlayers};
use opml_tests::{
    Chain, Party, World, node,
    scenario::{Variant, held_out},
    world::{Asked, Question, STANDARD, Watch},
};
use tempfile::TempDir;

/// Ten blocks from a commitment to its reveal; answers are accepted in the first seven.
const WATCHED: Profile = Profile { answer_window: 120, ..STANDARD };
/// Blocks in which a request is answered, made final and judged.
const LONG: usize = 100;
/// G, and what an answer earns, in wei.
const SLASH: U256 = U256::from_limbs([50_000_000_000_000_000, 0, 0, 0]);
const REWARD: U256 = U256::from_limbs([6_000_000_000_000_000, 0, 0, 0]);

/// Everybody on the roster is drawn and called.
const fn terms(profile: u8) -> Terms {
    let verdict = WATCHED.answer_window as u64 + WATCHED.window as u64 + 2 * WATCHED.clock as u64;
    Terms {
        profile,
        draws: 2,
        called: 10_000,
        capacity: 2,
        epoch_seconds: 2 * verdict,
        slash: SLASH,
        reward: REWARD,
    }
}

/// A request before two validators, of which only one has a node.
struct Stage {
    world: World,
    watch: Watch,
    model: Arc<ModelFile>,
    asked: Asked,
    asker: Party,
    diligent: Party,
    silent: Party,
    data: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let world = World::start().await.unwrap();
        let profile = world.add_profile(&WATCHED).await.unwrap();
        let model = Variant::Plain.build().unwrap();
        let id = world.register(&model).await.unwrap();
        let watch = world.deploy_attention(terms(profile)).await.unwrap();
        let [asker, diligent, silent] = [
            world.party("asker").await.unwrap(),
            world.party("diligent").await.unwrap(),
            world.party("silent").await.unwrap(),
        ];
        for validator in [&diligent, &silent] {
            world.join(&watch, validator, id).await.unwrap();
        }
        world.pass_epoch(&watch).await.unwrap();
        let question = Question { profile, ..Question::new(id, held_out(3).unwrap()) };
        let asked = world.request(&asker, &question, U256::from(1_000_000_000)).await.unwrap();
        world.enrol(&watch, &asker, &asked).await.unwrap();
        world.chain().automine(false).await.unwrap();
        let data = TempDir::new().unwrap();
        Self { world, watch, model, asked, asker, diligent, silent, data }
    }

    fn library(&self) -> opml_node::Library {
        let guests = std::slice::from_ref(self.world.guest());
        node::library(&[Arc::clone(&self.model)], guests).unwrap()
    }

    async fn submitter(&self) -> Handle {
        let party = self.world.party("submitter").await.unwrap();
        let (party, roles, players) = (Some(&party), Roles::SUBMITTER, Arc::new(NativePlayers));
        node::start(&self.world, party, roles, &[], self.library(), players, None).await.unwrap()
    }

    async fn validator(&self) -> Handle {
        let (contract, players) = (self.watch.contract, Arc::new(NativePlayers));
        let data = Some(self.data.path());
        let library = self.library();
        node::validator(&self.world, &self.diligent, contract, library, players, data)
            .await
            .unwrap()
    }

    async fn see<C: SolCall>(&self, call: &C) -> C::Return {
        self.world.view(self.watch.contract, call).await.unwrap()
    }

    async fn given(&self, validator: &Party) -> B256 {
        let call =
            Attention::answersCall { requestId: self.asked.id, validator: validator.address() };
        self.see(&call).await
    }

    /// Makes blocks, each when the nodes are done with the one before, until `is`.
    async fn play_until(&self, nodes: &[&Handle], mut is: impl AsyncFnMut() -> bool) {
        for _ in 0..LONG {
            let (head, _) = self.world.chain().now().await.unwrap();
            Chain::wait_for("the nodes to be done with a block", async || {
                let done = nodes.iter().all(|node| {
                    let status = node.status();
                    status.head.map(|seen| seen.number) == Some(head) && status.jobs == 0
                });
                Ok(done.then_some(()))
            })
            .await
            .unwrap();
            if is().await {
                return;
            }
            self.world.chain().mine(1).await.unwrap();
        }
        let alarms: Vec<_> = nodes.iter().map(|node| node.status().alarms).collect();
        panic!("nothing happens any more: {alarms:?}");
    }

    /// What the contract has said of this kind.
    async fn events<E: SolEvent>(&self) -> Vec<E> {
        let filter = Filter::new().address(self.watch.contract).from_block(0);
        let filter = filter.event_signature(E::SIGNATURE_HASH);
        let logs = self.world.chain().provider().get_logs(&filter).await.unwrap();
        logs.iter().map(|log| E::decode_log(&log.inner).unwrap().data).collect()
    }

    async fn balance(&self, account: Address) -> U256 {
        self.world.chain().provider().get_balance(account).await.unwrap()
    }

    /// Sends a call, and gives by how much the sender's balance rose beside the gas.
    async fn earned<C: SolCall>(&self, party: &Party, call: &C) -> U256 {
        let before = self.balance(party.address()).await;
        let receipt = party.call(self.watch.contract, U256::ZERO, call).await.unwrap();
        let gas = U256::from(u128::from(receipt.gas_used) * receipt.effective_gas_price);
        self.balance(party.address()).await + gas - before
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_is_rewarded_and_who_is_silent_is_slashed() {
    let stage = Stage::set().await;
    let (model, me) = (stage.model.id(), stage.diligent.address());
    let deposit = U256::from(4) * SLASH;
    let bounty = SLASH / U256::from(4);
    let submitter = stage.submitter().await;

    let validator = stage.validator().await;
    stage
        .play_until(&[&submitter, &validator], async || {
            !stage.given(&stage.diligent).await.is_zero()
        })
        .await;
    let stake = validator.status().attention.unwrap();
    assert_eq!((stake.deposits, stake.seats, stake.credit), (deposit, 1, U256::ZERO));
    // What it has to do next is on the chain, and in no memory.
    validator.shutdown().await;
    let validator = stage.validator().await;
    let earned = async || {
        let paid = stage.events::<Attention::Withdrawn>().await;
        paid.iter().map(|paid| paid.amount).sum::<U256>()
    };
    stage.play_until(&[&submitter, &validator], async || earned().await == REWARD + bounty).await;
    assert_eq!(validator.status().alarms, Vec::<String>::new());
    validator.shutdown().await;
    submitter.shutdown().await;

    let answered = stage.events::<Attention::Answered>().await;
    assert_eq!(answered.iter().map(|answer| answer.validator).collect::<Vec<_>>(), [me]);
    let rewarded = stage.events::<Attention::Rewarded>().await;
    assert_eq!(
        rewarded.iter().map(|it| (it.validator, it.amount)).collect::<Vec<_>>(),
        [(me, REWARD)]
    );
    let slashed = stage.events::<Attention::Slashed>().await;
    let slashed: Vec<_> = slashed.iter().map(|it| (it.validator, it.caller, it.answered)).collect();
    assert_eq!(slashed, [(stage.silent.address(), me, false)]);

    // Two deposits and two rewards came in; a reward and a bounty went out.
    let watch = stage.watch.contract;
    let paid_in = U256::from(2) * (deposit + REWARD);
    assert_eq!(stage.balance(watch).await, paid_in - REWARD - bounty);
    // In the end everybody has back what is theirs, and three quarters of G are left.
    stage.world.chain().automine(true).await.unwrap();
    stage.diligent.call(watch, U256::ZERO, &Attention::leaveCall { model }).await.unwrap();
    for _ in 0..2 {
        stage.world.pass_epoch(&stage.watch).await.unwrap();
    }
    let reclaim = Attention::reclaimCall { requestId: stage.asked.id };
    stage.silent.call(watch, U256::ZERO, &reclaim).await.unwrap();
    let owed =
        [(&stage.asker, REWARD), (&stage.diligent, deposit), (&stage.silent, deposit - SLASH)];
    for (party, amount) in owed {
        if party.address() != stage.asker.address() {
            let released = stage.earned(party, &Attention::releaseCall { model }).await;
            assert_eq!(released, U256::ZERO, "credited, not sent");
        }
        let to = party.address();
        assert_eq!(stage.earned(party, &Attention::withdrawCall { to }).await, amount);
    }
    assert_eq!(stage.balance(watch).await, SLASH - bounty);
}

/// The first commitment goes with the answer, so that another block draws; and what a node knows of the draws before is of no use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_a_reorganisation_takes_back_is_given_again() {
    let stage = Stage::set().await;
    let submitter = stage.submitter().await;
    let validator = stage.validator().await;
    let nodes = [&submitter, &validator];
    let answered = async || !stage.given(&stage.diligent).await.is_zero();
    stage.play_until(&nodes, answered).await;
    let answer = stage.given(&stage.diligent).await;
    let request = Attention::enrolmentsCall { requestId: stage.asked.id };
    let drawn = async || stage.see(&request).await;
    let before = drawn().await;

    let (head, _) = stage.world.chain().now().await.unwrap();
    let committed = u64::from(before.blockNumber);
    stage.world.chain().reorganise(head - committed + 1).await.unwrap();
    assert!(stage.given(&stage.diligent).await.is_zero());
    stage.play_until(&nodes, answered).await;
    assert_eq!(stage.given(&stage.diligent).await, answer);
    assert_ne!(drawn().await.rand, before.rand);
    assert_eq!(validator.status().alarms, Vec::<String>::new());
    validator.shutdown().await;
    submitter.shutdown().await;
}
