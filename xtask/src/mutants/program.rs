//! A program whose failure kills a mutant.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use eyre::{Result, WrapErr};

use super::Fate;

/// How often a running test is asked whether it has ended.
const POLL: Duration = Duration::from_millis(5);

/// A test that takes longer has met an endless loop; the longest takes seconds, and many times that on a busy machine.
const LIMIT: Duration = Duration::from_secs(1800);

/// What `command` says of a mutant, as the tests of `stage`.
///
/// # Errors
/// If it cannot be started.
pub(super) fn fate(command: &mut Command, stage: &'static str) -> Result<Fate> {
    let mut child = command
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .wrap_err_with(|| format!("cannot start {}", command.get_program().display()))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Fate::Survived } else { Fate::Killed(stage) });
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(Fate::Killed("time"));
        }
        thread::sleep(POLL);
    }
}
