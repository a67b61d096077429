//! Operators of many rows or of one long one, large enough to be shared out to threads; attention of all shapes.

use crate::{
    native::{Case, cpus, numbers},
    programs,
};
use opml_kernels::{Function, Pairing, Reduction};
use opml_tensor::{
    AttentionSpec, GatherSpec, MapSpec, NormSpec, Operand, Record, RopeSpec, SampleSpec,
    element::{F16, F32, F32_PANELS, I64, U32},
    layout::{ACTIVATIONS, INPUT, OUTPUT_BODY, WEIGHTS},
};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Where inputs, and where activations that are inputs too, begin.
const X: u64 = INPUT + 32;
/// Words of every input.
const WORDS: u32 = 100_000;
/// Bytes between two inputs.
const APART: u64 = 4 * WORDS as u64;

/// Dimensions of some tens of thousands of elements: rows in one dimension, in two, or a single row.
fn dims(rng: &mut ChaCha8Rng) -> [u32; 3] {
    match rng.random_range(0..4) {
        0 => [1, 1, rng.random_range(9_000..40_000)],
        1 => [1, rng.random_range(20..200), rng.random_range(100..200)],
        2 => [rng.random_range(20..200), 1, rng.random_range(100..200)],
        _ => [rng.random_range(2..7), rng.random_range(5..30), rng.random_range(100..160)],
    }
}

/// Dimensions of few columns, as of pixels with their channels, or as [`dims`].
fn any_dims(rng: &mut ChaCha8Rng) -> [u32; 3] {
    let (few, many) = (rng.random_range(2..5), rng.random_range(1_500..2_500));
    match rng.random_range(0..6) {
        0 => [1, 4 * many, few],
        1 => [4 * many, 1, few],
        2 => [rng.random_range(2..4), many, few],
        3 => [many, rng.random_range(2..4), few],
        _ => dims(rng),
    }
}

/// Strides over these dimensions, in any order of them, with gaps or without.
fn strides(rng: &mut ChaCha8Rng, dims: [u32; 3], element: u32) -> [u32; 3] {
    let orders = [[2, 1, 0], [2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 1, 2]];
    let mut hull = element;
    let mut strides = [0; 3];
    for axis in *orders.choose(rng).unwrap() {
        let axis: usize = axis;
        strides[axis] = hull + element * u32::from(rng.random_range(0..4) == 0);
        hull = strides[axis] * dims[axis];
    }
    strides
}

/// An input, some of whose dimensions may repeat.
fn input(rng: &mut ChaCha8Rng, place: u64, dims: [u32; 3]) -> Operand {
    let mut strides = strides(rng, dims, 4);
    if rng.random_range(0..4) == 0 {
        strides[rng.random_range(0..3)] = 0;
    }
    Operand::at(X + place * APART, strides)
}

fn output(rng: &mut ChaCha8Rng, dims: [u32; 3], element: u32) -> Operand {
    Operand::at(ACTIVATIONS + 8, strides(rng, dims, element))
}

/// Rows per tile: some.
fn tile(rng: &mut ChaCha8Rng, dims: [u32; 3]) -> u32 {
    let [outer, middle, columns] = dims;
    rng.random_range(1..=(outer * middle).min(1 + 3_000 / columns))
}

/// A case whose inputs are numbers of all kinds, or ordinary ones; weights, too.
fn case(rng: &mut ChaCha8Rng, seed: u64, records: Vec<Record>) -> Case {
    let wild = rng.random_bool(0.3);
    let input = numbers(rng, 2 * WORDS, wild);
    let weights = numbers(rng, WORDS, wild);
    Case::new(format!("{seed}, {:?}", records.last()), records, &weights, input, 4 << 20)
}

/// A copy of the first input to where the output of the next record is, so that this works in place.
fn filled(dims: [u32; 3], out: Operand) -> Record {
    let [outer, middle, columns] = dims;
    let from = Operand::at(X, [4 * middle * columns, 4 * columns, 4]);
    Record::copy_of(F32, dims, [1 + outer * middle / 7, columns], from, out)
}

fn function(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let dims = any_dims(rng);
    let functions = [
        Function::Relu,
        Function::Add,
        Function::Mul,
        Function::Div,
        Function::MultiplyAdd,
        Function::Silu,
        Function::Exp,
        Function::Tanh,
        Function::Less,
        Function::Clip,
    ];
    let function = *functions.choose(rng).unwrap();
    let out = output(rng, dims, if function.is_test() { 1 } else { 4 });
    let in_place = !function.is_test() && rng.random();
    let x: Vec<Operand> = (0..function.arity() as u64)
        .map(|slot| if in_place && slot == 0 { out } else { input(rng, slot % 2, dims) })
        .collect();
    let columns = rng.random_range(1..=dims[2]);
    let record = Record::map(MapSpec {
        function,
        element: F32,
        immediates: if function == Function::Clip { [0, 1f32.to_bits(), 0] } else { [0; 3] },
        dims,
        tile: [tile(rng, dims), columns],
        x: &x,
        out,
    });
    if in_place { vec![filled(dims, out), record] } else { vec![record] }
}

