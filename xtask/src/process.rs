//! Child processes that end when the task is asked to end.

use std::{
    io::{self, IsTerminal},
    os::unix::process::CommandExt,
    process::{Command, Output, Stdio},
    thread,
};

use eyre::{Result, WrapErr, ensure, eyre};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Runs `command` to its end with this task's stdio.
///
/// A signal to this task is passed on, and this task ends by it after its child has: a prompt that comes back means
/// that nothing is left running. In a terminal Ctrl-C already reaches the whole foreground group; passing it on as well
/// would count as a second, impatient Ctrl-C with nextest. Elsewhere the child leads a group of its own, so that a
/// signal reaches what it has started, too.
///
/// # Errors
/// If the program cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = display(command);
    let interactive = io::stdin().is_terminal();
    if !interactive {
        command.process_group(0);
    }
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).wrap_err("cannot watch signals")?;
    let watch = signals.handle();

    let mut child = command.spawn().wrap_err_with(|| format!("cannot start `{name}`"))?;
    let pid = Pid::from_child(&child);
    let forwarder = thread::spawn(move || {
        let mut last = None;
        for number in signals.forever() {
            last = Some(number);
            forward(pid, number, interactive);
        }
        last
    });
    let status = child.wait();
    watch.close();
    let received = forwarder.join().map_err(|_| eyre!("the signal thread of `{name}` panicked"))?;
    if let Some(number) = received {
        emulate_default_handler(number)
            .wrap_err_with(|| format!("cannot end by signal {number}"))?;
    }

    let status = status.wrap_err_with(|| format!("cannot wait for `{name}`"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}

/// Passes signal `number` on to the child, or to its group if it leads one.
fn forward(pid: Pid, number: i32, interactive: bool) {
    let signal = match number {
        SIGINT => Signal::INT,
        SIGHUP => Signal::HUP,
        _ => Signal::TERM,
    };
    // The only failure is a child that has just ended, which is what was asked for.
    let _ = match (interactive, number) {
        (true, SIGINT) => Ok(()),
        (true, _) => kill_process(pid, signal),
        (false, _) => kill_process_group(pid, signal),
    };
}

/// Runs `command` to its end and returns what it wrote to stdout; its stderr stays on this task's stderr.
///
/// # Errors
/// If the program cannot be started or fails.
pub(crate) fn capture(command: &mut Command) -> Result<Vec<u8>> {
    let name = display(command);
    let Output { status, stdout, .. } = command
        .stderr(Stdio::inherit())
        .output()
        .wrap_err_with(|| format!("cannot start `{name}`"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(stdout)
}

/// Whether `command` starts and succeeds; for asking whether a tool is installed.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as one would type it: file name of the program, then the arguments.
fn display(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name.to_string_lossy()).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{capture, display, run, succeeds};
    use std::process::Command;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn run_reports_the_command_and_its_exit_status() {
        assert!(run(&mut shell("exit 0")).is_ok());
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains("3)"), "{error}");
    }

    #[test]
    fn capture_returns_stdout_only_on_success() {
        assert_eq!(capture(&mut shell("printf abc")).unwrap(), b"abc");
        assert!(capture(&mut shell("printf abc; exit 1")).is_err());
    }

    #[test]
    fn a_missing_program_is_an_error_not_a_panic() {
        let mut missing = Command::new("no-such-program-of-opml");
        assert!(!succeeds(&mut missing));
        assert!(run(&mut missing).unwrap_err().to_string().contains("cannot start"));
    }

    #[test]
    fn display_hides_the_folder_of_the_program() {
        assert_eq!(display(Command::new("/a/b/forge").arg("test")), "forge test");
    }
}
