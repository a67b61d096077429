//! `opml-reth opml …`, as an operator types it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use alloy_primitives::Address;
use opml_settings::ModelName;
use opml_tests::reth::{Reth, Setup};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_opml-reth");

fn opml<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(PROGRAM).arg("opml").args(arguments).output().unwrap()
}

/// The one line that a tool says about what is wrong.
fn complaint(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_checkpoint_becomes_a_model_file_with_the_printed_id() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("tales.opml");
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/stories");
    let (checkpoint, tokenizer) = (stories.join("stories.bin"), stories.join("tokenizer.bin"));
    let import = [Path::new("model"), Path::new("import"), &checkpoint];
    let options = [Path::new("--tokenizer"), &tokenizer, Path::new("-o"), &model];
    let output = opml(import.into_iter().chain(options));
    assert!(output.status.success(), "{output:?}");
    let id = ModelName::File(model).load().unwrap().id();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{id}\n"));
}

#[test]
fn what_is_no_model_is_named() {
    let output = opml(["model", "import", "/no/such/net.onnx"]);
    assert!(complaint(&output).contains("/no/such/net.onnx"));
}

#[test]
fn a_node_that_does_not_answer_is_named() {
    let output = opml(["status", "--node-url", "http://127.0.0.1:1"]);
    assert!(complaint(&output).contains("http://127.0.0.1:1"));
}

#[tokio::test]
async fn a_running_node_tells_its_status() {
    let folder = tempfile::tempdir().unwrap();
    let contract = Address::repeat_byte(0x0c);
    let setup = Setup::new(PROGRAM.into(), folder.path(), Duration::from_secs(1)).unwrap();
    let setup = setup.with("contract", contract.to_string());
    let mut node = Reth::start(&setup).unwrap();
    node.ready().await.unwrap();
    let output = opml(["status", "--json", "--node-url", &setup.url()]);
    assert!(output.status.success(), "{output:?}");
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status["contract"], json!(contract));
    assert_eq!((&status["account"], &status["exposure"]), (&Value::Null, &Value::Null));
    let told = opml(["status", "--node-url", &setup.url()]);
    assert!(String::from_utf8(told.stdout).unwrap().contains("none: looks on"));
}

#[tokio::test]
async fn a_node_whose_log_of_notifications_is_damaged_starts() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::new(PROGRAM.into(), folder.path(), Duration::from_secs(1)).unwrap();
    let setup = setup.with("contract", Address::repeat_byte(0x0c).to_string());
    let wal = folder.path().join("data/exex/wal");
    fs::create_dir_all(&wal).unwrap();
    for notification in ["5.wal", "7.wal"] {
        fs::write(wal.join(notification), []).unwrap();
    }
    Reth::start(&setup).unwrap().ready().await.unwrap();
    assert!(!wal.join("5.wal").exists());
}
