//! The tables of `cargo xtask bench step` are measured in an EVM of their own process; anvil charges the same.

use alloy::{
    network::ReceiptResponse,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::{
        json_rpc::{RpcRecv, RpcSend},
        types::TransactionReceipt,
    },
};
use alloy_primitives::{B256, TxKind, U256};
use opml_gas::{BALANCE, BLOCK, BLOCK_TIME, PARTIES, Sent, Story, stories};
use opml_tests::Anvil;
use serde_json::{Value, json};

/// A chain whose next block is [`BLOCK`], that takes transactions of everybody without a key or a price, in the order in
/// which they come, and all of a dispute in the block of its reveal.
const OPTIONS: [&str; 11] = [
    "--chain-id=1",
    "--no-mining",
    "--order=fifo",
    "--auto-impersonate",
    "--block-base-fee-per-gas=0",
    "--gas-price=0",
    "--gas-limit=1000000000",
    "--disable-min-priority-fee",
    "--no-request-size-limit",
    "--disable-console-log",
    "--disable-default-create2-deployer",
];

async fn raw<P: RpcSend, R: RpcRecv>(provider: &DynProvider, method: &'static str, given: P) -> R {
    provider
        .raw_request(method.into(), given)
        .await
        .unwrap_or_else(|error| panic!("{method}: {error}"))
}

fn request(sent: &Sent) -> Value {
    let mut request = json!({
        "from": sent.from,
        "value": sent.value,
        "input": sent.data,
        "gas": U256::from(sent.gas_limit),
        "gasPrice": U256::ZERO,
    });
    if let TxKind::Call(to) = sent.to {
        request["to"] = json!(to);
    }
    request
}

/// Makes the block of this number.
async fn mine(provider: &DynProvider, block: u64) {
    let time = BLOCK.1 + BLOCK_TIME * (block - BLOCK.0);
    let () = raw(provider, "evm_setNextBlockTimestamp", (time,)).await;
    let () = raw(provider, "anvil_mine", (U256::ONE,)).await;
}

/// Plays all transactions on an empty chain, each in its block, and returns the gas of each.
async fn replay(provider: &DynProvider, story: &Story) -> Vec<u64> {
    let snapshot: U256 = raw(provider, "evm_snapshot", ()).await;
    let mut hashes: Vec<B256> = Vec::new();
    let mut block = BLOCK.0;
    for sent in &story.transactions {
        while block < sent.block {
            mine(provider, block).await;
            block += 1;
        }
        hashes.push(raw(provider, "eth_sendTransaction", (request(sent),)).await);
    }
    mine(provider, block).await;
    let mut gas = Vec::new();
    for (at, (sent, hash)) in story.transactions.iter().zip(hashes).enumerate() {
        let receipt: Option<TransactionReceipt> =
            raw(provider, "eth_getTransactionReceipt", (hash,)).await;
        let receipt = receipt.unwrap_or_else(|| panic!("{}: no receipt of {at}", story.name));
        assert!(receipt.status(), "{}: transaction {at} fails", story.name);
        assert_eq!(receipt.block_number(), Some(sent.block), "{}", story.name);
        gas.push(receipt.gas_used());
    }
    let reverted: bool = raw(provider, "evm_revert", (snapshot,)).await;
    assert!(reverted, "{}", story.name);
    gas
}

#[tokio::test]
async fn anvil_charges_what_the_tables_of_steps_say() {
    let (number, time) = BLOCK;
    let anvil = Anvil::start_at(number - 1, time - 12, &OPTIONS).unwrap();
    let provider = ProviderBuilder::new().connect_http(anvil.url().parse().unwrap()).erased();
    for party in PARTIES {
        let () = raw(&provider, "anvil_setBalance", (party, BALANCE)).await;
    }
    let stories = stories().unwrap();
    assert!(stories.len() > 30, "{} rows", stories.len());
    for story in &stories {
        let expected: Vec<u64> = story.transactions.iter().map(|sent| sent.gas).collect();
        assert_eq!(replay(&provider, story).await, expected, "{}", story.name);
    }
}
