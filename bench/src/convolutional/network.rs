//! Networks that are known, from their papers.

use super::graph::{Activation, Convolution, Graph, Value};

/// Height and width of the picture.
pub(super) const SIZE: u32 = 224;
/// Numbers of the output.
pub(super) const CLASSES: u32 = 1000;

/// A network.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Network {
    /// Sandler et al. 2018, table 2: 0.30 G multiply-adds, a third of them in depthwise and first layers.
    MobileNetV2,
    /// He et al. 2015, table 1, with the stride in the 3 × 3 convolution, as all frameworks have it: 4.09 G multiply-adds.
    ResNet50,
}

impl Network {
    pub(crate) const ALL: [Self; 2] = [Self::MobileNetV2, Self::ResNet50];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MobileNetV2 => "mobilenet v2 f32",
            Self::ResNet50 => "resnet-50 f32",
        }
    }

    /// The ONNX file with made-up weights.
    pub(super) fn file(self) -> Vec<u8> {
        match self {
            Self::MobileNetV2 => mobilenet_v2(),
            Self::ResNet50 => resnet_50(),
        }
    }
}

fn mobilenet_v2() -> Vec<u8> {
    // Factor of the expansion, channels, repetitions, stride of the first.
    const STAGES: [[u32; 4]; 7] = [
        [1, 16, 1, 1],
        [6, 24, 2, 2],
        [6, 32, 3, 2],
        [6, 64, 4, 2],
        [6, 96, 3, 1],
        [6, 160, 3, 2],
        [6, 320, 1, 1],
    ];
    let mut graph = Graph::default();
    let layer = |channels, kernel, stride, groups, activation| Convolution {
        channels,
        kernel,
        stride,
        groups,
        activation,
    };
    let picture = graph.picture(SIZE);
    let mut x = graph.convolution(&picture, layer(32, 3, 2, 1, Activation::Relu6));
    let mut width = 32;
    for [factor, channels, repetitions, first] in STAGES {
        for stride in (0..repetitions).map(|index| if index == 0 { first } else { 1 }) {
            let wide = factor * width;
            let mut y = x.clone();
            if factor > 1 {
                y = graph.convolution(&y, layer(wide, 1, 1, 1, Activation::Relu6));
            }
            y = graph.convolution(&y, layer(wide, 3, stride, wide, Activation::Relu6));
            y = graph.convolution(&y, layer(channels, 1, 1, 1, Activation::None));
            x = if stride == 1 && width == channels { graph.add(&x, &y) } else { y };
            width = channels;
        }
    }
    let x = graph.convolution(&x, layer(1280, 1, 1, 1, Activation::Relu6));
    graph.classify(&x, CLASSES)
}

fn resnet_50() -> Vec<u8> {
    // Channels inside, blocks, stride of the first.
    const STAGES: [[u32; 3]; 4] = [[64, 3, 1], [128, 4, 2], [256, 6, 2], [512, 3, 2]];
    let mut graph = Graph::default();
    let layer = |channels, kernel, stride, activation| Convolution {
        channels,
        kernel,
        stride,
        groups: 1,
        activation,
    };
    let picture = graph.picture(SIZE);
    let x = graph.convolution(&picture, layer(64, 7, 2, Activation::Relu));
    let mut x: Value = graph.max_pool(&x);
    for [channels, blocks, first] in STAGES {
        for index in 0..blocks {
            let stride = if index == 0 { first } else { 1 };
            let y = graph.convolution(&x, layer(channels, 1, 1, Activation::Relu));
            let y = graph.convolution(&y, layer(channels, 3, stride, Activation::Relu));
            let y = graph.convolution(&y, layer(4 * channels, 1, 1, Activation::None));
            if index == 0 {
                x = graph.convolution(&x, layer(4 * channels, 1, stride, Activation::None));
            }
            let sum = graph.add(&x, &y);
            x = graph.relu(&sum);
        }
    }
    graph.classify(&x, CLASSES)
}
