//! Keys that the program never sees, with the program built to use them: in a stand-in for AWS KMS, and on a Ledger that is not
//! there.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

#[expect(dead_code, reason = "the node's tests use all of it")]
#[path = "../../../node/tests/it/anvil.rs"]
mod anvil;
#[path = "../../../node/tests/it/hsm.rs"]
mod hsm;
mod kms;

use std::{fs, path::Path, process::Stdio, sync::atomic::Ordering, time::Duration};

use alloy::providers::Provider;
use alloy_primitives::{Address, U256};
use serde_json::Value;
use tokio::{
    process::Command,
    time::{interval, timeout},
};

use crate::{
    anvil::Anvil,
    hsm::Hsm,
    kms::{ACCESS_KEY, Key, Kms, REGION},
};

/// Where nobody listens: what is told there was told before a node was asked.
const NOWHERE: &str = "http://127.0.0.1:1";
/// Longest wait for the answer of a node.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(20);
const REGISTER: [&str; 5] =
    ["model", "register", "digits", "--contract", "0x0000000000000000000000000000000000000001"];

/// A command of somebody whom the service at `kms` knows. The environment of whoever runs the tests has no say.
fn opml(kms: &str, chain: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opml"));
    command.env_clear().args(args).kill_on_drop(true);
    command.envs([
        ("ETH_RPC_URL", chain),
        ("NO_COLOR", "1"),
        ("AWS_ENDPOINT_URL_KMS", kms),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        // Neither files nor the network have a say.
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command
}

/// What a command says on standard output.
async fn said(mut command: Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one sentence of a command that fails.
async fn refusal(mut command: Command) -> String {
    let output = command.output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_aws_kms_signs_what_the_chain_takes() {
    let Some(anvil) = Anvil::start().await else { return };
    let key = Hsm::new("operator");
    let account = key.account();
    anvil.balance(account, U256::from(10u64.pow(19))).await;
    let kms = Kms::start([("alias/opml", Key::Sound(key))]).await;
    let with = |args: &[&str]| opml(&kms.url, anvil.url(), args);
    let sent = async || anvil.provider().get_transaction_count(account).await.unwrap();

    let deployed = said(with(&["deploy", "--kms-key-id", "alias/opml"])).await;
    let deployed: Value = serde_json::from_str(&deployed).unwrap();
    let contract: Address = deployed["contract"].as_str().unwrap().parse().unwrap();
    assert_eq!(contract, account.create(1), "of another account");
    let (low, high) = (&kms.signed.low, &kms.signed.high);
    let (low, high) = (low.load(Ordering::Relaxed), high.load(Ordering::Relaxed));
    assert!(low > 0 && high > 0 && (low + high) as u64 == sent().await, "{low} {high}");

    // The same key by its variable.
    let contract = contract.to_string();
    let with = |args: &[&str]| {
        let mut command = with(&[args, &["--contract", &contract]].concat());
        command.env("OPML_KMS_KEY_ID", "alias/opml");
        command
    };
    said(with(&["model", "register", "digits"])).await;
    said(with(&["request", "--model=digits", "--hex", &"00".repeat(64)])).await;
    let before = sent().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let flags = [
        "--model=digits",
        "--role=submitter",
        "--poll-ms=20",
        "--rpc-listen=127.0.0.1:0",
        "--data-dir",
        data,
    ];
    let mut node = with(&[&["node"], &flags[..]].concat());
    let mut node = node.stderr(Stdio::null()).spawn().unwrap();
    let answer = timeout(PATIENCE, async {
        let mut looks = interval(LOOK);
        // A commitment, and the reveal that waits for the blocks after it.
        while sent().await < before + 2 {
            looks.tick().await;
            anvil.mine(1).await;
        }
    });
    answer.await.expect("the node does not answer");
    node.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_kms_refuses_is_one_sentence_with_the_key() {
    let keys = [("alias/opml", Key::Sound(Hsm::new("operator"))), ("alias/p256", Key::Foreign)];
    let kms = Kms::start(keys).await;
    let with = |id: &str| opml(&kms.url, NOWHERE, &[&REGISTER[..], &["--kms-key-id", id]].concat());

    let unknown = refusal(with("alias/none")).await;
    assert_eq!(
        unknown,
        "error: key alias/none in AWS KMS: NotFoundException: Alias alias/none is not found.\n"
    );
    let foreign = refusal(with("alias/p256")).await;
    assert!(foreign.contains("alias/p256") && foreign.contains("ECC_SECG_P256K1"), "{foreign}");

    let mut stranger = with("alias/opml");
    stranger.env("AWS_ACCESS_KEY_ID", "AKIASTRANGER");
    let stranger = refusal(stranger).await;
    assert!(stranger.contains("UnrecognizedClientException: The security token"), "{stranger}");

    let mut homeless = with("alias/opml");
    homeless.env_remove("AWS_REGION");
    let homeless = refusal(homeless).await;
    assert!(homeless.contains("alias/opml in AWS KMS: no region: set AWS_REGION"), "{homeless}");

    let mut anonymous = with("alias/opml");
    anonymous.env_remove("AWS_ACCESS_KEY_ID");
    let anonymous = refusal(anonymous).await;
    assert!(anonymous.contains("credential"), "{anonymous}");

    let mut alone = with("alias/opml");
    alone.env("AWS_ENDPOINT_URL_KMS", NOWHERE);
    let alone = refusal(alone).await;
    assert!(alone.contains("alias/opml") && alone.contains("Connection refused"), "{alone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_aws_kms_refuses_is_one_sentence_with_the_key() {
    let Some(anvil) = Anvil::start().await else { return };
    let key = Hsm::new("operator");
    anvil.balance(key.account(), U256::from(10u64.pow(18))).await;
    let kms = Kms::start([("alias/opml", Key::Disabled(key))]).await;
    let deploy = opml(&kms.url, anvil.url(), &["deploy", "--kms-key-id", "alias/opml"]);
    let told = refusal(deploy).await;
    let reason = "key alias/opml in AWS KMS: DisabledException: the key is disabled";
    assert_eq!(told.matches(reason).count(), 1, "{told}");
}

#[tokio::test]
async fn a_ledger_that_is_not_there_is_one_sentence_with_the_path() {
    if has_ledger() {
        eprintln!("skipped: there is a Ledger here");
        return;
    }
    let with = |more: &[&str]| opml(NOWHERE, NOWHERE, &[&REGISTER[..], more].concat());
    let told = refusal(with(&["--ledger"])).await;
    assert!(told.starts_with("error: key m/44'/60'/0'/0/0 on a Ledger: "), "{told}");
    let told = refusal(with(&["--ledger=m/44'/60'/3'/0/0"])).await;
    assert!(told.contains("m/44'/60'/3'/0/0"), "{told}");
}

/// Whether the vendor is among those of the USB.
fn has_ledger() -> bool {
    let devices = fs::read_dir(Path::new("/sys/bus/usb/devices")).into_iter().flatten();
    let vendors = devices.flatten().map(|device| fs::read(device.path().join("idVendor")));
    vendors.flatten().any(|vendor| vendor.trim_ascii() == b"2c97")
}
