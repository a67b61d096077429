//! Inference and proving on threads of their own, of the lowest priority. A failure or a panic there is an entry in a log and a later attempt.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use thiserror::Error;
use tokio::{sync::Semaphore, sync::mpsc, task::JoinSet};

use crate::{
    background,
    library::Library,
    plan::{Finding, Job},
    player::{Player, PlayerError, Players, Run},
    store::{Store, StoreError},
    view::{Claim, Dispute, GuestVersion, Profile, Request, Typed},
};

/// Players that are kept for the next question about their run.
const PLAYERS: usize = 16;
/// Pause after the first failure of a job; it doubles with every other one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Why a job has no result.
#[derive(Debug, Error)]
pub(crate) enum WorkError {
    /// What the job is about is not in the store (any more).
    #[error("{what} {id} is not in the store")]
    Gone {
        /// Kind of the record.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The node does not hold the model.
    #[error("model {0} is not in the library")]
    NoModel(B256),
    /// The node does not hold the guest program.
    #[error("guest program {0} is not in the library")]
    NoGuest(B256),
    /// The dispute's posts do not fit together.
    #[error("dispute {dispute}: {source}")]
    BadLine {
        /// The dispute.
        dispute: B256,
        /// Why.
        source: Box<opml_game::LineError>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The player failed.
    #[error("{0}")]
    Player(PlayerError),
    /// The player panicked.
    #[error("the worker panicked: {0}")]
    Panicked(String),
    /// Two computations of one run gave two results: this machine cannot be trusted with a stake.
    #[error("two computations of request {0} differ")]
    Unrepeatable(B256),
}

/// A job that has ended.
pub(crate) type Done = (Job, Result<Finding, WorkError>);

type SharedPlayer = Arc<Mutex<Box<dyn Player>>>;

/// Players by request, the one asked last at the end.
type Cache = Arc<Mutex<VecDeque<(B256, SharedPlayer)>>>;

/// Runs jobs, each at most once at a time.
pub(crate) struct Workers {
    store: Store,
    library: Arc<Library>,
    players: Arc<dyn Players>,
    cache: Cache,
    permits: Arc<Semaphore>,
    running: HashSet<Job>,
    failures: HashMap<Job, (u32, Instant)>,
    /// Failures of all jobs that nobody has counted yet.
    failed: u64,
    tasks: JoinSet<()>,
    results: mpsc::UnboundedSender<Done>,
}

impl Workers {
    pub(crate) fn new(
        store: Store,
        library: Arc<Library>,
        players: Arc<dyn Players>,
        threads: usize,
    ) -> (Self, mpsc::UnboundedReceiver<Done>) {
        let (results, receiver) = mpsc::unbounded_channel();
        let workers = Self {
            store,
            library,
            players,
            cache: Cache::default(),
            permits: Arc::new(Semaphore::new(threads.max(1))),
            running: HashSet::new(),
            failures: HashMap::new(),
            failed: 0,
            tasks: JoinSet::new(),
            results,
        };
        (workers, receiver)
    }

    /// Jobs under way.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Jobs that failed since this was asked last.
    pub(crate) fn failed(&mut self) -> u64 {
        std::mem::take(&mut self.failed)
    }

    /// Starts what is neither under way nor waiting after a failure, and forgets failures of jobs that nobody wants any more.
    pub(crate) fn start(&mut self, jobs: &[Job]) {
        self.failures.retain(|job, _| jobs.contains(job));
        let now = Instant::now();
        for &job in jobs {
            let waits = self.failures.get(&job).is_some_and(|(_, again)| *again > now);
            if waits || !self.running.insert(job) {
                continue;
            }
            match self.prepare(job) {
                Ok((request, task)) => self.spawn(job, request, task),
                Err(error) => {
                    // The receiver lives as long as the workers; a send fails only at shutdown.
                    let _ = self.results.send((job, Err(error)));
                }
            }
        }
    }

    /// Takes note of a job's end; gives its result if it has one.
    pub(crate) fn finish(&mut self, (job, result): Done) -> Option<(Job, Finding)> {
        self.running.remove(&job);
        match result {
            Ok(finding) => {
                self.failures.remove(&job);
                Some((job, finding))
            }
            Err(error) => {
                self.failed += 1;
                let tries = self.failures.get(&job).map_or(0, |(tries, _)| *tries);
                let pause = FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE);
                tracing::warn!(
                    target: "opml::workers", ?job, %error, tries, ?pause, "a job failed"
                );
                self.failures.insert(job, (tries + 1, Instant::now() + pause));
                None
            }
        }
    }

    fn record<R: Typed>(&self, what: &'static str, id: R::Id) -> Result<R, WorkError>
    where
        R::Id: std::fmt::Debug,
    {
        let record = self.store.record::<R>(id)?;
        record.ok_or_else(|| WorkError::Gone { what, id: format!("{id:?}") })
    }

    /// Reads what the job needs, so that the thread that runs it holds nothing of the store.
    fn prepare(&self, job: Job) -> Result<(B256, Task), WorkError> {
        let (request, claim, dispute) = match job {
            Job::Answer { request, .. } => (request, None, None),
            Job::Assess { claim } | Job::Open { claim } => {
                let claim = self.record::<Claim>("claim", claim)?;
                (claim.request, Some(claim), None)
            }
            Job::Reply { dispute, .. } => {
                let dispute = self.record::<Dispute>("dispute", dispute)?;
                let claim = self.record::<Claim>("claim", dispute.claim)?;
                (claim.request, Some(claim), Some(dispute))
            }
        };
        let request = self.record::<Request>("request", request)?;
        let profile = self.record::<Profile>("profile", request.profile)?.to_game();
        let version = self.record::<GuestVersion>("guest version", request.guest)?.to_game();
        let model = self.library.model(request.model).ok_or(WorkError::NoModel(request.model))?;
        let guest = self.library.guest(version.root).ok_or(WorkError::NoGuest(version.root))?;
        let run = Run {
            model: Arc::clone(model),
            guest: Arc::clone(guest),
            version,
            input: self.store.blob(request.input_hash)?,
        };
        Ok((request.id, Task { job, run, profile, claim, dispute }))
    }

    fn spawn(&mut self, job: Job, request: B256, task: Task) {
        let (players, cache) = (Arc::clone(&self.players), Arc::clone(&self.cache));
        let (permits, results) = (Arc::clone(&self.permits), self.results.clone());
        // Ended tasks are of no interest; taking them out keeps the set small.
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            // The semaphore is never closed.
            let _permit = permits.acquire_owned().await;
            let work = {
                let cache = Arc::clone(&cache);
                tokio::task::spawn_blocking(move || {
                    background::run(|| task.execute(request, &*players, &cache))
                })
            };
            let result = work.await.unwrap_or_else(|error| {
                // Whatever state the panic left the player in, nobody asks it again.
                lock(&cache).retain(|(id, _)| *id != request);
                Err(WorkError::Panicked(error.to_string()))
            });
            // Nobody listens at shutdown.
            let _ = results.send((job, result));
        });
    }
}

