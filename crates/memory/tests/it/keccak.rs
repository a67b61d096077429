//! Every width of the side-by-side hash against alloy's keccak.

use alloy_primitives::{B256, keccak256};
use opml_memory::{Pair, Width};
use proptest::prelude::*;

fn pairs(count: usize) -> impl Strategy<Value = Vec<Pair>> {
    let word = any::<[u8; 32]>().prop_map(B256::from);
    prop::collection::vec([word.clone(), word], count)
}

fn check(pairs: &[Pair]) {
    let expected: Vec<B256> = pairs.iter().map(|pair| keccak256(pair.concat())).collect();
    for width in Width::available() {
        let mut nodes = vec![B256::ZERO; pairs.len()];
        width.hash_pairs(pairs, &mut nodes);
        assert_eq!(nodes, expected, "{} pairs, {width:?}", pairs.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_width_hashes_thousands_of_pairs_like_alloy(pairs in pairs(2048)) {
        check(&pairs);
    }

    #[test]
    fn every_width_hashes_every_partial_batch_like_alloy(pairs in pairs(4 * Width::MAX)) {
        for count in 0..pairs.len() {
            check(&pairs[..count]);
        }
    }
}

#[test]
fn the_detected_width_is_the_fastest_and_scalar_is_always_there() {
    let widths = Width::available();
    assert_eq!(widths.first(), Some(&Width::detect()));
    assert_eq!(widths.last(), Some(&Width::SCALAR));
    assert!(widths.is_sorted_by_key(|width| std::cmp::Reverse(width.lanes())));
}

#[test]
#[should_panic(expected = "pairs and places")]
fn a_missing_place_is_a_bug_of_the_caller() {
    Width::SCALAR.hash_pairs(&[[B256::ZERO; 2]; 2], &mut [B256::ZERO]);
}
