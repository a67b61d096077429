//! Rotation, attention, choice of tokens, text: the processor's arithmetic against the soft one, and against plain formulas.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use opml_kernels::{
    CANDIDATES, MERGES, PARTIAL, Pairing, Pieces, Positions, Query, STATE, SYMBOL, Sampling, TEXT,
    Vocabulary, attend, attend_chunk, attend_chunk_in, attend_in, detokenise,
    float::{Soft, Word},
    merge, merge_in, merge_pairs, philox, rotate, rotate_in, sample, sample_in, split,
};
use proptest::prelude::*;

fn words(values: &[f32]) -> Vec<Word> {
    values.iter().map(|value| value.to_le_bytes()).collect()
}

fn values(words: &[Word]) -> Vec<f32> {
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

/// Elements as networks have them, and every kind that they should not have.
fn element() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -4f32..4.0,
        1 => -1e-38f32..1e-38,
        1 => any::<u32>().prop_map(f32::from_bits),
    ]
}

fn elements(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(element(), count)
}

/// A query, keys and values of some positions.
#[derive(Clone, Debug)]
struct Case {
    head: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    bias: Vec<f32>,
}

impl Case {
    fn of(value: impl Strategy<Value = f32> + Clone) -> impl Strategy<Value = Self> {
        (1usize..70, 1usize..40, any::<bool>()).prop_flat_map(move |(positions, inner, biased)| {
            let some = |count| prop::collection::vec(value.clone(), count);
            let bias = if biased { positions } else { 0 };
            (some(inner), some(inner * positions), some(inner * positions), some(bias))
                .prop_map(|(head, keys, values, bias)| Self { head, keys, values, bias })
        })
    }

    const fn positions(&self) -> usize {
        self.keys.len() / self.head.len()
    }

