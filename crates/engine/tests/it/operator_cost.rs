//! What the operators of elements and rows cost in the VM: the bound grows as fast as the small steps do, on the worst data, and
//! the typical figures are those of docs/tensor.md.

use crate::{
    float_cost::{DATA, Fill, measure},
    guest::guest,
};
use opml_kernels::{Domain, Element, Function, Pool, Reduction};
use opml_tensor::{
    GatherSpec, MapSpec, NormSpec, Operand, PoolAxis, PoolSpec, Record, ResampleSpec,
    element::{self, BF16, BOOL, F16, F32, F32_PANELS, I16, I32, I64, S8, U8, U32},
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};

const OUT: u64 = ACTIVATIONS + (1 << 20);

fn size(code: u8) -> u32 {
    element::scalar(code).map_or(4, Element::size) as u32
}

/// A plane of `columns` elements `spread` elements apart, at one of the places of input and weights.
fn plane(base: u64, columns: u32, code: u8, spread: u32) -> Operand {
    let step = size(code) * spread;
    Operand::at(base, [columns * step, columns * step, step])
}

fn function(function: Function, code: u8, [rows, columns]: [u32; 2], spread: u32) -> Record {
    let selects = function.domain() == Domain::Select;
    let x = [INPUT, WEIGHTS, INPUT + 4096].into_iter().enumerate().map(|(slot, base)| {
        plane(base, columns, if selects && slot == 0 { BOOL } else { code }, spread)
    });
    let x: Vec<Operand> = x.take(function.arity()).collect();
    let out = plane(OUT, columns, if function.is_test() { BOOL } else { code }, spread);
    let is_float = element::scalar(code).is_some_and(Element::is_float);
    let immediates = match (is_float, function.immediates()) {
        (true, count) => {
            [0.5f32, 1.5, 0.75].map(f32::to_bits).map(|bits| bits * u32::from(count > 0))
        }
        (false, _) => [0; 3],
    };
    let mut used = [0; 3];
    used[..function.immediates()].copy_from_slice(&immediates[..function.immediates()]);
    let (dims, tile) = ([rows, 1, columns], [rows, columns]);
    Record::map(MapSpec { function, element: code, immediates: used, dims, tile, x: &x, out })
}

fn cast(types @ [from, to]: [u8; 2], [rows, columns]: [u32; 2], spread: u32) -> Record {
    let (x, out) = (plane(INPUT, columns, from, spread), plane(OUT, columns, to, spread));
    Record::cast(types, [rows, 1, columns], [rows, columns], x, out)
}

fn copy(code: u8, [rows, columns]: [u32; 2], spread: u32) -> Record {
    let (x, out) = (plane(INPUT, columns, code, spread), plane(OUT, columns, code, spread));
    Record::copy_of(code, [rows, 1, columns], [rows, columns], x, out)
}

fn reduction(
    reduction: Reduction,
    types @ [from, _]: [u8; 2],
    [rows, length]: [u32; 2],
    spread: u32,
) -> Record {
    let (x, out) = (plane(INPUT, length, from, spread), Operand::at(OUT, [8, 8, 0]));
    Record::reduce(reduction, types, [rows, 1, length], rows, x, out)
}

fn softmax([rows, length]: [u32; 2], spread: u32) -> Record {
    let (x, out) = (plane(INPUT, length, F32, spread), plane(OUT, length, F32, spread));
    Record::softmax_along([rows, 1, length], rows, x, out)
}

fn log_softmax(sizes: [u32; 2], spread: u32) -> Record {
    Record { sub: 1, ..softmax(sizes, spread) }
}

fn norm(centred: bool, affine: bool, [rows, length]: [u32; 2], spread: u32) -> Record {
    let affine = |base| affine.then_some(Operand::at(base, [0, 0, 4 * spread]));
    Record::norm(NormSpec {
        centred,
        epsilon: 1e-5,
        dims: [rows, 1, length],
        tile_rows: rows,
        x: plane(INPUT, length, F32, spread),
        gamma: affine(WEIGHTS),
        beta: affine(WEIGHTS + 4096),
        out: plane(OUT, length, F32, spread),
    })
}

