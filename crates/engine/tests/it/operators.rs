//! Random operators of elements and rows, at random strides, types and tiles.

use crate::programs::{source, target};
use opml_kernels::{Domain, Element, Function, MAX_TOP, Pool, Reduction};
use opml_tensor::{
    GatherSpec, MapSpec, NormSpec, Operand, PoolAxis, PoolSpec, Record, ResampleSpec,
    element::{self, BF16, BOOL, F16, F32, F32_PANELS, I16, I32, I64, S8, U8, U16, U32},
    layout::ACTIVATIONS,
};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

const ELEMENTS: [u8; 11] = [S8, U8, BOOL, I16, U16, I32, U32, I64, F16, BF16, F32];
const INDICES: [u8; 3] = [I32, U32, I64];

fn size(code: u8) -> u32 {
    element::scalar(code).map_or(4, Element::size) as u32
}

fn element(rng: &mut ChaCha8Rng, fits: impl Fn(Element) -> bool) -> u8 {
    loop {
        let code = *ELEMENTS.choose(rng).unwrap();
        if element::scalar(code).is_some_and(&fits) {
            return code;
        }
    }
}

/// Strides of a plane with gaps between its elements and rows, and the bytes that it takes.
fn strides(rng: &mut ChaCha8Rng, dims: [u32; 3], element: u32) -> ([u32; 3], u32) {
    let [outer, middle, columns] = dims;
    let mut gap = || element * rng.random_range(0..3);
    let step = element + if gap() == 0 { gap() } else { 0 };
    let row = columns * step + gap();
    let image = middle * row + gap();
    ([image, row, step], outer * image)
}

/// An input over a plane; sometimes some of its dimensions repeat.
fn input(rng: &mut ChaCha8Rng, dims: [u32; 3], code: u8) -> Operand {
    let element = size(code);
    let (mut strides, bytes) = strides(rng, dims, element);
    if rng.random_ratio(1, 4) {
        strides[rng.random_range(0..3)] = 0;
    }
    source(strides, bytes, element.min(4).into(), rng)
}

/// An output over a plane.
fn output(rng: &mut ChaCha8Rng, dims: [u32; 3], code: u8) -> Operand {
    let element = size(code);
    let (strides, bytes) = strides(rng, dims, element);
    target(strides, bytes, element.min(4).into(), rng)
}

/// Middle dimension and columns; now and then a row of more than one strip.
fn sizes(rng: &mut ChaCha8Rng) -> (u32, u32) {
    if rng.random_ratio(1, 6) {
        (1, rng.random_range(60..140))
    } else {
        (rng.random_range(1..4), rng.random_range(1..20))
    }
}

fn tile(rng: &mut ChaCha8Rng, rows: u32, columns: u32) -> [u32; 2] {
    [rng.random_range(1..=rows), rng.random_range(1..=columns)]
}

/// One of these operators over `rows` outer rows, which the record calls `dim`.
pub(crate) fn random(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    match rng.random_range(0..12) {
        0..4 => function(rng, rows, dim),
        4 => conversion(rng, rows, dim),
        5 => reduction(rng, rows, dim),
        6 => softmax(rng, rows, dim),
        7 => norm(rng, rows, dim),
        8 => gather(rng, rows, dim),
        9 => pool(rng, rows, dim),
        10 => resample(rng, rows, dim),
        _ => top(rng, rows, dim),
    }
}

