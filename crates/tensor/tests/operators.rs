//! One case per rule of admission of the operators of elements and rows.

use opml_kernels::{Function, Pool, Reduction};
use opml_tensor::{
    GatherSpec, Header, MapSpec, NormSpec, Operand, Operation, PoolAxis, PoolSpec, Record, Refusal,
    Registers, ResampleSpec, admit,
    element::{BOOL, F16, F32, F32_PANELS, I16, I32, I64, Q8, S8, U8, U32},
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
    opcode,
};

const HEADER: Header = Header {
    whole: false,
    records: 10,
    max_steps: 100,
    input_min: 0,
    input_max: 1000,
    output_max: 100,
    activation_bytes: 1 << 20,
    weight_bytes: 1 << 16,
};
const OUT: u64 = ACTIVATIONS + 8192;

fn judge(record: &Record) -> Result<Operation, Refusal> {
    admit(record, &Registers::default(), &HEADER)
}

/// A plane of 2 × 3 × 10 elements of `size` bytes.
const fn plane(base: u64, size: u32) -> Operand {
    Operand::at(base, [30 * size, 10 * size, size])
}

fn map(function: Function, element: u8, x: &[Operand], out: Operand) -> Record {
    let (dims, tile) = ([2, 3, 10], [4, 7]);
    Record::map(MapSpec { function, element, immediates: [0; 3], dims, tile, x, out })
}

fn add() -> Record {
    map(Function::Add, F32, &[plane(ACTIVATIONS, 4), plane(INPUT, 4)], plane(OUT, 4))
}

fn reduce(reduction: Reduction, types: [u8; 2]) -> Record {
    let out = Operand::at(OUT, [24, 8, 0]);
    Record::reduce(reduction, types, [2, 3, 10], 4, plane(ACTIVATIONS, 4), out)
}

fn norm(gamma: Option<Operand>, beta: Option<Operand>) -> Record {
    let (x, out) = (plane(ACTIVATIONS, 4), plane(OUT, 4));
    let (dims, tile_rows) = ([2, 3, 10], 4);
    Record::norm(NormSpec { centred: true, epsilon: 1e-5, dims, tile_rows, x, gamma, beta, out })
}

fn gather(types: [u8; 2], rows: u32) -> Record {
    let size = if types[0] == U8 { 1 } else { 4 };
    Record::gather(GatherSpec {
        types,
        dims: [2, 3, 10, rows],
        tile: [4, 7],
        table: match types[0] {
            F32_PANELS => Operand::at(WEIGHTS, [0, 640, 0]),
            _ => Operand::at(WEIGHTS, [0, 10 * size, size]),
        },
        ids: Operand::at(INPUT, [24, 8, 0]),
        out: plane(OUT, size),
    })
}

fn pool(element: u8) -> Record {
    let size = if element == F32 { 4 } else { 1 };
    let axis = PoolAxis { size: 6, taps: 3, stride: 2, dilation: 1, before: 1, after: 1 };
    Record::pool(PoolSpec {
        kind: Pool::Max,
        element,
        dims: [2, 3, 3, 5],
        tile: [4, 5],
        axes: [axis; 2],
        padding: 0,
        x: Operand::at(ACTIVATIONS, [180 * size, 30 * size, 5 * size]),
        out: Operand::at(OUT, [45 * size, 15 * size, 5 * size]),
    })
}

fn resample() -> Record {
    Record::resample(ResampleSpec {
        dims: [2, 3, 10, 2, 6],
        tile: [4, 7],
        x: Operand::at(ACTIVATIONS, [240, 40, 4]),
        places: Operand::at(WEIGHTS, [8, 4, 0]),
        weights: Operand::at(WEIGHTS + 24, [8, 4, 0]),
        out: plane(OUT, 4),
    })
}

fn top(types: [u8; 2], length: u32, count: u32) -> Record {
    let row = |base, columns| Operand::at(base, [0, 4 * columns, 4]);
    let (x, out) = (row(ACTIVATIONS + 65_536, length), row(OUT, count));
    Record::top(true, types, [1, 1, length, count], 1, x, out)
}

#[test]
fn the_base_cases_are_admitted_with_their_tiles() {
    let tiles = |record: &Record| judge(record).map(|operation| operation.tiles());
    assert_eq!(tiles(&add()), Ok(4));
    assert_eq!(tiles(&reduce(Reduction::Sum, [F32, F32])), Ok(2));
    assert_eq!(tiles(&norm(None, None)), Ok(2));
    assert_eq!(tiles(&gather([U8, I64], 7)), Ok(4));
    assert_eq!(tiles(&gather([F32_PANELS, I32], 20)), Ok(4));
    assert_eq!(tiles(&pool(F32)), Ok(5));
    assert_eq!(tiles(&pool(S8)), Ok(5));
    assert_eq!(tiles(&resample()), Ok(4));
    assert_eq!(tiles(&top([F32, U32], 2000, 1024)), Ok(1));
}

