//! A model from every format, and from every way to make one of bytes or blocks.

#[expect(dead_code, reason = "the tests of embeddings use all of it")]
#[path = "../bert/made_up.rs"]
mod made_up;
#[expect(dead_code, reason = "the tests of the ONNX importer use all of it")]
#[path = "../onnx/builder.rs"]
mod onnx;
#[expect(dead_code, reason = "the tests of language models use all of it")]
#[path = "../llama/tiny.rs"]
mod tiny;

use onnx::{FLOAT, Graph, bytes, int, ints, numbers};
use opml_engine::ModelFile;
use opml_kernels::Sampling;
use opml_model::{
    bert::{Bert, BertOptions, encode_tokens},
    checkpoint::Blocks,
    digits, digits_held_out,
    llama::{Llama, LlamaOptions, Prompt, encode_prompt},
    onnx::{Options, import, import_int8},
};
use tiny::Tiny;

/// A model and an input.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) model: ModelFile,
    pub(crate) input: Vec<u8>,
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![committed()];
    cases.extend(networks());
    cases.extend(generations());
    cases.extend(embeddings());
    cases
}

/// The model that lies in the tree, as a quantised one of dense layers.
fn committed() -> Case {
    let images = digits_held_out().unwrap();
    let input = images.iter().next().unwrap().pixels.to_vec();
    Case { name: "digits", model: digits().unwrap(), input }
}

/// What networks of images are made of, with a constant that the importer folds by the machine's own exponential.
fn network() -> Graph {
    let pads = || vec![ints("pads", &[1, 1, 1, 1])];
    Graph::default()
        .input("x", FLOAT, &[1, 3, 8, 8])
        .constant("w0", &[8, 3, 3, 3], &numbers(8 * 27, 1))
        .constant("b0", &[8], &numbers(8, 2))
        .constant("w1", &[8, 1, 3, 3], &numbers(72, 3))
        .constant("w2", &[128, 10], &numbers(1280, 4))
        .constant("l2", &[10], &numbers(10, 5))
        .node("Exp", "l2", "b2", vec![])
        .node("Conv", "x w0 b0", "c0", pads())
        .node("Relu", "c0", "r0", vec![])
        .node("MaxPool", "r0", "p0", vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])])
        .node("Conv", "p0 w1", "c1", [pads(), vec![int("group", 8)]].concat())
        .node("Tanh", "c1", "t1", vec![])
        .node("Add", "t1 p0", "a1", vec![])
        .node("Flatten", "a1", "f", vec![])
        .node("MatMul", "f w2", "m", vec![])
        .node("Add", "m b2", "a2", vec![])
        .node("Softmax", "a2", "y", vec![int("axis", 1)])
        .output("y")
}

/// One function after another, each over the whole range that keeps the next one finite.
fn functions() -> Graph {
    Graph::default()
        .input("x", FLOAT, &[4, 24])
        .constant("scale", &[24], &numbers(24, 6))
        .constant("two", &[1], &[2.0])
        .node("LayerNormalization", "x scale", "n", vec![int("axis", -1)])
        .node("Sigmoid", "n", "s", vec![])
        .node("Log", "s", "l", vec![])
        .node("Sin", "l", "i", vec![])
        .node("Cos", "i", "c", vec![])
        .node("Erf", "c", "e", vec![])
        .node("Pow", "e two", "p", vec![])
        .node("Sqrt", "p", "q", vec![])
        .node("Exp", "q", "z", vec![])
        .node("LogSoftmax", "z", "y", vec![int("axis", 1)])
        .output("y")
}

fn networks() -> [Case; 3] {
    let plain = network().import(17).unwrap().model;
    let options = Options::default();
    let samples: Vec<_> = (100..108).map(|seed| bytes(&numbers(192, seed))).collect();
    let (eight, _) = import_int8(network().bytes(17), &options, &samples).unwrap();
    let functions = import(functions().bytes(17), &options).unwrap().model;
    let input = bytes(&numbers(192, 9));
    [
        Case { name: "onnx", model: plain, input: input.clone() },
        Case { name: "onnx in bytes", model: eight.model, input },
        Case { name: "onnx functions", model: functions, input: bytes(&numbers(96, 10)) },
    ]
}

fn generations() -> Vec<Case> {
    let tiny = Tiny::new(10);
    let (checkpoint, pieces) = tiny.llama2c();
    let [weights, config, tokens] = tiny.huggingface();
    let ggufs = [0, 1, 2, 8].map(|kind| tiny.gguf(kind));
    let plain = Llama::from_llama2c(&checkpoint, &pieces).unwrap();
    let hugging = Llama::from_safetensors(&weights, &config, &tokens).unwrap();
    let [floats, halves, q4, q8] =
        [&ggufs[0], &ggufs[1], &ggufs[2], &ggufs[3]].map(|file| Llama::from_gguf(file).unwrap());
    let sampling = Sampling { temperature: 0.9, top_k: 40, top_p: 0.95, seed: 7 };
    let input = encode_prompt(&Prompt::Text(b"abc a".to_vec()), 12, &sampling);
    [
        ("llama2.c", &plain, None),
        ("llama2.c to Q8_0", &plain, Some(Blocks::Q8_0)),
        ("llama2.c to Q4_0", &plain, Some(Blocks::Q4_0)),
        ("safetensors", &hugging, None),
        ("GGUF f32", &floats, None),
        ("GGUF f16", &halves, None),
        ("GGUF Q4_0", &q4, None),
        ("GGUF Q8_0", &q8, None),
    ]
    .map(|(name, llama, blocks)| {
        let options = LlamaOptions { name: "tiny".to_owned(), context: None, blocks };
        Case { name, model: llama.build(&options).unwrap(), input: input.clone() }
    })
    .into()
}

fn embeddings() -> [Case; 2] {
    let [weights, config] = made_up::files(made_up::SMALL, 21);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    let text: Vec<_> = (0..9).map(|i| (i * 5 % 50, u32::from(i > 4))).collect();
    [("BERT", None), ("BERT to Q8_0", Some(Blocks::Q8_0))].map(|(name, blocks)| {
        let options = BertOptions { name: "made up".to_owned(), context: None, blocks };
        Case { name, model: bert.build(&options).unwrap(), input: encode_tokens(&text) }
    })
}