/// A job with all it needs.
struct Task {
    job: Job,
    run: Run,
    profile: opml_game::Profile,
    claim: Option<Claim>,
    dispute: Option<Dispute>,
}

impl Task {
    fn execute(
        &self,
        request: B256,
        players: &dyn Players,
        cache: &Cache,
    ) -> Result<Finding, WorkError> {
        let player = player(request, &self.run, players, cache)?;
        let mut player = player.lock().unwrap_or_else(PoisonError::into_inner);
        let terms = opml_game::Terms { profile: &self.profile, guest: &self.run.version };
        match (self.job, &self.claim, &self.dispute) {
            (Job::Answer { confirm, .. }, _, _) => {
                let answer = player.answer().map_err(WorkError::Player)?;
                if confirm {
                    let mut second = players.player(&self.run).map_err(WorkError::Player)?;
                    if second.answer().map_err(WorkError::Player)? != answer {
                        return Err(WorkError::Unrepeatable(request));
                    }
                }
                Ok(Finding::Answer(Arc::new(answer)))
            }
            (Job::Assess { .. }, Some(claim), _) => {
                let assessment = player.assess(&claim.to_game()).map_err(WorkError::Player)?;
                Ok(Finding::Assessment(assessment))
            }
            (Job::Open { .. }, Some(claim), _) => {
                let action = player.open(terms, &claim.to_game()).map_err(WorkError::Player)?;
                Ok(Finding::Action(action))
            }
            (Job::Reply { side, .. }, Some(claim), Some(dispute)) => {
                let lines = dispute.lines(terms, claim).map_err(|source| WorkError::BadLine {
                    dispute: dispute.id,
                    source: Box::new(source),
                })?;
                let line = lines.last().ok_or_else(|| WorkError::Gone {
                    what: "opening of dispute",
                    id: dispute.id.to_string(),
                })?;
                let action = player.reply(terms, side, line).map_err(WorkError::Player)?;
                Ok(Finding::Action(action))
            }
            (job, ..) => Err(WorkError::Gone { what: "record of job", id: format!("{job:?}") }),
        }
    }
}

/// The player of a request, from the cache or new.
fn player(
    request: B256,
    run: &Run,
    players: &dyn Players,
    cache: &Cache,
) -> Result<SharedPlayer, WorkError> {
    let mut cache = lock(cache);
    if let Some(index) = cache.iter().position(|(id, _)| *id == request)
        && let Some(entry) = cache.remove(index)
    {
        let player = Arc::clone(&entry.1);
        cache.push_back(entry);
        return Ok(player);
    }
    let player = players.player(run).map_err(WorkError::Player)?;
    let player = Arc::new(Mutex::new(player));
    if cache.len() == PLAYERS {
        cache.pop_front();
    }
    cache.push_back((request, Arc::clone(&player)));
    Ok(player)
}

/// A player that panicked is taken out of the cache, so a poisoned lock guards nothing half-done.
fn lock(cache: &Cache) -> std::sync::MutexGuard<'_, VecDeque<(B256, SharedPlayer)>> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}
