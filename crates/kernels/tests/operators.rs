//! Operators of elements and rows: soft = hardware bit for bit at any stride, and each against a formula of its own.

use opml_kernels::{
    Axis, Domain, Element, Function, MAX_TOP, Norm, Pool, Reduction, Rows, Strided, StridedMut,
    Taps, Window, convert, convert_in, copy, elementwise, elementwise_in,
    float::{NAN, Soft, from_bf16, from_f16, to_bf16, to_f16},
    gather, norm, norm_in, pool, pool_in, reduce, reduce_in, resample, resample_in, top,
};
use proptest::prelude::*;

const ELEMENTS: [Element; 11] = [
    Element::S8,
    Element::U8,
    Element::Bool,
    Element::S16,
    Element::U16,
    Element::S32,
    Element::U32,
    Element::S64,
    Element::F16,
    Element::Bf16,
    Element::F32,
];

/// Bits of floats as networks have them, and every kind that they should not have.
fn bits() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => (-20f32..20.0).prop_map(f32::to_bits),
        2 => (-3i8..4).prop_map(|x| (f32::from(x) / 2.0).to_bits()),
        1 => any::<u32>().prop_map(|bits| bits & 0x807f_ffff),
        1 => prop::sample::select(vec![0, 1 << 31, 0x7f80_0000, 0xff80_0000, NAN, 0xffc0_0001]),
        2 => any::<u32>(),
    ]
}

/// Memory of some elements: floats by [`bits`], in the type at hand, everything else random.
fn memory(element: Element, stride: usize, values: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0xa5; stride * values.len() + 8];
    for (index, value) in values.iter().enumerate() {
        let float = f32::from_bits(*value);
        let wide = u64::from(*value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let value = match element {
            Element::F32 => u64::from(*value),
            Element::F16 => to_f16(float).into(),
            Element::Bf16 => to_bf16(float).into(),
            // Small integers meet and divide more often.
            _ if value % 3 == 0 => wide % 5,
            _ => wide,
        };
        let size = element.size();
        bytes[index * stride..][..size].copy_from_slice(&value.to_le_bytes()[..size]);
    }
    bytes
}

const fn strided(bytes: &[u8], stride: usize, element: Element) -> Strided<'_> {
    Strided { bytes, stride, element }
}

const fn strided_mut(bytes: &mut [u8], stride: usize, element: Element) -> StridedMut<'_> {
    StridedMut { bytes, stride, element }
}

/// Element `index` of some memory, in the widest type: of a float its value, of an integer its value.
fn float_at(bytes: &[u8], stride: usize, element: Element, index: usize) -> f32 {
    let bytes = &bytes[index * stride..];
    match element {
        Element::F16 => from_f16(u16::from_le_bytes([bytes[0], bytes[1]])),
        Element::Bf16 => from_bf16(u16::from_le_bytes([bytes[0], bytes[1]])),
        _ => f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
    }
}

fn integer_at(bytes: &[u8], stride: usize, element: Element, index: usize) -> i128 {
    let bytes = &bytes[index * stride..];
    let mut word = [0; 8];
    word[..element.size()].copy_from_slice(&bytes[..element.size()]);
    let word = u64::from_le_bytes(word);
    match element {
        Element::S8 => (word as i8).into(),
        Element::S16 => (word as i16).into(),
        Element::S32 => (word as i32).into(),
        Element::S64 => (word as i64).into(),
        Element::Bool => (word != 0).into(),
        _ => word.into(),
    }
}

/// The bytes of an integer in a type.
fn cut(value: i128, element: Element) -> Vec<u8> {
    let value = if element == Element::Bool { value & 1 } else { value };
    value.to_le_bytes()[..element.size()].to_vec()
}

const fn canonical(value: f32) -> u32 {
    if value.is_nan() { NAN } else { value.to_bits() }
}

fn operand_type(function: Function, element: Element, slot: usize) -> Element {
    if function.domain() == Domain::Select && slot == 0 { Element::Bool } else { element }
}

const fn result_type(function: Function, element: Element) -> Element {
    if function.is_test() { Element::Bool } else { element }
}

