//! A good file for each reader.

#[expect(dead_code, reason = "the tests of embeddings use all of it")]
#[path = "../bert/made_up.rs"]
mod made_up;
#[expect(dead_code, reason = "the tests of the ONNX importer use all of it")]
#[path = "../onnx/builder.rs"]
mod onnx;
#[expect(dead_code, reason = "the tests of language models use all of it")]
#[path = "../llama/tiny.rs"]
mod tiny;

use opml_engine::ModelFile;
use opml_model::{
    Images, Mlp,
    bert::{Bert, WordPiece},
    digits,
    llama::Llama,
    onnx::{Options, Tensor, import},
};
use tiny::Tiny;

/// What a reader makes of some bytes.
pub(crate) type Read = Box<dyn Fn(&[u8]) -> Result<(), String>>;

/// A reader and a file that it takes.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    pub(crate) file: Vec<u8>,
    pub(crate) read: Read,
    /// Bytes beside twice the file: tables that every file of the format has.
    pub(crate) floor: usize,
}

/// What the tables of a tokenizer of a few hundred pieces take, and small change.
const SMALL: usize = 1 << 18;
/// What the ONNX importer allows a small file.
const ONNX: usize = 17 << 20;

fn reader<T, E: ToString>(
    name: &'static str,
    floor: usize,
    file: Vec<u8>,
    read: impl Fn(&[u8]) -> Result<T, E> + 'static,
) -> Reader {
    let read = move |bytes: &[u8]| read(bytes).map(|_| ()).map_err(|error| error.to_string());
    Reader { name, file, read: Box::new(read), floor }
}

fn network() -> Vec<u8> {
    use onnx::{FLOAT, Graph, int, ints, numbers};
    Graph::default()
        .input("x", FLOAT, &[1, 2, 6, 6])
        .constant("w", &[4, 2, 3, 3], &numbers(72, 1))
        .constant("v", &[144, 5], &numbers(720, 2))
        .node("Conv", "x w", "c", vec![ints("pads", &[1, 1, 1, 1])])
        .node("Relu", "c", "r", vec![])
        .node("Flatten", "r", "f", vec![])
        .node("MatMul", "f v", "m", vec![])
        .node("Softmax", "m", "y", vec![int("axis", 1)])
        .output("y")
        .bytes(13)
}

/// All readers.
pub(crate) fn readers() -> Vec<Reader> {
    let tiny = Tiny::new(20);
    let (checkpoint, pieces) = tiny.llama2c();
    let [weights, config, tokens] = tiny.huggingface();
    let [bert, sizes] = made_up::files(made_up::SMALL, 21);
    let tensor = onnx::floats("t", &[3, 4], &onnx::numbers(12, 1));
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    let npy = [
        b"\x93NUMPY\x01\x00",
        &(header.len() as u16).to_le_bytes()[..],
        header.as_bytes(),
        &[0; 24],
    ];
    let committed = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/digits/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    };
    let with = |files: [&Vec<u8>; 2]| files.map(Vec::clone);
    let [c0, p0] = with([&checkpoint, &pieces]);
    let [w1, g1] = with([&weights, &config]);
    let [w2, t2] = with([&weights, &tokens]);
    let [g3, t3] = with([&config, &tokens]);
    let [b4, s4] = with([&bert, &sizes]);
    vec![
        reader("llama2.c checkpoint", SMALL, checkpoint, move |bytes| {
            Llama::from_llama2c(bytes, &p0).map(|_| ())
        }),
        reader("llama2.c tokenizer", SMALL, pieces, move |bytes| {
            Llama::from_llama2c(&c0, bytes).map(|_| ())
        }),
        reader("GGUF of f32", SMALL, tiny.gguf(0), |bytes| Llama::from_gguf(bytes).map(|_| ())),
        reader("GGUF of Q4_0", SMALL, tiny.gguf(2), |bytes| Llama::from_gguf(bytes).map(|_| ())),
        reader("safetensors", SMALL, weights, move |bytes| {
            Llama::from_safetensors(bytes, &g3, &t3).map(|_| ())
        }),
        reader("config.json", SMALL, config, move |bytes| {
            Llama::from_safetensors(&w2, bytes, &t2).map(|_| ())
        }),
        reader("tokenizer.json", SMALL, tokens, move |bytes| {
            Llama::from_safetensors(&w1, &g1, bytes).map(|_| ())
        }),
        reader("safetensors of BERT", SMALL, bert, move |bytes| {
            Bert::from_safetensors(bytes, &s4).map(|_| ())
        }),
        reader("config.json of BERT", SMALL, sizes, move |bytes| {
            Bert::from_safetensors(&b4, bytes).map(|_| ())
        }),
        reader("vocab.txt", SMALL, b"[CLS]\n[SEP]\n[UNK]\nword\n##s\n".to_vec(), |bytes| {
            WordPiece::from_vocabulary(bytes)
        }),
        reader("ONNX", ONNX, network(), |bytes| import(bytes.to_vec(), &Options::default())),
        reader("TensorProto", ONNX, prost::Message::encode_to_vec(&tensor), |bytes| {
            Tensor::read(bytes.to_vec().into())
        }),
        reader("npy", SMALL, npy.concat(), |bytes| Tensor::from_npy(bytes.to_vec())),
        reader(
            "layers in safetensors",
            SMALL,
            committed("digits.safetensors"),
            Mlp::from_safetensors,
        ),
        reader("images", SMALL, committed("heldout.bin"), |bytes| Images::parse(bytes).map(|_| ())),
        reader("opml model", SMALL, digits().unwrap().bytes().to_vec(), |bytes| {
            ModelFile::parse(bytes.to_vec())
        }),
    ]
}