fn function(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let function = *Function::ALL.choose(rng).unwrap();
    let code = element(rng, |element| match function.domain() {
        Domain::Number | Domain::Test | Domain::Select => true,
        Domain::Float | Domain::FloatTest => element.is_float(),
        Domain::Integer => !element.is_float(),
    });
    let (middle, columns) = sizes(rng);
    let dims = [rows, middle, columns];
    let out = if function.is_test() { BOOL } else { code };
    let out = output(rng, dims, out);
    let mut x = Vec::new();
    for slot in 0..function.arity() {
        let own = if function.domain() == Domain::Select && slot == 0 { BOOL } else { code };
        let in_place = !function.is_test() && own == code && rng.random_ratio(1, 5);
        x.push(if in_place { out } else { input(rng, dims, own) });
    }
    let is_float = element::scalar(code).is_some_and(Element::is_float);
    let mut immediates = [0; 3];
    for immediate in immediates.iter_mut().take(function.immediates()) {
        *immediate =
            if is_float { rng.random_range(-2f32..2.0).to_bits() } else { rng.random_range(0..2) };
    }
    let (dims, tile) = ([dim, middle, columns], tile(rng, rows * middle, columns));
    Record::map(MapSpec { function, element: code, immediates, dims, tile, x: &x, out })
}

fn conversion(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, columns) = sizes(rng);
    let dims = [rows, middle, columns];
    let (from, to) = (element(rng, |_| true), element(rng, |_| true));
    let tile = tile(rng, rows * middle, columns);
    let x = input(rng, dims, from);
    if rng.random() {
        let out = output(rng, dims, from);
        return Record::copy_of(from, [dim, middle, columns], tile, x, out);
    }
    let out = output(rng, dims, to);
    Record::cast([from, to], [dim, middle, columns], tile, x, out)
}

fn reduction(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let last = rng.random();
    let reductions = [
        Reduction::ArgMax { last },
        Reduction::ArgMin { last },
        Reduction::Sum,
        Reduction::Mean,
        Reduction::Max,
        Reduction::Min,
        Reduction::Product,
        Reduction::SumSquares,
        Reduction::SumMagnitudes,
    ];
    let reduction = *reductions.choose(rng).unwrap();
    let from = element(rng, |element| reduction != Reduction::Mean || element.is_float());
    let to = match reduction {
        Reduction::ArgMax { .. } | Reduction::ArgMin { .. } => *INDICES.choose(rng).unwrap(),
        _ => from,
    };
    let (middle, length) = sizes(rng);
    let x = input(rng, [rows, middle, length], from);
    let mut out = output(rng, [rows, middle, 1], to);
    out.stride[2] = 0;
    let dims = [dim, middle, length];
    Record::reduce(reduction, [from, to], dims, rng.random_range(1..=rows * middle), x, out)
}

fn softmax(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, length) = sizes(rng);
    let dims = [rows, middle, length];
    let (x, out) = (input(rng, dims, F32), output(rng, dims, F32));
    let kind = if rng.random_bool(0.5) { Record::softmax_along } else { Record::log_softmax_along };
    kind([dim, middle, length], rng.random_range(1..=rows * middle), x, out)
}

fn norm(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, length) = sizes(rng);
    let dims = [rows, middle, length];
    let affine = |rng: &mut ChaCha8Rng| rng.random_bool(0.5).then(|| input(rng, dims, F32));
    let (gamma, beta) = (affine(rng), affine(rng));
    Record::norm(NormSpec {
        centred: rng.random(),
        epsilon: 1e-5,
        dims: [dim, middle, length],
        tile_rows: rng.random_range(1..=rows * middle),
        x: input(rng, dims, F32),
        gamma,
        beta,
        out: output(rng, dims, F32),
    })
}

fn gather(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, columns, many): (u32, u32, u32) =
        (rng.random_range(1..4), rng.random_range(1..20), rng.random_range(1..20));
    let panels = rng.random_ratio(1, 3);
    let code = if panels { F32 } else { element(rng, |_| true) };
    let id = *INDICES.choose(rng).unwrap();
    let mut ids = input(rng, [rows, middle, columns], id);
    if rng.random() {
        ids.stride[2] = 0;
    }
    let table = if panels {
        source([0, 64 * columns, 0], many.div_ceil(16) * 64 * columns, 4, rng)
    } else {
        input(rng, [rows, many, columns], code)
    };
    Record::gather(GatherSpec {
        types: [if panels { F32_PANELS } else { code }, id],
        dims: [dim, middle, columns, many],
        tile: tile(rng, rows * middle, columns),
        table,
        ids,
        out: output(rng, [rows, middle, columns], code),
    })
}

