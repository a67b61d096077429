//! The threads on which the engine works.

use super::{attention, float_mode, split::Block};
use crate::{Level, LevelError, simd::f32_panels::Waiting};
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};
use std::{
    array,
    cell::{Cell, RefCell},
    env, fmt, hint,
    num::NonZero,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, available_parallelism},
};

/// Threads and vectors with which engines run; clones share the threads.
///
/// Neither changes a byte of what is computed.
#[derive(Clone)]
pub struct Cpu {
    pool: Arc<ThreadPool>,
    level: Level,
    /// Whether every thread has a processor, so that none takes another's by looking out for work.
    looks_out: bool,
}

static SHARED: OnceLock<Result<Cpu, CpuError>> = OnceLock::new();

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
    /// Runs, and parts of runs, that this thread is in.
    static RUNS: Cell<u32> = const { Cell::new(0) };
    static TERMS: RefCell<Vec<i8>> = RefCell::new(vec![0; MAX_TERMS]);
}

/// Parts per thread: enough to even out threads that are held up.
const PER_THREAD: usize = 4;
/// Lines of numbers from which threads take the next one, at most.
const LINES: usize = 32;
/// Looks for work in a row before the processor is offered to others.
const SPINS: u32 = 256;
/// Most terms of an s8 sum.
const MAX_TERMS: usize = 1 << 16;

/// Lends the thread's room for sums that wait. Not for work that comes here again.
pub(super) fn with_waiting<T>(work: impl FnOnce(&mut Waiting) -> T) -> T {
    WAITING.with_borrow_mut(work)
}

/// Lends the thread's room for the terms of an s8 sum.
pub(super) fn with_terms<T>(work: impl FnOnce(&mut [i8]) -> T) -> T {
    TERMS.with_borrow_mut(|terms| work(terms))
}

/// Why there are no threads to work on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpuError {
    /// The SIMD level is not to be had.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// The environment's number of threads is no number.
    #[error("{variable} is {value:?}, not a number of threads", variable = Cpu::THREADS)]
    Threads {
        /// What the variable holds.
        value: String,
    },
    /// The system does not start the threads.
    #[error("{threads} threads: {reason}")]
    Start {
        /// How many were asked for.
        threads: usize,
        /// The system's reason.
        reason: String,
    },
}

impl Cpu {
    /// The environment variable with the number of threads of [`Self::shared`].
    pub const THREADS: &str = "OPML_THREADS";

