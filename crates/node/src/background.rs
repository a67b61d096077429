//! Work that others on the machine do not notice: the chain's node has its processors first.

use std::{panic::resume_unwind, thread};

/// The lowest priority that there is: beside one that wants a whole processor, a thread gets one part in seventy of it.
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

/// Runs `work` on a thread of its own with the lowest priority, and waits for it. Threads that it starts are as modest, also those
/// that all engines share where nobody has made them before. A panic in it is one of the caller.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let modest = || {
        // Elsewhere it would be the priority of the whole process.
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::setpriority_process(None, LOWEST) {
            tracing::debug!(target: "opml::workers", %error, "the priority stays as it is");
        }
        work()
    };
    thread::scope(|scope| scope.spawn(modest).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::run;

    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_work_has_the_lowest_priority() {
        use rustix::process::getpriority_process;

        use super::LOWEST;

        let before = getpriority_process(None).unwrap();
        assert_eq!(run(|| getpriority_process(None).unwrap()), LOWEST);
        assert_eq!(getpriority_process(None).unwrap(), before);
    }

    #[test]
    fn a_panic_is_one_of_the_caller() {
        let panic = catch_unwind(|| run(|| panic!("no answer"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"no answer"));
    }
}
