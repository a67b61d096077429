//! One case per rule of admission: the attack, and the rule that stops it.

use opml_kernels::Output;
use opml_tensor::{
    DenseSpec, Header, Operand, Operation, Record, Refusal, Registers, admit, condition, dimension,
    layout::{ACTIVATIONS, CONTROL, DATA_HALF, INPUT, OUTPUT, OUTPUT_BODY, PROGRAM, WEIGHTS},
};

const HEADER: Header = Header {
    whole: false,
    records: 10,
    max_steps: 100,
    input_min: 0,
    input_max: 1000,
    output_max: 100,
    activation_bytes: 1 << 20,
    weight_bytes: 1 << 20,
};

const fn registers() -> Registers {
    let mut values = [0; 16];
    values[1] = 4;
    values[2] = u64::MAX;
    values[3] = 1 << 31;
    Registers::new(values)
}

fn judge(record: &Record) -> Result<Operation, Refusal> {
    admit(record, &registers(), &HEADER)
}

const fn spec() -> DenseSpec {
    DenseSpec {
        dims: [4, 20, 20],
        tile: [2, 16],
        output: Output { zero_point: 0, low: -128, high: 127 },
        x: Operand::at(ACTIVATIONS, [20, 0, 0]),
        weights: Operand::at(WEIGHTS, [320, 0, 0]),
        table: Operand::at(WEIGHTS + 4000, [12, 0, 0]),
        out: Operand::at(ACTIVATIONS + 1000, [20, 0, 0]),
    }
}

fn dense(change: impl FnOnce(&mut DenseSpec)) -> Result<Operation, Refusal> {
    let mut spec = spec();
    change(&mut spec);
    judge(&Record::dense(spec))
}

fn copy_to(address: u64, stride: [u32; 3]) -> Result<Operation, Refusal> {
    let x = Operand::at(INPUT, [64, 8, 1]);
    judge(&Record::copy([2, 3, 8], [1, 8], x, Operand::at(address, stride)))
}

#[test]
fn the_base_case_is_admitted_with_its_tiles() {
    assert_eq!(dense(|_| {}).map(|operation| operation.tiles()), Ok(4));
    let ragged = dense(|spec| spec.tile = [3, 32]);
    assert_eq!(ragged.map(|operation| operation.tiles()), Ok(2));
    assert!(copy_to(ACTIVATIONS, [64, 8, 1]).is_ok());
}

#[test]
fn writes_outside_activations_and_output_body_are_refused() {
    let end = OUTPUT_BODY + 100;
    let places = [
        0,
        1 << 24,
        DATA_HALF - 8,
        CONTROL,
        CONTROL + 4096,
        ACTIVATIONS - 1,
        INPUT,
        OUTPUT,
        OUTPUT + 31,
        end - 7,
        PROGRAM,
        PROGRAM - 4096,
        WEIGHTS,
        ACTIVATIONS + (1 << 20) - 7,
        (1 << 44) - 8,
    ];
    let x = Operand::at(INPUT, [0, 0, 1]);
    for place in places {
        let record = Record::copy([1, 1, 8], [1, 8], x, Operand::at(place, [0, 0, 1]));
        assert_eq!(judge(&record), Err(Refusal::Region(4)), "{place:#x}");
    }
    for place in [ACTIVATIONS, ACTIVATIONS + (1 << 20) - 8, OUTPUT_BODY, end - 8] {
        let record = Record::copy([1, 1, 8], [1, 8], x, Operand::at(place, [0, 0, 1]));
        assert!(judge(&record).is_ok(), "{place:#x}");
    }
}

#[test]
fn reads_outside_input_weights_and_activations_are_refused() {
    let out = Operand::at(ACTIVATIONS + 9000, [0, 0, 1]);
    let read = |place| judge(&Record::copy([1, 1, 8], [1, 8], Operand::at(place, [0, 0, 1]), out));
    for place in
        [0, CONTROL, OUTPUT_BODY, PROGRAM, WEIGHTS - 1, WEIGHTS + (1 << 20) - 7, INPUT + 1032 - 7]
    {
        assert_eq!(read(place), Err(Refusal::Region(0)), "{place:#x}");
    }
    for place in [INPUT, INPUT + 1032 - 8, WEIGHTS, WEIGHTS + (1 << 20) - 8, ACTIVATIONS] {
        assert!(read(place).is_ok(), "{place:#x}");
    }
}

