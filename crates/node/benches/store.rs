//! How long a block takes from its delivery to the store on disk: `cargo bench -p opml-node --bench store [-- --json]`.
//!
//! Blocks of 1,000 logs, each a request with an input of 64 bytes, are committed one after the other to one store, whose records
//! grow meanwhile. The figure includes what makes a commit durable. Bar: a median of 5 ms.

use std::{env, error::Error, hint::black_box, time::Instant};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_contracts::{IOpMLTypes, OpML, OpML::OpMLEvents as Event};
use opml_node::{Identity, Store, source::Block, view::Head};
use serde_json::json;

const BLOCKS: u64 = 101;
const LOGS: u64 = 1000;
/// Depth of finality, as on mainnet; older journals are dropped.
const FINALITY: u64 = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let identity = Identity { chain_id: 1, contract: Address::repeat_byte(0xcc) };
    let store = Store::open(&dir.path().join("opml.redb"), identity)?;
    let mut times = Vec::new();
    for number in 1..=BLOCKS {
        let block = block(number);
        let start = Instant::now();
        store.commit(black_box(&block), number.saturating_sub(FINALITY))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let [median, worst] = [times.len() / 2, times.len() - 1].map(|at| times[at]);
    if env::args().any(|argument| argument == "--json") {
        println!(
            "{}",
            json!({ "logs": LOGS, "blocks": BLOCKS, "median_ms": median, "worst_ms": worst })
        );
    } else {
        println!("{BLOCKS} blocks of {LOGS} logs: median {median:.2} ms, worst {worst:.2} ms");
    }
    Ok(())
}

fn hash(number: u64) -> B256 {
    keccak256(number.to_le_bytes())
}

fn block(number: u64) -> Block {
    let head = Head { number, hash: hash(number), time: 12 * number };
    let events = (0..LOGS).map(|log| requested(number * LOGS + log)).collect();
    Block { head, parent: hash(number - 1), events }
}

fn requested(nonce: u64) -> Event {
    let input = Bytes::from([hash(nonce), hash(!nonce)].concat());
    let model = B256::repeat_byte(1);
    let request = IOpMLTypes::Request {
        requester: Address::repeat_byte(2),
        nonce,
        model,
        guest: 0,
        profile: 0,
        inputHash: keccak256(&input),
        callback: Address::ZERO,
        gasLimit: 0,
        dataHash: keccak256([]),
    };
    Event::Requested(OpML::Requested {
        requestId: keccak256(&input),
        model,
        request,
        fee: U256::from(5),
        deadline: u32::MAX,
        input,
        data: Bytes::new(),
    })
}
