//! The machine's own limits: what memory delivers and what the multipliers can do.

use crate::{table::Machine, timing};
use eyre::Result;
use opml_engine::{Cpu, Level};
use std::{hint::black_box, thread, time::Duration};

/// Bytes read per round: far more than the caches hold.
const READ: usize = 128 << 20;
/// Loops of twelve chains.
const LOOPS: usize = 400_000;
/// Chains in flight, enough for the latency of a multiply-add.
const CHAINS: usize = 12;

/// Measures with the threads and the level of `cpu`.
pub(crate) fn measure(cpu: &Cpu) -> Machine {
    let threads = cpu.threads();
    let memory = vec![1u64; READ / 8];
    let read = on_all(threads, |index| {
        let part = memory.len() / threads;
        let words = &memory[index * part..(index + 1) * part];
        black_box(words.iter().fold(0u64, |sum, word| sum.wrapping_add(*word)));
    });
    let rate = |time: Duration, per_loop: usize| {
        (threads * LOOPS * CHAINS * per_loop) as f64 / time.as_secs_f64() / 1e9
    };
    let f32 = on_all(threads, |_| peak::f32_chains(cpu.level()));
    let s8 = on_all(threads, |_| peak::s8_chains(cpu.level()));
    let [f32_lanes, s8_lanes] = match cpu.level() {
        Level::Portable => [1, 1],
        Level::Avx2 => [8, 16],
        Level::Avx512 => [16, 32],
        // The multipliers of vectors, also where there are tiles: what the bars are about.
        Level::Vnni | Level::Amx => [16, 64],
    };
    Machine {
        threads,
        simd: cpu.level().to_string(),
        read_gb_s: READ as f64 / read.as_secs_f64() / 1e9,
        f32_gmac_s: rate(f32, f32_lanes),
        s8_gmac_s: rate(s8, s8_lanes),
    }
}

/// The best time of the same work on so many threads at once.
fn on_all(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let round = || -> Result<Duration> {
        timing::time(|| {
            thread::scope(|scope| {
                for index in 0..threads {
                    let work = &work;
                    scope.spawn(move || work(index));
                }
            });
            Ok(())
        })
    };
    timing::best(round).unwrap_or(Duration::MAX)
}

/// Chains of multiply-adds that depend on nothing but themselves, in assembly, so that no compiler finds a shorter way.
#[cfg(target_arch = "x86_64")]
mod peak {
    use super::{LOOPS, Level};
    use std::arch::asm;

    /// Twelve lines, each with its register's number in two places.
    macro_rules! twelve {
        ($a:literal $b:literal $c:literal) => {
            twelve!($a $b $c: "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11")
        };
        ($a:literal $b:literal $c:literal: $($n:literal)*) => {
            concat!($($a, $n, $b, $n, $c, "\n"),*)
        };
    }

    macro_rules! chains {
        ($name:ident: $a:literal $b:literal $c:literal) => {
            /// # Safety
            /// The processor has the instructions.
            unsafe fn $name() {
                // SAFETY: changes registers only, all of which are given up.
                unsafe {
                    asm!(
                        twelve!("vpxor ymm" ", ymm15, ymm15 # " ""),
                        "vpxor ymm12, ymm12, ymm12",
                        "vpxor ymm13, ymm13, ymm13",
                        "2:",
                        twelve!($a $b $c),
                        "dec rcx",
                        "jnz 2b",
                        inout("rcx") LOOPS => _,
                        clobber_abi("sysv64"),
                        options(nomem, nostack),
                    );
                }
            }
        };
    }

    chains!(avx2_f32: "vfmadd231ps ymm" ", ymm12, ymm13 # " "");
    chains!(avx512_f32: "vfmadd231ps zmm" ", zmm12, zmm13 # " "");
    chains!(avx2_s8: "vpmaddwd ymm14, ymm12, ymm13\nvpaddd ymm" ", ymm14, ymm" "");
    chains!(avx512_s8: "vpmaddwd zmm14, zmm12, zmm13\nvpaddd zmm" ", zmm14, zmm" "");
    chains!(vnni_s8: "vpdpbusd zmm" ", zmm12, zmm13 # " "");

    pub(super) fn f32_chains(level: Level) {
        // SAFETY: a `Cpu` has checked that the processor has its level.
        match level {
            Level::Portable => {}
            Level::Avx2 => unsafe { avx2_f32() },
            Level::Avx512 | Level::Vnni | Level::Amx => unsafe { avx512_f32() },
        }
    }

    pub(super) fn s8_chains(level: Level) {
        // SAFETY: as above.
        match level {
            Level::Portable => {}
            Level::Avx2 => unsafe { avx2_s8() },
            Level::Avx512 => unsafe { avx512_s8() },
            Level::Vnni | Level::Amx => unsafe { vnni_s8() },
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod peak {
    use super::Level;

    pub(super) const fn f32_chains(_: Level) {}
    pub(super) const fn s8_chains(_: Level) {}
}
