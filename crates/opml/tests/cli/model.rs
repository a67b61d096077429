//! `opml model`: import, verify, coverage, compare.

use std::{fs, path::Path};

use opml_model::onnx::proto::{
    DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use prost::Message;

use crate::{
    command::{failure, json, text},
    made_up,
};

/// `y = operator(x)` on two floats.
fn model(operator: &str) -> Vec<u8> {
    let dim = vec![DimensionProto { dim_value: Some(2), dim_param: None }];
    let tensor_type = Some(TensorTypeProto { elem_type: 1, shape: Some(TensorShapeProto { dim }) });
    let r#type = Some(TypeProto { tensor_type });
    let value = |name: &str| ValueInfoProto { name: name.to_owned(), r#type: r#type.clone() };
    let node = NodeProto {
        op_type: operator.to_owned(),
        input: vec!["x".to_owned()],
        output: vec!["y".to_owned()],
        ..Default::default()
    };
    let graph = GraphProto {
        name: "one".to_owned(),
        node: vec![node],
        input: vec![value("x")],
        output: vec![value("y")],
        ..Default::default()
    };
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 13 }];
    ModelProto { graph: Some(graph), opset_import, ..Default::default() }.encode_to_vec()
}

fn tensor(values: [f32; 2]) -> Vec<u8> {
    TensorProto { data_type: 1, dims: vec![2], float_data: values.to_vec(), ..Default::default() }
        .encode_to_vec()
}

/// A folder as ONNX's tests have it: the model negates, and `output` is expected of 1 and −2.
fn case(folder: &Path, output: [f32; 2]) {
    let data = folder.join("test_neg/test_data_set_0");
    fs::create_dir_all(&data).unwrap();
    fs::write(folder.join("test_neg/model.onnx"), model("Neg")).unwrap();
    fs::write(data.join("input_0.pb"), tensor([1.0, -2.0])).unwrap();
    fs::write(data.join("output_0.pb"), tensor(output)).unwrap();
}

#[test]
fn an_onnx_file_becomes_a_model_that_is_verified_and_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("neg.onnx"), model("Neg")).unwrap();
    let id = text(&["model", "import", &path("neg.onnx")]);
    assert_eq!(id, text(&["model", "import", &path("neg.onnx"), "-o", &path("again.opml")]));
    assert_eq!(fs::read(path("neg.opml")).unwrap(), fs::read(path("again.opml")).unwrap());
    assert_eq!(id, text(&["model", "verify", &path("neg.opml")]));
    let inspected = json(&["model", "inspect", &path("neg.opml"), "--json"]);
    assert_eq!(inspected["operators"]["EW"]["records"], 1);
    let output = text(&["infer", &path("neg.opml"), "--hex", "0000803f000000c0"]);
    assert_eq!(output.trim(), "0x000080bf00000040");

    let mut bytes = fs::read(path("neg.opml")).unwrap();
    bytes.pop();
    fs::write(path("short.opml"), &bytes).unwrap();
    assert!(failure(&["model", "verify", &path("short.opml")]).contains("truncated"));
    // The address of the first record's output, out of all bounds.
    let mut bytes = fs::read(path("neg.opml")).unwrap();
    bytes[4096 + 64 + 4 * 32 + 5] = 0xff;
    fs::write(path("wild.opml"), &bytes).unwrap();
    assert!(failure(&["model", "verify", &path("wild.opml")]).contains("record 0"));
}

#[test]
fn what_cannot_be_imported_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd.onnx");
    fs::write(&path, model("Frobnicate")).unwrap();
    let message = failure(&["model", "import", path.to_str().unwrap()]);
    assert!(message.contains("Frobnicate (opset 13)"), "{message}");
}

#[test]
fn coverage_counts_cases_and_fails_on_a_wrong_answer() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    case(dir.path(), [-1.0, 2.0]);
    let report = json(&["model", "coverage", folder, "--json"]);
    assert_eq!(report["total"], 1);
    assert_eq!(report["passed"], 1);
    assert_eq!(report["by_operator"]["Neg"]["passed"], 1);
    case(dir.path(), [-1.0, 2.5]);
    assert!(failure_with_output(&["model", "coverage", folder]).contains("test_neg"));
}

/// A command that fails after it has printed its result.
fn failure_with_output(args: &[&str]) -> String {
    let output = crate::command::opml(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn comparison_measures_the_distance() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("neg.onnx"), model("Neg")).unwrap();
    fs::write(path("x.pb"), tensor([1.0, -2.0])).unwrap();
    fs::write(path("y.pb"), tensor([-1.0, 2.5])).unwrap();
    let report = json(&[
        "model",
        "compare",
        &path("neg.onnx"),
        "--inputs",
        &path("x.pb"),
        "--expected",
        &path("y.pb"),
        "--json",
    ]);
    assert_eq!(report["y"]["max_abs"], 0.5);
    assert_eq!(report["y"]["max_rel"], 0.2);
    assert_eq!(report["y"]["top_1"], 1.0);
}

