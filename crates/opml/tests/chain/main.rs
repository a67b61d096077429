//! The command line against a chain: every command on the way from nothing to an answer, and a node that is killed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

mod answers;
#[expect(dead_code, reason = "the node's tests use all of it")]
#[path = "../../../node/tests/it/anvil.rs"]
mod anvil;
#[path = "../../../node/tests/it/liars.rs"]
mod liars;
#[expect(dead_code, reason = "the node's tests use all of it")]
#[path = "../../../node/tests/it/world.rs"]
mod world;

use std::{path::Path, process::Stdio, time::Duration};

use alloy::providers::Provider;
use alloy_primitives::{Address, B256, TxKind, U256, hex, keccak256};
use alloy_sol_types::SolConstructor;
use jsonrpsee::{
    core::client::ClientT,
    http_client::{HttpClient, HttpClientBuilder},
};
use opml_contracts::{MipsVerifier, TokenOpML};
use opml_node::{
    Handle,
    client::Client,
    plan::Roles,
    view::{Claim, ClaimStatus, Dispute, Request},
};
use opml_rpc::{
    OpmlApiClient,
    types::{Claim as WireClaim, ClaimStatus as WireStatus, RequestStatus},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{interval, timeout},
};

use crate::{anvil::Anvil, liars::Liars, world::World};

const PATIENCE: Duration = Duration::from_secs(120);
const NOBODY: &str = "0x2222222222222222222222222222222222222222222222222222222222222222";

