//! Who did what, and what it cost: read from the blocks, so that nobody has to keep books.

use std::{collections::BTreeMap, fmt};

use alloy::{
    consensus::Transaction,
    eips::BlockNumberOrTag,
    network::{ReceiptResponse, TransactionResponse},
    providers::{DynProvider, Provider},
};
use alloy_primitives::{Address, B256};
use alloy_sol_types::{SolCall, SolInterface};
use eyre::{Result, eyre};
use opml_contracts::{DigitsDapp, OpML::OpMLCalls};

/// The kinds of transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A contract is made, or a court added to it.
    Deploy,
    /// A model is registered.
    Register,
    /// A question.
    Request,
    /// The promise of an answer, with its stake.
    Commit,
    /// The answer.
    Reveal,
    /// A dispute begins.
    Open,
    /// A list, or the opening of phase 2.
    Move,
    /// The last segment is computed by the contract.
    Evaluate,
    /// A clock ran out.
    Timeout,
    /// An answer becomes final.
    Finalise,
    /// Money goes back or out.
    Withdraw,
}

impl What {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Register => "register",
            Self::Request => "request",
            Self::Commit => "commit",
            Self::Reveal => "reveal",
            Self::Open => "open",
            Self::Move => "move",
            Self::Evaluate => "evaluate",
            Self::Timeout => "timeout",
            Self::Finalise => "finalise",
            Self::Withdraw => "withdraw",
        }
    }

    /// Reads it off a call's data; `None` for a call of something else.
    fn of(input: &[u8]) -> Option<Self> {
        if input.starts_with(&DigitsDapp::askCall::SELECTOR) {
            return Some(Self::Request);
        }
        Some(match OpMLCalls::abi_decode(input).ok()? {
            OpMLCalls::addProfile(_) | OpMLCalls::addGuestVersion(_) => Self::Deploy,
            OpMLCalls::registerModel(_) => Self::Register,
            OpMLCalls::request(_) => Self::Request,
            OpMLCalls::commit(_) => Self::Commit,
            OpMLCalls::reveal(_) => Self::Reveal,
            OpMLCalls::open(_) => Self::Open,
            OpMLCalls::r#move(_) => Self::Move,
            OpMLCalls::evaluate(_) | OpMLCalls::evaluateFault(_) => Self::Evaluate,
            OpMLCalls::timeout(_) => Self::Timeout,
            OpMLCalls::finalise(_) | OpMLCalls::retryCallback(_) => Self::Finalise,
            OpMLCalls::collect(_)
            | OpMLCalls::judge(_)
            | OpMLCalls::takeBack(_)
            | OpMLCalls::takeBackLate(_)
            | OpMLCalls::refund(_)
            | OpMLCalls::withdraw(_) => Self::Withdraw,
            _ => return None,
        })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the sender, or its address if nobody knows it.
    pub from: String,
    /// What it did.
    pub what: What,
    /// Gas used, all of it.
    pub gas: u64,
    /// Bytes of calldata.
    pub calldata: usize,
    /// Height of its block.
    pub block: u64,
    /// Its hash.
    pub hash: B256,
    /// Whether it was executed; a reverted one costs gas and does nothing.
    pub success: bool,
}

/// All transactions of a chain so far.
#[derive(Debug, Default)]
pub struct Ledger {
    names: BTreeMap<Address, String>,
    entries: Vec<Entry>,
    /// The first block that has not been read.
    next: u64,
}

impl Ledger {
    /// Calls an address by a name from now on.
    pub fn name(&mut self, address: Address, name: &str) {
        self.names.insert(address, name.to_owned());
    }

    /// The name of an address, or the address.
    pub fn name_of(&self, address: Address) -> String {
        self.names.get(&address).cloned().unwrap_or_else(|| address.to_string())
    }

    /// All addresses that have names.
    pub fn names(&self) -> Vec<(Address, String)> {
        self.names.iter().map(|(address, name)| (*address, name.clone())).collect()
    }

    /// Everything that was read.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads the blocks that are new; gives the number of entries that were there before.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn read(&mut self, provider: &DynProvider) -> Result<usize> {
        let before = self.entries.len();
        let head = provider.get_block_number().await?;
        while self.next <= head {
            let number = BlockNumberOrTag::Number(self.next);
            let block = provider.get_block_by_number(number).full().await?;
            let block = block.ok_or_else(|| eyre!("block {} is gone", self.next))?;
            for transaction in block.transactions.txns() {
                let hash = transaction.tx_hash();
                let what = match transaction.to() {
                    None => Some(What::Deploy),
                    Some(_) => What::of(transaction.input()),
                };
                let Some(what) = what else { continue };
                let receipt = provider.get_transaction_receipt(hash).await?;
                let receipt = receipt.ok_or_else(|| eyre!("no receipt of {hash}"))?;
                self.entries.push(Entry {
                    from: self.name_of(transaction.from()),
                    what,
                    gas: receipt.gas_used(),
                    calldata: transaction.input().len(),
                    block: self.next,
                    hash,
                    success: receipt.status(),
                });
            }
            self.next += 1;
        }
        Ok(before)
    }
}
