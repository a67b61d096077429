//! What an account has sent, from the blocks themselves.

use std::collections::BTreeMap;

use alloy::{
    consensus::Transaction,
    network::TransactionResponse,
    providers::{DynProvider, Provider},
    sol_types::SolInterface,
};
use alloy_primitives::{Address, B256};
use opml_contracts::OpML::OpMLCalls;

/// Every transaction of an account on the chain.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What each did; transactions of nothing, which only use up a nonce, are `nothing`.
    done: BTreeMap<String, Vec<B256>>,
    /// Those that cost gas and did nothing.
    reverted: Vec<(String, B256)>,
}

impl Books {
    /// Reads the whole chain.
    pub(crate) async fn read(provider: &DynProvider, account: Address) -> Self {
        let mut books = Self::default();
        for number in 0..=provider.get_block_number().await.unwrap() {
            let block = provider.get_block_by_number(number.into()).full().await.unwrap().unwrap();
            for transaction in block.transactions.txns() {
                if transaction.from() != account {
                    continue;
                }
                let (hash, what) = (transaction.tx_hash(), purpose(transaction.input()));
                let receipt = provider.get_transaction_receipt(hash).await.unwrap().unwrap();
                if !receipt.status() {
                    books.reverted.push((what.clone(), hash));
                }
                books.done.entry(what).or_default().push(hash);
            }
        }
        books
    }

    /// What reorganisations may cost: an answer to a move that is gone reverts or is replaced by a transfer of nothing, one for each of
    /// them at most; and nothing was done twice.
    pub(crate) fn have_lost_at_most(&self, reorgs: usize) {
        let taken_back = self.done.get(NOTHING).map_or(0, Vec::len);
        println!("{} reverted, {taken_back} taken back", self.reverted.len());
        assert!(self.reverted.len() + taken_back <= reorgs, "reverted: {:?}", self.reverted);
        for (what, hashes) in &self.done {
            let failed = |hash: &&B256| self.reverted.iter().any(|(_, reverted)| reverted == *hash);
            let done = hashes.len() - hashes.iter().filter(failed).count();
            assert!(what == NOTHING || done <= 1, "{what}: {hashes:?}");
        }
    }

    /// How many transactions began with `name`.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.done.keys().filter(|what| what.starts_with(name)).count()
    }
}

const NOTHING: &str = "nothing";

/// What a call is about: of two with one purpose, the second is money thrown away.
fn purpose(input: &[u8]) -> String {
    if input.is_empty() {
        return NOTHING.to_owned();
    }
    match OpMLCalls::abi_decode(input).unwrap() {
        OpMLCalls::commit(call) => format!("commit/{}/{}", call.requestId, call.round),
        OpMLCalls::reveal(call) => format!("reveal/{}/{}", call.request_.nonce, call.round),
        // A second dispute over one claim, whatever its number, is one too many.
        OpMLCalls::open(call) => format!("open/{:?}", call.claim_),
        OpMLCalls::r#move(call) => play(call.claimId, call.challenger, call.nonce, call.position),
        OpMLCalls::evaluate(call) => play(call.claimId, call.challenger, call.nonce, call.position),
        call => format!("{call:?}"),
    }
}

fn play(claim: B256, challenger: Address, nonce: u64, position: alloy_primitives::U256) -> String {
    format!("play/{claim}/{challenger}/{nonce}/{position:x}")
}