fn gather(table: u8, [rows, columns]: [u32; 2], each: u32) -> Record {
    let panels = table == F32_PANELS;
    let step = size(if panels { F32 } else { table });
    Record::gather(GatherSpec {
        types: [table, I32],
        dims: [1, rows, columns, 4],
        tile: [rows, columns],
        table: if panels {
            Operand::at(WEIGHTS, [0, 64 * columns, 0])
        } else {
            Operand::at(WEIGHTS, [0, columns * step, step])
        },
        ids: Operand::at(INPUT, [0, 4, 4 * each]),
        out: Operand::at(OUT, [0, columns * step, step]),
    })
}

fn pool(kind: Pool, code: u8, [rows, channels]: [u32; 2], taps: u8) -> Record {
    let axis = PoolAxis { size: 4, taps, stride: 1, dilation: 1, before: 0, after: 0 };
    let place = size(code) * channels;
    Record::pool(PoolSpec {
        kind,
        element: code,
        dims: [rows, 1, 2, channels],
        tile: [2 * rows, channels],
        axes: [axis; 2],
        padding: 0,
        x: Operand::at(INPUT, [0, 4 * place, place]),
        out: Operand::at(OUT, [2 * place, 2 * place, place]),
    })
}

fn resample([rows, columns]: [u32; 2], taps: u32, spread: u32) -> Record {
    Record::resample(ResampleSpec {
        dims: [1, rows, columns, taps, 4],
        tile: [rows, columns],
        x: Operand::at(INPUT, [0, 4 * columns, 4 * spread]),
        places: Operand::at(WEIGHTS + 4096, [4, 0, 0]),
        weights: Operand::at(WEIGHTS, [4, 4, 0]),
        out: Operand::at(OUT, [0, 4 * columns * spread, 4 * spread]),
    })
}

fn top(code: u8, [rows, length]: [u32; 2], count: u32) -> Record {
    let (x, out) = (plane(INPUT, length, code, 1), Operand::at(OUT, [4 * count, 4 * count, 4]));
    Record::top(true, [code, U32], [rows, 1, length, count], rows, x, out)
}

/// A kind of record, as a function of rows and columns.
type Case = (String, Box<dyn Fn([u32; 2]) -> Record>);

