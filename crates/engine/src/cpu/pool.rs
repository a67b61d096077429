//! The threads on which the engine works.

use super::{float_mode, split::Block};
use crate::{Level, LevelError};
use rayon::{
    ThreadPool, ThreadPoolBuilder,
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
};
use std::{
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
            .start_handler(|_| float_mode::set_default())
            .build()
            .map_err(|error| CpuError::Start { threads, reason: error.to_string() })?;
        Ok(Self { pool: Arc::new(pool), level })
    }

    /// The threads that all engines share unless they are given others: as many as [`Self::THREADS`] says or else as there are
    /// processors, and the level that [`Level::VARIABLE`] says or else the highest. The environment is read once.
    ///
    /// # Errors
    /// If the environment asks for what is not there.
    pub fn shared() -> Result<Self, CpuError> {
        static SHARED: OnceLock<Result<Cpu, CpuError>> = OnceLock::new();
        SHARED
            .get_or_init(|| {
                let threads = match env::var(Self::THREADS) {
                    Ok(value) => value.parse().map_err(|_| CpuError::Threads { value })?,
                    Err(_) => available_parallelism().unwrap_or(NonZero::<usize>::MIN),
                };
                Self::new(threads, Level::from_environment()?)
            })
            .clone()
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

    /// Does `work` on every block of a plane of outputs, in any order; see [`Block::cut`].
    pub(crate) fn blocks(
        &self,
        rows: usize,
        panels: usize,
        unit: [usize; 2],
        work: impl Fn(Block) + Send + Sync,
    ) {
        let cut = Block::cut(rows, panels, unit, self.threads());
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