/// A command with the key of an account that [`Anvil::account`] gave money.
fn opml(url: &str, account: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opml"));
    for name in [
        "OPML_MNEMONIC",
        "ETH_KEYSTORE",
        "ETH_PASSWORD",
        "OPML_KMS_KEY_ID",
        "OPML_LEDGER",
        "OPML_CONFIG",
        "OPML_ATTENTION",
        "OPML_CONTRACT",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command.env("ETH_RPC_URL", url).env("OPML_PRIVATE_KEY", keccak256(account).to_string());
    command.env("NO_COLOR", "1").args(args).kill_on_drop(true);
    command
}

/// What a command says on standard output.
async fn said(url: &str, account: &str, args: &[&str]) -> String {
    let output = opml(url, account, args).output().await.unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Starts `opml node`; gives it with the addresses of its servers, which it logs: the public one and the operator's.
async fn node(
    url: &str,
    account: &str,
    contract: &str,
    role: &str,
    dir: &Path,
) -> (Child, String, String) {
    let args = ["node", "--contract", contract, "--model", "digits", "--role", role];
    let more = ["--poll-ms", "20", "--rpc-listen", "127.0.0.1:0"];
    let more = [&more[..], &["--admin-listen", "127.0.0.1:0", "--data-dir"]].concat();
    let mut command = opml(url, account, &[&args[..], &more].concat());
    let mut child = command.arg(dir).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The operator's comes first.
    let mut addresses = Vec::new();
    for name in ["admin=", "address="] {
        addresses.push(loop {
            let line = lines.next_line().await.unwrap().expect("the node ended before it listened");
            if let Some((_, rest)) = line.split_once(name) {
                break format!("http://{}", rest.split_whitespace().next().unwrap());
            }
        });
    }
    // A full pipe would stop the node.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let (address, admin) = (addresses.remove(1), addresses.remove(0));
    (child, address, admin)
}

/// Asks until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        let mut ticks = interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("{what} does not happen"))
}

fn rpc(url: &str) -> HttpClient {
    HttpClientBuilder::default().build(url).unwrap()
}

/// A chain that is called like Ethereum is not for a key that everybody on the machine can read.
#[tokio::test]
async fn a_bare_key_is_for_development_chains() {
    let Some(anvil) = Anvil::start().await else { return };
    let url = anvil.url();
    rpc(url).request::<Value, _>("anvil_setChainId", [1]).await.unwrap();
    let node = opml(url, "operator", &["node", "--contract", &Address::ZERO.to_string()]);
    let output = { node }.output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{told}");
    let key = keccak256("operator").to_string();
    assert!(told.contains("--force-private-key") && !told.contains(&key[2..10]), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_an_answer() {
    let Some(anvil) = Anvil::start().await else { return };
    let url = anvil.url();
    for name in ["registrar", "submitter", "asker"] {
        anvil.account(name).await;
    }
    let deployed = said(url, "registrar", &["deploy", "--ora"]).await;
    let deployed: Value = serde_json::from_str(&deployed).unwrap();
    let contract = deployed["contract"].as_str().unwrap();
    let register = ["model", "register", "digits", "--contract", contract];
    let model = said(url, "registrar", &register).await;
    assert_eq!(said(url, "registrar", &register).await, model, "registered is registered");
    let front = deployed["oraFront"].as_str().unwrap();
    let number = [&register[..], &["--front", front, "--number", "11"]].concat();
    assert_eq!(said(url, "registrar", &number).await, model, "numbered");
    let again = opml(url, "registrar", &number).output().await.unwrap();
    let sentence = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && sentence.contains("addModel is refused"), "{sentence}");

    let dir = tempfile::tempdir().unwrap();
    let (mut child, address, admin) =
        node(url, "submitter", contract, "submitter", dir.path()).await;
    let api = rpc(&address);
    let status = until("synced", async || api.status().await.ok().filter(|s| s.synced)).await;
    assert_eq!(status.contract, contract.parse::<Address>().unwrap());
    assert!(status.submitter && !status.challenger, "{status:?}");
    assert_eq!(status.models, [model.parse::<B256>().unwrap()]);

    let told = said(url, "asker", &["status", "--node-url", &address, "--json"]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["contract"], &told["submitter"]),
        (&contract.to_lowercase().into(), &true.into())
    );
    assert_eq!(
        (&told["models"][0], &told["exposure"]["claims"]),
        (&model.as_str().into(), &"0x0".into())
    );
    let told = said(url, "asker", &["status", "--node-url", &address]).await;
    assert!(
        told.contains(": submitter\n") && told.contains(&format!("model      {model}\n")),
        "{told}"
    );
    assert!(told.contains("stakes     0.000000000000000000 ETH in 0 claims\n"), "{told}");

    let picture = dir.path().join("picture.bin");
    let images = opml_model::digits_held_out().unwrap();
    std::fs::write(&picture, images.iter().next().unwrap().pixels).unwrap();
    let picture = picture.to_str().unwrap();
    let ask = ["request", "--contract", contract, "--model", "digits", "--input", picture];
    let id: B256 = said(url, "asker", &ask).await.parse().unwrap();
    let request = until("the claim", async || {
        // A reveal waits for the blocks after its commitment.
        anvil.mine(1).await;
        let request = api.get_request(id).await.ok()?;
        (request.status == RequestStatus::Claimed).then_some(request)
    })
    .await;
    let inferred = said(url, "asker", &["infer", "digits", "--input", picture, "--json"]).await;
    let inferred: Value = serde_json::from_str(&inferred).unwrap();
    let [claim] = &request.claims[..] else { panic!("{request:?}") };
    assert_eq!(inferred["output"], hex::encode_prefixed(&claim.output));
    assert_eq!(inferred["s_n"], claim.sn.to_string());
    assert_eq!((claim.status, Some(claim.submitter)), (WireStatus::Open, status.account));

    verified(url, &anvil, [contract, &address], id, claim).await;

    let order = async |words: &[&str]| {
        let words = [&["admin", "--admin-url", &admin], words].concat();
        serde_json::from_str::<Value>(&said(url, "asker", &words).await).unwrap()
    };
    assert_eq!(order(&["pause", "submitter"]).await["submitter"], "paused");
    assert_eq!(order(&["limits", "--min-fee-gwei", "3"]).await["minFee"], "0xb2d05e00");
    until("the pause", async || api.status().await.ok().filter(|s| !s.submitter)).await;
    assert_eq!(order(&["resume", "submitter"]).await["submitter"], "on");
    let public = ["admin", "--admin-url", &address, "orders"];
    let refused = opml(url, "asker", &public).output().await.unwrap();
    assert!(!refused.status.success() && refused.stdout.is_empty());

    for source in [["--node-url", &address], ["--contract", contract]] {
        let show = [&["dispute", "show", NOBODY], &source[..]].concat();
        let output = opml(url, "asker", &show).output().await.unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{sentence}");
        assert!(sentence.contains(NOBODY) && sentence.lines().count() == 1, "{sentence}");
    }
    child.kill().await.unwrap();
}

/// Checks the answer to a request from the node and from a file: claimed at first, then final, and never with other bytes.
async fn verified(
    url: &str,
    anvil: &Anvil,
    [contract, node]: [&str; 2],
    id: B256,
    claim: &WireClaim,
) {
    let id = id.to_string();
    let told = ["verify-output", &id, "--contract", contract, "--node-url", node];
    let open = opml(url, "asker", &told).output().await.unwrap();
    let sentence = String::from_utf8(open.stderr).unwrap();
    assert!(!open.status.success() && sentence.contains("may still be disputed"), "{sentence}");
    let output = hex::encode_prefixed(&claim.output);
    assert_eq!(said(url, "asker", &[&told[..], &["--claimed"]].concat()).await, output);

    anvil.pass(3601).await;
    let json = until("the end", async || {
        anvil.mine(1).await;
        let answer = opml(url, "asker", &[&told[..], &["--json"]].concat()).output().await.unwrap();
        answer.status.success().then_some(answer.stdout)
    });
    let json: Value = serde_json::from_slice(&json.await).unwrap();
    assert_eq!((&json["status"], &json["output"]), (&"final".into(), &output.into()));

    let mut proof = rpc(node).get_output_proof(id.parse().unwrap()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("proof.json");
    let file = path.to_str().unwrap();
    let filed = ["verify-output", &id, "--contract", contract, "--proof", file];
    std::fs::write(&path, serde_json::to_vec(&proof).unwrap()).unwrap();
    said(url, "asker", &filed).await;
    proof.output = [&proof.output[1..], &[7]].concat().into();
    std::fs::write(&path, serde_json::to_vec(&proof).unwrap()).unwrap();
    let forged = opml(url, "asker", &filed).output().await.unwrap();
    let sentence = String::from_utf8(forged.stderr).unwrap();
    assert!(!forged.status.success() && sentence.contains("lead to the state"), "{sentence}");
    assert!(forged.stdout.is_empty());
    let other = NOBODY.to_owned();
    let other = ["verify-output", &other, "--contract", contract, "--proof", file];
    let other = opml(url, "asker", &other).output().await.unwrap();
    assert!(String::from_utf8(other.stderr).unwrap().contains(NOBODY));
}

/// A block, if there is something to put into it: clocks stand still while the nodes compute.
async fn mine_what_waits(world: &World, accounts: [Address; 2]) {
    for account in accounts {
        if !world.anvil.pool(account).await.is_empty() {
            world.anvil.mine(1).await;
        }
    }
}

fn dispute(node: &Handle, request: B256) -> Option<(Claim, Dispute)> {
    let request = node.store().record::<Request>(request).unwrap()?;
    let claim = node.store().record::<Claim>(*request.claims.first()?).unwrap()?;
    let dispute = node.store().record::<Dispute>(*claim.disputes.first()?).unwrap()?;
    Some((claim, dispute))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_that_is_killed_in_a_dispute_comes_back_and_wins() {
    let Some(world) = World::new().await else { return };
    let (url, contract) = (world.anvil.url(), world.deployment.contract.to_string());
    let liar = world.anvil.account("liar").await;
    let challenger = world.anvil.account("challenger").await.address();
    let accounts = [liar.address(), challenger];
    let lying = world.node(liar, Roles::SUBMITTER, Liars, None).await;
    let id = world.ask().await;
    until("the false claim", async || {
        world.anvil.mine(1).await;
        lying.store().record::<Request>(id).unwrap()?.claims.first().copied()
    })
    .await;

    // Blocks come by hand: nothing moves while nobody looks.
    world.anvil.automine(false).await;
    let dir = tempfile::tempdir().unwrap();
    let (mut child, ..) = node(url, "challenger", &contract, "challenger", dir.path()).await;
    let (_, open) = until("the second move", async || {
        mine_what_waits(&world, accounts).await;
        dispute(&lying, id).filter(|(_, dispute)| dispute.posts.len() > 2)
    })
    .await;
    // SIGKILL, with whatever is in the pool and on disk.
    child.kill().await.unwrap();
    assert_eq!(open.verdict, None, "the dispute is not over");

    let (mut child, address, _) =
        node(url, "challenger", &contract, "challenger", dir.path()).await;
    let (claim, dispute) = until("the rejection", async || {
        mine_what_waits(&world, accounts).await;
        dispute(&lying, id).filter(|(claim, _)| claim.status == ClaimStatus::Rejected)
    })
    .await;
    let verdict = dispute.verdict.unwrap();
    assert!(verdict.challenger_won && verdict.by_proof, "{verdict:?}");
    assert_eq!(claim.disputes, [open.id], "one dispute, before and after");
    // The challenger's own store may be a block behind the liar's.
    let show = ["dispute", "show", &open.id.to_string(), "--node-url", &address];
    until("the verdict in the challenger's own words", async || {
        let shown = said(url, "challenger", &show).await;
        shown.contains("the challenger wins by proof").then_some(())
    })
    .await;
    child.kill().await.unwrap();
    lying.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_names_tells_and_dismisses_its_operators() {
    let Some(anvil) = Anvil::start().await else { return };
    let url = anvil.url();
    for name in ["registrar", "party"] {
        anvil.account(name).await;
    }
    let party = anvil.account("party").await.address().to_string();
    let deployed = said(url, "registrar", &["deploy"]).await;
    let deployed: Value = serde_json::from_str(&deployed).unwrap();
    let contract = ["--contract", deployed["contract"].as_str().unwrap()];
    let key = Address::repeat_byte(7).to_string();
    let change = |verb: &'static str| [&["operator", verb, &key], &contract[..]].concat();
    let list = [&["operator", "list", &party, "--json"], &contract[..]].concat();
    let told =
        async || -> Value { serde_json::from_str(&said(url, "registrar", &list).await).unwrap() };
    assert_eq!(told().await, serde_json::json!([]));
    said(url, "party", &change("name")).await;
    let named = told().await;
    assert_eq!(named[0]["operator"], key.to_lowercase());
    assert!(named[0]["since"].is_u64() && named[0]["until"].is_null(), "{named}");
    let again = opml(url, "party", &change("name")).output().await.unwrap();
    let sentence = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && sentence.contains("OperatorExists"), "{sentence}");
    said(url, "party", &change("dismiss")).await;
    let dismissed = told().await;
    assert!(dismissed[0]["until"].as_u64() >= named[0]["since"].as_u64(), "{dismissed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_takes_a_seat_and_gives_it_up() {
    let Some(anvil) = Anvil::start().await else { return };
    let url = anvil.url();
    for name in ["registrar", "validator", "asker"] {
        anvil.account(name).await;
    }
    let deploy = ["deploy", "--answer-window", "600", "--attention", "--attention-draws", "2"];
    let deployed: Value = serde_json::from_str(&said(url, "registrar", &deploy).await).unwrap();
    let contract = deployed["contract"].as_str().unwrap();
    let attention = ["--attention", deployed["attention"].as_str().unwrap()];
    said(url, "registrar", &["model", "register", "digits", "--contract", contract]).await;
    let seat = |verb: &'static str| [&["validator", verb, "digits"], &attention[..]].concat();
    let told = async || -> Value {
        let list = [&seat("list")[..], &["--json"]].concat();
        serde_json::from_str(&said(url, "asker", &list).await).unwrap()
    };
    let before = told().await;
    assert_eq!((&before["seats"], &before["draws"]), (&serde_json::json!([]), &2.into()));

    said(url, "validator", &seat("join")).await;
    let epoch = before["epoch"].as_u64().unwrap();
    let joined = told().await["seats"][0].clone();
    let me = anvil.account("validator").await.address();
    assert_eq!(joined["validator"], me.to_string().to_lowercase());
    assert_eq!((&joined["from"], &joined["until"]), (&(epoch + 1).into(), &Value::Null));
    assert_eq!(joined["deposit"], before["seatDeposit"]);
    let again = opml(url, "validator", &seat("join")).output().await.unwrap();
    let sentence = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && sentence.contains("AlreadySeated"), "{sentence}");

    // From the next epoch on a request is put before it, with the rewards of two draws.
    let seconds = 2 * (600 + 3600 + 2 * 3600);
    anvil.pass(seconds).await;
    let request = ["request", "--contract", contract, "--model", "digits", "--hex"];
    let input = "00".repeat(64);
    let request = [&request[..], &[&input, "--json"], &attention[..]].concat();
    let asked: Value = serde_json::from_str(&said(url, "asker", &request).await).unwrap();
    assert_eq!(told().await["enrolled"], "0x1");
    let reclaim = ["validator", "reclaim", asked["requestId"].as_str().unwrap()];
    let reclaim = [&reclaim[..], &attention[..]].concat();
    let early = opml(url, "asker", &reclaim).output().await.unwrap();
    let sentence = String::from_utf8(early.stderr).unwrap();
    assert!(!early.status.success() && sentence.contains("JudgementOpen"), "{sentence}");

    said(url, "validator", &seat("leave")).await;
    let left = told().await["seats"][0].clone();
    assert_eq!(left["until"], left["from"].as_u64().unwrap() + 1);
    anvil.pass(2 * seconds).await;
    said(url, "validator", &seat("release")).await;
    said(url, "asker", &reclaim).await;
    for name in ["validator", "asker"] {
        said(url, name, &[&["validator", "withdraw"], &attention[..]].concat()).await;
    }
    let contract = attention[1].parse::<Address>().unwrap();
    assert_eq!(anvil.provider().get_balance(contract).await.unwrap(), U256::ZERO);
}

/// A node reckons in ether: where the money is a token, it says so and does not begin.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_refuses_a_deployment_over_a_token() {
    let Some(anvil) = Anvil::start().await else { return };
    let signer = anvil.account("registrar").await;
    let client = Client::new(anvil.provider(), signer).await.unwrap();
    let create = async |code: Vec<u8>| {
        let made = client.send("creation", TxKind::Create, code.into(), U256::ZERO).await;
        made.unwrap().contract_address.unwrap()
    };
    // The constructor asks of a token only that there is a contract.
    let token = create(MipsVerifier::BYTECODE.to_vec()).await;
    let arguments = TokenOpML::constructorCall {
        registrar_: client.account(),
        guardian_: Address::ZERO,
        guardianUntil_: U256::ZERO,
        token_: token,
        unit_: U256::from(1),
    };
    let code = [&TokenOpML::BYTECODE[..], &arguments.abi_encode()].concat();
    let contract = create(code).await.to_string();
    let output = opml(anvil.url(), "registrar", &["node", "--contract", &contract]).output().await;
    let output = output.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let sentence = format!("has the token {token} for money, and this node plays with ether only");
    assert!(!output.status.success() && told.contains(&sentence), "{told}");
}
