//! Work that others on the machine do not notice: the chain's node has its processors first.

use std::{panic::resume_unwind, sync::Once, thread};

use opml_engine::Cpu;

/// Runs `work` on a thread of its own with the lowest priority, and waits for it. Threads that it starts are as modest, and so are
/// those that all engines share, whoever made them. A panic in it is one of the caller.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let modest = || {
        lower();
        lower_engines();
        work()
    };
    thread::scope(|scope| scope.spawn(modest).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

/// The lowest priority that there is: beside one that wants a whole processor, a thread gets one part in seventy of it.
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

/// Gives this thread the lowest priority. `SCHED_IDLE` would leave it one part in three hundred and fifty, so a dispute's clock could
/// run out on a busy machine, and no gain of it for others could be measured (docs/reth.md).
#[cfg(target_os = "linux")]
fn lower() {
    if let Err(error) = rustix::process::setpriority_process(None, LOWEST) {
        tracing::debug!(target: "opml::workers", %error, "the priority stays as it is");
    }
}

/// Elsewhere there is only a priority of the whole process.
#[cfg(not(target_os = "linux"))]
const fn lower() {}

/// Lowers the threads that all engines share, once: who named their number at the start of the process made them with the priority
/// of the process.
fn lower_engines() {
    static LOWERED: Once = Once::new();
    LOWERED.call_once(|| {
        // Where there are none, the engine says why.
        if let Ok(cpu) = Cpu::shared() {
            cpu.on_each(lower);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[cfg(target_os = "linux")]
    fn is_lowest() -> bool {
        rustix::process::getpriority_process(None).unwrap() == LOWEST
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_work_has_the_lowest_priority() {
        assert!(run(is_lowest) && run(|| thread::spawn(is_lowest).join().unwrap()));
        assert!(!is_lowest());
    }

    /// Without the call to each of them they would keep the priority of the thread that made them.
    #[test]
    #[cfg(target_os = "linux")]
    fn so_have_the_threads_that_engines_had_before() {
        let cpu = Cpu::shared().unwrap();
        run(|| ());
        cpu.on_each(|| assert!(is_lowest()));
    }

    #[test]
    fn a_panic_is_one_of_the_caller() {
        let panic = catch_unwind(|| run(|| panic!("no answer"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"no answer"));
    }
}
