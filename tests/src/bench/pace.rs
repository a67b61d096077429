//! A dispute by the chain's clock: how long it takes from a claim to its verdict when nobody hurries.

use std::{iter::repeat_with, sync::Arc};

use alloy_primitives::{Bytes, U256, keccak256};
use eyre::{Result, ensure};
use opml_contracts::OpML;
use opml_engine::{Engine, ModelFile, seam};
use opml_game::{
    Profile, Prover,
    trace::{NativeMachine, NativeTrace, RunTrace},
};
use opml_kernels::{Channel, Output};
use opml_model::{DenseS8, MlpS8, classifier};
use opml_node::{plan, view::Outcome};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    duel::{Duel, Seat, Turn},
    sheet::Pace,
    stage::Stage,
};
use crate::{
    World,
    chain::BLOCK_TIME,
    liars::{Length, Moment, Nonsense},
    world::{Question, REVEAL_DELAY, STANDARD, event},
};

/// The classic perceptron for MNIST: pixels, hidden units, classes.
const LAYERS: [usize; 3] = [784, 20, 10];
const MODEL: &str = "perceptron 784-20-10, s8";
/// Small steps of arithmetic that a tile is cut for, as the importers cut: a layer is one tile.
const TILE_TARGET: u64 = 1 << 24;
/// Seconds in which the claim may be disputed, and that each answer takes: the terms under which others have published figures.
const WINDOW: u64 = 120;
const ANSWER: u64 = 30;
/// Seconds from the claim to the verdict: the window and five answers.
const BAR: u64 = 270;

/// A lie in the middle of the first layer, disputed in the last second of the window, every answer as late as the terms say.
pub(super) async fn perceptron(stage: &mut Stage) -> Result<()> {
    let world = &stage.world;
    let mut rng = ChaCha8Rng::seed_from_u64(784);
    let model = Arc::new(untrained(&mut rng)?);
    let input: Vec<u8> = repeat_with(|| rng.random()).take(LAYERS[0]).collect();
    world.register(&model).await?;
    let mut court = stage.court();
    court.profile.1 = Profile { window: WINDOW as u32, ..STANDARD };
    court.profile.0 = world.add_profile(&court.profile.1).await?;

    let mut engine = Engine::new(Arc::clone(&model), &input)?;
    let n = engine.run_to_halt(model.header().max_steps)?;
    let output = Bytes::copy_from_slice(engine.output());
    let run_root = keccak256("no such run");
    let end = seam::sn(run_root, seam::Outcome::Done, &output, model.id());
    let mut honest = Prover::new(trace(world, &model, &input)?);
    let (moment, length) = (Moment::Middle, Length::True);
    let inner = trace(world, &model, &input)?;
    let mut liar = Prover::new(Nonsense { inner, large: 0, moment, length, end });

    let s0 = seam::s0(&input, model.id());
    let question = Question { profile: court.profile.0, ..Question::new(model.id(), input) };
    let asked = world.request(&stage.asker, &question, U256::ZERO).await?;
    let answer = plan::Answer { s0, n, outcome: Outcome::Done, run_root, sn: end, output };
    let commit = asked.commit_call(0, stage.submitter.address(), &answer);
    stage.submitter.call(world.opml(), court.profile.1.stake(0), &commit).await?;
    world.chain().mine(REVEAL_DELAY - 1).await?;
    let reveal = asked.reveal_call(0, &answer);
    let receipt = stage.submitter.call(world.opml(), U256::ZERO, &reveal).await?;
    let claim = event::<OpML::Claimed>(&receipt)?.claim;
    let (_, revealed) = world.chain().now().await?;

    wait_until(world, revealed + WINDOW).await?;
    let submitter = Seat { party: &stage.submitter, prover: &mut liar };
    let challenger = Seat { party: &stage.challenger, prover: &mut honest };
    let (mut duel, ..) = Duel::open(world, &court, &claim, 0, submitter, challenger).await?;
    let mut answers = 0;
    loop {
        let (_, now) = world.chain().now().await?;
        wait_until(world, now + ANSWER).await?;
        answers += 1;
        if let (Turn::Evaluated(_), _) = duel.turn().await? {
            break;
        }
    }
    let (_, decided) = world.chain().now().await?;
    let seconds = decided - revealed;
    ensure!(seconds == WINDOW + answers * ANSWER, "{answers} answers came after {seconds} s");
    let pace = Pace { model: MODEL, n, window: WINDOW, answer: ANSWER, answers, seconds, bar: BAR };
    stage.sheet.paces.push(pace);
    Ok(())
}

/// Lets the chain go on as it does, so that the next transaction is executed at this second.
async fn wait_until(world: &World, second: u64) -> Result<()> {
    let chain = world.chain();
    let (_, now) = chain.now().await?;
    chain.mine((second - now).saturating_sub(1) / BLOCK_TIME).await?;
    chain.next_block_at(second).await
}

/// The true run, from a memory of its own.
fn trace(world: &World, model: &Arc<ModelFile>, input: &[u8]) -> Result<NativeTrace> {
    let guest = world.guest();
    let machine = NativeMachine::new(Arc::clone(model), input)?;
    Ok(RunTrace::new(machine, Arc::clone(&guest.program), &guest.version))
}

/// A perceptron that never learned anything.
fn untrained(rng: &mut impl Rng) -> Result<ModelFile> {
    let mut layer = |at: usize| {
        let (inputs, outputs) = (LAYERS[at], LAYERS[at + 1]);
        // Sums of so many products of bytes have a deviation of 2^12·√784 or less: this brings them to the width of a byte.
        let channel = Channel { bias: 0, multiplier: 1 << 30, shift: 41 };
        DenseS8 {
            inputs,
            outputs,
            weight: repeat_with(|| rng.random()).take(inputs * outputs).collect(),
            channels: vec![channel; outputs],
            output: Output { zero_point: 0, low: if at == 0 { 0 } else { -127 }, high: 127 },
        }
    };
    let network = MlpS8 { layers: vec![layer(0), layer(1)] };
    Ok(classifier(&network, "784-20-10", TILE_TARGET)?)
}
