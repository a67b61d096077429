//! The program as it is run: a development node that is killed again and again while its extension plays a dispute.

#[path = "../../opml-exex/tests/it/stage.rs"]
mod stage;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
};

use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use opml_node::plan::Roles;
use opml_rpc::{
    OpmlApiClient,
    types::{ClaimStatus, DisputeFilter, Side},
};
use opml_tests::liars;

use crate::stage::{INSIDE, MNEMONIC, ask, contract, deploy, follower, signer, wait_for};

/// Kills, each after another list of the dispute.
const KILLS: u64 = 3;

/// A port that nobody has now.
fn port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The node as a process; killed when it is dropped, with whatever it is doing.
struct Node {
    process: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        // SIGKILL. A process that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Node {
    /// Starts the node on a data directory, which may have a chain already.
    fn start(dir: &Path, http: u16) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opml-reth"));
        command.args(["node", "--dev", "--dev.block-time", "1s", "--ipcdisable", "--datadir"]);
        command.arg(dir).args([
            "--log.file.max-files",
            "0",
            "--http",
            "--http.api",
            "eth,net,opml",
        ]);
        for (flag, port) in [("--http.port", http), ("--authrpc.port", port()), ("--port", port())]
        {
            command.arg(flag).arg(port.to_string());
        }
        // What a block does is on disk soon after it, so that a kill takes back a block or two and not the contracts.
        command.args(["--engine.persistence-threshold", "0"]);
        command.args(["--engine.memory-block-buffer-target", "0"]);
        command.args(["--opml.role", "challenger", "--opml.model", "digits"]);
        command.arg(format!("--opml.contract={}", contract()));
        command.args(["--opml.mnemonic", MNEMONIC, "--opml.mnemonic-index", &INSIDE.to_string()]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { process }
    }
}

/// Lists of the only dispute, as far as there is one; it must be under way.
async fn lists(rpc: &HttpClient) -> Option<u64> {
    let page = rpc.list_disputes(Some(DisputeFilter::default()), None, None).await.ok()?;
    let dispute = page.items.first()?;
    assert_eq!(dispute.winner, None, "the dispute is over before the last kill");
    Some(dispute.moves.to())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_in_a_dispute_comes_back_and_wins() {
    let dir = tempfile::tempdir().unwrap();
    let http = port();
    let url = format!("http://127.0.0.1:{http}");
    let rpc = HttpClientBuilder::default().build(&url).unwrap();
    let provider: DynProvider = ProviderBuilder::new().connect_http(url.parse().unwrap()).erased();
    let mut node = Node::start(dir.path(), http);
    wait_for("the node", async || provider.get_block_number().await.ok()).await;
    deploy(&provider).await;
    let roles = Roles { submitter: true, challenger: false };
    let lying = follower(provider.clone(), roles, liars::wrong_value());
    let request = ask(&provider).await;

    for kill in 1..=KILLS {
        wait_for("another list", async || lists(&rpc).await.filter(|lists| *lists >= kill)).await;
        drop(node);
        node = Node::start(dir.path(), http);
        wait_for("the node", async || rpc.status().await.ok().filter(|status| status.synced)).await;
    }
    let claim = wait_for("a claim that falls", async || {
        let claims = rpc.get_request(request).await.ok()?.claims;
        claims.into_iter().find(|claim| claim.status == ClaimStatus::Rejected)
    })
    .await;
    let [dispute] = claim.disputes[..] else { panic!("{claim:?}: more than one dispute") };
    let dispute = rpc.get_dispute(dispute).await.unwrap();
    let verdict = dispute.verdict.unwrap();
    assert_eq!((verdict.winner, verdict.by_proof), (Side::Challenger, true));
    assert_eq!(dispute.challenger, signer(INSIDE).address());
    lying.shutdown().await;
    drop(node);
}
