//! The source of chance: the same on every machine and in every version, since files that are committed depend on it.

/// Steele, Lea and Flood's SplitMix64.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which is small: the bias does not matter here.
    pub(super) const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A register's content: an extreme, a few bits, a sign-extended word, or anything.
    pub(super) fn value(&mut self) -> u64 {
        const EXTREMES: [u64; 9] = [
            0,
            1,
            u64::MAX,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0xffff_ffff_8000_0000,
            1 << 63,
            (1 << 63) - 1,
        ];
        let any = self.next();
        match self.below(4) {
            0 => self.pick(&EXTREMES),
            1 => any >> self.below(64),
            2 => any as i32 as u64,
            _ => any,
        }
    }
}