    /// `threads` threads that work by `level`.
    ///
    /// # Errors
    /// If this processor does not have the level, or the system not the threads.
    pub fn new(threads: NonZero<usize>, level: Level) -> Result<Self, CpuError> {
        let level = level.checked()?;
        let threads = threads.get();
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("opml-{index}"))
            .start_handler(|_| {
                float_mode::set_default();
                // Made now, so that no operation has to.
                with_waiting(|_| ());
                with_terms(|_| ());
                attention::make_room();
            })
            .build()
            .map_err(|error| CpuError::Start { threads, reason: error.to_string() })?;
        let processors = available_parallelism().map_or(1, NonZero::get);
        Ok(Self { pool: Arc::new(pool), level, looks_out: (2..=processors).contains(&threads) })
    }

    /// As many threads as [`Self::THREADS`] says or else as there are processors, by the level that [`Level::VARIABLE`] says or
    /// else the highest.
    ///
    /// # Errors
    /// If the environment asks for what is not there.
    pub fn from_environment() -> Result<Self, CpuError> {
        let threads = match env::var(Self::THREADS) {
            Ok(value) => value.parse().map_err(|_| CpuError::Threads { value })?,
            Err(_) => available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        };
        Self::new(threads, Level::from_environment()?)
    }

    /// The threads that all engines share unless they are given others: those of [`Self::share`], or else of
    /// [`Self::from_environment`], once for the process.
    ///
    /// # Errors
    /// As [`Self::from_environment`].
    pub fn shared() -> Result<Self, CpuError> {
        SHARED.get_or_init(Self::from_environment).clone()
    }

    /// Makes these the threads that all engines share, unless there are such already.
    pub fn share(self) {
        // Whoever was first decided it.
        let _ = SHARED.set(Ok(self));
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// SIMD level.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Does `work` on one of the threads, so that what it shares out needs no way there, and whatever modes of floating point
    /// the caller has set.
    ///
    /// Until it is done the other threads look for parts of it without a pause, if there are processors for all of them: a run
    /// shares out something every few microseconds, and to wake a thread takes tens of them.
    pub(crate) fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if !self.looks_out || self.pool.current_thread_index().is_some() {
            return self.pool.install(work);
        }
        let watch = Watch::default();
        let done = Arc::clone(&watch.done);
        self.pool.spawn_broadcast(move |_| look_out(&done));
        self.pool.install(|| in_run(work))
    }

    /// Does `work` on the blocks of a block, in any order; see [`Block::cut`].
    pub(crate) fn blocks(&self, whole: Block, unit: [usize; 2], work: impl Fn(Block) + Sync) {
        let cut = whole.cut(unit, self.threads());
        match cut.count() {
            1 => work(cut.block(0)),
            count => self.each(count, |index| work(cut.block(index))),
        }
    }

    /// Does `work` on every number below `count`. A thread takes numbers that follow one another, so that it may ask the memory for what the
    /// next one needs, and then those that others have not come to.
    pub(crate) fn each(&self, count: usize, work: impl Fn(usize) + Sync) {
        self.each_in::<()>(&mut [], 0, count, |_, index| work(index));
    }

    /// As [`Self::each`], with `size` elements of `room` for each thread; there is no use in more threads than have some.
    pub(crate) fn each_in<T: Send>(
        &self,
        room: &mut [T],
        size: usize,
        count: usize,
        work: impl Fn(&mut [T], usize) + Sync,
    ) {
        let fit = room.len().checked_div(size).unwrap_or(usize::MAX);
        let threads = self.threads().min(count).min(fit);
        let lines = threads.clamp(1, LINES);
        let start = |line: usize| count * line / lines;
        let next: [_; LINES] = array::from_fn(|line| AtomicUsize::new(start(line.min(lines))));
        let arrivals = Mutex::new((0.., room.chunks_mut(size.max(1))));
        share_out(threads, &|| {
            let (own, room) = {
                let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                (arrivals.0.next().unwrap_or(0), arrivals.1.next().unwrap_or_default())
            };
            for line in (own..own + lines).map(|line| line % lines) {
                while let index = next[line].fetch_add(1, Relaxed)
                    && index < start(line + 1)
                {
                    work(room, index);
                }
            }
        });
    }

    /// Does `work` on every piece of `size` elements, `together` of them at least by one thread.
    pub(crate) fn pieces<T: Send>(
        &self,
        whole: &mut [T],
        size: usize,
        together: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let count = whole.len().div_ceil(size);
        let together = together.max(count.div_ceil(PER_THREAD * self.threads()));
        let groups = Mutex::new(whole.chunks_mut(size * together).enumerate());
        let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
        share_out(self.threads().min(count.div_ceil(together)), &|| {
            while let Some((group, pieces)) = next() {
                for (index, piece) in pieces.chunks_mut(size).enumerate() {
                    work(group * together + index, piece);
                }
            }
        });
    }
}

/// Calls `work` on so many threads, if they come in time; the first one does everything that is left.
fn share_out(threads: usize, work: &(impl Fn() + Sync)) {
    match threads {
        0 => (),
        1 => work(),
        _ => {
            let half = |threads| move || in_run(|| share_out(threads, work));
            rayon::join(half(threads / 2), half(threads.div_ceil(2)));
        }
    }
}

/// Does a run or a part of it, and says so to [`look_out`].
fn in_run<T>(work: impl FnOnce() -> T) -> T {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            RUNS.set(RUNS.get() - 1);
        }
    }
    RUNS.set(RUNS.get() + 1);
    let _leave = Leave;
    work()
}

/// Ends the look-out for parts of a run with the run, however that ends.
#[derive(Default)]
struct Watch {
    done: Arc<AtomicBool>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done.store(true, Relaxed);
    }
}

/// Takes over whatever is shared out until a run is done.
///
/// Not where a run or a part of one waits on this thread for something else and could go on only after this: it would look out for
/// itself for ever, or two runs for each other.
fn look_out(done: &AtomicBool) {
    if RUNS.get() > 0 {
        return;
    }
    let mut idle = 0u32;
    while !done.load(Relaxed) {
        if rayon::yield_now() == Some(Yield::Executed) {
            idle = 0;
        } else if idle < SPINS {
            idle += 1;
            hint::spin_loop();
        } else {
            // Whoever else wants the processor may have it.
            thread::yield_now();
        }
    }
}

impl fmt::Debug for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cpu")
            .field("threads", &self.threads())
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
