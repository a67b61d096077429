//! The quantised layer against the float layer: its error is bounded by the rounding of its parts.

use opml_kernels::{GROUP, Panels, Table, dense_row};
use opml_model::{DenseS8, ImportError, Mlp, MlpS8, s8_panel_bytes, s8_panels};
use proptest::prelude::*;

/// A safetensors file of one layer `[outputs][inputs]`.
fn layer_file(inputs: usize, weight: &[f32], bias: &[f32]) -> Vec<u8> {
    let outputs = bias.len();
    let (split, end) = (4 * weight.len(), 4 * (weight.len() + outputs));
    let header = format!(
        r#"{{"layer.0.weight":{{"dtype":"F32","shape":[{outputs},{inputs}],"data_offsets":[0,{split}]}},
            "layer.0.bias":{{"dtype":"F32","shape":[{outputs}],"data_offsets":[{split},{end}]}}}}"#
    );
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.extend(weight.iter().chain(bias).flat_map(|value| value.to_le_bytes()));
    file
}

fn run(layer: &DenseS8, input: &[u8]) -> Vec<i8> {
    let table: Vec<u8> = layer.channels.iter().flat_map(|channel| channel.to_bytes()).collect();
    let mut y = vec![0; layer.outputs];
    let weights = Panels {
        bytes: &s8_panels(&layer.weight, layer.inputs),
        stride: s8_panel_bytes(layer.inputs as u64) as usize,
        groups: layer.inputs.div_ceil(GROUP),
    };
    let table = Table { bytes: &table, stride: 12 };
    dense_row(input, weights, 0, table, layer.output, &mut y);
    y
}

/// Weights and biases over many orders of magnitude, zero included.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0), -4.0f32..4.0, -1e-6f32..1e-6, -1e4f32..1e4]
}

prop_compose! {
    fn layer()(inputs in 1usize..40, outputs in 1usize..9)(
        weight in prop::collection::vec(value(), inputs * outputs),
        bias in prop::collection::vec(value(), outputs),
        input in prop::collection::vec(any::<u8>(), inputs),
    ) -> (Vec<f32>, Vec<f32>, Vec<u8>) {
        (weight, bias, input)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn quantised_outputs_are_as_near_as_their_scales_allow((weight, bias, input) in layer()) {
        const INPUT_SCALE: f64 = 1.0 / 16.0;
        let mlp = Mlp::from_safetensors(&layer_file(input.len(), &weight, &bias)).unwrap();
        let network = MlpS8::quantise(&mlp, INPUT_SCALE, [input.as_slice()]).unwrap();
        let layer = &network.layers[0];

        let x: Vec<f64> =
            input.iter().map(|byte| f64::from(byte.cast_signed()) * INPUT_SCALE).collect();
        let exact = &mlp.activations(&x).unwrap()[0];
        // What the rule says the scales are; the calibration set is this one input.
        let greatest = exact.iter().fold(0.0f64, |a, y| a.max(y.abs()));
        let output_scale = if greatest > 0.0 { greatest / 127.0 } else { 1.0 };
        let magnitude: f64 = x.iter().map(|x| x.abs()).sum();
        for ((y, exact), channel) in run(layer, &input).iter().zip(exact).zip(&layer.channels) {
            let multiplier = f64::from(channel.multiplier) / (1u64 << channel.shift) as f64;
            let weight_scale = multiplier * output_scale / INPUT_SCALE;
            let bound = 0.5 * (output_scale + weight_scale * (magnitude + INPUT_SCALE));
            let error = (f64::from(*y) * output_scale - exact).abs();
            prop_assert!(error <= bound * 1.000_001, "{error} > {bound}, {exact}");
        }
    }
}

#[test]
fn quantisation_needs_inputs_that_fit() {
    let mlp = Mlp::from_safetensors(&layer_file(2, &[1.0, 2.0], &[0.5])).unwrap();
    assert!(matches!(MlpS8::quantise(&mlp, 1.0, []), Err(ImportError::NoCalibration)));
    let result = MlpS8::quantise(&mlp, 1.0, [&[1, 2, 3][..]]);
    assert!(matches!(result, Err(ImportError::InputLength { actual: 3, expected: 2 })));
}

#[test]
fn layers_must_fit_each_other() {
    assert!(matches!(
        Mlp::from_safetensors(&layer_file(3, &[1.0, 2.0, 3.0, 4.0], &[0.5])),
        Err(ImportError::SafetensorsHeader(_))
    ));
    assert!(matches!(
        Mlp::from_safetensors(&layer_file(1, &[f32::INFINITY], &[0.5])),
        Err(ImportError::NotFinite { .. })
    ));
}