/// `y = x·w` with two outputs, and a folder of inputs for its calibration.
fn product(folder: &Path) -> [String; 2] {
    let mut file = ModelProto::decode(&*model("MatMul")).unwrap();
    let graph = file.graph.as_mut().unwrap();
    graph.node[0].input.push("w".to_owned());
    let dim = |size| DimensionProto { dim_value: Some(size), dim_param: None };
    let shape = TensorShapeProto { dim: vec![dim(1), dim(2)] };
    let tensor_type = Some(TensorTypeProto { elem_type: 1, shape: Some(shape) });
    graph.input[0].r#type = Some(TypeProto { tensor_type });
    graph.initializer.push(TensorProto {
        name: "w".to_owned(),
        data_type: 1,
        dims: vec![2, 2],
        float_data: vec![1.0, -1.0, 0.5, 2.0],
        ..Default::default()
    });
    let inputs = folder.join("inputs");
    fs::create_dir_all(inputs.join("second")).unwrap();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
    let npy = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()];
    let values = [1.0f32, -2.0, 0.5, 0.25].map(f32::to_le_bytes);
    fs::write(inputs.join("some.npy"), [&npy.concat(), values.as_flattened()].concat()).unwrap();
    let single =
        TensorProto { dims: vec![1, 2], ..TensorProto::decode(&*tensor([2.0, 2.0])).unwrap() };
    fs::write(inputs.join("second/input_0.pb"), single.encode_to_vec()).unwrap();
    let place = folder.join("product.onnx");
    fs::write(&place, file.encode_to_vec()).unwrap();
    [place, inputs].map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn an_onnx_file_becomes_a_model_of_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let [file, inputs] = product(dir.path());
    let out = dir.path().join("int8.opml");
    let out = out.to_str().unwrap();
    let args = ["model", "quantize", &file, "--to", "int8", "--calibration", &inputs, "-o", out];
    let id = text(&args);
    assert_eq!(id, text(&args));
    assert_eq!(id, text(&["model", "verify", out]));
    assert_ne!(id, text(&["model", "import", &file]));
    // (1, −2): 1·1 − 2·0.5 and −1 − 4.
    let output = text(&["infer", out, "--hex", "0000803f000000c0"]);
    let bytes = hex::decode(output.trim().trim_start_matches("0x")).unwrap();
    let words = bytes.as_chunks().0.iter().map(|word| f32::from_le_bytes(*word));
    for (found, expected) in words.zip([0.0, -5.0]) {
        assert!((found - expected).abs() < 0.1, "{found} for {expected}");
    }
}

#[test]
fn what_cannot_be_quantised_is_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let [file, _] = product(dir.path());
    let quantize = |more: &[&str]| failure(&[&["model", "quantize", &file][..], more].concat());
    assert!(quantize(&["--to", "int4"]).contains("int4 is none of int8, q8_0, q4_0"));
    assert!(quantize(&["--to", "int8"]).contains("--calibration"));
    assert!(quantize(&["--to", "q8_0"]).contains("no language model"));
    assert!(quantize(&["--to", "int8", "--calibration", &file]).contains("product.onnx"));
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let empty = quantize(&["--to", "int8", "--calibration", empty.to_str().unwrap()]);
    assert!(empty.contains("no calibration inputs"), "{empty}");
    fs::write(dir.path().join("x.pb"), tensor([1.0, 2.0])).unwrap();
    fs::write(dir.path().join("neg.onnx"), model("Neg")).unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let args = ["model", "quantize", &path("neg.onnx"), "--to", "int8", "--calibration"];
    let nothing = failure(&[&args[..], &[&path("x.pb")]].concat());
    assert!(nothing.contains("can compute in bytes"), "{nothing}");
    let three = TensorProto {
        dims: vec![1, 3],
        raw_data: [1.0f32, 2.0, 3.0].map(f32::to_le_bytes).concat().into(),
        ..TensorProto::decode(&*tensor([1.0, 2.0])).unwrap()
    };
    fs::write(dir.path().join("three.pb"), three.encode_to_vec()).unwrap();
    let other = quantize(&["--to", "int8", "--calibration", &path("three.pb")]);
    assert!(other.contains("three.pb"), "{other}");
    for message in [empty, nothing, other] {
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_sentence_is_embedded() {
    let dir = tempfile::tempdir().unwrap();
    let shape =
        made_up::Shape { width: 32, hidden: 32, layers: 1, heads: 2, vocabulary: 6, positions: 8 };
    let [weights, config] = made_up::files(shape, 1);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("model.safetensors"), weights).unwrap();
    fs::write(path("config.json"), config).unwrap();
    fs::write(path("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n").unwrap();
    let (folder, out) = (dir.path().to_str().unwrap(), path("bert.opml"));
    let id = text(&["model", "import", folder, "-o", &out]);
    assert_eq!(id, text(&["model", "verify", &out]));
    let embed = |model: &str| -> Vec<f32> {
        let args =
            ["infer", model, "--sentence", "Hello world", "--vocabulary", &path("vocab.txt")];
        let output = text(&args);
        let bytes = hex::decode(output.trim().trim_start_matches("0x")).unwrap();
        bytes.as_chunks().0.iter().map(|word| f32::from_le_bytes(*word)).collect()
    };
    // [CLS] hello world [SEP], each of type 0.
    let tokens =
        "02000000000000000400000000000000050000000000000003000000 00000000".replace(' ', "");
    let output = text(&["infer", &out, "--hex", &tokens]);
    let float = embed(&out);
    let bytes: Vec<u8> = float.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(output.trim(), format!("0x{}", hex::encode(bytes)));
    let blocks = path("q8_0.opml");
    text(&["model", "quantize", folder, "--to", "q8_0", "-o", &blocks]);
    let cosine: f32 = float.iter().zip(embed(&blocks)).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.99, "{cosine}");
    let missing = failure(&["infer", &out, "--sentence", "hello", "--vocabulary", "/no/vocab.txt"]);
    assert!(missing.contains("/no/vocab.txt"));
    assert!(failure(&["infer", &out, "--sentence", "hello"]).contains("--vocabulary"));
}

