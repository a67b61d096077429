//! Tasks that come up again.

use std::{error::Error, fmt::Display, future::Future, time::Duration};

use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// The longest pause before another attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs what `attempt` makes until it ends without an error. After an error or a panic it pauses, twice as long each time, and
/// tries again. Ends as soon as the sender of `stop` is dropped, with the attempt.
pub(super) fn spawn<F, E>(
    name: &'static str,
    pause: Duration,
    mut stop: watch::Receiver<()>,
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
