//! Calls of the program.

use std::process::{Command, Output};

use serde_json::Value;

pub(crate) const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");

/// A call of the program, in which the environment of whoever runs the tests has no say.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opml"));
    for name in [
        "ETH_RPC_URL",
        "OPML_PRIVATE_KEY",
        "OPML_MNEMONIC",
        "ETH_KEYSTORE",
        "ETH_PASSWORD",
        "OPML_KMS_KEY_ID",
        "OPML_LEDGER",
        "OPML_CONFIG",
        "OPML_CONTRACT",
        "OPML_DATA_DIR",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command.args(args);
    command
}

pub(crate) fn opml(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// What a command prints, which must succeed.
pub(crate) fn text(args: &[&str]) -> String {
    let output = opml(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(args: &[&str]) -> Value {
    serde_json::from_str(&text(args)).unwrap()
}

/// What a failing command says on standard error; it must say nothing on standard output.
pub(crate) fn failure(args: &[&str]) -> String {
    let output = opml(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}