fn pool(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let code = *[F32, S8, U8].choose(rng).unwrap();
    let kinds = [Pool::Max, Pool::Average { padding: false }, Pool::Average { padding: true }];
    let channels = rng.random_range(1..9);
    let mut axis = || PoolAxis {
        size: rng.random_range(1..7),
        taps: rng.random_range(1..4),
        stride: rng.random_range(1..3),
        dilation: rng.random_range(1..3),
        before: rng.random_range(0..3),
        after: rng.random_range(0..3),
    };
    let axes = [axis(), axis()];
    let [down, across] = axes;
    let (height, width) = (rng.random_range(1..5), rng.random_range(1..5));
    let bytes = size(code);
    // Images as rows of places of channels: rows of a plane with channels as elements.
    let images = |rng: &mut ChaCha8Rng, height, width| {
        let place = bytes * (channels + rng.random_range(0..2));
        let row = width * place + bytes * rng.random_range(0..3);
        ([height * row, row, place], rows * height * row)
    };
    let (x, x_bytes) = images(rng, down.size, across.size);
    let (out, out_bytes) = images(rng, height, width);
    Record::pool(PoolSpec {
        kind: *kinds.choose(rng).unwrap(),
        element: code,
        dims: [dim, height, width, channels],
        tile: tile(rng, rows * height * width, channels),
        axes,
        padding: if code == F32 { 0 } else { rng.random_range(0..100) },
        x: source(x, x_bytes, bytes.into(), rng),
        out: target(out, out_bytes, bytes.into(), rng),
    })
}

fn resample(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (places, columns) = (rng.random_range(1..6), rng.random_range(1..20));
    let (taps, size) = (rng.random_range(1..5), rng.random_range(1..6));
    let mut table = || source([4 * taps, 4, 0], 4 * taps * places, 4, rng);
    let (indices, weights) = (table(), table());
    Record::resample(ResampleSpec {
        dims: [dim, places, columns, taps, size],
        tile: tile(rng, rows * places, columns),
        x: input(rng, [rows, size, columns], F32),
        places: indices,
        weights,
        out: output(rng, [rows, places, columns], F32),
    })
}

fn top(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, length) = sizes(rng);
    let count = rng.random_range(1..=length.min(MAX_TOP as u32));
    let from = element(rng, |element| element.size() <= 4);
    let to = *INDICES.choose(rng).unwrap();
    let x = input(rng, [rows, middle, length], from);
    let out = output(rng, [rows, middle, count], to);
    let dims = [dim, middle, length, count];
    Record::top(rng.random(), [from, to], dims, rng.random_range(1..=rows * middle), x, out)
}

