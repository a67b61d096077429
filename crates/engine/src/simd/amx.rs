//! Tiles: AMX with s8 products, sixteen times the multiply-adds of a vector in an instruction.
//!
//! A tile is sixteen rows of 64 bytes. Weights lie in panels as the instruction takes them, four terms of sixteen outputs in a row of a tile,
//! and rows of activations as they are, so nothing is packed anew. Sums are exact, as those of vectors are.

use super::{
    avx512::Vnni,
    q8_panels::{self, Format, GROUPS as BLOCK_GROUPS, SCALES, packed_block},
    s8_panels::{Part, TILE_ROWS as ROWS},
};
use opml_kernels::{BLOCK, PANEL};
use std::{arch::asm, sync::OnceLock};

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
    /// Tile 0 sums, 1 the activations of a Q8 block, 2 its weights.
    fn of_blocks() -> Self {
        let mut shapes = Self::new(0);
        shapes.row_bytes[1] = BLOCK as u16;
        shapes.rows[2] = BLOCK_GROUPS as u8;
        shapes
    }

    /// Tiles 0 to 3 sums, 4 activations, 5 weights; 6 and 7 the same of the last `tail` groups, or more of them as 5 if there are none.
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
            if tiles.tail == 0 && tiles.whole > 0 {
                tiles.four_whole(row);
            } else {
                tiles.four(row);
            }
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

