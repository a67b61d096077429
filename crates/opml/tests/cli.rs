//! The command line as a user meets it: results on standard output, one sentence and exit code 1 for bad input.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");

fn opml(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opml"));
    // The environment of whoever runs the tests has no say.
    for name in ["ETH_RPC_URL", "OPML_PRIVATE_KEY", "OPML_MNEMONIC", "ETH_KEYSTORE", "ETH_PASSWORD"]
    {
        command.env_remove(name);
    }
    command.args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = opml(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a failing command says on standard error; it must say nothing on standard output.
fn failure(args: &[&str]) -> String {
    let output = opml(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn vm_run_tells_how_far_it_came() {
    // A guest without a model refuses its first record and exits with code 0.
    let whole = json(&["vm", "run", GUEST, "--json"]);
    assert_eq!((&whole["exited"], &whole["code"]), (&Value::Bool(true), &Value::from(0)));
    assert_eq!(whole["pc"], 0, "an exited state has no pc");
    let steps = whole["steps"].as_u64().unwrap();
    assert!(steps > 1);

    let part = json(&["vm", "run", GUEST, "--steps", "1", "--json"]);
    assert_eq!((&part["exited"], &part["code"]), (&Value::Bool(false), &Value::Null));
    assert_eq!(part["steps"], 1);
    let more = (steps + 100).to_string();
    assert_eq!(json(&["vm", "run", GUEST, "--steps", &more, "--json"]), whole);
    for key in ["memory_root", "state_hash"] {
        assert_eq!(whole[key].as_str().unwrap().len(), 66);
        assert!(whole[key].as_str().unwrap().starts_with("0x"));
    }
}

#[test]
fn witnesses_lead_from_state_to_state() {
    let before = json(&["vm", "run", GUEST, "--steps", "10", "--json"]);
    let after = json(&["vm", "run", GUEST, "--steps", "14", "--json"]);
    let witness = json(&["vm", "witness", GUEST, "--at", "10", "--steps", "4", "--json"]);
    assert_eq!(witness["start_hash"], before["state_hash"]);
    assert_eq!(witness["end_hash"], after["state_hash"]);
    let plain = opml(&["vm", "witness", GUEST, "--at", "10", "--steps", "4"]);
    assert_eq!(
        String::from_utf8(plain.stdout).unwrap().trim(),
        witness["witness"].as_str().unwrap()
    );
}

#[test]
fn digits_can_be_exported_inspected_and_run() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("digits.opml");
    let file = file.to_str().unwrap();
    let exported = opml(&["model", "export", "digits", file]);
    assert!(exported.status.success());
    let id = String::from_utf8(exported.stdout).unwrap().trim().to_owned();

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
    let plain = opml(&["infer", "digits", "--input", bytes.to_str().unwrap()]);
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert_eq!(plain.trim(), from_file["output"].as_str().unwrap());
}

#[test]
fn bad_input_is_one_sentence_with_the_value() {
    assert!(failure(&["vm", "run", "/no/such/file"]).contains("/no/such/file"));
    assert!(
        failure(&["vm", "run", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .contains("Cargo.toml")
    );
    assert!(failure(&["vm", "run", GUEST, "--steps", "many"]).contains("many"));
    assert!(failure(&["vm", "witness", GUEST, "--at", "0", "--steps", "17"]).contains("17"));
    assert!(failure(&["vm", "witness", GUEST, "--at", "99999999"]).contains("99999999"));
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
    let secret = with(&["--private-key", "deadbeefdeadbeef"]);
    assert!(secret.contains("private key") && !secret.contains("deadbeef"), "{secret}");
    assert!(with(&["--rpc-url", "no url", "--private-key", "0x01"]).contains("no url"));
}