#[test]
fn sizes_that_wrap_are_refused() {
    let huge = |spec: &mut DenseSpec| spec.x.stride[0] = u32::MAX;
    assert_eq!(dense(huge), Err(Refusal::Region(0)));
    let wrapped = |spec: &mut DenseSpec| spec.x = spec.x.indexed(2, 20);
    assert_eq!(dense(wrapped), Err(Refusal::Region(0)), "register 2 is 2^64 - 1");
    let back = |spec: &mut DenseSpec| spec.x = spec.x.indexed(2, 1);
    assert_eq!(dense(back), Err(Refusal::Region(0)), "no negative offsets");
    let all = Record::copy(
        [i32::MAX as u32; 3],
        [1, 1],
        Operand::at(INPUT, [u32::MAX; 3]),
        Operand::at(ACTIVATIONS, [u32::MAX; 3]),
    );
    assert_eq!(judge(&all), Err(Refusal::Region(0)));
}

#[test]
fn outputs_that_overlap_themselves_are_refused() {
    for stride in [[0, 8, 1], [24, 0, 1], [24, 8, 0], [23, 8, 1], [24, 7, 1], [8, 8, 1], [1, 1, 1]]
    {
        assert_eq!(copy_to(ACTIVATIONS, stride), Err(Refusal::SelfOverlap), "{stride:?}");
    }
    // Any order of the dimensions is fine, as long as the elements are apart: here columns are outermost.
    for stride in [[24, 8, 1], [3, 1, 6], [8, 16, 1]] {
        assert!(copy_to(ACTIVATIONS, stride).is_ok(), "{stride:?}");
    }
    assert_eq!(dense(|spec| spec.out.stride[0] = 19), Err(Refusal::SelfOverlap));
    assert_eq!(dense(|spec| spec.out.stride[0] = 0), Err(Refusal::SelfOverlap));
    let one_row = |spec: &mut DenseSpec| (spec.dims[0], spec.out.stride[0]) = (1, 0);
    assert!(dense(one_row).is_ok(), "one row has no stride");
}

#[test]
fn outputs_that_overlap_inputs_are_refused() {
    assert_eq!(dense(|spec| spec.out.base = ACTIVATIONS + 79), Err(Refusal::Alias(0)));
    assert!(dense(|spec| spec.out.base = ACTIVATIONS + 80).is_ok());
    let weights = |spec: &mut DenseSpec| spec.weights.base = ACTIVATIONS + 1076;
    assert_eq!(dense(weights), Err(Refusal::Alias(1)));
    let table = |spec: &mut DenseSpec| spec.table.base = ACTIVATIONS + 1076;
    assert_eq!(dense(table), Err(Refusal::Alias(2)));
}

#[test]
fn only_elementwise_operators_work_in_place_and_only_exactly() {
    let place = |offset, stride| Operand::at(ACTIVATIONS + offset, stride);
    let relu = |from, to| judge(&Record::relu([2, 3, 8], [1, 8], 0, from, to));
    assert!(relu(place(0, [24, 8, 1]), place(0, [24, 8, 1])).is_ok());
    assert_eq!(relu(place(0, [24, 8, 1]), place(1, [24, 8, 1])), Err(Refusal::Alias(0)));
    // The same bytes in another order.
    assert_eq!(relu(place(0, [24, 8, 1]), place(0, [8, 16, 1])), Err(Refusal::Alias(0)));
    let copy = Record::copy([2, 3, 8], [1, 8], place(0, [24, 8, 1]), place(0, [24, 8, 1]));
    assert_eq!(judge(&copy), Err(Refusal::Alias(0)));
}

#[test]
fn dimensions_are_positive_and_below_2_31_after_their_register_is_read() {
    let rows = |word| dense(|spec| spec.dims[0] = word);
    assert!(rows(dimension(1)).is_ok(), "register 1 is 4");
    for (word, value) in
        [(0, 0), (dimension(0), 0), (dimension(2), u64::MAX), (dimension(3), 1 << 31)]
    {
        assert_eq!(rows(word), Err(Refusal::Dimension { index: 0, value }), "{word:#x}");
    }
    let word = dimension(16);
    assert_eq!(rows(word), Err(Refusal::Dimension { index: 0, value: word.into() }), "no register");
    for value in [0, 1 << 31, 6, 22] {
        assert_eq!(dense(|spec| spec.tile[1] = value), Err(Refusal::TileSize { index: 1, value }));
    }
}

