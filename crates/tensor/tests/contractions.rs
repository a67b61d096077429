//! One case per rule that contractions add to admission.

use opml_kernels::{Activation, Output};
use opml_tensor::{
    ConvSpec, DepthwiseSpec, FinishSpec, Header, Operand, Operation, ProductKind, ProductSpec,
    Record, Refusal, Registers, StridedSpec, ValuesSpec, WindowSpec, admit,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};

const HEADER: Header = Header {
    whole: false,
    records: 10,
    max_steps: 100,
    input_min: 0,
    input_max: 1 << 16,
    output_max: 100,
    activation_bytes: 1 << 20,
    weight_bytes: 1 << 20,
};

fn judge(record: &Record) -> Result<Operation, Refusal> {
    admit(record, &Registers::default(), &HEADER)
}

fn product(change: impl FnOnce(&mut ProductSpec)) -> Record {
    let mut spec = ProductSpec {
        kind: ProductKind::F32,
        dims: [4, 20, 32],
        tile: [2, 16],
        x: Operand::at(INPUT, [128, 0, 0]),
        weights: Operand::at(WEIGHTS, [2048, 0, 0]),
        finish: FinishSpec {
            bias: Some(Operand::at(WEIGHTS + 8192, [4, 0, 0])),
            residual: Some(Operand::at(ACTIVATIONS, [80, 0, 0])),
            activation: Activation::Silu,
            gate: false,
        },
        out: Operand::at(ACTIVATIONS + 320, [80, 0, 0]),
    };
    change(&mut spec);
    Record::product(spec)
}

const WINDOW: WindowSpec =
    WindowSpec { kernel: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1], size: [5, 6] };
const S8: ValuesSpec = ValuesSpec::S8 {
    output: Output { zero_point: 0, low: -128, high: 127 },
    padding: 3,
    table: Operand::at(WEIGHTS + 8192, [12, 0, 0]),
};

fn conv(change: impl FnOnce(&mut ConvSpec)) -> Record {
    let mut spec = ConvSpec {
        output: [2, 5, 6],
        channels: [3, 20],
        groups: 2,
        window: WINDOW,
        tile: [7, 16],
        x: Operand::at(INPUT, [720, 144, 24]),
        weights: Operand::at(WEIGHTS, [1728, 3456, 0]),
        values: ValuesSpec::F32(FinishSpec::default()),
        out: Operand::at(ACTIVATIONS, [4800, 960, 160]),
    };
    change(&mut spec);
    Record::conv(spec)
}

fn depthwise(change: impl FnOnce(&mut DepthwiseSpec)) -> Record {
    let mut spec = DepthwiseSpec {
        output: [2, 5, 6],
        channels: 10,
        window: WINDOW,
        tile: [7, 4],
        x: Operand::at(INPUT, [300, 60, 10]),
        weights: Operand::at(WEIGHTS, [10, 0, 0]),
        values: S8,
        out: Operand::at(ACTIVATIONS, [300, 60, 10]),
    };
    change(&mut spec);
    Record::depthwise(spec)
}

fn tiles(record: &Record) -> Result<u64, Refusal> {
    judge(record).map(|operation| operation.tiles())
}

#[test]
fn the_base_cases_are_admitted_with_their_tiles() {
    assert_eq!(tiles(&product(|_| {})), Ok(2 * 2));
    // 60 pixels; 20 channels fill two panels in either group.
    assert_eq!(tiles(&conv(|_| {})), Ok(9 * 4));
    assert_eq!(tiles(&depthwise(|_| {})), Ok(9 * 3));
}