#[test]
fn functions_take_the_types_of_their_domain() {
    let [x, out] = [plane(ACTIVATIONS, 4), plane(OUT, 4)];
    let types = |record: &Record| Err(Refusal::Types(record.types));
    for record in [
        map(Function::And, F32, &[x, x], out),
        map(Function::Exp, I32, &[x], out),
        map(Function::IsNan, I32, &[x], out),
        map(Function::Add, Q8, &[x, x], out),
        map(Function::Add, 0, &[x, x], out),
        Record { types: [F32, I32, F32, 0], ..add() },
        Record { types: [F32, F32, F32, F32], ..add() },
        Record { types: [F32, F32, BOOL, 0], ..add() },
        Record::cast([F32, Q8], [2, 3, 10], [4, 7], x, out),
        Record::copy_of(F32_PANELS, [2, 3, 10], [4, 7], x, out),
    ] {
        assert_eq!(judge(&record), types(&record), "{record:?}");
    }
    let select = map(Function::Select, F32, &[plane(INPUT, 1), x, x], out);
    assert!(judge(&select).is_ok());
    let ints = Record { types: [U8, F32, F32, F32], ..select };
    assert_eq!(judge(&ints), types(&ints), "the condition is a bool");
    let unknown = Record { sub: 255, ..add() };
    assert_eq!(judge(&unknown), Err(Refusal::Operator { op: opcode::EW, sub: 255 }));
}

#[test]
fn operands_that_an_operator_does_not_have_are_zero() {
    let mut third = add();
    third.operand[2].stride[0] = 4;
    assert_eq!(judge(&third), Err(Refusal::Unused("stride")));
    let mut immediate = add();
    immediate.imm[0] = 1;
    assert_eq!(judge(&immediate), Err(Refusal::Unused("imm")));
    let mut unflagged = norm(Some(plane(INPUT, 4)), None);
    assert!(judge(&unflagged).is_ok());
    unflagged.flags = 0;
    assert_eq!(judge(&unflagged), Err(Refusal::Types(unflagged.types)));
    let missing = Record { flags: 1, ..norm(None, None) };
    assert_eq!(judge(&missing), Err(Refusal::Types(missing.types)));
    assert_eq!(judge(&Record { flags: 4, ..norm(None, None) }), Err(Refusal::Unused("flags")));
    let mut column = reduce(Reduction::Sum, [F32, F32]);
    column.operand[4].stride[2] = 4;
    assert_eq!(judge(&column), Err(Refusal::Unused("stride")));
}

#[test]
fn immediates_of_integer_functions_are_values_of_their_type() {
    let relu = |element, value: u32| {
        let size = if element == I32 { 4 } else { 1 };
        let x = plane(ACTIVATIONS, size);
        judge(&Record {
            imm: [value, 0, 0, 0],
            ..map(Function::Relu, element, &[x], plane(OUT, size))
        })
    };
    assert!(relu(S8, i32::from(i8::MIN) as u32).is_ok());
    assert!(relu(U8, 255).is_ok());
    assert!(relu(I32, u32::MAX).is_ok());
    for (element, value) in [(S8, 128), (S8, 255), (U8, 256), (U8, u32::MAX), (BOOL, 2)] {
        assert_eq!(relu(element, value), Err(Refusal::Immediate { index: 0, value }));
    }
}

#[test]
fn functions_alone_work_in_place_and_only_exactly() {
    let (place, other) = (plane(OUT, 4), plane(ACTIVATIONS, 4));
    for x in [[place, other], [other, place], [place, place]] {
        assert!(judge(&map(Function::Add, F32, &x, place)).is_ok());
    }
    let moved = plane(OUT + 4, 4);
    assert_eq!(judge(&map(Function::Add, F32, &[moved, other], place)), Err(Refusal::Alias(0)));
    assert_eq!(judge(&map(Function::Add, F32, &[other, moved], place)), Err(Refusal::Alias(1)));
    let turned = Operand::at(OUT, [40, 80, 4]);
    assert_eq!(judge(&map(Function::Add, F32, &[other, turned], place)), Err(Refusal::Alias(1)));
    let test = map(Function::Equal, F32, &[place, other], Operand::at(OUT, [120, 40, 4]));
    assert_eq!(judge(&test), Err(Refusal::Alias(0)), "elements of another size");
    let bytes = map(Function::Equal, S8, &[plane(OUT, 1), plane(INPUT, 1)], plane(OUT, 1));
    assert!(judge(&bytes).is_ok());
    let (dims, tile) = ([2, 3, 10], [4, 7]);
    assert_eq!(judge(&Record::copy_of(F32, dims, tile, place, place)), Err(Refusal::Alias(0)));
    assert_eq!(judge(&Record::cast([F32, I32], dims, tile, place, place)), Err(Refusal::Alias(0)));
    for record in [
        Record::softmax_along(dims, 4, place, place),
        Record { operand: [place, other, other, other, place, other], ..norm(None, None) },
    ] {
        assert!(judge(&record).is_err());
    }
    let gamma = norm(Some(place), Some(other));
    assert_eq!(judge(&gamma), Err(Refusal::Alias(1)));
    assert_eq!(judge(&norm(Some(other), Some(place))), Err(Refusal::Alias(2)));
}

