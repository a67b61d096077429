//! How a segment is cut (docs/protocol.md §8, *List*).
//!
//! A list over `n` steps has exactly `p` entries, and entry `j` is the state after `floor(j·n/p)` steps. Every part has at
//! least one step because `p ≤ n`, and at most `ceil(n/p)`.

use crate::Phase;

/// How many entries a list over `n` steps has at arity `k`: `min(k, n)`, and one in phase 2 when the whole list is at most the
/// `max_evaluated` steps that are evaluated rather than cut.
pub fn entries(phase: Phase, n: u64, k: u64, max_evaluated: u64) -> u64 {
    if phase == Phase::Small && n <= max_evaluated { 1 } else { k.min(n) }
}

/// Steps before the state of entry `j` in a list of `p` entries over `n` steps: `floor(j·n/p)` without overflow.
///
/// Requires `1 ≤ p` and `j ≤ p`, so the result is at most `n`.
pub const fn cut(n: u64, p: u64, j: u64) -> u64 {
    (j as u128 * n as u128 / p as u128) as u64
}

/// Steps between entry `j - 1` and entry `j`. Requires `1 ≤ j ≤ p`.
pub const fn part(n: u64, p: u64, j: u64) -> u64 {
    cut(n, p, j) - cut(n, p, j - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_positive_even_and_sum_to_the_whole(n in 1..=u64::MAX, arity in 1u32..=6) {
            let p = n.min(1 << arity);
            let parts: Vec<u64> = (1..=p).map(|j| part(n, p, j)).collect();
            prop_assert!(parts.iter().all(|&x| x >= 1 && x <= n.div_ceil(p)));
            prop_assert_eq!(parts.iter().map(|&x| u128::from(x)).sum::<u128>(), u128::from(n));
        }
    }

    #[test]
    fn a_list_halves_until_one_step_is_left() {
        let mut n = 1u64 << 40;
        let mut lists = 0;
        while n > 1 {
            n = (1..=2).map(|j| part(n, 2, j)).max().unwrap();
            lists += 1;
        }
        assert_eq!(lists, 40);
    }
}