#[test]
fn a_gate_stands_alone_and_doubles_the_panels() {
    let gate = FinishSpec { gate: true, ..FinishSpec::default() };
    let gated = |stride| product(|spec| (spec.finish, spec.weights.stride[0]) = (gate, stride));
    assert!(judge(&gated(2048)).is_ok());
    // Four panels do not fit where two do.
    let room = ((1 << 20) - 2048) / 3 / 4 * 4;
    assert!(judge(&gated(room)).is_ok());
    assert_eq!(judge(&gated(room + 4)), Err(Refusal::Region(1)));
    let both = product(|spec| spec.finish.gate = true);
    assert_eq!(judge(&both), Err(Refusal::Unused("flags")));
    let mut matrix = Record::strided(strided());
    matrix.flags = 4;
    assert_eq!(judge(&matrix), Err(Refusal::Unused("flags")));
    let convolution = Record { flags: 4, ..conv(|_| {}) };
    assert_eq!(judge(&convolution), Err(Refusal::Unused("flags")));
    let s8 = Record { flags: 1, ..conv(|spec| spec.values = S8) };
    assert_eq!(judge(&s8), Err(Refusal::Unused("flags")));
}

#[test]
fn operands_of_an_epilogue_are_those_that_its_flags_name() {
    let absent = product(|spec| spec.finish.bias = None);
    let mut named = absent;
    named.operand[2].base = WEIGHTS;
    assert!(judge(&absent).is_ok());
    assert_eq!(judge(&named), Err(Refusal::Unused("opr")));
    let bias = |operand| judge(&product(|spec| spec.finish.bias = Some(operand)));
    assert!(bias(Operand::at(WEIGHTS + (1 << 20) - 4, [0; 3])).is_ok(), "one word for all");
    assert_eq!(bias(Operand::at(WEIGHTS + (1 << 20) - 76, [4, 0, 0])), Err(Refusal::Region(2)));
    assert_eq!(bias(Operand::at(WEIGHTS + 2, [4, 0, 0])), Err(Refusal::Alignment(2)));
    assert_eq!(bias(Operand::at(ACTIVATIONS + 320, [4, 0, 0])), Err(Refusal::Alias(2)));
    let residual = product(|spec| spec.finish.residual = Some(spec.out));
    assert_eq!(judge(&residual), Err(Refusal::Alias(3)));
}

#[test]
fn activations_take_what_is_theirs() {
    let with = |imm: [u32; 4]| judge(&Record { imm, ..product(|_| {}) });
    for code in 0..9 {
        assert!(with([code, 0, 0, 0]).is_ok(), "{code}");
        let takes = [2, 8].contains(&code);
        assert_eq!(with([code, 1, 0, 0]).is_ok(), takes, "{code}");
        assert_eq!(with([code, 0, 1, 0]).is_ok(), code == 2, "{code}");
    }
    assert_eq!(with([9, 0, 0, 0]), Err(Refusal::Immediate { index: 0, value: 9 }));
    assert_eq!(with([1, 0, 7, 0]), Err(Refusal::Immediate { index: 2, value: 7 }));
    assert_eq!(with([0, 0, 0, 1]), Err(Refusal::Unused("imm")));
}

#[test]
fn blocks_are_whole_and_their_types_are_told() {
    for kind in [ProductKind::Q8_0, ProductKind::Q4_0] {
        let terms = |terms| judge(&product(|spec| (spec.kind, spec.dims[2]) = (kind, terms)));
        assert!(terms(32).is_ok());
        assert_eq!(terms(31), Err(Refusal::Dimension { index: 2, value: 31 }));
    }
    let types = [5, 7, 5, 0];
    assert_eq!(judge(&Record { types, ..product(|_| {}) }), Err(Refusal::Types(types)));
    let sub = Record { sub: 5, ..product(|_| {}) };
    assert_eq!(judge(&sub), Err(Refusal::Operator { op: 2, sub: 5 }));
}

fn strided() -> StridedSpec {
    StridedSpec {
        dims: [3, 4, 20, 8],
        tile: [5, 16],
        x: Operand::at(INPUT, [0, 4, 16]),
        w: Operand::at(WEIGHTS, [0, 0, 4]),
        finish: FinishSpec::default(),
        out: Operand::at(ACTIVATIONS, [320, 4, 16]),
    }
}