fn movement(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let dims = any_dims(rng);
    let tile = [tile(rng, dims), rng.random_range(1..=dims[2])];
    let x = input(rng, 0, dims);
    vec![if rng.random() {
        let out = output(rng, dims, 2);
        Record::cast([F32, F16], dims, tile, x, out)
    } else {
        let out = output(rng, dims, 4);
        Record::copy_of(F32, dims, tile, x, out)
    }]
}

fn of_rows(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let dims @ [outer, middle, length] = dims(rng);
    let (x, out, tile_rows) = (input(rng, 0, dims), output(rng, dims, 4), tile(rng, dims));
    let one = |rng: &mut ChaCha8Rng, element| {
        let mut out = output(rng, [outer, middle, 1], element);
        out.stride[2] = 0;
        out
    };
    vec![match rng.random_range(0..6) {
        0 => Record::softmax_along(dims, tile_rows, x, out),
        1 => Record::log_softmax_along(dims, tile_rows, x, out),
        2 => {
            let reductions = [Reduction::Sum, Reduction::Max, Reduction::Mean, Reduction::Product];
            let reduction = *reductions.choose(rng).unwrap();
            Record::reduce(reduction, [F32, F32], dims, tile_rows, x, one(rng, 4))
        }
        3 => {
            let reduction = Reduction::ArgMax { last: rng.random() };
            Record::reduce(reduction, [F32, I64], dims, tile_rows, x, one(rng, 8))
        }
        4 => {
            let count = rng.random_range(1..20);
            let out = output(rng, [outer, middle, count], 4);
            Record::top(rng.random(), [F32, U32], [outer, middle, length, count], tile_rows, x, out)
        }
        _ => Record::norm(NormSpec {
            centred: rng.random(),
            epsilon: 1e-5,
            dims,
            tile_rows,
            x,
            gamma: rng.random::<bool>().then(|| Operand::at(WEIGHTS, [0, 0, 4])),
            beta: rng.random::<bool>().then(|| input(rng, 1, dims)),
            out,
        }),
    }]
}

fn gather(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let dims @ [outer, middle, columns] = dims(rng);
    let panels = columns < 1000 && rng.random();
    let rows = 40_000 / columns + 1;
    let table = match (panels, outer) {
        (true, _) => Operand::at(WEIGHTS, [0, 64 * columns, 0]),
        (false, 1) => Operand::at(WEIGHTS, [0, 4 * columns, 4]),
        (false, _) => Operand::at(WEIGHTS, [64, 4 * columns, 4]),
    };
    // The bits of floats are ids of no row, for the most part; so are those of a count.
    let ids = Operand::at(WEIGHTS + 4 * 90_000, [4 * middle, 4, 0]);
    vec![Record::gather(GatherSpec {
        types: [if panels { F32_PANELS } else { F32 }, U32],
        dims: [outer, middle, columns, rows],
        tile: [tile(rng, dims), rng.random_range(1..=columns)],
        table,
        ids,
        out: output(rng, dims, 4),
    })]
}

fn quantise(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let (rows, blocks) = (rng.random_range(1..200), rng.random_range(4..15));
    let gap = 4 * rng.random_range(0..2);
    let x = Operand::at(X, [128 * blocks + gap, 0, 0]);
    let out = Operand::at(ACTIVATIONS + 4, [36 * blocks + gap, 0, 0]);
    vec![Record::quantise([rows, 32 * blocks], rng.random_range(1..9), x, out)]
}

fn rope(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let heads = rng.random_range(1..9);
    let rows = if rng.random_range(0..3) == 0 { 1 } else { rng.random_range(2..100) };
    let inner =
        if rows == 1 { 2 * rng.random_range(500..900) } else { 2 * rng.random_range(10..60) };
    let out = {
        let [row, head, _] = strides(rng, [rows, heads, inner], 4);
        // Heads are contiguous.
        let row = row.max(head * heads).max(4 * inner * heads);
        Operand::at(ACTIVATIONS + 4, [row, head.max(4 * inner).min(row / heads / 4 * 4), 0])
    };
    let in_place = rng.random();
    let x = if in_place { out } else { Operand::at(X, [4 * inner * heads, 4 * inner, 0]) };
    let record = Record::rope(RopeSpec {
        pairing: if rng.random() { Pairing::Adjacent } else { Pairing::Halves },
        dims: [rows, heads, inner],
        tile: [rng.random_range(1..4), rng.random_range(1..=heads)],
        x,
        table: Operand::at(WEIGHTS, [4 * inner, 0, 0]),
        out,
    });
    let dims = [rows, heads, inner];
    let place = Operand { stride: [out.stride[0], out.stride[1], 4], ..out };
    if in_place { vec![filled(dims, place), record] } else { vec![record] }
}