/// What the host computes where it has the function itself.
fn by_host(function: Function, i: f32, j: f32, a: f32, b: f32, c: f32) -> Option<f32> {
    Some(match function {
        Function::Relu | Function::Max => {
            let b = if function == Function::Max { b } else { i };
            if a > b { a } else { b }
        }
        Function::Add => a + b,
        Function::Sub => a - b,
        Function::Mul => a * b,
        Function::Div => a / b,
        Function::Remainder => a % b,
        Function::Min => {
            if a < b {
                a
            } else {
                b
            }
        }
        Function::MultiplyAdd => a.mul_add(b, c),
        Function::Clip => {
            let a = if a > i { a } else { i };
            if a < j { a } else { j }
        }
        Function::Abs => a.abs(),
        Function::Neg => -a,
        Function::Sign => {
            if a == 0.0 {
                0.0
            } else {
                a.signum()
            }
        }
        Function::Sqrt => a.sqrt(),
        Function::Rsqrt => 1.0 / a.sqrt(),
        Function::Reciprocal => 1.0 / a,
        Function::Floor => a.floor(),
        Function::Ceil => a.ceil(),
        Function::Round => a.round_ties_even(),
        Function::Trunc => a.trunc(),
        Function::LeakyRelu => {
            if a > 0.0 {
                a
            } else {
                i * a
            }
        }
        Function::PRelu => {
            if a > 0.0 {
                a
            } else {
                b * a
            }
        }
        Function::Threshold => {
            if a > i {
                a
            } else {
                0.0
            }
        }
        Function::Softsign => a / (1.0 + a.abs()),
        Function::HardSigmoid => {
            let y = i.mul_add(a, j);
            let y = if y > 0.0 { y } else { 0.0 };
            if y < 1.0 { y } else { 1.0 }
        }
        Function::HardSwish => {
            let y = (1f32 / 6.0).mul_add(a, 0.5);
            let y = if y > 0.0 { y } else { 0.0 };
            a * if y < 1.0 { y } else { 1.0 }
        }
        _ => return None,
    })
}

fn test_by_host(function: Function, a: f32, b: f32) -> Option<bool> {
    Some(match function {
        Function::Equal => a == b,
        Function::NotEqual => a != b,
        Function::Less => a < b,
        Function::LessOrEqual => a <= b,
        Function::IsNan => a.is_nan(),
        Function::IsInfinite => a.is_infinite(),
        _ => return None,
    })
}

fn integer_by_host(
    function: Function,
    element: Element,
    i: i32,
    a: i128,
    b: i128,
    c: i128,
) -> i128 {
    let bits = 8 * element.size() as i128;
    match function {
        Function::Relu => a.max(i.into()),
        Function::Add => a + b,
        Function::Sub => a - b,
        Function::Mul => a * b,
        Function::Div => a.checked_div(b).unwrap_or(0),
        Function::Remainder => a.checked_rem(b).unwrap_or(0),
        Function::Modulo if b == 0 => 0,
        Function::Modulo => ((a % b) + b) % b,
        Function::Min => a.min(b),
        Function::Max => a.max(b),
        Function::Equal => (a == b).into(),
        Function::NotEqual => (a != b).into(),
        Function::Less => (a < b).into(),
        Function::LessOrEqual => (a <= b).into(),
        Function::And => a & b,
        Function::Or => a | b,
        Function::Xor => a ^ b,
        Function::Not => !a,
        Function::ShiftLeft if (0..bits).contains(&b) => a << b,
        Function::ShiftLeft => 0,
        Function::ShiftRight if (0..64).contains(&b) => a >> b,
        Function::ShiftRight => a >> 127,
        Function::Abs => a.abs(),
        Function::Neg => -a,
        Function::Sign => a.signum(),
        Function::Select => {
            if a != 0 {
                b
            } else {
                c
            }
        }
        _ => 0,
    }
}

