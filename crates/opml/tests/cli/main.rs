//! The command line as a user meets it: results on standard output, one sentence and exit code 1 for bad input.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

mod command;
#[expect(dead_code, reason = "the tests of embeddings use all of it")]
#[path = "../../../model/tests/bert/made_up.rs"]
mod made_up;
mod model;
mod prove;
mod vm;

use std::path::PathBuf;

use serde_json::Value;

use command::{failure, json, text};

#[test]
fn digits_can_be_exported_inspected_and_run() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("digits.opml");
    let file = file.to_str().unwrap();
    let id = text(&["model", "export", "digits", file]).trim().to_owned();

    let header = json(&["model", "inspect", file, "--json"]);
    assert_eq!(header["id"], Value::from(id.clone()));
    assert_eq!(header, json(&["model", "inspect", "digits", "--json"]));

    let length = header["min_input"].as_u64().unwrap() as usize;
    let input = format!("0x{}", "00".repeat(length));
    let from_file = json(&["infer", file, "--hex", &input, "--json"]);
    assert_eq!(from_file, json(&["infer", "digits", "--hex", &input, "--json"]));
    assert_eq!(from_file["outcome"], "done");
    assert_eq!(from_file["model"], Value::from(id));
    let bytes: PathBuf = dir.path().join("input");
    std::fs::write(&bytes, vec![0; length]).unwrap();
    let plain = text(&["infer", "digits", "--input", bytes.to_str().unwrap()]);
    assert_eq!(plain.trim(), from_file["output"].as_str().unwrap());
}

#[test]
fn bad_input_is_one_sentence_with_the_value() {
    assert!(failure(&["infer", "digits", "--hex", "0xzz"]).contains("0xzz"));
    assert!(failure(&["infer", "digits", "--hex", "00"]).contains("1 bytes"));
    assert!(failure(&["infer", "digits"]).contains("--input"));
    assert!(failure(&["model", "inspect", "/no/model"]).contains("/no/model"));
    assert!(failure(&["dispute", "show", "0x12"]).contains("0x12"));
    assert!(failure(&["nonsense"]).contains("nonsense"));
}

#[test]
fn wallet_flags_are_checked_before_the_chain_is_asked() {
    let request = ["request", "--contract", "0x0000000000000000000000000000000000000001"];
    let request = [&request[..], &["--model", "digits", "--hex", "00"]].concat();
    let with = |more: &[&'static str]| failure(&[&request[..], more].concat());
    assert!(with(&[]).contains("a key is needed"));
    assert!(with(&["--keystore", "/k.json"]).contains("--password-file"));
    assert!(with(&["--private-key", "0x01", "--mnemonic", "a b"]).contains("not several"));
    assert!(with(&["--kms-key-id", "k", "--ledger"]).contains("not several"));
    #[cfg(not(feature = "aws-kms"))]
    assert!(with(&["--kms-key-id", "k"]).contains("is built with the feature aws-kms"));
    #[cfg(not(feature = "ledger"))]
    assert!(with(&["--ledger"]).contains("is built with the feature ledger"));
    let secret = with(&["--private-key", "deadbeefdeadbeef"]);
    assert!(secret.contains("private key") && !secret.contains("deadbeef"), "{secret}");
    assert!(with(&["--rpc-url", "no url", "--private-key", "0x01"]).contains("no url"));
}

#[test]
fn a_node_prints_the_settings_that_hold_and_reads_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opml.toml");
    let config = path.to_str().unwrap();
    let lines = "role = [\"challenger\"]\npoll-ms = 7\nrpc-url = \"http://127.0.0.1:1\"\n";
    std::fs::write(&path, lines).unwrap();
    let args =
        ["node", "--config", config, "--print-config", "--poll-ms", "8", "--model", "digits"];
    let told = text(&args);
    for line in [
        "role = [\"challenger\"]",
        "poll-ms = 8",
        "model = [\"digits\"]",
        "workers = 2",
        "rpc-url = \"http://127.0.0.1:1\"",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    std::fs::write(&path, &told).unwrap();
    assert_eq!(text(&["node", "--config", config, "--print-config"]), told);

    std::fs::write(&path, "poll-ms = \"soon\"").unwrap();
    let sentence = failure(&["node", "--config", config]);
    assert!(sentence.contains("opml.toml: poll-ms = \"soon\": "), "{sentence}");
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    std::fs::write(&path, "pol-ms = 3").unwrap();
    assert!(failure(&["node", "--config", config]).contains("no setting pol-ms;"));
    assert!(failure(&["node"]).contains("a contract is needed"));
    let contract = "--contract=0x0000000000000000000000000000000000000001";
    assert!(failure(&["node", contract, "--role=submitter"]).contains("submitter needs a model"));
}
