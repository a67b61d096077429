//! `opml model`: import, verify, coverage, compare.

use std::{fs, path::Path};

use opml_model::onnx::proto::{
    DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use prost::Message;

use crate::command::{failure, json, text};

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