/// Every operator on every path of its kernel.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    // Functions differ in arithmetic alone, types and strides in access alone.
    for &f in Function::ALL {
        let all = matches!(f, Function::Relu | Function::Max | Function::Less | Function::Select);
        let codes: &[u8] = if all { &[F32, F16, S8, I64] } else { &[F32, S8] };
        for &code in codes {
            let is_float = element::scalar(code).is_some_and(Element::is_float);
            let fits = match f.domain() {
                Domain::Float | Domain::FloatTest => is_float,
                Domain::Integer => !is_float,
                _ => true,
            };
            let spreads: &[u32] = if all { &[1, 3] } else { &[1] };
            for &spread in spreads.iter().filter(|_| fits) {
                let name = format!("{f:?} of {code}, spread {spread}");
                cases.push((name, Box::new(move |sizes| function(f, code, sizes, spread))));
            }
        }
    }
    for types in
        [[F32, I64], [I64, F32], [F32, F16], [F16, F32], [BF16, BF16], [I64, S8], [F32, BOOL]]
    {
        for spread in [1, 3] {
            let name = format!("cast {types:?}, spread {spread}");
            cases.push((name, Box::new(move |sizes| cast(types, sizes, spread))));
        }
    }
    for code in [U8, I16, F32, I64] {
        for spread in [1, 3] {
            let name = format!("copy {code}, spread {spread}");
            cases.push((name, Box::new(move |sizes| copy(code, sizes, spread))));
        }
    }
    for r in [
        Reduction::ArgMax { last: true },
        Reduction::ArgMin { last: false },
        Reduction::Sum,
        Reduction::Mean,
        Reduction::Max,
        Reduction::Product,
        Reduction::SumSquares,
        Reduction::SumMagnitudes,
    ] {
        for code in [F32, S8, I64] {
            let arg = matches!(r, Reduction::ArgMax { .. } | Reduction::ArgMin { .. });
            let to = if arg { I64 } else { code };
            for spread in [1, 3].into_iter().filter(|_| r != Reduction::Mean || code == F32) {
                let name = format!("{r:?} of {code}, spread {spread}");
                cases.push((name, Box::new(move |sizes| reduction(r, [code, to], sizes, spread))));
            }
        }
    }
    for spread in [1, 3] {
        cases.push((
            format!("softmax, spread {spread}"),
            Box::new(move |sizes| softmax(sizes, spread)),
        ));
        cases.push((
            format!("log-softmax, spread {spread}"),
            Box::new(move |sizes| log_softmax(sizes, spread)),
        ));
        for (centred, affine) in [(true, true), (true, false), (false, true)] {
            let name = format!("norm {centred} {affine}, spread {spread}");
            cases.push((name, Box::new(move |sizes| norm(centred, affine, sizes, spread))));
        }
        cases.push((
            format!("resample, spread {spread}"),
            Box::new(move |sizes| resample(sizes, 3, spread)),
        ));
    }
    for table in [F32, U8, F32_PANELS] {
        for each in [0, 1] {
            let name = format!("gather {table}, each {each}");
            cases.push((name, Box::new(move |sizes| gather(table, sizes, each))));
        }
    }
    for kind in [Pool::Max, Pool::Average { padding: true }] {
        for code in [F32, S8] {
            for taps in [1, 3] {
                let name = format!("{kind:?} of {code}, {taps} taps");
                cases.push((name, Box::new(move |sizes| pool(kind, code, sizes, taps))));
            }
        }
    }
    for code in [F32, S8] {
        cases.push((
            format!("best of {code}"),
            Box::new(move |[rows, length]| top(code, [rows, length], length.min(1024).div_ceil(2))),
        ));
    }
    cases
}

/// Numbers between 1 and 2 in magnitude.
const TYPICAL: Fill = |_, bits| 0x3f80_0000 | bits & 0x807f_ffff;

/// Rising: every element of a row is better than all before it.
const RISING: Fill = |index, _| 0x3f80_0000 + index;

#[test]
fn cost_grows_as_fast_as_operators_take_on_any_data() {
    let guest = guest();
    let mut broken = Vec::new();
    for (name, record) in cases() {
        for [once, twice] in [[[10, 1], [20, 1]], [[1, 200], [1, 400]]] {
            let [rows, columns] = twice;
            let units = f64::from(rows * columns / 2);
            let (mut worst, mut bound) = ((0.0, ""), 0.0);
            for (what, input, weights) in DATA.into_iter().chain([("rising", RISING, RISING)]) {
                let data = [input, weights];
                let (steps, cost) = measure(&guest, &record(once), data);
                let (more_steps, more_cost) = measure(&guest, &record(twice), data);
                bound = (more_cost - cost) as f64 / units;
                let steps = (more_steps - steps) as f64 / units;
                if steps > worst.0 {
                    worst = (steps, what);
                }
            }
            let (steps, what) = worst;
            let unit = if rows == 1 { "element" } else { "row of one" };
            eprintln!(
                "{name}: at most {steps:.1} steps per {unit}, on {what}; the bound is {bound}"
            );
            if steps > bound {
                broken.push(format!("{name}, {unit}"));
            }
        }
    }
    assert!(broken.is_empty(), "more steps than cost: {broken:#?}");
}

