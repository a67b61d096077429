use alloy::{
    consensus::Transaction,
    providers::{DynProvider, Provider},
    rpc::types::TransactionReceipt,
};
use eyre::{Result, ensure, eyre};
use opml_gas::Binds;
use serde::Serialize;

/// Gas of a transaction before anything is executed.
const TRANSACTION: u64 = 21_000;
/// Gas of a calldata token under the floor (EIP-7623).
const FLOOR_PER_TOKEN: u64 = 10;
/// Gas of a byte of calldata under the floor of EIP-7976.
const EIP_7976_PER_BYTE: u64 = 64;
/// Tokens of a byte that is not zero; a zero byte is one.
const TOKENS_PER_BYTE: u64 = 4;

/// The calls in the order in which a request lives through them.
const ORDER: [&str; 26] = [
    "deploy",
    "addGuestVersion",
    "addProfile",
    "registerModel",
    "request",
    "commit",
    "reveal",
    "open",
    "move",
    "evaluate",
    "evaluateFault",
    "timeout",
    "judge",
    "collect",
    "collectUnfinished",
    "finalise",
    "retryCallback",
    "withdraw",
    "refund",
    "join",
    "enrol",
    "draw",
    "answer",
    "reward",
    "slash",
    "reclaim",
];

/// One kind of transaction; of several alike, the dearest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The function of the contract, or `deploy`.
    pub call: &'static str,
    /// What is special about it. Call and case together name the row.
    pub case: String,
    /// What it happened to be in this run: the instruction, the number of steps.
    pub note: String,
    /// Bytes of calldata.
    pub calldata: usize,
    /// Gas used, all of it.
    pub gas: u64,
    /// Gas that its calldata costs at least.
    pub floor: u64,
    /// Gas under the floor of EIP-7976, which takes every byte for four tokens of 16 gas; all else as it is.
    pub eip7976: u64,
    /// What sets the price.
    pub binds: Binds,
    /// Gas that it must not exceed.
    pub bar: Option<u64>,
}

/// Size of a deployed contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CodeSize {
    /// Its name.
    pub contract: &'static str,
    /// Bytes of its code on chain.
    pub bytes: usize,
}

/// A dispute that a lying submitter loses by proof, from its opening to the collection of the money, both sides together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Game {
    /// Entries of a full list.
    pub k: u64,
    /// Steps of a full evaluation.
    pub r: u8,
    /// Large steps of the claim.
    pub n: u64,
    /// Transactions.
    pub transactions: u64,
    /// Gas of all of them.
    pub gas: u64,
    /// Gas that it must not exceed.
    pub bar: Option<u64>,
}

/// How long a dispute takes by the chain's clock when everybody is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// What was asked.
    pub model: &'static str,
    /// Large steps of the claim.
    pub n: u64,
    /// Seconds in which a claim may be disputed. The dispute is opened in the last of them.
    pub window: u64,
    /// Seconds that each answer takes after the opening.
    pub answer: u64,
    /// Answers after the opening; the last one is the proof.
    pub answers: u64,
    /// Seconds from the reveal of the claim to the verdict.
    pub seconds: u64,
    /// Seconds that it must not exceed.
    pub bar: u64,
}

/// Everything that was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// The node's software.
    pub client: String,
    /// The rules it executes.
    pub hardfork: &'static str,
    /// Code sizes.
    pub code: Vec<CodeSize>,
    /// Disputes over a lie in the middle of the run.
    pub games: Vec<Game>,
    /// Disputes by the clock.
    pub paces: Vec<Pace>,
    /// Transactions by call, and those of one call in the order in which they were first seen.
    pub rows: Vec<Row>,
}

/// Which row a transaction belongs to.
#[derive(Debug)]
pub(super) struct Label {
    call: &'static str,
    case: String,
    note: String,
    bar: Option<u64>,
}

impl Label {
    pub(super) fn new(call: &'static str, case: impl Into<String>) -> Self {
        Self { call, case: case.into(), note: String::new(), bar: None }
    }

    pub(super) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub(super) fn bar(self, bar: Option<u64>) -> Self {
        Self { bar, ..self }
    }
}

impl Sheet {
    /// Says what was measured on.
    pub(super) fn name_chain(&mut self, client: &str, hardfork: &'static str) {
        client.clone_into(&mut self.client);
        self.hardfork = hardfork;
    }

    /// Brings the rows of each call together.
    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| ORDER.iter().position(|call| *call == row.call));
    }

    /// Enters a transaction.
    ///
    /// # Errors
    /// If the chain does not know it, or its gas contradicts the floor's formula.
    pub(super) async fn enter(
        &mut self,
        provider: &DynProvider,
        label: Label,
        receipt: &TransactionReceipt,
    ) -> Result<()> {
        let hash = receipt.transaction_hash;
        let transaction = provider.get_transaction_by_hash(hash).await?;
        let transaction = transaction.ok_or_else(|| eyre!("transaction {hash} is gone"))?;
        let (gas, floor) = (receipt.gas_used, floor(transaction.input()));
        ensure!(gas >= floor, "transaction {hash} costs {gas} gas, less than its floor of {floor}");
        let binds = if gas == floor { Binds::Floor } else { Binds::Execution };
        let calldata = transaction.input().len();
        let Label { call, case, note, bar } = label;
        // The new floor is never below the old one, so where that one binds the new one does.
        let eip7976 = gas.max(TRANSACTION + EIP_7976_PER_BYTE * calldata as u64);
        let row = Row { call, case, note, calldata, gas, floor, eip7976, binds, bar };
        let known =
            self.rows.iter_mut().find(|known| (known.call, &known.case) == (call, &row.case));
        match known {
            Some(known) if known.gas < gas => *known = row,
            Some(_) => {}
            None => self.rows.push(row),
        }
        Ok(())
    }

    /// One sentence for each bar that is broken.
    pub fn broken_bars(&self) -> Vec<String> {
        let broken = self.rows.iter().filter_map(|row| {
            let bar = row.bar.filter(|bar| row.gas > *bar)?;
            let Row { call, case, gas, .. } = row;
            Some(format!("{call} ({case}) costs {gas} gas, more than its bar of {bar}"))
        });
        let late = self.paces.iter().filter(|pace| pace.seconds > pace.bar).map(|pace| {
            let Pace { model, seconds, bar, .. } = pace;
            format!("a dispute about {model} takes {seconds} s, more than its bar of {bar}")
        });
        let dear = self.games.iter().filter_map(|game| {
            let bar = game.bar.filter(|bar| game.gas > *bar)?;
            let Game { k, n, gas, .. } = game;
            Some(format!("a dispute over {n} large steps at k = {k} costs {gas} gas, more than its bar of {bar}"))
        });
        broken.chain(late).chain(dear).collect()
    }
}

/// The least that a transaction with this calldata costs.
fn floor(calldata: &[u8]) -> u64 {
    let tokens: u64 =
        calldata.iter().map(|byte| if *byte == 0 { 1 } else { TOKENS_PER_BYTE }).sum();
    TRANSACTION + FLOOR_PER_TOKEN * tokens
}