/// Safety of all methods: the part has the rows and panels that they name.
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

    /// Two times sixteen rows by two panels, whose terms fill tiles: each tile is loaded once, and multiplied twice.
    unsafe fn four_whole(&self, row: usize) {
        // SAFETY: reads the terms and writes the sums of these rows and panels; no register that is used is kept.
        unsafe {
            asm!(
                "ldtilecfg [{shapes}]",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm6, [{w0} + {row}]",
                "tileloadd tmm4, [{x0} + {x_stride}]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{w1} + {row}]",
                "tdpbssd tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{x1} + {x_stride}]",
                "tdpbssd tmm2, tmm5, tmm6",
                "tdpbssd tmm3, tmm5, tmm7",
                "add {x0}, 64",
                "add {x1}, 64",
                "add {w0}, 1024",
                "add {w1}, 1024",
                "dec {whole}",
                "jnz 2b",
                "tilestored [{upper} + {across}], tmm0",
                "tilestored [{upper} + {across} + 64], tmm1",
                "tilestored [{lower} + {across}], tmm2",
                "tilestored [{lower} + {across} + 64], tmm3",
                "tilerelease",
                shapes = in(reg) &self.shapes,
                whole = inout(reg) self.whole => _,
                x0 = inout(reg) self.x(row) => _,
                x1 = inout(reg) self.x(row + ROWS) => _,
                x_stride = in(reg) 4 * self.part.x_stride,
                w0 = inout(reg) self.weights(0) => _,
                w1 = inout(reg) self.weights(1) => _,
                row = in(reg) ROW,
                upper = in(reg) self.sums(row, 0),
                lower = in(reg) self.sums(row + ROWS, 0),
                across = in(reg) ROW * self.part.across,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    /// Two times sixteen rows by two panels, with terms that fill no tile at the end, for which tiles 6 and 7 are kept.
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

/// Exact sums of two blocks: those of one are written while those of the other are read.
#[repr(C, align(2048))]
struct Exact([[[i32; PANEL]; ROWS]; 2]);

/// Repeats a line for each row, with its number.
macro_rules! for_rows {
    ($f:ident) => {
        concat!(
            $f!("0", "16"),
            $f!("1", "17"),
            $f!("2", "18"),
            $f!("3", "19"),
            $f!("4", "20"),
            $f!("5", "21"),
            $f!("6", "22"),
            $f!("7", "23"),
            $f!("8", "24"),
            $f!("9", "25"),
            $f!("10", "26"),
            $f!("11", "27"),
            $f!("12", "28"),
            $f!("13", "29"),
            $f!("14", "30"),
            $f!("15", "31"),
        )
    };
}

macro_rules! clear {
    ($row:literal, $sums:literal) => {
        concat!("vpxord zmm", $sums, ", zmm", $sums, ", zmm", $sums, "\n")
    };
}

/// The exact sums of a block: its terms by the weights'.
macro_rules! tile {
    () => {
        "tilezero tmm0
        tileloadd tmm1, [{x} + {x_stride}]
        tileloadd tmm2, [{weights} + {line} + 32]
        tdpbssd tmm0, tmm1, tmm2
        tilestored [{exact} + {line}], tmm0"
    };
}

/// The scale of the weights times that of the row, by the exact sums, one multiply-add: as [`q8_panels`] has it.
macro_rules! scale {
    ($row:literal, $sums:literal) => {
        concat!(
            "vmulps zmm1, zmm0, dword ptr [{scales} + 32]{{1to16}}\n",
            "vcvtdq2ps zmm2, [{exact} + 64 * ",
            $row,
            "]\n",
            "vfmadd231ps zmm",
            $sums,
            ", zmm1, zmm2\n",
            "add {scales}, {x_stride}\n",
        )
    };
}

macro_rules! keep {
    ($row:literal, $sums:literal) => {
        concat!("vmovups [{sums} + 64 * ", $row, "], zmm", $sums, "\n")
    };
}

/// Computes the rows of a part of Q8 products that fill tiles; how many these are.
///
/// # Safety
/// [`is_present`], AVX-512 F; the part's own promise, with rows packed for VNNI, and a format with `IS_TILE`.
pub(super) unsafe fn q8_rows<W: Format>(part: &q8_panels::Part) -> usize {
    const {
        assert!(SCALES == 32 && BLOCK == 32, "as the instructions below have it");
    }
    let shapes = Shapes::of_blocks();
    let mut exact = Exact([[[0; PANEL]; ROWS]; 2]);
    let mut row = 0;
    // While some rows go by a panel, the next one is brought: of each tile of rows a part.
    let lines = W::BYTES.div_ceil(ROW).div_ceil((part.rows / ROWS).max(1));
    while row + ROWS <= part.rows && part.blocks > 0 {
        // SAFETY: reads the blocks and writes the sums of these rows; no register that is used is kept. The next panel is only asked for.
        unsafe {
            asm!(
                "ldtilecfg [{shapes}]",
                for_rows!(clear),
                tile!(),
                "jmp 3f",
                "2:",
                "add {x}, {packed}",
                "add {weights}, {block}",
                "xor {exact}, 1024",
                tile!(),
                "xor {exact}, 1024",
                "mov {scales}, {lines}",
                "4:",
                "prefetcht0 [{next}]",
                "add {next}, 64",
                "dec {scales}",
                "jnz 4b",
                "vcvtph2ps zmm0, [{weights} - {block}]",
                "lea {scales}, [{x} - {packed}]",
                for_rows!(scale),
                "xor {exact}, 1024",
                "3:",
                "dec {blocks}",
                "jnz 2b",
                "vcvtph2ps zmm0, [{weights}]",
                "mov {scales}, {x}",
                for_rows!(scale),
                for_rows!(keep),
                "tilerelease",
                shapes = in(reg) &shapes,
                exact = inout(reg) &raw mut exact => _,
                x = inout(reg) part.x.wrapping_add(row * part.x_stride) => _,
                x_stride = in(reg) 4 * part.x_stride,
                scales = out(reg) _,
                weights = inout(reg) part.weights => _,
                next = inout(reg) part.next.wrapping_add(row / ROWS * lines * ROW * part.blocks) => _,
                lines = in(reg) lines,
                line = in(reg) ROW,
                blocks = inout(reg) part.blocks => _,
                sums = in(reg) part.sums.wrapping_add(row * PANEL),
                packed = const 4 * packed_block::<Vnni<true>>(),
                block = const W::BYTES,
                out("tmm0") _, out("tmm1") _, out("tmm2") _,
                out("zmm0") _, out("zmm1") _, out("zmm2") _,
                out("zmm16") _, out("zmm17") _, out("zmm18") _, out("zmm19") _,
                out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
                out("zmm24") _, out("zmm25") _, out("zmm26") _, out("zmm27") _,
                out("zmm28") _, out("zmm29") _, out("zmm30") _, out("zmm31") _,
                options(nostack),
            );
        }
        row += ROWS;
    }
    row
}