#[test]
fn spoilt_model_files_are_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("neg.onnx"), model("Neg")).unwrap();
    text(&["model", "import", &path("neg.onnx")]);
    let good = fs::read(path("neg.opml")).unwrap();
    let refused = |what: &str, bytes: &[u8], reason: &str| {
        fs::write(path("spoilt.opml"), bytes).unwrap();
        let message = failure(&["model", "verify", &path("spoilt.opml")]);
        assert!(message.contains(reason), "{what}: {message}");
        assert_eq!(message.lines().count(), 1, "{what}: {message}");
    };
    for length in [0, 1, 63, 64, 4095, 4096, 4097, good.len() - 4096, good.len() - 1] {
        refused("cut", &good[..length], "truncated");
    }
    refused("a tail", &[&good[..], &[0]].concat(), "tail");
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    refused("no model", &changed(0, b"elf!"), "header");
    refused("bytes behind the name", &changed(2000, &[1]), "padding");
    refused("bytes behind the program", &changed(8190, &[1]), "padding");
    // The first record's output: its address, and its innermost stride.
    let out = 4096 + 64 + 4 * 32;
    let address = u64::from_le_bytes(*good[out..].first_chunk().unwrap());
    let input = u64::from_le_bytes(*good[4096 + 64..].first_chunk().unwrap());
    for (what, at, bytes) in [
        ("misaligned", out, (address + 1).to_le_bytes().to_vec()),
        ("out of bounds", out, (address + (1 << 30)).to_le_bytes().to_vec()),
        ("in the input", out, input.to_le_bytes().to_vec()),
        ("on itself", out + 8 + 4 + 8, 0u32.to_le_bytes().to_vec()),
        ("on itself by half", out + 8 + 4 + 8, 2u32.to_le_bytes().to_vec()),
        ("no operator", 4096, vec![0xee]),
        ("a flag", 4096 + 2, vec![1]),
    ] {
        refused(what, &changed(at, &bytes), "record 0");
    }
}

/// Hashing a quarter of a terabyte would take minutes, and reading it more memory than there is.
#[test]
fn a_bad_record_is_found_before_weights_are_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huge.opml");
    text(&["model", "export", "digits", path.to_str().unwrap()]);
    let mut bytes = fs::read(&path).unwrap();
    let header = opml_tensor::Header::parse(bytes.first_chunk().unwrap()).unwrap();
    let weight_bytes = 1 << 38;
    let huge = opml_tensor::Header { weight_bytes, ..header };
    bytes[..opml_tensor::Header::BYTES].copy_from_slice(&huge.to_bytes());
    bytes[4096] = 0xee;
    let program = (4096 + u64::from(header.records) * 256).next_multiple_of(4096);
    bytes.truncate(program as usize);
    fs::write(&path, bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(program + weight_bytes).unwrap();
    assert!(failure(&["model", "verify", path.to_str().unwrap()]).contains("record 0"));
}
