//! Programs of random instruction sequences, from a seed.
//!
//! They are written as assembly text: the assembler's opinion on encodings is asked as well. Each sequence starts from registers
//! of a pool of random and extreme values and with a sandbox of memory, and leaves in the result a record: hi, r1 … r31 (lo in the
//! place of k0, nothing in that of k1), and the sandbox.
//!
//! What the architecture leaves open is avoided: 32-bit arithmetic gets sign-extended operands, divisors are odd, branches link no
//! operand of theirs; and what would end the program: sums that overflow, traps that hold, accesses without alignment.

mod control;
mod instructions;
mod random;
mod tables;

use std::{fmt::Write, fs, path::Path};

use eyre::{Result, WrapErr};

use self::{instructions::Sequence, random::Random};
use super::compile::Build;

const SEED: u64 = 0x6f70_6d6c;
const PROGRAMS: usize = 10;
/// Sequences of one program.
const SEQUENCES: usize = 30;
/// Bytes of memory that a sequence reads and writes.
const SANDBOX: usize = 256;
/// Bytes of registers in a record.
const REGISTERS: usize = 32 * 8;
/// Double words between the first registers of one sequence and of the next in the pool.
const POOL_STRIDE: usize = 7;

const NAME: &str = "sequences";

/// Writes the sources of all programs to `folder`.
///
/// # Errors
/// If they cannot be written.
pub(super) fn write(folder: &Path) -> Result<Vec<Build>> {
    fs::create_dir_all(folder).wrap_err_with(|| folder.display().to_string())?;
    let mut builds = Vec::new();
    for number in 0..PROGRAMS {
        let stem = format!("{NAME}_{number:02}");
        let path = folder.join(&stem).with_extension("S");
        let text = program(&mut Random::new(SEED + number as u64));
        fs::write(&path, text).wrap_err_with(|| path.display().to_string())?;
        builds.push(Build::new(&stem, "", &path));
    }
    Ok(builds)
}

/// Bytes of each record in the result of the program `name`; none if it is not one of these.
pub(super) fn record_bytes(name: &str) -> Option<usize> {
    name.starts_with(NAME).then_some(REGISTERS + SANDBOX)
}

fn program(random: &mut Random) -> String {
    let mut text = format!("#include \"asm.h\"\n{RUNTIME}\n        begin\n");
    for number in 0..SEQUENCES {
        let size = 50 + random.below(151);
        let sequence = Sequence::new(random, number, size);
        let pool = 8 * POOL_STRIDE * number;
        text += &format!("        start {number}, {pool}\n{sequence}        finish {number}\n");
    }
    text += &format!(
        "        address $sp, stack_top\n        address $s0, result + {}\n",
        SEQUENCES * (REGISTERS + SANDBOX)
    );
    text += "        end\n\n        .data\n        .balign 8\npool:\n";
    for _ in 0..POOL_STRIDE * SEQUENCES + 33 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "        .quad   {:#x}", random.value());
    }
    text
}

/// Before the first sequence: how registers and sandbox are set and recorded. k0 points into the middle of the sandbox.
const RUNTIME: &str = r"
        .macro  general what, base
        .irp    number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31
        \what   $\number, 8 * \number(\base)
        .endr
        .endm

        .macro  start number, from
        address $k0, pool + \from
        address $k1, sequence\number
        j       prepare
        nop
sequence\number:
        .endm

        .macro  finish number
        address $k1, recorded\number
        j       record
        nop
recorded\number:
        .endm

        .text
prepare:
        ld      $1, 0($k0)
        mthi    $1
        ld      $1, 8 * 26($k0)
        mtlo    $1
        address $1, sandbox
        daddiu  $2, $1, 256
        move    $3, $k0
1:      ld      $4, 8($3)
        sd      $4, 0($1)
        daddiu  $1, $1, 8
        bne     $1, $2, 1b
        daddiu  $3, $3, 8
        general ld, $k0
        address $k0, sandbox + 128
        jr      $k1
        nop

record: lui     $k0, %hi(at)
        ld      $k0, %lo(at)($k0)
        general sd, $k0
        mfhi    $1
        sd      $1, 0($k0)
        mflo    $1
        sd      $1, 8 * 26($k0)
        daddiu  $k0, $k0, 256
        address $1, sandbox
        daddiu  $2, $1, 256
1:      ld      $3, 0($1)
        sd      $3, 0($k0)
        daddiu  $1, $1, 8
        bne     $1, $2, 1b
        daddiu  $k0, $k0, 8
        lui     $1, %hi(at)
        jr      $k1
        sd      $k0, %lo(at)($1)

        .data
        .balign 8
at:     .quad   result
sandbox: .space 256
";
