//! Tasks that come up again.

use std::{
    error::Error,
    fmt::Display,
    future::Future,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// The longest pause before another attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pauses between attempts.
#[derive(Debug, Clone, Copy)]
struct Pauses {
    first: Duration,
    last: Duration,
}

impl Pauses {
    const fn new(first: Duration) -> Self {
        Self { first, last: Duration::ZERO }
    }

    /// The pause after an attempt that lasted so long: twice the one before, but the first again after an attempt that outlasted that
    /// one. So a task that fails at once is tried ever more rarely, and one that fails once a month is back in no time.
    fn after(&mut self, lasted: Duration) -> Duration {
        let begins = self.last.is_zero() || lasted > self.last;
        let pause = if begins { self.first } else { self.last.saturating_mul(2) };
        self.last = pause.min(LONGEST_PAUSE);
        self.last
    }
}

/// Runs what `attempt` makes until it ends without an error. After an error or a panic it pauses and tries again, as [`Pauses`] has
/// it; `failed` counts. Ends as soon as the sender of `stop` is dropped, with the attempt.
pub(super) fn spawn<F, E>(
    name: &'static str,
    pause: Duration,
    mut stop: watch::Receiver<()>,
    failed: impl Fn() + Send + 'static,
    mut attempt: impl FnMut() -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Error + Send + 'static,
{
    tokio::spawn(async move {
        let mut pauses = Pauses::new(pause);
        loop {
            let begun = Instant::now();
            // A task of its own contains the panic of an attempt.
            let mut running = JoinSet::new();
            running.spawn(attempt());
            let ended = tokio::select! {
                ended = running.join_next() => ended,
                _ = stop.changed() => return running.shutdown().await,
            };
            match ended {
                None | Some(Ok(Ok(()))) => return,
                Some(Ok(Err(error))) => report(name, &error),
                Some(Err(panic)) => report(name, &panic),
            }
            failed();
            tokio::select! {
                () = tokio::time::sleep(pauses.after(begun.elapsed())) => {}
                _ = stop.changed() => return,
            }
        }
    })
}

fn report(name: &str, error: &dyn Display) {
    tracing::error!(target: "opml::service", task = name, %error, "a task failed and will be restarted");
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
    };

    use super::*;

    #[tokio::test]
    async fn a_panic_and_an_error_are_counted_and_the_task_is_begun_anew() {
        let (_stop, stopped) = watch::channel(());
        let failures = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&failures);
        let failed = move || {
            counter.fetch_add(1, Ordering::SeqCst);
        };
        let mut attempts = 0;
        let task = spawn("test", Duration::from_millis(1), stopped, failed, move || {
            attempts += 1;
            let attempt = attempts;
            async move {
                match attempt {
                    1 => panic!("a fault"),
                    2 => Err(io::Error::other("another fault")),
                    _ => Ok(()),
                }
            }
        });
        task.await.unwrap();
        assert_eq!(failures.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn pauses_grow_while_attempts_fail_at_once_and_begin_anew_after_one_that_lasted() {
        let mut pauses = Pauses::new(Duration::from_secs(1));
        let mut after = |lasted| pauses.after(Duration::from_secs(lasted)).as_secs();
        assert_eq!([0, 0, 2, 5, 0].map(&mut after), [1, 2, 4, 1, 2]);
        assert_eq!([0; 6].map(&mut after), [4, 8, 16, 32, 60, 60]);
        assert_eq!(after(61), 1);
    }
}
