//! Shapes of models that are known.

use opml_kernels::Pairing;
use opml_model::llama::{Config, Format};

/// Sizes of a model, and how its weights are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) format: Format,
    width: u32,
    hidden: u32,
    layers: u32,
    heads: u32,
    groups: u32,
}

impl Shape {
    /// llama2.c's 110 M in both formats, and TinyLlama's 1.1 B.
    pub(crate) const ALL: [Self; 3] = [
        Self { name: "llama 110M f32", format: Format::F32, ..Self::SMALL },
        Self { name: "llama 110M q8_0", format: Format::Q8_0, ..Self::SMALL },
        Self {
            name: "llama 1.1B q8_0",
            format: Format::Q8_0,
            width: 2048,
            hidden: 5632,
            layers: 22,
            heads: 32,
            groups: 4,
        },
    ];

    const SMALL: Self = Self {
        name: "",
        format: Format::F32,
        width: 768,
        hidden: 2048,
        layers: 12,
        heads: 12,
        groups: 12,
    };

    /// Positions of a cache in which the measurements have room.
    pub(crate) const CONTEXT: u32 = 1024;

    pub(crate) fn config(&self) -> Config {
        let Self { width, hidden, layers, heads, groups, .. } = *self;
        Config {
            width,
            hidden,
            layers,
            heads,
            groups,
            head: width / heads,
            vocabulary: 32_000,
            context: Self::CONTEXT,
            theta: 10_000.0,
            epsilon: 1e-5,
            pairing: Pairing::Adjacent,
        }
    }
}