/// The figures of docs/tensor.md: a compiler that loses an unrolled loop, or a dearer function, shows here.
#[test]
fn typical_steps_of_operators_are_those_of_the_documentation() {
    let guest = guest();
    let sizes = [4, 1000];
    let elements = 4000.0;
    let f = |f, code| function(f, code, sizes, 1);
    let pooled = |kind, code| pool(kind, code, [20, 50], 2);
    let cases: Vec<(&str, Record, f64, f64)> = vec![
        ("relu of s8", f(Function::Relu, S8), elements, 19.9),
        ("relu of f32", f(Function::Relu, F32), elements, 35.0),
        ("add of f32", f(Function::Add, F32), elements, 94.0),
        ("add of f32, strided", function(Function::Add, F32, sizes, 3), elements, 136.0),
        ("mul of f32", f(Function::Mul, F32), elements, 70.0),
        ("div of f32", f(Function::Div, F32), elements, 90.0),
        ("multiply-add of f32", f(Function::MultiplyAdd, F32), elements, 101.0),
        ("less of f32", f(Function::Less, F32), elements, 42.0),
        ("select of f32", f(Function::Select, F32), elements, 34.0),
        ("sqrt of f32", f(Function::Sqrt, F32), elements, 55.0),
        ("exp of f32", f(Function::Exp, F32), elements, 203.0),
        ("tanh of f32", f(Function::Tanh, F32), elements, 449.0),
        ("erf of f32", f(Function::Erf, F32), elements, 810.0),
        ("log of f32", f(Function::Log, F32), elements, 928.0),
        ("silu of f32", f(Function::Silu, F32), elements, 371.0),
        ("gelu of f32", f(Function::Gelu, F32), elements, 941.0),
        ("add of i64", f(Function::Add, I64), elements, 27.0),
        ("f16 to f32", cast([F16, F32], sizes, 1), elements, 30.0),
        ("i32 to f32", cast([I32, F32], sizes, 1), elements, 43.0),
        ("copy of f32", copy(F32, sizes, 1), elements, 4.0),
        ("copy of f32, strided", copy(F32, sizes, 3), elements, 26.0),
        ("sum of f32", reduction(Reduction::Sum, [F32; 2], sizes, 1), elements, 83.0),
        ("max of f32", reduction(Reduction::Max, [F32; 2], sizes, 1), elements, 26.0),
        (
            "argmax of f32",
            reduction(Reduction::ArgMax { last: false }, [F32, I64], sizes, 1),
            elements,
            39.0,
        ),
        (
            "argmax of s8",
            reduction(Reduction::ArgMax { last: false }, [S8, U32], sizes, 1),
            elements,
            22.0,
        ),
        ("softmax", softmax(sizes, 1), elements, 414.0),
        ("layer norm", norm(true, true, sizes, 1), elements, 396.0),
        ("RMS norm", norm(false, true, sizes, 1), elements, 298.0),
        ("gather of f32 rows", gather(F32, sizes, 0), elements, 3.4),
        ("gather of f32 panel rows", gather(F32_PANELS, [40, 100], 0), elements, 5.0),
        ("gather of f32 elements", gather(F32, [40, 100], 1), elements, 109.0),
        ("max pool of f32, per tap", pooled(Pool::Max, F32), 8000.0, 31.0),
        ("max pool of s8, per tap", pooled(Pool::Max, S8), 8000.0, 22.0),
        (
            "average pool of f32, per tap",
            pooled(Pool::Average { padding: false }, F32),
            8000.0,
            88.0,
        ),
        ("resample, per tap", resample([4, 1000], 3, 1), 12_000.0, 118.0),
        ("best 40 of 4000", top(F32, [1, 4000], 40), elements, 50.0),
    ];
    let mut off = Vec::new();
    for (what, record, units, figure) in cases {
        let (steps, _) = measure(&guest, &record, [TYPICAL; 2]);
        let steps = (steps as f64 - 3000.0) / units;
        eprintln!("{what}: {steps:.1}, documented {figure}");
        if (steps / figure - 1.0).abs() > 0.2 {
            off.push(what);
        }
    }
    assert!(off.is_empty(), "not as documented: {off:?}");
}
