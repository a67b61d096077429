//! The guest program: one large step of the tensor machine, then `exit(0)`.
//!
//! The FPVM starts it with the data half of its memory holding a state `S` of the tensor machine and
//! every register zero; when it has exited with code 0, the data half holds the successor of `S`.
//! It reads and writes nothing else but its own half, which is forgotten after every large step.

#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod memory;

use core::{arch::global_asm, panic::PanicInfo};

use memory::GuestMemory;

global_asm!(include_str!("start.s"));

unsafe extern "C" {
    /// Ends the program; in `start.s`.
    safe fn guest_exit(code: u32) -> !;
}

/// Called once by `_start`; returns the exit code.
#[unsafe(no_mangle)]
extern "C" fn guest_main() -> u32 {
    opml_tensor::large_step(&mut GuestMemory);
    0
}

/// The large step is total, so this is unreachable; if it were not, the run would end in FAULT.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    guest_exit(1)
}
