//! `opml vm witness|prove`: what they write convinces the committed contract.

use std::fs;

use alloy_primitives::{Address, Bytes, hex};
use alloy_sol_types::SolCall;
use opml_contracts::MipsVerifier::{self, runCall};
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    context::{TxEnv, result::ExecutionResult},
    database::InMemoryDB,
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};
use tempfile::TempDir;

use crate::command::{GUEST, json, opml, text};

const VERIFIER: Address = Address::repeat_byte(0x56);
const CALLER: Address = Address::repeat_byte(0xca);

/// Sends a transaction with `calldata` to the verifier; returns the hashes and the gas that the transaction took.
fn call(calldata: &str) -> (String, String, u64) {
    let code = Bytecode::new_raw(MipsVerifier::DEPLOYED_BYTECODE.clone());
    let mut db = InMemoryDB::default();
    db.insert_account_info(VERIFIER, AccountInfo::default().with_code(code));
    let mut evm = Context::mainnet()
        .with_db(db)
        .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA))
        .build_mainnet();
    let data = Bytes::from(hex::decode(calldata.trim()).unwrap());
    let call = TxEnv::builder().caller(CALLER).call(VERIFIER).data(data).gas_limit(1 << 24);
    let result = evm.transact(call.build().unwrap()).unwrap().result;
    let ExecutionResult::Success { gas, output, .. } = result else { panic!("{result:?}") };
    let hashes = runCall::abi_decode_returns(output.data()).unwrap();
    (hashes.startHash.to_string(), hashes.endHash.to_string(), gas.tx_gas_used())
}

#[test]
fn witnesses_lead_from_state_to_state() {
    let state =
        |step: &str| json(&["vm", "run", GUEST, "--stop-at", step, "--json"])["state_hash"].clone();
    let witness = json(&["vm", "witness", GUEST, "--at", "10", "--steps", "4", "--json"]);
    assert_eq!([&witness["start_hash"], &witness["end_hash"]], [&state("10"), &state("14")]);
    let plain = text(&["vm", "witness", GUEST, "--at", "10", "--steps", "4"]);
    assert_eq!(plain.trim(), witness["witness"].as_str().unwrap());
}

#[test]
fn calldata_convinces_the_contract() {
    let end = json(&["vm", "run", GUEST, "--json"])["steps"].as_u64().unwrap();
    let (near_end, end) = ((end - 3).to_string(), end.to_string());
    for (at, steps) in [("0", "1"), ("3", "1"), ("10", "16"), (&near_end, "16"), (&end, "1")] {
        let args = ["vm", "prove", GUEST, "--at", at, "--steps", steps];
        let proved = json(&[&args[..], &["--json"]].concat());
        let calldata = proved["calldata"].as_str().unwrap();
        let (start, end, gas) = call(calldata);
        assert_eq!(
            (proved["start_hash"].as_str(), proved["end_hash"].as_str()),
            (Some(&*start), Some(&*end))
        );
        assert!(calldata.starts_with(proved["selector"].as_str().unwrap()));
        assert_eq!(proved["calldata_bytes"], calldata.len() / 2 - 1);
        assert!(gas >= proved["floor_gas"].as_u64().unwrap(), "no transaction is below its floor");
        assert_eq!(text(&args).trim(), calldata);
    }
}

#[test]
fn the_floor_counts_a_zero_byte_once_and_any_other_four_times() {
    let proved = json(&["vm", "prove", GUEST, "--at", "20", "--json"]);
    let bytes = hex::decode(proved["calldata"].as_str().unwrap()).unwrap();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    assert_eq!(proved["zero_bytes"], zeros);
    assert_eq!(proved["floor_gas"], 21_000 + 10 * (4 * bytes.len() - 3 * zeros));
}

#[test]
fn calldata_goes_to_a_file_all_at_once() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("calldata");
    let args = ["vm", "prove", GUEST, "--at", "7", "--output", file.to_str().unwrap()];
    let output = opml(&args);
    assert!(output.status.success() && output.stdout.is_empty());
    let calldata = fs::read_to_string(&file).unwrap();
    assert_eq!(json(&[&args[..], &["--json"]].concat())["calldata"], calldata.trim());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}
