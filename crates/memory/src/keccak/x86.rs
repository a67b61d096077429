//! Four lanes by AVX2, eight by AVX-512.

use super::{
    Pair,
    permutation::{HASH_WORDS, MESSAGE_WORDS, Vector, hash},
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
    unsafe fn splat(word: u64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm256_set1_epi64x(word.cast_signed()) })
    }

    #[inline(always)]
    unsafe fn load(pairs: &[Pair; 4]) -> [Self; MESSAGE_WORDS] {
        // SAFETY: same size, and every pattern of bits is a value of both.
        let [[a, e], [b, f], [c, g], [d, h]] =
            unsafe { transmute::<[Pair; 4], [[__m256i; 2]; 4]>(*pairs) };
        // SAFETY: the caller's promise.
        let [left, right] = unsafe { [transpose_4([a, b, c, d]), transpose_4([e, f, g, h])] };
        // SAFETY: a `Four` is an `__m256i`.
        unsafe { transmute([left, right]) }
    }

    #[inline(always)]
    fn store(words: [Self; HASH_WORDS]) -> [B256; 4] {
        // SAFETY: a `Four` exists only where AVX2 does; same size, and every pattern of bits is a value of both.
        unsafe { transmute(transpose_4(words.map(|word| word.0))) }
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
    unsafe fn splat(word: u64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm512_set1_epi64(word.cast_signed()) })
    }

    #[inline(always)]
    unsafe fn load(pairs: &[Pair; 8]) -> [Self; MESSAGE_WORDS] {
        // SAFETY: same size, and every pattern of bits is a value of both.
        let rows = unsafe { transmute::<[Pair; 8], [__m512i; 8]>(*pairs) };
        // SAFETY: the caller's promise.
        unsafe { transpose_8(rows) }.map(Self)
    }

    #[inline(always)]
    fn store(words: [Self; HASH_WORDS]) -> [B256; 8] {
        let [a, b, c, d] = words.map(|word| word.0);
        // SAFETY: an `Eight` exists only where AVX-512F does; the result has the same size, and every pattern of bits is a value of it.
        unsafe {
            let [even, odd] = [_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)];
            let [even_end, odd_end] = [_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d)];
            // Halves of the hashes 0, 2, 0, 2 and 1, 3, 1, 3, and of those four places on.
            let [even, even_end] = [
                _mm512_shuffle_i64x2::<0b01_00_01_00>(even, even_end),
                _mm512_shuffle_i64x2::<0b11_10_11_10>(even, even_end),
            ];
            let [odd, odd_end] = [
                _mm512_shuffle_i64x2::<0b01_00_01_00>(odd, odd_end),
                _mm512_shuffle_i64x2::<0b11_10_11_10>(odd, odd_end),
            ];
            transmute([
                _mm512_shuffle_i64x2::<0b10_00_10_00>(even, odd),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(even, odd),
                _mm512_shuffle_i64x2::<0b10_00_10_00>(even_end, odd_end),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(even_end, odd_end),
            ])
        }
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

/// Columns of a matrix of four rows.
///
/// # Safety
///
/// The processor has AVX2.
#[inline(always)]
unsafe fn transpose_4([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let [ab, cd] = [_mm256_unpacklo_epi64(a, b), _mm256_unpacklo_epi64(c, d)];
        let [ab_odd, cd_odd] = [_mm256_unpackhi_epi64(a, b), _mm256_unpackhi_epi64(c, d)];
        [
            _mm256_permute2x128_si256::<0x20>(ab, cd),
            _mm256_permute2x128_si256::<0x20>(ab_odd, cd_odd),
            _mm256_permute2x128_si256::<0x31>(ab, cd),
            _mm256_permute2x128_si256::<0x31>(ab_odd, cd_odd),
        ]
    }
}

/// Columns of a matrix of eight rows.
///
/// # Safety
///
/// The processor has AVX-512F.
#[inline(always)]
unsafe fn transpose_8([a, b, c, d, e, f, g, h]: [__m512i; 8]) -> [__m512i; 8] {
    // SAFETY: the caller's promise.
    unsafe {
        let even = [
            _mm512_unpacklo_epi64(a, b),
            _mm512_unpacklo_epi64(c, d),
            _mm512_unpacklo_epi64(e, f),
            _mm512_unpacklo_epi64(g, h),
        ];
        let odd = [
            _mm512_unpackhi_epi64(a, b),
            _mm512_unpackhi_epi64(c, d),
            _mm512_unpackhi_epi64(e, f),
            _mm512_unpackhi_epi64(g, h),
        ];
        let ([a, c, e, g], [b, d, f, h]) = (quarters(even), quarters(odd));
        [a, b, c, d, e, f, g, h]
    }
}

/// Columns of a matrix of four rows whose elements are quarters of vectors.
///
/// # Safety
///
/// The processor has AVX-512F.
#[inline(always)]
unsafe fn quarters([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let [low, high] = [
            [
                _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b),
                _mm512_shuffle_i64x2::<0b10_00_10_00>(c, d),
            ],
            [
                _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(c, d),
            ],
        ];
        [
            _mm512_shuffle_i64x2::<0b10_00_10_00>(low[0], low[1]),
            _mm512_shuffle_i64x2::<0b10_00_10_00>(high[0], high[1]),
            _mm512_shuffle_i64x2::<0b11_01_11_01>(low[0], low[1]),
            _mm512_shuffle_i64x2::<0b11_01_11_01>(high[0], high[1]),
        ]
    }
}