#[test]
fn matrices_may_lie_anywhere_but_outputs_apart() {
    let judge = |change: fn(&mut StridedSpec)| {
        let mut spec = strided();
        change(&mut spec);
        judge(&Record::strided(spec))
    };
    assert_eq!(judge(|_| {}).map(|operation| operation.tiles()), Ok(3 * 2));
    assert_eq!(judge(|spec| spec.out.stride[0] = 0), Err(Refusal::SelfOverlap));
    assert_eq!(judge(|spec| spec.out.stride[0] = 316), Err(Refusal::SelfOverlap));
    assert_eq!(judge(|spec| spec.x.stride[2] = 2), Err(Refusal::Alignment(0)));
    assert_eq!(judge(|spec| spec.w.base = ACTIVATIONS + 956), Err(Refusal::Alias(1)));
    let value = 17;
    assert_eq!(judge(|spec| spec.tile[1] = 17), Err(Refusal::TileSize { index: 1, value }));
}

#[test]
fn windows_have_taps_steps_and_pixels() {
    for byte in [0, 1, 2, 3, 6, 7] {
        let mut record = conv(|_| {});
        record.operand[5].base &= !(0xff << (8 * byte));
        assert_eq!(judge(&record), Err(Refusal::Window), "byte {byte}");
    }
    let mut unpadded = conv(|_| {});
    unpadded.operand[5].base &= !(0xffff << 32);
    assert!(judge(&unpadded).is_ok(), "padding may be none");
    for size in [[0, 6], [5, 0], [1 << 31, 6]] {
        assert_eq!(judge(&conv(|spec| spec.window.size = size)), Err(Refusal::Window), "{size:?}");
    }
    let mut step = depthwise(|_| {});
    step.operand[5].step = 1;
    assert_eq!(judge(&step), Err(Refusal::Window));
    let mut stride = depthwise(|_| {});
    stride.operand[5].stride[2] = 1;
    assert_eq!(judge(&stride), Err(Refusal::Unused("stride")));
}

#[test]
fn images_lie_where_they_may_be_read_whole() {
    let input = 32 + (1 << 16);
    let last = INPUT + input - (720 + 4 * 144 + 5 * 24 + 24);
    assert!(judge(&conv(|spec| spec.x.base = last)).is_ok());
    assert_eq!(judge(&conv(|spec| spec.x.base = last + 4)), Err(Refusal::Region(0)));
    assert_eq!(judge(&conv(|spec| spec.window.size[0] = 1 << 20)), Err(Refusal::Region(0)));
    assert_eq!(judge(&conv(|spec| spec.out.stride[2] = 156)), Err(Refusal::SelfOverlap));
    assert_eq!(judge(&conv(|spec| spec.x = spec.out)), Err(Refusal::Alias(0)));
    let value = 8;
    assert_eq!(judge(&conv(|spec| spec.tile[1] = 8)), Err(Refusal::TileSize { index: 1, value }));
}

#[test]
fn sums_of_s8_are_bounded_in_length_and_their_padding_is_s8() {
    let long = |channels: u32| {
        judge(&conv(|spec| {
            spec.values = S8;
            spec.channels = [channels, 1];
            spec.groups = 1;
            spec.window.kernel = [1, 128];
            spec.x.stride = [0, 0, 0];
        }))
    };
    assert!(long(512).is_ok());
    assert_eq!(long(513), Err(Refusal::DotLength(128 * 513)));
    let mut record = depthwise(|_| {});
    record.imm[3] = 128;
    assert_eq!(judge(&record), Err(Refusal::Immediate { index: 3, value: 128 }));
    record.imm[3] = i32::from(i8::MIN).cast_unsigned();
    assert!(judge(&record).is_ok());
    record.imm[1] = 1;
    record.imm[2] = 0;
    assert_eq!(judge(&record), Err(Refusal::Immediate { index: 1, value: 1 }));
}

#[test]
fn tiles_cost_no_more_than_a_large_step_may() {
    let many = |rows| {
        judge(&product(|spec| {
            spec.dims = [1 << 12, 16, 4000];
            spec.tile = [rows, 16];
            (spec.x.stride, spec.weights.stride) = ([0; 3], [0; 3]);
            spec.finish = FinishSpec::default();
            spec.out = Operand::at(ACTIVATIONS, [64, 0, 0]);
        }))
    };
    assert!(many(11).is_ok());
    assert!(matches!(many(13), Err(Refusal::Cost(cost)) if cost > 1 << 27));
}
