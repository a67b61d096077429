//! Tiles: AMX with s8 products, sixteen times the multiply-adds of a vector in an instruction.
//!
//! A tile is sixteen rows of 64 bytes. Weights lie in panels as the instruction takes them, four terms of sixteen outputs in a row of a tile,
//! and rows of activations as they are, so nothing is packed anew. Sums are exact, as those of vectors are.

use super::s8_panels::Part;
use opml_kernels::PANEL;
use std::{arch::asm, sync::OnceLock};

/// Rows of a tile.
pub(super) const ROWS: usize = 16;
/// Groups of four terms in a tile.
const GROUPS: usize = 16;
/// Bytes of a row of a tile.
const ROW: usize = 64;

/// Whether the processor has tiles of bytes, and the system lets this process use them.
///
/// Linux asks to be asked: it must make room for 8 KiB more in the state of a thread (Documentation/arch/x86/xstate.rst).
pub(super) fn is_present() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| has_instructions() && may_use())
}

/// CPUID leaf 7: AMX-TILE and AMX-INT8.
fn has_instructions() -> bool {
    const TILE: u32 = 1 << 24;
    const INT8: u32 = 1 << 25;
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & (TILE | INT8) == TILE | INT8
}

/// Asks for the state of the tiles, which holds for all threads.
#[cfg(target_os = "linux")]
fn may_use() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: the call takes numbers only, and changes nothing but what the process may use.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn may_use() -> bool {
    false
}

/// The shapes of the eight tiles, as LDTILECFG reads them: palette 1, then bytes of a row and rows of each.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// Tiles 0 to 3 sums, 4 activations, 5 weights; 6 and 7 the same of the last `tail` groups.
    fn new(tail: usize) -> Self {
        let tail = if tail == 0 { GROUPS } else { tail } as u8;
        let mut shapes =
            Self { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        shapes.row_bytes[..8].fill(ROW as u16);
        shapes.rows[..8].fill(ROWS as u8);
        shapes.row_bytes[6] = 4 * u16::from(tail);
        shapes.rows[7] = tail;
        shapes
    }
}

/// Computes the rows of a part that fill tiles; how many these are.
///
/// # Safety
/// [`is_present`]; the part's own promise.
pub(super) unsafe fn rows(part: &Part) -> usize {
    let tiles = Tiles {
        part,
        whole: part.groups / GROUPS,
        tail: part.groups % GROUPS,
        shapes: Shapes::new(part.groups % GROUPS),
    };
    let mut row = 0;
    // SAFETY: the caller's promise: the part has these rows and panels.
    unsafe {
        while row + 2 * ROWS <= part.rows && part.panels == 2 {
            tiles.four(row);
            row += 2 * ROWS;
        }
        while row + ROWS <= part.rows {
            for panel in 0..part.panels {
                tiles.one(row, panel);
            }
            row += ROWS;
        }
    }
    row
}

struct Tiles<'a> {
    part: &'a Part,
    /// Tiles that the terms fill.
    whole: usize,
    /// Groups after them.
    tail: usize,
    shapes: Shapes,
}

