//! The threads on which the engine works.

use super::{attention, float_mode, split::Block};
use crate::{Level, LevelError, simd::f32_panels::Waiting};
use rayon::{
    ThreadPool, ThreadPoolBuilder,
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
};
use std::{
    cell::RefCell,
    env, fmt,
    num::NonZero,
    sync::{Arc, OnceLock},
    thread::available_parallelism,
};

/// Threads and vectors with which engines run; clones share the threads.
///
/// Neither changes a byte of what is computed.
#[derive(Clone)]
pub struct Cpu {
    pool: Arc<ThreadPool>,
    level: Level,
}

static SHARED: OnceLock<Result<Cpu, CpuError>> = OnceLock::new();

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
    static TERMS: RefCell<Vec<i8>> = RefCell::new(vec![0; MAX_TERMS]);
}

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
        Ok(Self { pool: Arc::new(pool), level })
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
    pub(crate) fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Does `work` on the blocks of a block, in any order; see [`Block::cut`].
    pub(crate) fn blocks(
        &self,
        whole: Block,
        unit: [usize; 2],
        work: impl Fn(Block) + Send + Sync,
    ) {
        let cut = whole.cut(unit, self.threads());
        match cut.count() {
            1 => work(cut.block(0)),
            count => self.each(count, |index| work(cut.block(index))),
        }
    }

    /// Does `work` on every number below `count`, in any order.
    pub(crate) fn each(&self, count: usize, work: impl Fn(usize) + Send + Sync) {
        (0..count).into_par_iter().with_max_len(1).for_each(work);
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
