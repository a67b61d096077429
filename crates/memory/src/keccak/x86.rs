//! Four lanes by AVX2, eight by AVX-512.

use super::{
    Pair,
    permutation::{Vector, hash},
};
use alloy_primitives::B256;
use std::{arch::x86_64::*, mem::transmute};

/// Returns the nodes over four pairs.
#[target_feature(enable = "avx2")]
pub(super) fn hash_4(pairs: &[Pair; 4]) -> [B256; 4] {
    // SAFETY: AVX2 is enabled here.
    unsafe { hash::<Four, 4>(pairs) }
}

/// Returns the nodes over eight pairs.
#[target_feature(enable = "avx512f")]
pub(super) fn hash_8(pairs: &[Pair; 8]) -> [B256; 8] {
    // SAFETY: AVX-512F is enabled here.
    unsafe { hash::<Eight, 8>(pairs) }
}

#[derive(Clone, Copy)]
struct Four(__m256i);

impl Vector<4> for Four {
    #[inline(always)]
    unsafe fn new(words: [u64; 4]) -> Self {
        // SAFETY: same size, and every pattern of bits is a value of both.
        Self(unsafe { transmute::<[u64; 4], __m256i>(words) })
    }

    #[inline(always)]
    fn words(self) -> [u64; 4] {
        // SAFETY: same size, and every pattern of bits is a value of both.
        unsafe { transmute::<__m256i, [u64; 4]>(self.0) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: a `Four` exists only where AVX2 does.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b.xor(c))
    }

    #[inline(always)]
    fn rotate_left(self, bits: u32) -> Self {
        let (left, right) = (i64::from(bits), i64::from(64 - bits));
        // SAFETY: a `Four` exists only where AVX2 does.
        Self(unsafe {
            _mm256_or_si256(
                _mm256_sll_epi64(self.0, _mm_cvtsi64_si128(left)),
                _mm256_srl_epi64(self.0, _mm_cvtsi64_si128(right)),
            )
        })
    }

    #[inline(always)]
    fn chi(self, next: Self, after: Self) -> Self {
        // SAFETY: a `Four` exists only where AVX2 does.
        Self(unsafe { _mm256_xor_si256(self.0, _mm256_andnot_si256(next.0, after.0)) })
    }
}

#[derive(Clone, Copy)]
struct Eight(__m512i);

impl Vector<8> for Eight {
    #[inline(always)]
    unsafe fn new(words: [u64; 8]) -> Self {
        // SAFETY: same size, and every pattern of bits is a value of both.
        Self(unsafe { transmute::<[u64; 8], __m512i>(words) })
    }

    #[inline(always)]
    fn words(self) -> [u64; 8] {
        // SAFETY: same size, and every pattern of bits is a value of both.
        unsafe { transmute::<__m512i, [u64; 8]>(self.0) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only where AVX-512F does.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        // SAFETY: an `Eight` exists only where AVX-512F does.
        Self(unsafe { _mm512_ternarylogic_epi64::<0x96>(self.0, b.0, c.0) })
    }

    #[inline(always)]
    fn rotate_left(self, bits: u32) -> Self {
        // SAFETY: an `Eight` exists only where AVX-512F does.
        Self(unsafe { _mm512_rolv_epi64(self.0, _mm512_set1_epi64(i64::from(bits))) })
    }

    #[inline(always)]
    fn chi(self, next: Self, after: Self) -> Self {
        // The truth table of `a ^ (!b & c)`.
        // SAFETY: an `Eight` exists only where AVX-512F does.
        Self(unsafe { _mm512_ternarylogic_epi64::<0xd2>(self.0, next.0, after.0) })
    }
}
