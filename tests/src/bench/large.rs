//! A dispute about a model of the size of LLaMA-2-7B: 7.2 GB of Q8_0 weights that were never trained.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, keccak256};
use eyre::{Result, WrapErr, ensure, eyre};
use opml_engine::{Engine, ModelFile, seam};
use opml_fpvm::Program;
use opml_game::{
    GuestVersion,
    trace::{NativeMachine, RunTrace},
};
use opml_kernels::{Pairing, Sampling};
use opml_model::llama::{Config, Format, LlamaOptions, Prompt, Untrained, encode_prompt};
use opml_node::{
    plan::Answer,
    player::{Players, Run, native_answer},
};
use serde::Serialize;

use crate::{
    liars::{self, Length, Moment, Nonsense},
    scenario::{Event, Script, Subject, Verdict, liar_and_challenger, play},
    world::{EVALUATED, GUEST_ELF, MAX_STEPS_BITS},
};

/// Tokens of the prompt.
const PROMPT: u32 = 4;
/// Times that an inference is measured; the least counts.
const RUNS: usize = 3;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Large {
    /// Bytes of the model file.
    pub bytes: u64,
    /// Tokens of the answer.
    pub tokens: u32,
    /// Large steps of the run.
    pub steps: u64,
    /// Megabytes hashed per second for the model id.
    pub hashed_mb_s: f64,
    /// Seconds to open the file whose tree is there.
    pub open_s: f64,
    /// Seconds of the inference alone.
    pub plain_s: f64,
    /// Seconds of the inference with the states kept on the way and the roots of a claim.
    pub kept_s: f64,
    /// Seconds on anvil until the lie has fallen, from an empty chain on; both sides on this machine.
    pub dispute_s: f64,
    /// Seconds until another's true answer is final.
    pub answer_s: f64,
    /// Lists over large and over small steps.
    pub lists: [usize; 2],
    /// Most memory in GB that was not the system's cache of the file, once the file was there.
    pub resident_gb: f64,
}

/// Builds the model in `folder`, answers with it, and plays a dispute about a lie in the middle of the run.
///
/// # Errors
/// If something fails, or the lie stands.
pub async fn large(folder: &Path, layers: u32, tokens: u32) -> Result<Large> {
    let path = folder.join("7b.opml");
    build(&path, layers)?;
    let bytes = fs::metadata(&path)?.len();
    eprintln!("hashing {:.1} GB …", bytes as f64 / 1e9);
    let (hashing, model) = timed(|| Ok(ModelFile::verify(&path)?))?;
    drop(model);
    let watch = Watch::start();
    let (opening, model) = timed(|| Ok(ModelFile::open(&path)?))?;
    let model = Arc::new(model);
    let prompt = Prompt::Tokens((1..=PROMPT).collect());
    let sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 };
    let input = encode_prompt(&prompt, tokens, &sampling);

    let (mut plain, mut kept, mut steps) = (Duration::MAX, Duration::MAX, 0);
    let program = Arc::new(Program::from_elf(GUEST_ELF)?);
    for _ in 0..RUNS {
        let max = model.header().max_steps;
        let (time, n) = timed(|| {
            let mut engine = Engine::new(Arc::clone(&model), &input)?;
            Ok(engine.run_to_halt(max)?)
        })?;
        (plain, steps) = (plain.min(time), n);
        let (time, ()) = timed(|| keep(&model, &input, &program))?;
        kept = kept.min(time);
    }
    eprintln!("{steps} large steps in {plain:.2?}, with states kept in {kept:.2?}; playing …");

    let subject = Subject::Model { model: Arc::clone(&model), input };
    let script = Script::new(subject, liar_and_challenger(liar()));
    let (start, mut fallen) = (Instant::now(), None);
    let mut tell = |event: &Event| {
        let seconds = start.elapsed().as_secs_f64();
        match event {
            Event::PositionChanged { n_before, n_after, .. } => {
                eprintln!("{seconds:>7.1} s: {n_before} steps, now {n_after}");
            }
            Event::Verdict { stands: false, .. } => fallen = fallen.or(Some(seconds)),
            _ => {}
        }
    };
    let ending = play("7B", &script, &mut tell).await?;
    let answered = start.elapsed();
    ensure!(ending.report.verdict == Verdict::Rejected, "the lie stands");
    let dispute_s = fallen.ok_or_else(|| eyre!("nobody has seen the lie fall"))?;
    let moves = ending.report.moves;
    Ok(Large {
        bytes,
        tokens,
        steps,
        hashed_mb_s: bytes as f64 / 1e6 / hashing.as_secs_f64(),
        open_s: opening.as_secs_f64(),
        plain_s: plain.as_secs_f64(),
        kept_s: kept.as_secs_f64(),
        dispute_s,
        answer_s: answered.as_secs_f64(),
        lists: [moves.phase1, moves.phase2],
        resident_gb: watch.stop() as f64 / 1e9,
    })
}