    /// Runs `f` on the query over positions `from..`.
    fn query<T>(&self, from: usize, f: impl FnOnce(Query<'_>) -> T) -> T {
        let (head, bias) = (words(&self.head), words(&self.bias));
        let (keys, values) = (words(&self.keys), words(&self.values));
        let stride = 4 * self.head.len();
        let rows = |words: &'_ [Word]| words.as_flattened()[from * stride..].to_vec();
        let (keys, values) = (rows(&keys), rows(&values));
        f(Query {
            head: &head,
            scale: 0.3f32.to_le_bytes(),
            bias: bias.get(from..).unwrap_or(&[]),
            keys: Positions { bytes: &keys, stride },
            values: Positions { bytes: &values, stride },
        })
    }

    fn whole(&self) -> Vec<Word> {
        let mut y = vec![[0; 4]; self.head.len()];
        let mut scores = vec![0.0; self.positions()];
        self.query(0, |query| attend(query, &mut scores, &mut y));
        y
    }
}

proptest! {
    #[test]
    fn rotation_is_the_same_in_soft_arithmetic(
        (head, angles) in (0usize..20).prop_flat_map(|n| (elements(2 * n), elements(2 * n))),
        halves in any::<bool>(),
    ) {
        let pairing = if halves { Pairing::Halves } else { Pairing::Adjacent };
        let angles = words(&angles);
        let mut y = words(&head);
        let mut z = y.clone();
        rotate(&mut y, angles.as_chunks().0, pairing);
        rotate_in::<Soft>(&mut z, angles.as_chunks().0, pairing);
        prop_assert_eq!(&y, &z);
        let y = values(&y);
        for (i, angle) in values(&angles).as_chunks::<2>().0.iter().enumerate() {
            let n = head.len() / 2;
            let (a, b) = if halves { (i, i + n) } else { (2 * i, 2 * i + 1) };
            let [cos, sin] = *angle;
            let expected = head[a].mul_add(cos, -(head[b] * sin));
            prop_assert!(y[a].to_bits() == expected.to_bits() || expected.is_nan() && y[a].is_nan());
            let expected = head[a].mul_add(sin, head[b] * cos);
            prop_assert!(y[b].to_bits() == expected.to_bits() || expected.is_nan() && y[b].is_nan());
        }
    }

    #[test]
    fn attention_is_the_same_in_soft_arithmetic(case in Case::of(element().boxed())) {
        let mut scores = vec![0.0; case.positions()];
        let mut soft = vec![[0; 4]; case.head.len()];
        case.query(0, |query| attend_in::<Soft>(query, &mut scores, &mut soft));
        prop_assert_eq!(case.whole(), soft);
        let mut partial = vec![[0; 4]; PARTIAL + case.head.len()];
        let mut soft = partial.clone();
        case.query(0, |query| attend_chunk(query, &mut scores, &mut partial));
        case.query(0, |query| attend_chunk_in::<Soft>(query, &mut scores, &mut soft));
        prop_assert_eq!(partial, soft);
    }

    #[test]
    fn attention_is_near_its_value(case in Case::of((-4f32..4.0).boxed())) {
        let inner = case.head.len();
        let dot = |key: &[f32]| -> f64 {
            key.iter().zip(&case.head).map(|(k, q)| f64::from(*k) * f64::from(*q)).sum()
        };
        let scores: Vec<f64> = case
            .keys
            .chunks(inner)
            .enumerate()
            .map(|(i, key)| dot(key) * 0.3 + case.bias.get(i).copied().map_or(0.0, f64::from))
            .collect();
        let max = scores.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
        let total: f64 = weights.iter().sum();
        for (d, y) in values(&case.whole()).into_iter().enumerate() {
            let sum: f64 =
                weights.iter().zip(case.values.chunks(inner)).map(|(w, v)| w * f64::from(v[d])).sum();
            prop_assert!((f64::from(y) - sum / total).abs() < 1e-4, "{y} for {}", sum / total);
        }
    }

    /// One chunk gives the bits of the whole row, with empty chunks behind it too; several give about its value.
    #[test]
    fn chunks_merge_to_the_whole(case in Case::of((-4f32..4.0).boxed()), size in 1usize..70, empty in 0usize..3) {
        let inner = case.head.len();
        for size in [size, case.positions()] {
            let mut partials = Vec::new();
            for from in (0..case.positions()).step_by(size) {
                let mut y = vec![[0; 4]; PARTIAL + inner];
                let mut scores = vec![0.0; size.min(case.positions() - from)];
                case.query(from, |query| attend_chunk(query, &mut scores, &mut y));
                partials.extend(y);
            }
            let chunks = partials.len() / (PARTIAL + inner);
            for _ in 0..empty {
                let mut y = vec![[1; 4]; PARTIAL + inner];
                case.query(0, |query| attend_chunk(query, &mut [], &mut y));
                partials.extend(y);
            }
            let rows = Positions { bytes: partials.as_flattened(), stride: 4 * (PARTIAL + inner) };
            let mut merged = vec![[7; 4]; inner];
            let mut soft = merged.clone();
            let mut without = merged.clone();
            merge(rows, chunks + empty, &mut merged);
            merge_in::<Soft>(rows, chunks + empty, &mut soft);
            merge(rows, chunks, &mut without);
            prop_assert_eq!(&merged, &soft);
            prop_assert_eq!(&merged, &without);
            let whole = case.whole();
            if chunks == 1 {
                prop_assert_eq!(&merged, &whole);
            }
            for (a, b) in values(&merged).into_iter().zip(values(&whole)) {
                prop_assert!((a - b).abs() < 1e-5, "{a} and {b}");
            }
        }
    }

    #[test]
    fn choices_are_the_same_in_soft_arithmetic(
        logits in prop::collection::vec(element(), 1..200),
        temperature in element(),
        top_p in -0.1f32..1.1,
        (top_k, seed, position) in (0u32..300, any::<u64>(), any::<u64>()),
    ) {
        let sampling = Sampling { temperature, top_k, top_p, seed };
        let logits = words(&logits);
        let (mut y, mut z) = ([9; 4], [8; 4]);
        sample(&logits, sampling, position, &mut y);
        sample_in::<Soft>(&logits, sampling, position, &mut z);
        prop_assert_eq!(y, z);
        prop_assert!((u32::from_le_bytes(y) as usize) < logits.len());
    }

    /// Against sorting all logits and adding up in f64.
    #[test]
    fn choices_follow_the_distribution(
        logits in prop::collection::vec(-5f32..5.0, 1..300),
        temperature in 0.3f32..2.0,
        top_p in 0.05f32..1.1,
        (top_k, seed, position) in (1u32..300, any::<u64>(), 1u64..1000),
    ) {
        let sampling = Sampling { temperature, top_k, top_p, seed };
        let mut y = [0; 4];
        sample(&words(&logits), sampling, position, &mut y);
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
        order.truncate(top_k as usize);
        let weight = |i: &usize| (f64::from(logits[*i] - logits[order[0]]) / f64::from(temperature)).exp();
        let sums: Vec<f64> = order.iter().scan(0.0, |sum, i| { *sum += weight(i); Some(*sum) }).collect();
        let total = sums[sums.len() - 1];
        let kept = if top_p < 1.0 {
            sums.iter().copied().find(|sum| *sum >= f64::from(top_p) * total * (1.0 - 1e-6)).unwrap()
        } else {
            total
        };
        let u = f64::from(philox([position as u32, 0, 0, 0], [seed as u32, (seed >> 32) as u32])[0] >> 8) / f64::from(1 << 24);
        let rank = order.iter().position(|i| *i == u32::from_le_bytes(y) as usize).unwrap();
        let below = if rank == 0 { 0.0 } else { sums[rank - 1] };
        prop_assert!(below <= u * kept + 1e-4 * total && u * kept <= sums[rank] + 1e-4 * total);
        prop_assert!(below < kept);
    }
}

fn choice(logits: &[f32], sampling: Sampling) -> u32 {
    let mut y = [0; 4];
    sample(&words(logits), sampling, 1, &mut y);
    u32::from_le_bytes(y)
}

#[test]
fn the_greatest_logit_wins_without_a_temperature() {
    for temperature in [0.0, -0.0, -1.0, f32::NAN] {
        let greedy = Sampling { temperature, top_k: 40, top_p: 0.9, seed: 5 };
        assert_eq!(choice(&[1.0, 3.0, 3.0, f32::NAN], greedy), 1);
        assert_eq!(choice(&[-0.0, 0.0], greedy), 0);
        assert_eq!(choice(&[f32::NAN, f32::NEG_INFINITY], greedy), 1);
        assert_eq!(choice(&[f32::NAN, f32::NAN], greedy), 0);
        assert_eq!(choice(&[f32::MAX, f32::INFINITY], greedy), 1);
        assert_eq!(choice(&[-2.0, -1.0, -3.0], greedy), 1);
    }
    let warm = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, seed: 5 };
    assert_eq!(choice(&[1.0, f32::INFINITY, 2.0], warm), 1);
    assert_eq!(choice(&[f32::NAN, f32::NAN], warm), 0);
    assert_eq!(choice(&[], warm), 0);
}

