//! Sixteen lanes: AVX-512 F and BW, with VNNI for s8 products where there is one.

use super::{
    Isa, amx,
    avx2::pairs,
    f32_panels,
    q8_panels::{self, Format},
    requantise::Channels,
    s8_panels,
};
use opml_kernels::{Output, PANEL};
use std::arch::x86_64::*;

/// Processors with AVX-512 F and BW.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512;

/// Those that also have AVX-512 VNNI, and tiles of s8 where it says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vnni<const TILES: bool>;

/// The weights of the even terms, then those of the odd ones, two i16 for every lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs {
    even: __m512i,
    odd: __m512i,
}

/// Writes the methods that are alike at both levels.
macro_rules! sixteen_lanes {
    () => {
        const LANES: usize = 16;
        type Floats = __m512;
        type Words = __m512i;

        #[inline(always)]
        unsafe fn zero() -> __m512 {
            unsafe { _mm512_setzero_ps() }
        }

        #[inline(always)]
        unsafe fn splat(x: f32) -> __m512 {
            unsafe { _mm512_set1_ps(x) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> __m512 {
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(to: *mut f32, x: __m512) {
            unsafe { _mm512_storeu_ps(to, x) }
        }

        #[inline(always)]
        unsafe fn mul(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_mul_ps(a, b) }
        }

        #[inline(always)]
        unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        unsafe fn halves(from: *const u8) -> __m512 {
            unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
        }

        #[inline(always)]
        unsafe fn floats(x: __m512i) -> __m512 {
            unsafe { _mm512_cvtepi32_ps(x) }
        }

        #[inline(always)]
        unsafe fn words(x: i32) -> __m512i {
            unsafe { _mm512_set1_epi32(x) }
        }

        #[inline(always)]
        unsafe fn store_words(to: *mut i32, x: __m512i) {
            unsafe { _mm512_storeu_si512(to.cast(), x) }
        }

        #[inline(always)]
        unsafe fn quads(from: *const u8) -> Self::Quads {
            unsafe { Self::prepare(_mm512_loadu_si512(from.cast())) }
        }

        #[inline(always)]
        unsafe fn nibbles(from: *const u8) -> [Self::Quads; 2] {
            unsafe {
                let bytes = _mm512_loadu_si512(from.cast());
                let (mask, eight) = (_mm512_set1_epi8(15), _mm512_set1_epi8(8));
                [bytes, _mm512_srli_epi16::<4>(bytes)].map(|bytes| {
                    Self::prepare(_mm512_sub_epi8(_mm512_and_si512(bytes, mask), eight))
                })
            }
        }

        #[inline(always)]
        unsafe fn requantise(
            channels: &Channels,
            sums: &[i32; PANEL],
            output: Output,
        ) -> [i8; PANEL] {
            unsafe {
                let sums = _mm512_add_epi32(
                    _mm512_loadu_si512(sums.as_ptr().cast()),
                    _mm512_loadu_si512(channels.bias.as_ptr().cast()),
                );
                let halves = [_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums)];
                let limit = |value: i8| _mm512_set1_epi64(value.into());
                let mut values = [0; PANEL];
                let (to, _) = values.as_chunks_mut::<8>();
                for (half, (sums, to)) in halves.into_iter().zip(to).enumerate() {
                    let wide = |words: *const i32| {
                        _mm512_cvtepi32_epi64(_mm256_loadu_si256(words.add(8 * half).cast()))
                    };
                    let products = _mm512_mul_epi32(
                        _mm512_cvtepi32_epi64(sums),
                        wide(channels.multiplier.as_ptr()),
                    );
                    let half = channels.half.as_ptr().add(8 * half).cast();
                    let sums = _mm512_add_epi64(products, _mm512_loadu_si512(half));
                    let rounded = _mm512_srav_epi64(sums, wide(channels.shift.as_ptr().cast()));
                    let moved = _mm512_add_epi64(rounded, limit(output.zero_point));
                    // The greatest value wins where it is below the least one.
                    let least = _mm512_max_epi64(moved, limit(output.low));
                    let bytes = _mm512_cvtepi64_epi8(_mm512_min_epi64(least, limit(output.high)));
                    _mm_storel_epi64(to.as_mut_ptr().cast(), bytes);
                }
                values
            }
        }

        #[inline(always)]
        unsafe fn prefetch(at: *const u8) {
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
        }
    };
}

impl Avx512 {
    #[inline(always)]
    unsafe fn prepare(bytes: __m512i) -> Pairs {
        // SAFETY: the caller has AVX-512 F and BW.
        unsafe {
            let even = _mm512_srai_epi16::<8>(_mm512_slli_epi16::<8>(bytes));
            Pairs { even, odd: _mm512_srai_epi16::<8>(bytes) }
        }
    }
}

// SAFETY of every body: the caller has the instructions, and the pointers are good for the bytes; loads and stores ask for no
// alignment.
impl Isa for Avx512 {
    sixteen_lanes!();
    type Quads = Pairs;
    const PACKED: usize = 2;
    const S8_PANELS: usize = 2;
    const S8_ROWS: usize = 24;

    /// Twenty-four sums in flight hide the latency of the multiply-add; eight rows leave registers for addresses.
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw")]
    unsafe fn f32_part(part: &f32_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe {
            let first = part.panels().start;
            if part.is_one_row() {
                let panel = part.one_row::<Self, 4>(first, 4);
                part.one_row::<Self, 1>(panel, 1);
            } else {
                let panel = part.strips::<Self, 8, 3>(first, 3);
                part.strips::<Self, 8, 1>(panel, 1);
            }
        }
    }

    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw")]
    unsafe fn q8_part<W: Format>(part: &q8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe { part.rows::<Self, W, 8, 1>(0) };
    }

    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw")]
    unsafe fn s8_part(part: &s8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe {
            if part.panels == 2 {
                part.rows::<Self, 12, 2, 1>(0);
            } else {
                part.rows::<Self, 12, 1, 1>(0);
            }
        };
    }

    #[inline(always)]
    fn pack(x: [i8; 4]) -> [u32; 2] {
        pairs(x)
    }

    #[inline(always)]
    fn start(_: i32) -> i32 {
        0
    }

    #[inline(always)]
    unsafe fn dot(acc: __m512i, weights: Pairs, x: *const u32) -> __m512i {
        unsafe {
            let (even, odd) = (*x, *x.add(1));
            let even = _mm512_madd_epi16(weights.even, _mm512_set1_epi32(even as i32));
            let odd = _mm512_madd_epi16(weights.odd, _mm512_set1_epi32(odd as i32));
            _mm512_add_epi32(_mm512_add_epi32(acc, even), odd)
        }
    }
}

impl<const TILES: bool> Vnni<TILES> {
    /// The instruction multiplies u8 by s8: weights are moved to 0 … 255, which adds `128 · Σx` to every sum.
    #[inline(always)]
    unsafe fn prepare(bytes: __m512i) -> __m512i {
        // SAFETY: the caller has AVX-512 F.
        unsafe { _mm512_xor_si512(bytes, _mm512_set1_epi8(-128)) }
    }
}

// SAFETY of every body: as above.
impl<const TILES: bool> Isa for Vnni<TILES> {
    sixteen_lanes!();
    type Quads = __m512i;
    const PACKED: usize = 1;
    const S8_PANELS: usize = 2;
    const S8_ROWS: usize = if TILES { 2 * s8_panels::TILE_ROWS } else { 24 };

    #[inline(always)]
    unsafe fn f32_part(part: &f32_panels::Part) {
        // SAFETY: the caller's promise: this level has the instructions of that one.
        unsafe { Avx512::f32_part(part) };
    }

    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vnni")]
    unsafe fn q8_part<W: Format>(part: &q8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe {
            let row = if TILES && W::IS_TILE { amx::q8_rows::<W>(part) } else { 0 };
            part.rows::<Self, W, 8, 1>(row);
        };
    }

    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vnni")]
    unsafe fn s8_part(part: &s8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe {
            let row = if TILES { amx::rows(part) } else { 0 };
            if part.panels == 2 {
                part.rows::<Self, 12, 2, 1>(row);
            } else {
                part.rows::<Self, 12, 1, 1>(row);
            }
        };
    }

    #[inline(always)]
    fn pack(x: [i8; 4]) -> [u32; 2] {
        [u32::from_le_bytes(x.map(|x| x as u8)), 0]
    }

    #[inline(always)]
    unsafe fn sum(x: &[i8]) -> i32 {
        let (vectors, tail) = x.as_chunks::<64>();
        let tail = tail.iter().fold(0, |sum, x| sum + i32::from(*x));
        unsafe {
            let mut sums = _mm512_setzero_si512();
            for x in vectors {
                let x = _mm512_loadu_si512(x.as_ptr().cast());
                sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), x);
            }
            _mm512_reduce_add_epi32(sums) + tail
        }
    }

    #[inline(always)]
    fn start(sum: i32) -> i32 {
        // Wrapping, as the instruction's accumulation is: only the whole sum has to fit.
        sum.wrapping_mul(-128)
    }

    #[inline(always)]
    unsafe fn dot(acc: __m512i, weights: __m512i, x: *const u32) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(acc, weights, _mm512_set1_epi32(*x as i32)) }
    }
}