/// Whether the function takes elements of this type.
const fn fits(function: Function, element: Element) -> bool {
    match function.domain() {
        Domain::Number | Domain::Test | Domain::Select => true,
        Domain::Float | Domain::FloatTest => element.is_float(),
        Domain::Integer => !element.is_float(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn functions_are_those_of_the_host_at_any_stride_and_in_place(
        values in prop::collection::vec((bits(), bits(), bits()), 1..150),
        gaps in prop::array::uniform4(0usize..3),
        repeated in prop::array::uniform3(prop::bool::weighted(0.2)),
        (i, j, k) in (bits(), bits(), bits()),
    ) {
        let columns = [
            values.iter().map(|v| v.0).collect::<Vec<_>>(),
            values.iter().map(|v| v.1).collect(),
            values.iter().map(|v| v.2).collect(),
        ];
        let n = values.len();
        for function in Function::ALL {
            for element in ELEMENTS.into_iter().filter(|element| fits(*function, *element)) {
                let types: [Element; 3] =
                    std::array::from_fn(|slot| operand_type(*function, element, slot));
                let steps: [usize; 3] = std::array::from_fn(|slot| types[slot].size() * (1 + gaps[slot]));
                let x: [Vec<u8>; 3] = std::array::from_fn(|slot| memory(types[slot], steps[slot], &columns[slot]));
                let strides: [usize; 3] = std::array::from_fn(|slot| if repeated[slot] { 0 } else { steps[slot] });
                let operands: [Option<Strided<'_>>; 3] = std::array::from_fn(|slot| {
                    Some(strided(&x[slot], strides[slot], types[slot]))
                });
                // A signed word that integers of the type hold, whatever their width.
                let imm = if element.is_float() { [i, j, k] } else { [i & 1, 0, 0] };
                let out = result_type(*function, element);
                let step = out.size() * (1 + gaps[3]);
                let mut y = vec![0x5a; n * step + 8];
                let mut z = y.clone();
                elementwise(*function, imm, operands, strided_mut(&mut y, step, out), n);
                elementwise_in::<Soft>(*function, imm, operands, strided_mut(&mut z, step, out), n);
                prop_assert_eq!(&y, &z, "{:?} of {:?}", function, element);

                let mut expected = vec![0x5a; n * step + 8];
                let mut known = true;
                for index in 0..n {
                    let result = if element.is_float() && function.domain() != Domain::Select {
                        let [a, b, c] = std::array::from_fn(|slot| float_at(&x[slot], strides[slot], types[slot], index));
                        let (i, j) = (f32::from_bits(i), f32::from_bits(j));
                        if let Some(truth) = test_by_host(*function, a, b) {
                            vec![truth.into()]
                        } else if let Some(value) = by_host(*function, i, j, a, b, c) {
                            let value = f32::from_bits(canonical(value));
                            match element {
                                Element::F16 => to_f16(value).to_le_bytes().to_vec(),
                                Element::Bf16 => to_bf16(value).to_le_bytes().to_vec(),
                                _ => value.to_le_bytes().to_vec(),
                            }
                        } else {
                            known = false;
                            continue;
                        }
                    } else {
                        let [a, b, c] = std::array::from_fn(|slot| integer_at(&x[slot], strides[slot], types[slot], index));
                        cut(integer_by_host(*function, element, imm[0] as i32, a, b, c), out)
                    };
                    expected[index * step..][..result.len()].copy_from_slice(&result);
                }
                if known {
                    prop_assert_eq!(&y, &expected, "{:?} of {:?}", function, element);
                }

                // In place: the first operand that is as wide as the result and not repeated is the output itself.
                let slot = (0..function.arity()).find(|slot| types[*slot].size() == out.size() && !repeated[*slot]);
                if let Some(slot) = slot {
                    let mut place = x[slot].clone();
                    let mut others = operands;
                    others[slot] = None;
                    let own = if function.is_test() { types[slot] } else { out };
                    if own == out {
                        elementwise(*function, imm, others, strided_mut(&mut place, steps[slot], out), n);
                        for index in 0..n {
                            let (at, to) = (index * steps[slot], index * step);
                            prop_assert_eq!(&place[at..at + out.size()], &y[to..to + out.size()], "{:?} in place", function);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn conversions_are_rusts_where_rust_has_them(values in prop::collection::vec(bits(), 1..100)) {
        let n = values.len();
        for from in ELEMENTS {
            for to in ELEMENTS {
                let (step, out) = (2 * from.size(), to.size());
                let x = memory(from, step, &values);
                let mut y = vec![0; n * out];
                let mut z = y.clone();
                convert(strided(&x, step, from), strided_mut(&mut y, out, to), n);
                convert_in::<Soft>(strided(&x, step, from), strided_mut(&mut z, out, to), n);
                prop_assert_eq!(&y, &z, "{:?} to {:?}", from, to);
                for index in 0..n {
                    let found = &y[index * out..][..out];
                    let expected = if from.is_float() {
                        let value = float_at(&x, step, from, index);
                        match to {
                            Element::S8 => (value as i8).to_le_bytes().to_vec(),
                            Element::U8 => (value as u8).to_le_bytes().to_vec(),
                            Element::Bool => vec![u8::from(value != 0.0)],
                            Element::S16 => (value as i16).to_le_bytes().to_vec(),
                            Element::U16 => (value as u16).to_le_bytes().to_vec(),
                            Element::S32 => (value as i32).to_le_bytes().to_vec(),
                            Element::U32 => (value as u32).to_le_bytes().to_vec(),
                            Element::S64 => (value as i64).to_le_bytes().to_vec(),
                            Element::F16 => to_f16(value).to_le_bytes().to_vec(),
                            Element::Bf16 => to_bf16(value).to_le_bytes().to_vec(),
                            Element::F32 => canonical(value).to_le_bytes().to_vec(),
                        }
                    } else {
                        let value = integer_at(&x, step, from, index);
                        match to {
                            Element::F32 => (value as f32).to_le_bytes().to_vec(),
                            Element::F16 => to_f16(value as f32).to_le_bytes().to_vec(),
                            Element::Bf16 => to_bf16(value as f32).to_le_bytes().to_vec(),
                            Element::Bool => vec![u8::from(value != 0)],
                            _ => cut(value, to),
                        }
                    };
                    prop_assert_eq!(found, &expected[..], "{:?} to {:?}, element {}", from, to, index);
                }
            }
        }
    }

    #[test]
    fn reductions_follow_their_rules(values in prop::collection::vec(bits(), 1..150), gap in 0usize..3) {
        let n = values.len();
        for element in ELEMENTS {
            let step = element.size() * (1 + gap);
            let x = memory(element, step, &values);
            let x = strided(&x, step, element);
            for reduction in [
                Reduction::ArgMax { last: false }, Reduction::ArgMax { last: true },
                Reduction::ArgMin { last: false }, Reduction::ArgMin { last: true },
                Reduction::Sum, Reduction::Mean, Reduction::Max, Reduction::Min, Reduction::Product,
                Reduction::SumSquares, Reduction::SumMagnitudes,
            ] {
                let arg = matches!(reduction, Reduction::ArgMax { .. } | Reduction::ArgMin { .. });
                let out = if arg { Element::S64 } else { element };
                if reduction == Reduction::Mean && !element.is_float() {
                    continue;
                }
                let (mut y, mut z) = ([0; 8], [0; 8]);
                reduce(reduction, x, strided_mut(&mut y, 0, out), n);
                reduce_in::<Soft>(reduction, x, strided_mut(&mut z, 0, out), n);
                prop_assert_eq!(y, z, "{:?} of {:?}", reduction, element);
                let expected = if element.is_float() {
                    let values: Vec<f32> = (0..n).map(|i| float_at(x.bytes, step, element, i)).collect();
                    float_reduction(reduction, &values, element)
                } else {
                    let values: Vec<i128> = (0..n).map(|i| integer_at(x.bytes, step, element, i)).collect();
                    integer_reduction(reduction, &values, out)
                };
                prop_assert_eq!(&y[..out.size()], &expected[..], "{:?} of {:?}", reduction, element);
            }
        }
    }

    #[test]
    fn the_best_are_those_of_a_stable_sort(
        values in prop::collection::vec(bits(), 1..300), part in 0f64..1.0, largest: bool,
    ) {
        let count = 1 + (part * (values.len() - 1) as f64) as usize;
        for element in ELEMENTS.into_iter().filter(|element| element.size() <= 4) {
            let step = element.size();
            let x = memory(element, step, &values);
            let mut y = vec![0; 4 * count];
            top(strided(&x, step, element), values.len(), largest, strided_mut(&mut y, 4, Element::U32), count);
            let mut indices: Vec<usize> = (0..values.len()).collect();
            let sign = if largest { 1 } else { -1 };
            indices.sort_by_key(|i| {
                if element.is_float() {
                    let value = float_at(&x, step, element, *i);
                    let zero = value == 0.0 || value.is_nan();
                    let order = (value.to_bits() as i32 ^ ((value.to_bits() as i32 >> 31) as u32 >> 1) as i32) as i64;
                    (value.is_nan(), if zero { 0 } else { -sign * order.wrapping_add((order < 0) as i64) } as i128)
                } else {
                    (false, -i128::from(sign) * integer_at(&x, step, element, *i))
                }
            });
            let found: Vec<usize> =
                y.as_chunks::<4>().0.iter().map(|index| u32::from_le_bytes(*index) as usize).collect();
            prop_assert_eq!(&found[..], &indices[..count], "{:?}", element);
        }
    }

    #[test]
    fn normalisation_is_the_same_in_soft_arithmetic_and_near_its_value(
        values in prop::collection::vec(bits(), 1..150),
        tame in prop::collection::vec(-4f32..4.0, 2..150),
        centred: bool, with_gamma: bool, with_beta: bool,
    ) {
        let element = Element::F32;
        let tame: Vec<u32> = tame.into_iter().map(f32::to_bits).collect();
        for (values, is_tame) in [(values, false), (tame, true)] {
            let n = values.len();
            let x = memory(element, 8, &values);
            let (gamma, beta) = (memory(element, 4, &values), memory(element, 4, &values));
            let how = Norm {
                centred,
                epsilon: 1e-5,
                gamma: with_gamma.then_some(strided(&gamma, 4, element)),
                beta: with_beta.then_some(strided(&beta, 4, element)),
            };
            let mut y = vec![0; 4 * n];
            let mut z = y.clone();
            norm(how, strided(&x, 8, element), strided_mut(&mut y, 4, element), n);
            norm_in::<Soft>(how, strided(&x, 8, element), strided_mut(&mut z, 4, element), n);
            prop_assert_eq!(&y, &z);
            if is_tame {
                let x: Vec<f64> = values.iter().map(|bits| f64::from(f32::from_bits(*bits))).collect();
                let mean = if centred { x.iter().sum::<f64>() / n as f64 } else { 0.0 };
                let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
                for (index, x) in x.iter().enumerate() {
                    let (gamma, beta) = (if with_gamma { *x } else { 1.0 }, if with_beta { *x } else { 0.0 });
                    let exact = (x - mean) / (variance + 1e-5).sqrt() * gamma + beta;
                    let found = f64::from(float_at(&y, 4, element, index));
                    prop_assert!((found - exact).abs() < 1e-4 * (1.0 + exact.abs()), "{} {}", found, exact);
                }
            }
        }
    }

    #[test]
    fn gathering_takes_rows_by_wrapped_ids(
        ids in prop::collection::vec(-20i64..20, 1..10), size in 1usize..9, columns in 1usize..40,
        panels: bool, elementwise: bool,
    ) {
        let (panel, element) = (if panels { 16 } else { 1 }, Element::F32);
        let rows = size.div_ceil(panel) * panel;
        let table: Vec<u8> = (0..rows * columns * 4).map(|i| (i * 37 % 251) as u8).collect();
        // Element c of row r: rows one behind the other, or interleaved by sixteen.
        let at = |r: usize, c: usize| {
            let place = if panels { r / 16 * 16 * columns + c * 16 + r % 16 } else { r * columns + c };
            &table[4 * place..][..4]
        };
        let (stride, step) = if panels { (64 * columns, 64) } else { (4 * columns, 4) };
        let ids: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let many = ids.len() / 8;
        let columns = if elementwise { many.min(columns) } else { columns };
        let rows = Rows { first: strided(&table, step, element), count: size as u64, panel: panel as u64, stride: stride as u64 };
        let mut y = vec![0xee; 4 * columns];
        gather(strided(&ids, if elementwise { 8 } else { 0 }, Element::S64), rows, strided_mut(&mut y, 4, element), columns);
        for c in 0..columns {
            let id = integer_at(&ids, 8, Element::S64, if elementwise { c } else { 0 }) as i64;
            let id = if id < 0 { id + size as i64 } else { id };
            let expected = if (0..size as i64).contains(&id) { at(id as usize, c) } else { &[0; 4] };
            prop_assert_eq!(&y[4 * c..][..4], expected);
        }
    }

    #[test]
    fn pooling_and_resampling_are_loops_over_taps(
        values in prop::collection::vec(bits(), 7 * 5 * 3), first in (-4i64..6, -4i64..5),
        taps in (1u32..4, 1u32..4), dilation in 1u32..3, after in 0u32..3, padding: bool, zero in -3i64..4,
    ) {
        let (height, width, channels) = (7i64, 5i64, 3usize);
        for element in [Element::F32, Element::S8, Element::U8] {
            let size = element.size();
            let image = memory(element, size, &values);
            let axis = |first, taps, size, stride| Axis { first, taps, dilation, size, padding: after, stride };
            let window = Window {
                image: &image,
                rows: axis(first.0, taps.0, height, 5 * channels * size),
                columns: axis(first.1, taps.1, width, channels * size),
                element,
                padding: zero,
            };
            let inside = |(y, x): &(i64, i64)| (0..height).contains(y) && (0..width).contains(x);
            let end = i64::from(after);
            let places: Vec<(i64, i64)> = (0..taps.0).flat_map(|y| (0..taps.1).map(move |x| (y, x)))
                .map(|(y, x)| (first.0 + i64::from(y * dilation), first.1 + i64::from(x * dilation))).collect();
            let counted = places.iter()
                .filter(|place| inside(place) || padding && place.0 < height + end && place.1 < width + end).count();
            for kind in [Pool::Max, Pool::Average { padding }] {
                let (mut y, mut z) = (vec![0; channels * size], vec![0; channels * size]);
                pool(kind, window, strided_mut(&mut y, size, element), channels);
                pool_in::<Soft>(kind, window, strided_mut(&mut z, size, element), channels);
                prop_assert_eq!(&y, &z, "{:?}", kind);
                for c in 0..channels {
                    let index = |place: &(i64, i64)| (place.0 * width + place.1) as usize * channels + c;
                    let taps = places.iter().filter(|place| inside(place)).map(index);
                    let expected = if element.is_float() {
                        let values: Vec<f32> = taps.map(|i| float_at(&image, 4, element, i)).collect();
                        match kind {
                            Pool::Max => float_reduction(Reduction::Max, &values, element),
                            Pool::Average { .. } => {
                                let sum = values.iter().fold(0f32, |sum, x| sum + x);
                                canonical(sum / counted as f32).to_le_bytes().to_vec()
                            }
                        }
                    } else {
                        let values: Vec<i128> = taps.map(|i| integer_at(&image, size, element, i)).collect();
                        match kind {
                            Pool::Max => cut(values.iter().copied().max().unwrap_or(i64::MIN.into()), element),
                            Pool::Average { .. } => {
                                let sum = values.iter().sum::<i128>() + i128::from(zero) * (counted - values.len()) as i128;
                                cut((2 * sum + counted.max(1) as i128).div_euclid(2 * counted.max(1) as i128), element)
                            }
                        }
                    };
                    prop_assert_eq!(&y[c * size..][..size], &expected[..], "{:?} of {:?}", kind, element);
                }
            }
        }
        // The image as 7 rows of 15: four taps, one of them outside.
        let x = memory(Element::F32, 4, &values);
        let weights = memory(Element::F32, 4, &values[..4]);
        let places: Vec<u8> = [first.0, 6, first.1, 7].iter().flat_map(|place| (*place as i32).to_le_bytes()).collect();
        let table = Taps { places: strided(&places, 4, Element::S32), weights: strided(&weights, 4, Element::F32), count: 4 };
        let rows = Rows { first: strided(&x, 4, Element::F32), count: 7, panel: 1, stride: 60 };
        let (mut y, mut z) = (vec![0; 60], vec![0; 60]);
        resample(table, rows, strided_mut(&mut y, 4, Element::F32), 15);
        resample_in::<Soft>(table, rows, strided_mut(&mut z, 4, Element::F32), 15);
        prop_assert_eq!(&y, &z);
        for c in 0..15 {
            let mut sum = 0f32;
            for (tap, place) in [first.0, 6, first.1, 7].into_iter().enumerate() {
                let value = if (0..7).contains(&place) { float_at(&x, 4, Element::F32, place as usize * 15 + c) } else { 0.0 };
                sum = float_at(&weights, 4, Element::F32, tap).mul_add(value, sum);
            }
            prop_assert_eq!(u32::from_le_bytes([y[4 * c], y[4 * c + 1], y[4 * c + 2], y[4 * c + 3]]), canonical(sum));
        }
    }

    #[test]
    fn copies_move_bytes(bytes in prop::collection::vec(any::<u8>(), 300), n in 0usize..30, steps in (0usize..11, 8usize..10)) {
        for element in ELEMENTS {
            let size = element.size();
            for (from, to) in [(size, size), steps] {
                let mut y = vec![0x11; 300];
                copy(strided(&bytes, from, element), strided_mut(&mut y, to, element), n);
                let mut expected = vec![0x11; 300];
                for i in 0..n {
                    expected[i * to..][..size].copy_from_slice(&bytes[i * from..][..size]);
                }
                prop_assert_eq!(&y, &expected);
            }
        }
    }
}

fn float_bytes(value: f32, element: Element) -> Vec<u8> {
    match element {
        Element::F16 => to_f16(value).to_le_bytes().to_vec(),
        Element::Bf16 => to_bf16(value).to_le_bytes().to_vec(),
        _ => canonical(value).to_le_bytes().to_vec(),
    }
}

fn float_reduction(reduction: Reduction, values: &[f32], element: Element) -> Vec<u8> {
    let lanes = |start: f32, f: &dyn Fn(f32, f32) -> f32| {
        let mut lanes = [start; 16];
        values.iter().enumerate().for_each(|(i, x)| lanes[i % 16] = f(lanes[i % 16], *x));
        lanes
    };
    let folded = |mut lanes: [f32; 16], f: &dyn Fn(f32, f32) -> f32| {
        for half in [8, 4, 2, 1] {
            (0..half).for_each(|i| lanes[i] = f(lanes[i], lanes[i + half]));
        }
        lanes[0]
    };
    let add = |a: f32, b: f32| a + b;
    let sum = |f: &dyn Fn(f32, f32) -> f32| folded(lanes(0.0, f), &add);
    let index = |better: &dyn Fn(f32, f32) -> bool, start: f32| {
        let mut best = (start, 0i64);
        for (i, x) in (0..).zip(values) {
            if better(*x, best.0) {
                best = (*x, i);
            }
        }
        best.1.to_le_bytes().to_vec()
    };
    // Numbers by the order in which −0 is below +0.
    let numbers = || values.iter().copied().filter(|x| !x.is_nan());
    let value = match reduction {
        Reduction::ArgMax { last: false } => return index(&|a, b| a > b, f32::NEG_INFINITY),
        Reduction::ArgMax { last: true } => return index(&|a, b| a >= b, f32::NEG_INFINITY),
        Reduction::ArgMin { last: false } => return index(&|a, b| a < b, f32::INFINITY),
        Reduction::ArgMin { last: true } => return index(&|a, b| a <= b, f32::INFINITY),
        Reduction::Sum => sum(&add),
        Reduction::Mean => sum(&add) / values.len() as f32,
        Reduction::Max => numbers().max_by(f32::total_cmp).unwrap_or(f32::NEG_INFINITY),
        Reduction::Min => numbers().min_by(f32::total_cmp).unwrap_or(f32::INFINITY),
        Reduction::Product => folded(lanes(1.0, &|a, b| a * b), &|a, b| a * b),
        Reduction::SumSquares => sum(&|sum, x| x.mul_add(x, sum)),
        Reduction::SumMagnitudes => sum(&|sum, x| sum + x.abs()),
    };
    float_bytes(value, element)
}

fn integer_reduction(reduction: Reduction, values: &[i128], out: Element) -> Vec<u8> {
    let index = |better: &dyn Fn(i128, i128) -> bool| {
        let best = (1..values.len())
            .fold(0, |best, i| if better(values[i], values[best]) { i } else { best });
        best as i128
    };
    let value = match reduction {
        Reduction::ArgMax { last: false } => index(&|a, b| a > b),
        Reduction::ArgMax { last: true } => index(&|a, b| a >= b),
        Reduction::ArgMin { last: false } => index(&|a, b| a < b),
        Reduction::ArgMin { last: true } => index(&|a, b| a <= b),
        Reduction::Max => values.iter().copied().max().unwrap_or(0),
        Reduction::Min => values.iter().copied().min().unwrap_or(0),
        Reduction::Product => {
            values.iter().fold(1i128, |product, x| i128::from(product as i64).wrapping_mul(*x))
        }
        Reduction::SumSquares => {
            values.iter().fold(0i128, |sum, x| sum.wrapping_add(x.wrapping_mul(*x)))
        }
        Reduction::SumMagnitudes => values.iter().map(|x| x.abs()).sum(),
        _ => values.iter().sum(),
    };
    cut(value, out)
}

/// A function, its immediates and its value.
type Near = (Function, [f32; 3], fn(f64) -> f64);

#[test]
fn functions_without_a_host_equivalent_are_near_their_values() {
    let cases: [Near; 22] = [
        (Function::Log1p, [0.0; 3], |x| if x < -1.0 { f64::NAN } else { x.ln_1p() }),
        (Function::Sin, [0.0; 3], f64::sin),
        (Function::Cos, [0.0; 3], f64::cos),
        (Function::Atan, [0.0; 3], f64::atan),
        (Function::Sinh, [0.0; 3], f64::sinh),
        (Function::Cosh, [0.0; 3], f64::cosh),
        (Function::Asinh, [0.0; 3], f64::asinh),
        (Function::Acosh, [0.0; 3], f64::acosh),
        (Function::Exp, [0.0; 3], f64::exp),
        (Function::Log, [0.0; 3], |x| x.abs().ln()),
        (Function::Tanh, [0.0; 3], f64::tanh),
        (Function::Erf, [0.0; 3], libm::erf),
        (Function::Sigmoid, [0.0; 3], |x| 1.0 / (1.0 + (-x).exp())),
        (Function::Silu, [0.0; 3], |x| x / (1.0 + (-x).exp())),
        (Function::Gelu, [0.0; 3], |x| x * (1.0 + libm::erf(x / 2f64.sqrt())) / 2.0),
        (Function::GeluTanh, [0.0; 3], |x| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            x * (1.0 + inner.tanh()) / 2.0
        }),
        (Function::GeluQuick, [0.0; 3], |x| x / (1.0 + (-1.702 * x).exp())),
        (Function::Elu, [1.5, 1.0, 1.0], |x| if x > 0.0 { x } else { 1.5 * x.exp_m1() }),
        (Function::Elu, [1.758_099_3, 1.0, 1.050_701], |x| {
            if x > 0.0 { 1.050_701 * x } else { 1.758_099_3 * x.exp_m1() }
        }),
        (Function::Softplus, [0.0; 3], |x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
        (Function::Mish, [0.0; 3], |x| x * (x.max(0.0) + (-x.abs()).exp().ln_1p()).tanh()),
        (Function::Softsign, [0.0; 3], |x| x / (1.0 + x.abs())),
    ];
    for (function, imm, exact) in cases {
        for step in -4000..=4000 {
            let x = step as f32 / 100.0;
            let bytes = if function == Function::Log { x.abs() } else { x }.to_le_bytes();
            let mut y = [0; 4];
            let operand = Some(strided(&bytes, 4, Element::F32));
            let out = strided_mut(&mut y, 4, Element::F32);
            elementwise(function, imm.map(f32::to_bits), [operand, None, None], out, 1);
            let (found, exact) = (f64::from(f32::from_le_bytes(y)), exact(f64::from(x)));
            let near = (found - exact).abs() <= 1e-6 * exact.abs() + 3e-7
                || found == exact
                || found.is_nan() && exact.is_nan();
            assert!(near, "{function:?} of {x}: {found}, exactly {exact}");
        }
    }
}

#[test]
fn codes_name_functions_and_no_others() {
    for function in Function::ALL {
        assert_eq!(Function::from_code(function.code()), Some(*function));
    }
    let known = (0..=u8::MAX).filter_map(Function::from_code).count();
    assert_eq!(known, Function::ALL.len());
}

#[test]
fn a_selection_of_more_than_fit_or_of_nothing_is_left_undone() {
    let x = [0; 64];
    let mut y = [9; 4];
    top(strided(&x, 0, Element::U8), 5000, true, strided_mut(&mut y, 0, Element::U32), MAX_TOP + 1);
    assert_eq!(y, [9; 4]);
    top(strided(&x, 1, Element::U8), 4, true, strided_mut(&mut y, 4, Element::U32), 0);
    assert_eq!(y, [9; 4]);
}
