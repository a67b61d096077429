//! How long a block takes from its delivery to the store: `cargo bench -p opml-node --bench store [-- --json]`.
//!
//! Blocks of 1,000 logs, each a request with an input of 64 bytes, are committed one after the other to one store, whose records
//! grow meanwhile. Three times are taken of each: until readers see it (bar: a median of 5 ms); from then on until it is on disk; and,
//! for comparison, what it takes to append as many bytes as the store wrote for it to another file of the same disk and to sync that.
//! On Linux, whose kernel counts what a process writes.

use std::{
    env,
    error::Error,
    fmt,
    fs::{self, File},
    hint::black_box,
    io::Write,
    time::Instant,
};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_contracts::{IOpMLTypes, OpML, OpML::OpMLEvents as Event};
use opml_node::{Identity, Store, source::Block, view::Head};
use serde_json::{Value, json};

const BLOCKS: u64 = 101;
const LOGS: u64 = 1000;
/// Depth of finality, as on mainnet; older journals are dropped.
const FINALITY: u64 = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let identity = Identity { chain_id: 1, contract: Address::repeat_byte(0xcc) };
    let store = Store::open(&dir.path().join("opml.redb"), identity)?;
    let mut other = File::create(dir.path().join("other"))?;
    let [mut seen, mut synced, mut appended, mut written] = [(); 4].map(|()| Vec::new());
    for number in 1..=BLOCKS {
        let block = block(number);
        let before = bytes_written()?;
        let begun = Instant::now();
        store.commit(black_box(&block), number.saturating_sub(FINALITY))?;
        seen.push(millis(begun));
        let begun = Instant::now();
        store.sync()?;
        synced.push(millis(begun));
        let bytes = bytes_written()? - before;
        written.push(bytes as f64);
        let row = vec![number as u8; bytes as usize];
        let begun = Instant::now();
        other.write_all(&row)?;
        other.sync_data()?;
        appended.push(millis(begun));
    }
    let [seen, synced, appended] = [seen, synced, appended].map(Spread::of);
    let bytes = Spread::of(written).median;
    if env::args().any(|argument| argument == "--json") {
        let report = json!({
            "logs": LOGS, "blocks": BLOCKS, "bytes": bytes,
            "seen": seen.json(), "synced": synced.json(), "appended": appended.json(),
        });
        println!("{report}");
    } else {
        println!("{BLOCKS} blocks of {LOGS} logs");
        println!("to the store            {seen}");
        println!("from there to the disk  {synced}");
        println!("{:>4.0} KiB to a bare file {appended}", bytes / 1024.0);
    }
    Ok(())
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Bytes that this process has handed to the kernel.
fn bytes_written() -> Result<u64, Box<dyn Error>> {
    let counts = fs::read_to_string("/proc/self/io")?;
    let count = counts.lines().find_map(|line| line.strip_prefix("wchar: "));
    Ok(count.ok_or("the kernel does not count what is written")?.parse()?)
}

/// Of some figures.
struct Spread {
    least: f64,
    median: f64,
    worst: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let [least, median, worst] =
            [0, figures.len() / 2, figures.len() - 1].map(|at| figures[at]);
        Self { least, median, worst }
    }

    fn json(&self) -> Value {
        json!({ "least_ms": self.least, "median_ms": self.median, "worst_ms": self.worst })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, median, worst } = self;
        write!(f, "median {median:.2} ms, least {least:.2} ms, worst {worst:.2} ms")
    }
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