/// Safety of both methods: the part has the rows and panels that they name.
///
/// Tiles are empty before and after, so that a thread that is put aside has no more to save than before.
impl Tiles<'_> {
    /// Words of a row of activations.
    const fn x(&self, row: usize) -> *const u32 {
        self.part.x.wrapping_add(row * self.part.x_stride)
    }

    const fn weights(&self, panel: usize) -> *const u8 {
        self.part.weights.start.wrapping_add(panel * self.part.weights.stride)
    }

    const fn sums(&self, row: usize, panel: usize) -> *mut i32 {
        self.part.sums.wrapping_add((row * self.part.across + panel) * PANEL)
    }

    /// Two times sixteen rows by two panels: tiles are loaded less often than multiplied.
    unsafe fn four(&self, row: usize) {
        // SAFETY: reads the terms and writes the sums of these rows and panels; no register that is used is kept.
        unsafe {
            asm!(
                "ldtilecfg [{shapes}]",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "test {whole}, {whole}",
                "jz 3f",
                "2:",
                "tileloadd tmm4, [{x0} + {x_stride}]",
                "tileloadd tmm5, [{w0} + {row}]",
                "tdpbssd tmm0, tmm4, tmm5",
                "tileloadd tmm5, [{w1} + {row}]",
                "tdpbssd tmm1, tmm4, tmm5",
                "tileloadd tmm4, [{x1} + {x_stride}]",
                "tdpbssd tmm3, tmm4, tmm5",
                "tileloadd tmm5, [{w0} + {row}]",
                "tdpbssd tmm2, tmm4, tmm5",
                "add {x0}, 64",
                "add {x1}, 64",
                "add {w0}, 1024",
                "add {w1}, 1024",
                "dec {whole}",
                "jnz 2b",
                "3:",
                "test {tail}, {tail}",
                "jz 4f",
                "tileloadd tmm6, [{x0} + {x_stride}]",
                "tileloadd tmm7, [{w0} + {row}]",
                "tdpbssd tmm0, tmm6, tmm7",
                "tileloadd tmm7, [{w1} + {row}]",
                "tdpbssd tmm1, tmm6, tmm7",
                "tileloadd tmm6, [{x1} + {x_stride}]",
                "tdpbssd tmm3, tmm6, tmm7",
                "tileloadd tmm7, [{w0} + {row}]",
                "tdpbssd tmm2, tmm6, tmm7",
                "4:",
                "tilestored [{sums} + {across}], tmm0",
                "tilestored [{sums} + {across} + 64], tmm1",
                "mov {x0}, {across}",
                "shl {x0}, 4",
                "add {sums}, {x0}",
                "tilestored [{sums} + {across}], tmm2",
                "tilestored [{sums} + {across} + 64], tmm3",
                "tilerelease",
                shapes = in(reg) &self.shapes,
                whole = inout(reg) self.whole => _,
                tail = in(reg) self.tail,
                x0 = inout(reg) self.x(row) => _,
                x1 = inout(reg) self.x(row + ROWS) => _,
                x_stride = in(reg) 4 * self.part.x_stride,
                w0 = inout(reg) self.weights(0) => _,
                w1 = inout(reg) self.weights(1) => _,
                row = in(reg) ROW,
                sums = inout(reg) self.sums(row, 0) => _,
                across = in(reg) ROW * self.part.across,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    /// Sixteen rows by a panel.
    unsafe fn one(&self, row: usize, panel: usize) {
        // SAFETY: as above.
        unsafe {
            asm!(
                "ldtilecfg [{shapes}]",
                "tilezero tmm0",
                "test {whole}, {whole}",
                "jz 3f",
                "2:",
                "tileloadd tmm4, [{x} + {x_stride}]",
                "tileloadd tmm5, [{w} + {row}]",
                "tdpbssd tmm0, tmm4, tmm5",
                "add {x}, 64",
                "add {w}, 1024",
                "dec {whole}",
                "jnz 2b",
                "3:",
                "test {tail}, {tail}",
                "jz 4f",
                "tileloadd tmm6, [{x} + {x_stride}]",
                "tileloadd tmm7, [{w} + {row}]",
                "tdpbssd tmm0, tmm6, tmm7",
                "4:",
                "tilestored [{sums} + {across}], tmm0",
                "tilerelease",
                shapes = in(reg) &self.shapes,
                whole = inout(reg) self.whole => _,
                tail = in(reg) self.tail,
                x = inout(reg) self.x(row) => _,
                x_stride = in(reg) 4 * self.part.x_stride,
                w = inout(reg) self.weights(panel) => _,
                row = in(reg) ROW,
                sums = in(reg) self.sums(row, panel),
                across = in(reg) ROW * self.part.across,
                out("tmm0") _, out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}