/// One of each operator, over several tiles, with registers: see [`crate::machines`].
pub(crate) fn good_records() -> Vec<Record> {
    let plane = |offset, step| Operand::at(ACTIVATIONS + offset, [30 * step, 10 * step, step]);
    let (x, y) = (plane(100, 4).indexed(3, 8), plane(1200, 8));
    let (out, bytes) = (plane(3000, 8), plane(3000, 1));
    let row = Operand::at(ACTIVATIONS + 4000, [240, 80, 0]);
    let (dims, tile) = ([2, 3, 10], [4, 7]);
    let map = |function: Function, element, immediates, x: &[Operand], out| {
        Record::map(MapSpec { function, element, immediates, dims, tile, x, out })
    };
    let axis = |size| PoolAxis { size, taps: 2, stride: 1, dilation: 1, before: 1, after: 0 };
    let half = 0.5f32.to_bits();
    vec![
        map(Function::Add, F32, [0; 3], &[x, y], out),
        map(Function::MultiplyAdd, F32, [0; 3], &[x, out, y], out),
        map(Function::Less, F32, [0; 3], &[x, y], bytes),
        map(Function::Select, I64, [0; 3], &[plane(100, 1), y, out], out),
        map(Function::Modulo, I16, [0; 3], &[x, y], out),
        map(Function::Clip, F16, [0, half, 0], &[x], out),
        map(Function::Elu, F32, [half; 3], &[out], out),
        Record::cast([F32, I64], dims, tile, x, out),
        Record::copy_of(I64, dims, tile, y, out),
        Record::reduce(Reduction::ArgMin { last: true }, [F32, I64], dims, 4, x, row),
        Record::reduce(Reduction::SumSquares, [F32, F32], dims, 4, x, row),
        Record::log_softmax_along(dims, 4, x, out),
        Record::norm(NormSpec {
            centred: true,
            epsilon: 1e-5,
            dims,
            tile_rows: 4,
            x,
            gamma: Some(Operand::at(ACTIVATIONS, [0, 0, 4])),
            beta: Some(y),
            out,
        }),
        Record::gather(GatherSpec {
            types: [F32, I32],
            dims: [2, 3, 10, 6],
            tile,
            table: Operand::at(ACTIVATIONS + 100, [240, 40, 4]),
            ids: Operand::at(ACTIVATIONS, [16, 4, 0]),
            out,
        }),
        Record::gather(GatherSpec {
            types: [F32_PANELS, I64],
            dims: [2, 3, 10, 20],
            tile,
            table: Operand::at(ACTIVATIONS + 100, [0, 640, 0]),
            ids: Operand::at(ACTIVATIONS, [32, 8, 0]),
            out,
        }),
        Record::pool(PoolSpec {
            kind: Pool::Average { padding: true },
            element: S8,
            dims: [2, 3, 4, 10],
            tile,
            axes: [axis(4), axis(5)],
            padding: -3,
            x: Operand::at(ACTIVATIONS + 100, [200, 50, 10]),
            out: Operand::at(ACTIVATIONS + 3000, [180, 60, 12]),
        }),
        Record::resample(ResampleSpec {
            dims: [2, 3, 10, 2, 6],
            tile,
            x: Operand::at(ACTIVATIONS + 100, [240, 40, 4]),
            places: Operand::at(ACTIVATIONS, [8, 4, 0]),
            weights: Operand::at(ACTIVATIONS + 40, [8, 4, 0]),
            out,
        }),
        Record::top(true, [F32, U32], [2, 3, 10, 4], 4, x, out),
    ]
}

/// The bytes that tile 0 of such an operator may write, from the start of its output: read off the record itself.
pub(crate) fn declared(record: &Record, dims: [u64; 6]) -> Vec<u64> {
    let [d0, d1, d2, d3, ..] = dims;
    let [t0, t1, ..] = record.tile.map(u64::from);
    let [s0, s1, s2] = record.operand[4].stride.map(u64::from);
    let bytes = u64::from(size(record.types[2]));
    // Outer two of three dimensions are rows; those of a pooling are three, and its channels lie side by side.
    let (rows, columns): (Vec<u64>, Vec<u64>) = match record.op {
        10 => (
            (0..d0 * d1 * d2)
                .map(|r| r / (d1 * d2) * s0 + r / d2 % d1 * s1 + r % d2 * s2)
                .collect(),
            (0..t1.min(d3)).map(|c| c * bytes).collect(),
        ),
        op => {
            let columns = match op {
                4 => 1,
                6 | 11 => d2,
                14 => d3,
                _ => t1.min(d2),
            };
            let rows = (0..d0 * d1).map(|r| r / d1 * s0 + r % d1 * s1).collect();
            (rows, (0..columns).map(|c| c * s2).collect())
        }
    };
    let rows = rows.into_iter().take(t0 as usize);
    rows.flat_map(|row| columns.iter().map(move |column| row + column))
        .flat_map(|element| element..element + bytes)
        .collect()
}
