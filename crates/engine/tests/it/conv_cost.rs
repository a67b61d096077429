//! What convolutions cost in the VM: the bound holds for every window and any data, and grows as fast as the steps do.

use crate::{
    float_cost::{DATA, TYPICAL, measure},
    guest::guest,
};
use opml_kernels::Output;
use opml_tensor::{
    ConvSpec, DepthwiseSpec, FinishSpec, Operand, Record, ValuesSpec, WindowSpec,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};

const OUT: u64 = ACTIVATIONS + (1 << 20);
const PLAIN: ValuesSpec = ValuesSpec::F32(FinishSpec {
    bias: None,
    residual: None,
    activation: opml_kernels::Activation::None,
    gate: false,
});
const S8: ValuesSpec = ValuesSpec::S8 {
    output: Output { zero_point: 3, low: -100, high: 100 },
    padding: 5,
    table: Operand::at(WEIGHTS, [12, 0, 0]),
};

/// Taps, padding, channels in and out of a group, groups.
type Shape = ([u8; 2], u8, [u32; 2], u32);

const SHAPES: [Shape; 9] = [
    ([1, 1], 0, [1, 1], 1),
    ([3, 3], 1, [1, 1], 1),
    ([3, 3], 1, [3, 17], 1),
    // Nothing but padding.
    ([3, 3], 255, [3, 5], 1),
    ([1, 1], 0, [64, 16], 1),
    ([2, 2], 0, [65, 4], 1),
    // Groups that fill a fraction of their panels.
    ([3, 3], 1, [2, 2], 6),
    ([1, 5], 2, [8, 32], 1),
    ([7, 7], 3, [1, 3], 1),
];

const fn window(kernel: [u8; 2], padding: u8) -> WindowSpec {
    WindowSpec { kernel, stride: [1; 2], padding: [padding; 2], dilation: [1; 2], size: [6, 7] }
}

/// One tile over the first `pixels` pixels of an image.
fn conv((kernel, padding, channels, groups): Shape, values: ValuesSpec, pixels: u32) -> Record {
    let [inputs, outputs] = channels;
    let f32 = matches!(values, ValuesSpec::F32(_));
    let element = if f32 { 4 } else { 1 };
    let terms = kernel.map(u32::from).iter().product::<u32>() * inputs;
    let panel = 64 * if f32 { terms } else { terms.div_ceil(4) };
    let (x, y) = (element * inputs * groups, element * outputs * groups);
    Record::conv(ConvSpec {
        output: [1, 1, pixels],
        channels,
        groups,
        window: window(kernel, padding),
        tile: [pixels, groups * outputs.next_multiple_of(16)],
        x: Operand::at(INPUT, [0, 7 * x, x]),
        weights: Operand::at(WEIGHTS + 4096, [panel, outputs.div_ceil(16) * panel, 0]),
        values,
        out: Operand::at(OUT, [0, 0, y]),
    })
}

fn depthwise(
    kernel: [u8; 2],
    padding: u8,
    channels: u32,
    values: ValuesSpec,
    pixels: u32,
) -> Record {
    let element = if matches!(values, ValuesSpec::F32(_)) { 4 } else { 1 };
    let pixel = element * channels;
    Record::depthwise(DepthwiseSpec {
        output: [1, 1, pixels],
        channels,
        window: window(kernel, padding),
        tile: [pixels, channels],
        x: Operand::at(INPUT, [0, 7 * pixel, pixel]),
        weights: Operand::at(WEIGHTS + 4096, [pixel, 0, 0]),
        values,
        out: Operand::at(OUT, [0, 0, pixel]),
    })
}

/// Records of some pixels and of twice as many.
fn pairs(values: ValuesSpec) -> Vec<(Record, Record)> {
    let convs = SHAPES.map(|shape| (conv(shape, values, 3), conv(shape, values, 6)));
    let depthwise =
        [([3, 3], 1, 1), ([3, 3], 1, 32), ([1, 1], 0, 17), ([3, 3], 255, 15), ([5, 5], 2, 16)].map(
            |(kernel, padding, channels)| {
                let of = |pixels| depthwise(kernel, padding, channels, values, pixels);
                (of(3), of(6))
            },
        );
    convs.into_iter().chain(depthwise).collect()
}

#[test]
fn cost_bounds_convolutions_on_any_data() {
    let guest = guest();
    for values in [PLAIN, S8] {
        for (once, twice) in pairs(values) {
            for (what, input, weights) in DATA {
                let data = [input, weights];
                let (steps, cost) = measure(&guest, &once, data);
                let (more_steps, more_cost) = measure(&guest, &twice, data);
                assert!(steps <= cost, "{what}: {steps} small steps for {cost}: {once:?}");
                let (steps, cost) = (more_steps - steps, more_cost - cost);
                assert!(steps <= cost, "{what}: {steps} small steps more for {cost}: {once:?}");
                if matches!(values, ValuesSpec::S8 { .. }) {
                    break;
                }
            }
        }
    }
}

/// The figures of docs/tensor.md, per multiply-add of wide layers.
#[test]
fn small_steps_of_convolutions_are_those_of_the_documentation() {
    let guest = guest();
    let wide = ([3, 3], 1, [32, 32], 1);
    let macs = 9 * 32 * 32;
    let cases = [
        ("f32", conv(wide, PLAIN, 2), conv(wide, PLAIN, 4), macs, 54.0),
        ("s8", conv(wide, S8, 2), conv(wide, S8, 4), macs, 4.3),
        (
            "depthwise f32",
            depthwise([3, 3], 1, 32, PLAIN, 2),
            depthwise([3, 3], 1, 32, PLAIN, 4),
            9 * 32,
            100.0,
        ),
        (
            "depthwise s8",
            depthwise([3, 3], 1, 32, S8, 2),
            depthwise([3, 3], 1, 32, S8, 4),
            9 * 32,
            26.0,
        ),
    ];
    for (what, once, twice, macs, figure) in cases {
        let steps = |record| measure(&guest, record, [TYPICAL; 2]).0;
        let steps = (steps(&twice) - steps(&once)) as f64 / f64::from(2 * macs);
        eprintln!("{what}: {steps:.2}, documented {figure}");
        assert!((steps / figure - 1.0).abs() <= 0.2, "{what}: {steps:.2}, documented {figure}");
    }
}