#[test]
fn only_the_best_candidates_are_considered() {
    let logits: Vec<f32> = (0..5000).map(|i| (i * 7919 % 5000) as f32 * 1e-6).collect();
    for seed in 0..200 {
        let sampling = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, seed };
        let least = logits[choice(&logits, sampling) as usize];
        assert!(logits.iter().filter(|x| **x > least).count() < CANDIDATES);
    }
}

#[test]
fn parameters_are_encoded_as_documented() {
    let sampling = Sampling { temperature: 0.5, top_k: 7, top_p: 0.25, seed: 1 << 40 | 9 };
    let bytes = sampling.to_bytes();
    assert_eq!(Sampling::from_bytes(&bytes), sampling);
    assert_eq!(bytes[..8], [0, 0, 0, 0x3f, 7, 0, 0, 0]);
    assert_eq!(bytes[16..], [9, 0, 0, 0, 0, 1, 0, 0]);
}

const PIECES: [&str; 12] = ["", "", " ", "a", "b", "ab", " a", "bab", "é", " ab", "x", "y"];

fn tables() -> (Vec<Word>, Vec<u8>) {
    let mut offsets = vec![0u32.to_le_bytes()];
    let mut blob = Vec::new();
    for piece in PIECES {
        blob.extend(piece.as_bytes());
        offsets.push((blob.len() as u32).to_le_bytes());
    }
    (offsets, blob)
}

