//! A file that claims to be a program is refused or runs; it is no panic.
#![no_main]

use opml_fpvm::Program;
use opml_memory::Memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(program) = Program::from_elf(bytes) {
        program.start(Memory::new()).run(1 << 12);
    }
});
