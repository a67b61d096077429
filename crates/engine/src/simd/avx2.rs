//! Eight lanes: AVX2, FMA, F16C.

use super::{
    Isa, f32_panels,
    q8_panels::{self, Format},
    s8_panels,
};
use std::arch::x86_64::*;

/// Processors with AVX2, FMA and F16C: most since 2013.
///
/// Products of bytes exceed the i16 lanes of the saturating u8 × s8 instruction, so bytes are widened to i16, whose products are
/// added in i32. `SYMMETRIC` is for activations that are never −128: then the products of magnitudes of weights, at most 128, by
/// activations with the weights' signs, at most 127, do fit two by two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2<const SYMMETRIC: bool>;

/// The weights of the even terms, then those of the odd ones, two i16 for every lane; or the magnitudes, then the weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quads(__m256i, __m256i);

/// Four bytes to a word: the even ones and the odd ones, as i16.
pub(super) const fn pairs(x: [i8; 4]) -> [u32; 2] {
    let [a, b, c, d] = x;
    [pair(a, c), pair(b, d)]
}

const fn pair(low: i8, high: i8) -> u32 {
    (low as i16 as u16 as u32) | (high as i16 as u16 as u32) << 16
}

impl<const SYMMETRIC: bool> Avx2<SYMMETRIC> {
    #[inline(always)]
    unsafe fn ready(bytes: __m256i) -> Quads {
        // SAFETY: the caller has AVX2.
        unsafe {
            if SYMMETRIC {
                return Quads(_mm256_abs_epi8(bytes), bytes);
            }
            let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(bytes));
            Quads(even, _mm256_srai_epi16::<8>(bytes))
        }
    }
}

// SAFETY of every body: the caller has the instructions, and the pointers are good for the bytes; loads and stores ask for no
// alignment.
impl<const SYMMETRIC: bool> Isa for Avx2<SYMMETRIC> {
    const LANES: usize = 8;
    type Floats = __m256;
    type Words = __m256i;
    type Quads = Quads;
    const PACKED: usize = if SYMMETRIC { 1 } else { 2 };
    const S8_PANELS: usize = 1;
    const S8_ROWS: usize = 24;

    #[inline(always)]
    fn pack(x: [i8; 4]) -> [u32; 2] {
        if SYMMETRIC { [u32::from_le_bytes(x.map(|x| x as u8)), 0] } else { pairs(x) }
    }

    #[inline(always)]
    fn start(_: i32) -> i32 {
        0
    }

    #[inline(always)]
    unsafe fn zero() -> __m256 {
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        unsafe { _mm256_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, x: __m256) {
        unsafe { _mm256_storeu_ps(to, x) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const u8) -> __m256 {
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
    }

    #[inline(always)]
    unsafe fn floats(x: __m256i) -> __m256 {
        unsafe { _mm256_cvtepi32_ps(x) }
    }

    #[inline(always)]
    unsafe fn words(x: i32) -> __m256i {
        unsafe { _mm256_set1_epi32(x) }
    }

    #[inline(always)]
    unsafe fn store_words(to: *mut i32, x: __m256i) {
        unsafe { _mm256_storeu_si256(to.cast(), x) }
    }

    #[inline(always)]
    unsafe fn quads(from: *const u8) -> Quads {
        unsafe { Self::ready(_mm256_loadu_si256(from.cast())) }
    }

    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> [Quads; 2] {
        unsafe {
            let bytes = _mm256_loadu_si256(from.cast());
            let (mask, eight) = (_mm256_set1_epi8(15), _mm256_set1_epi8(8));
            [bytes, _mm256_srli_epi16::<4>(bytes)]
                .map(|bytes| Self::ready(_mm256_sub_epi8(_mm256_and_si256(bytes, mask), eight)))
        }
    }

    #[inline(always)]
    unsafe fn dot(acc: __m256i, weights: Quads, x: *const u32) -> __m256i {
        unsafe {
            if SYMMETRIC {
                let Quads(magnitudes, weights) = weights;
                let x = _mm256_sign_epi8(_mm256_set1_epi32(*x as i32), weights);
                let pairs = _mm256_maddubs_epi16(magnitudes, x);
                return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
            }
            let Quads(even, odd) = weights;
            let even = _mm256_madd_epi16(even, _mm256_set1_epi32(*x as i32));
            let odd = _mm256_madd_epi16(odd, _mm256_set1_epi32(*x.add(1) as i32));
            _mm256_add_epi32(_mm256_add_epi32(acc, even), odd)
        }
    }

    /// Twelve sums in flight hide the latency of the multiply-add and leave registers for weights.
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn f32_part(part: &f32_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe {
            if part.is_one_row() {
                let panel = part.one_row::<Self, 8>(part.panels().start, 4);
                part.one_row::<Self, 2>(panel, 1);
            } else {
                part.strips::<Self, 6, 2>(part.panels().start, 1);
            }
        }
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn q8_part<W: Format>(part: &q8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe { part.rows::<Self, W, 4, 2>(0) };
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn s8_part(part: &s8_panels::Part) {
        // SAFETY: the caller's promise.
        unsafe { part.rows::<Self, 4, 1, 2>(0) };
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}