#[test]
fn dot_products_cost_and_length_are_bounded() {
    let wide = |inner| {
        dense(|spec| {
            spec.dims = [1, 1, inner];
            spec.x = Operand::at(WEIGHTS + 8192, [0; 3]);
            spec.weights.stride = [0; 3];
        })
    };
    assert!(wide(65_536).is_ok());
    assert_eq!(wide(65_537), Err(Refusal::DotLength(65_537)));
    let many = |tile| {
        dense(|spec| {
            spec.dims = [1, 1 << 19, 65_536];
            spec.tile = [1, tile];
            spec.x.stride = [0; 3];
            spec.weights.stride = [0; 3];
            spec.table.stride = [0; 3];
            spec.out = Operand::at(ACTIVATIONS + (1 << 19), [1 << 19, 0, 0]);
        })
    };
    assert!(many(400).is_ok());
    assert!(matches!(many(416), Err(Refusal::Cost(cost)) if cost > 1 << 27));
    let tiles = Record::copy([1 << 30, 1, 2048], [1, 1], Operand::at(INPUT, [0; 3]), {
        Operand::at(ACTIVATIONS, [2048, 0, 1])
    });
    let large = Header { activation_bytes: 1 << 39, ..HEADER };
    assert_eq!(admit(&tiles, &registers(), &large), Err(Refusal::Region(4)), "2^41 bytes");
}

#[test]
fn words_are_aligned() {
    let x = Operand::at(INPUT, [8, 0, 0]);
    let argmax = |address, stride| {
        judge(&Record::argmax([4, 8], 4, x, Operand::at(address, [stride, 0, 0])))
    };
    assert!(argmax(OUTPUT_BODY, 4).is_ok());
    assert_eq!(argmax(OUTPUT_BODY + 2, 4), Err(Refusal::Alignment(4)));
    assert_eq!(argmax(OUTPUT_BODY, 6), Err(Refusal::Alignment(4)));
    assert_eq!(dense(|spec| spec.weights.base += 2), Err(Refusal::Alignment(1)));
    assert_eq!(dense(|spec| spec.weights.stride[0] += 2), Err(Refusal::Alignment(1)));
    assert_eq!(dense(|spec| spec.table.base += 2), Err(Refusal::Alignment(2)));
    assert_eq!(dense(|spec| spec.table.stride[0] = 13), Err(Refusal::Alignment(2)));
}

#[test]
fn unused_fields_are_zero() {
    let record = Record::dense(spec());
    let flags = Record { flags: 1, ..record };
    assert_eq!(judge(&flags), Err(Refusal::Unused("flags")));
    let types = Record { types: [1, 9, 1, 4], ..record };
    assert_eq!(judge(&types), Err(Refusal::Types([1, 9, 1, 4])));
    let mut step = record;
    step.operand[0].step = 1;
    assert_eq!(judge(&step), Err(Refusal::Unused("step")), "a step without a register");
    let mut residual = record;
    residual.operand[3].base = WEIGHTS;
    assert_eq!(judge(&residual), Err(Refusal::Unused("opr")));
    let mut base = record;
    base.operand[0].base |= 1 << 44;
    assert_eq!(judge(&base), Err(Refusal::Base(0)));
    assert_eq!(judge(&Record::default()), Err(Refusal::Operator { op: 0, sub: 0 }));
    assert_eq!(judge(&Record { sub: 5, ..record }), Err(Refusal::Operator { op: 2, sub: 5 }));
}

#[test]
fn clamps_and_zero_points_are_s8_values_in_order() {
    let mut record = Record::dense(spec());
    for value in [128, i32::from(i8::MIN) as u32 - 1, 0xff] {
        record.imm[0] = value;
        assert_eq!(judge(&record), Err(Refusal::Immediate { index: 0, value }));
    }
    let crossed = |spec: &mut DenseSpec| (spec.output.low, spec.output.high) = (1, 0);
    assert_eq!(dense(crossed), Err(Refusal::Immediate { index: 1, value: 1 }));
}

#[test]
fn control_names_registers_that_it_may_use() {
    let value = |record: &Record| record.imm[0];
    for record in
        [Record::set(0, 1), Record::set(16, 1), Record::add(0, 1, 1, 0), Record::branch(5, 1, 1, 0)]
    {
        let refused = Refusal::Immediate { index: 0, value: value(&record) };
        assert_eq!(judge(&record), Err(refused));
    }
    let unconditional = Record::branch(condition::ALWAYS, 1, 0, 0);
    assert!(matches!(judge(&unconditional), Err(Refusal::Immediate { index: 0, .. })));
    assert!(judge(&Record::halt(1, 96)).is_ok());
    assert_eq!(judge(&Record::halt(1, 97)), Err(Refusal::OutputLength { length: 101, max: 100 }));
    assert!(judge(&Record::halt(2, 1)).is_ok(), "2^64 - 1 + 1 wraps to 0");
}