fn sample(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let (rows, inner) = (rng.random_range(2..30), rng.random_range(500..2000));
    vec![Record::sample(SampleSpec {
        dims: [rows, inner, rng.random_range(1..99)],
        tile: rng.random_range(1..5),
        logits: Operand::at(X, [4 * inner, 0, 0]),
        parameters: Operand::at(WEIGHTS, [24 * rng.random_range(0..2), 0, 0]),
        out: Operand::at(ACTIVATIONS, [4 * rng.random_range(1..3), 0, 0]),
    })]
}

/// Attention over whole rows, or over chunks and their merge.
fn attention(rng: &mut ChaCha8Rng) -> Vec<Record> {
    let group = [1u32, 1, 2, 5, 40][rng.random_range(0..5)];
    let groups = rng.random_range(1..4);
    let heads = group * groups;
    let inner = [3u32, 8, 20, 32, 64, 100, 300][rng.random_range(0..7)];
    let rows = [1u32, 1, 2, 7, 33, 40][rng.random_range(0..6)].min(8_000 / (heads * inner)).max(1);
    let positions_most = 40_000 / (groups * inner);
    let causal = rng.random();
    let first = rng.random_range(1..=(positions_most - rows).min(300));
    let positions = if causal { first + rows - 1 } else { first };
    let chunk = rng.random::<bool>().then(|| [7, 16, 48, 200][rng.random_range(0..4)]);
    let chunks = chunk.map_or(1, |chunk| positions.div_ceil(chunk));
    let part = 4 * (inner + if chunk.is_some() { 2 } else { 0 });
    let gap = 4 * rng.random_range(0..2);
    let (of_query, of_cache) = (4 * inner + gap, 4 * inner + gap);
    let out = [heads * chunks * part, chunks * part, if chunk.is_some() { part } else { 0 }];
    let bias = rng.random::<bool>().then(|| {
        let stride = 4 * positions;
        Operand::at(WEIGHTS, [stride, [0, 4][rng.random_range(0..2)], 0])
    });
    let bias = bias.filter(|bias| bias.stride[0] * rows + 4 * heads < 4 * WORDS);
    let merged = Operand::at(ACTIVATIONS + (3 << 20), [4 * inner * heads, 4 * inner, 0]);
    let attention = Record::attention(AttentionSpec {
        dims: [rows, heads, group, inner, first],
        tile: [rng.random_range(1..3), rng.random_range(1..3)],
        chunk,
        scale: 0.3,
        causal,
        query: Operand::at(X + APART, [heads * of_query, of_query, 0]),
        keys: Operand::at(X, [groups * of_cache, of_cache, 0]),
        values: Operand::at(WEIGHTS, [groups * of_cache, of_cache, 0]),
        bias,
        out: Operand::at(ACTIVATIONS + 4, out),
    });
    let mut records = vec![attention];
    if chunk.is_some() && heads * inner * rows * 4 < 1 << 20 {
        let from = Operand::at(ACTIVATIONS + 4, out);
        let dims = [rows, heads, inner, chunks];
        let tile = [rng.random_range(1..4), rng.random_range(1..4)];
        records.push(Record::merge(dims, tile, from, merged));
    }
    records
}

#[test]
fn rows_on_all_threads_are_the_scalar_bytes() {
    let cpus = cpus();
    for seed in 0..16 {
        let mut rng = programs::rng(seed);
        for make in [function, movement, of_rows, gather, quantise, rope, sample] {
            let records = make(&mut rng);
            case(&mut rng, seed, records).check(&cpus);
        }
    }
}

#[test]
fn attention_by_vectors_is_the_scalar_attention() {
    let cpus = cpus();
    for seed in 0..40 {
        let mut rng = programs::rng(seed);
        let records = attention(&mut rng);
        case(&mut rng, seed, records).check(&cpus);
    }
}

#[test]
fn the_first_of_several_zeroes_is_the_maximum() {
    // Scores of both zeroes and below: the chunk's maximum tells which zero came first.
    let cpus = cpus();
    for first in [0.0f32, -0.0] {
        let scores = [-1.0, first, -first, -2.0, first];
        let keys = scores.into_iter().flat_map(f32::to_le_bytes).collect();
        let record = Record::attention(AttentionSpec {
            dims: [1, 1, 1, 1, 5],
            tile: [1, 1],
            chunk: Some(5),
            scale: 1.0,
            causal: false,
            query: Operand::at(WEIGHTS, [4, 4, 0]),
            keys: Operand::at(X, [4, 4, 0]),
            values: Operand::at(X, [4, 4, 0]),
            bias: Some(Operand::at(X, [20, 20, 0])),
            out: Operand::at(OUTPUT_BODY, [12, 12, 12]),
        });
        let weights = 0f32.to_le_bytes();
        Case::new(format!("{first:?} first"), vec![record], &weights, keys, 64).check(&cpus);
    }
}