#[test]
fn half_words_and_words_are_aligned() {
    let of = |element, size, offset| {
        let x = [plane(ACTIVATIONS + offset, size), plane(INPUT, size)];
        judge(&map(Function::Max, element, &x, plane(OUT, size)))
    };
    assert!(of(I16, 2, 2).is_ok());
    assert_eq!(of(I16, 2, 1), Err(Refusal::Alignment(0)));
    assert_eq!(of(F16, 2, 3), Err(Refusal::Alignment(0)));
    assert!(of(I64, 8, 4).is_ok(), "inputs of a model lie one behind the other");
    assert_eq!(of(I64, 8, 2), Err(Refusal::Alignment(0)));
}

#[test]
fn reductions_take_the_types_and_flags_of_their_kind() {
    let last = Record { flags: 1, ..reduce(Reduction::Sum, [F32, F32]) };
    assert_eq!(judge(&last), Err(Refusal::Unused("flags")));
    assert!(judge(&reduce(Reduction::ArgMin { last: true }, [S8, I64])).is_ok());
    for record in [
        reduce(Reduction::Mean, [I32, I32]),
        reduce(Reduction::Sum, [F32, I32]),
        reduce(Reduction::ArgMax { last: false }, [F32, F32]),
        reduce(Reduction::ArgMax { last: false }, [F32, I16]),
    ] {
        assert_eq!(judge(&record), Err(Refusal::Types(record.types)));
    }
    let unknown = Record { sub: 9, ..reduce(Reduction::Sum, [F32, F32]) };
    assert_eq!(judge(&unknown), Err(Refusal::Operator { op: opcode::REDUCE, sub: 9 }));
}

#[test]
fn tables_lie_in_their_region_whole() {
    // 65536 bytes of weights: 1638 rows of 40 bytes, 102 panels of 640.
    let rows = |types, rows| judge(&gather(types, rows));
    assert!(rows([F32, I32], 1638).is_ok());
    assert_eq!(rows([F32, I32], 1639), Err(Refusal::Region(0)));
    assert!(rows([F32_PANELS, I32], 102 * 16).is_ok());
    assert_eq!(rows([F32_PANELS, I32], 102 * 16 + 1), Err(Refusal::Region(0)));
    let float_ids = gather([F32, F32], 7);
    assert_eq!(judge(&float_ids), Err(Refusal::Types(float_ids.types)));
    let mut weights = resample();
    weights.operand[2].base = WEIGHTS + 65_536 - 20;
    assert_eq!(judge(&weights), Err(Refusal::Region(2)));
    let mut aliased = resample();
    aliased.operand[1].base = OUT;
    assert_eq!(judge(&aliased), Err(Refusal::Alias(1)));
}

#[test]
fn windows_have_taps_and_move() {
    let with = |index: usize, value| {
        let mut record = pool(S8);
        record.imm[index] = value;
        (judge(&record), Err(Refusal::Immediate { index, value }))
    };
    for byte in 0..4 {
        let (found, refused) = with(0, 0x0101_0101 & !(0xff << (8 * byte)));
        assert_eq!(found, refused, "a byte of 0");
    }
    for (index, value) in [(1, 0x0100_0000), (1, 0x0001_0000), (2, 0x0001_0000), (3, 128)] {
        let (found, refused) = with(index, value);
        assert_eq!(found, refused);
    }
    assert!(with(3, i32::from(i8::MIN) as u32).0.is_ok());
    let padded = Record { imm: [0x0101_0101, 0x0101_0000, 0, 1], ..pool(F32) };
    assert_eq!(judge(&padded), Err(Refusal::Immediate { index: 3, value: 1 }), "floats");
    assert_eq!(
        judge(&Record { sub: 3, ..pool(S8) }),
        Err(Refusal::Operator { op: opcode::POOL, sub: 3 })
    );
    let mut overlapping = pool(F32);
    overlapping.operand[4].stride[2] = 16;
    assert_eq!(judge(&overlapping), Err(Refusal::SelfOverlap));
}

#[test]
fn selections_are_bounded() {
    let of = |length, count| judge(&top([F32, U32], length, count));
    assert!(of(5, 5).is_ok());
    assert_eq!(of(5, 6), Err(Refusal::Dimension { index: 3, value: 6 }));
    assert_eq!(of(2000, 1025), Err(Refusal::Dimension { index: 3, value: 1025 }));
    for record in [top([I64, U32], 5, 5), top([F32, F32], 5, 5)] {
        assert_eq!(judge(&record), Err(Refusal::Types(record.types)));
    }
}