#[test]
fn text_is_the_pieces_of_its_tokens() {
    let (offsets, blob) = tables();
    let pieces = Pieces { offsets: &offsets, blob: &blob };
    let text = |ids: &[u32], room: usize| {
        let ids: Vec<Word> = ids.iter().map(|id| id.to_le_bytes()).collect();
        let mut y = vec![0xee; TEXT + room];
        detokenise(&ids, pieces, 1, &mut y);
        let length = u32::from_le_bytes(*y.first_chunk().unwrap()) as usize;
        assert!(y[TEXT + length..].iter().all(|byte| *byte == 0));
        String::from_utf8_lossy(&y[TEXT..][..length]).into_owned()
    };
    assert_eq!(text(&[1, 6, 9, 5], 20), "a abab", "the space after the first token goes");
    assert_eq!(text(&[3, 6, 9], 20), " a ab");
    assert_eq!(text(&[3, 6, 9], 4), " a a", "cut at the end of the room");
    assert_eq!(text(&[3], 4), "");
    assert_eq!(text(&[], 4), "");
    assert_eq!(text(&[3, 12, u32::MAX, 1, 8], 9), "é", "unknown tokens have no text");
}

/// Pairs merge by rank, the leftmost of equal rank first.
fn encode(text: &[u8], prefix: bool) -> Vec<u32> {
    let entry =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let characters: Vec<[u8; 8]> = [[0x20, 2], [0x61, 3], [0x62, 4], [0xc3a9, 8]]
        .map(|words| entry(&words).try_into().unwrap())
        .to_vec();
    let merges: Vec<[u8; 16]> =
        [[2, 3, 1, 6], [2, 5, 2, 9], [3, 4, 0, 5], [4, 5, 3, 7], [6, 4, 2, 9]]
            .map(|words| entry(&words).try_into().unwrap())
            .to_vec();
    let bytes: Vec<Word> = (0..256).map(|byte: u32| (100 + byte).to_le_bytes()).collect();
    let vocabulary = Vocabulary { characters: &characters, bytes: &bytes, merges: &merges };
    let mut state = vec![0xcc; STATE + SYMBOL * (text.len() + 1)];
    split(text, prefix, vocabulary, &mut state);
    let mut steps = 0;
    while state[4] == 0 {
        merge_pairs(vocabulary, &mut state);
        steps += 1;
        assert!(steps <= text.len() / MERGES + 1);
    }
    let count = u32::from_le_bytes(*state.first_chunk().unwrap()) as usize;
    assert!(state[STATE + SYMBOL * count..].iter().all(|byte| *byte == 0));
    let token = |symbol: &[u8]| u32::from_le_bytes(*symbol.first_chunk().unwrap());
    state[STATE..].chunks(SYMBOL).map(token).take(count).collect()
}

#[test]
fn text_is_encoded_by_the_best_merges_first() {
    assert_eq!(encode(b"ab", true), [9], "a and b first, then the space");
    assert_eq!(encode(b"a", true), [6]);
    assert_eq!(encode(b"bab", false), [7]);
    assert_eq!(encode(b"abab", false), [5, 5]);
    assert_eq!(encode(b"babab", false), [7, 5], "the leftmost of two merges");
    assert_eq!(encode("é".as_bytes(), false), [8]);
    assert_eq!(encode(b"\xc3a\xff", false), [100 + 0xc3, 3, 100 + 0xff], "bytes that are no text");
    assert_eq!(encode("ü".as_bytes(), true), [2, 100 + 0xc3, 100 + 0xbc]);
    assert_eq!(encode(b"", true), [2]);
    assert_eq!(encode(b"", false), []);
    let long = b"ab".repeat(500);
    assert_eq!(encode(&long, false), vec![5; 500], "more merges than one step makes");
}