/// An inference that keeps states on the way, and the roots that a claim takes.
fn keep(model: &Arc<ModelFile>, input: &[u8], program: &Arc<Program>) -> Result<()> {
    let machine = NativeMachine::new(Arc::clone(model), input)?;
    let version = GuestVersion {
        root: program.guest_root(),
        verifier: Address::ZERO,
        entry: program.entry(),
        max_steps_bits: MAX_STEPS_BITS,
        max_evaluated: EVALUATED,
    };
    let mut trace = RunTrace::new(machine, Arc::clone(program), &version);
    let (_, machine) = trace.end(model.header().max_steps)?;
    std::hint::black_box([machine.engine().run_root(), machine.engine().root()]);
    Ok(())
}

/// Writes the model, unless it is there.
fn build(path: &Path, layers: u32) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    eprintln!("making {} …", path.display());
    let config = Config {
        width: 4096,
        hidden: 11_008,
        layers,
        heads: 32,
        groups: 32,
        head: 128,
        vocabulary: 32_000,
        context: 512,
        theta: 10_000.0,
        epsilon: 1e-5,
        pairing: Pairing::Adjacent,
    };
    let weights = Untrained::new(config, Format::Q8_0);
    let options = LlamaOptions { name: "untrained 7B".into(), context: None, blocks: None };
    let model = weights.llama()?.build(&options)?;
    let beside: PathBuf = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        fs::File::create(&beside)?.write_all(model.bytes())?;
        fs::rename(&beside, path)
    };
    write().wrap_err_with(|| format!("cannot write {}", path.display()))
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let start = Instant::now();
    let value = work()?;
    Ok((start.elapsed(), value))
}

/// Tells the truth up to the middle of the run, and makes up what follows.
fn liar() -> Arc<dyn Players> {
    liars::players(|run: &Run| {
        let truth = native_answer(run)?;
        let run_root = keccak256("no such run");
        let end = seam::sn(run_root, seam::Outcome::Done, &truth.output, run.model.id());
        let machine = NativeMachine::new(Arc::clone(&run.model), &run.input)?;
        let inner = RunTrace::new(machine, Arc::clone(&run.guest.program), &run.version);
        let (large, length) = (truth.n / 2, Length::True);
        let answer = Answer { run_root, sn: end, ..truth };
        Ok((Nonsense { inner, large, moment: Moment::Middle, length, end }, answer))
    })
}

/// Looks at the memory of the process from time to time.
struct Watch {
    over: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watch {
    fn start() -> Self {
        let (over, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = {
            let (over, most) = (Arc::clone(&over), Arc::clone(&most));
            thread::spawn(move || {
                while !over.load(Relaxed) {
                    most.fetch_max(anonymous().unwrap_or(0), Relaxed);
                    thread::park_timeout(Duration::from_millis(50));
                }
            })
        };
        Self { over, most, thread: Some(thread) }
    }

    /// The greatest number of bytes that was seen.
    fn stop(mut self) -> u64 {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread does not panic.
            let _ = thread.join();
        }
        self.most.load(Relaxed)
    }
}

/// Bytes of the process that are no file's.
fn anonymous() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes << 10)
}
