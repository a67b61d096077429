//! The rounding and flushing modes of a thread.

/// Sets round to nearest, subnormals kept, all exceptions masked: what the kernels are written for, and what a thread may have
/// inherited otherwise from one that flushes subnormals to zero.
pub(crate) fn set_default() {
    #[cfg(target_arch = "x86_64")]
    {
        let mode: u32 = 0x1f80;
        // SAFETY: the instruction reads four bytes; the modes are those in which Rust's own code expects to run.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &mode, options(nostack, readonly)) };
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the modes are those in which Rust's own code expects to run.
    unsafe {
        std::arch::asm!("msr fpcr, {}", in(reg) 0u64, options(nostack, nomem));
    }
}
