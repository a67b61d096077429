//! Tasks that come up again.

use std::{error::Error, fmt::Display, future::Future, time::Duration};

use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// The longest pause before another attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs what `attempt` makes until it ends without an error. After an error or a panic it pauses, twice as long each time, and
/// tries again; `failed` counts. Ends as soon as the sender of `stop` is dropped, with the attempt.
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
        let mut failures = 0u32;
        loop {
            // A task of its own contains the panic of an attempt.
            let mut running = JoinSet::new();
            running.spawn(attempt());
            let ended = tokio::select! {
                ended = running.join_next() => ended,
                _ = stop.changed() => return running.shutdown().await,
            };
            match ended {
                None | Some(Ok(Ok(()))) => return,
                Some(Ok(Err(error))) => report(name, failures, &error),
                Some(Err(panic)) => report(name, failures, &panic),
            }
            failed();
            let pause = pause.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(pause) => failures += 1,
                _ = stop.changed() => return,
            }
        }
    })
}

fn report(name: &str, failures: u32, error: &dyn Display) {
    tracing::error!(target: "opml::service", task = name, failures, %error, "a task failed and will be restarted");
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
}
