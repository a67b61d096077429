//! An EVM of this process, and what a transaction costs in it.

use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use eyre::{Result, bail};
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext,
    context::{
        TxEnv,
        result::{ExecutionResult, Output},
    },
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};
use serde::Serialize;

/// Seconds between two blocks.
pub const BLOCK_TIME: u64 = 12;

/// The rules of a hardfork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Today's.
    Osaka,
    /// The next ones, as far as revm has them: among others EIP-2780, 7976, 8037 and 8038.
    Amsterdam,
}

impl Rules {
    const fn spec(self) -> SpecId {
        match self {
            Self::Osaka => SpecId::OSAKA,
            Self::Amsterdam => SpecId::AMSTERDAM,
        }
    }

    /// Gas that every transaction may use: the most that one may have (EIP-7825). What new state costs comes on top of that
    /// after the next hardfork (EIP-8037), and the code of a contract costs more than all else.
    const fn gas_limit(self) -> u64 {
        match self {
            Self::Osaka => 1 << 24,
            Self::Amsterdam => 1 << 27,
        }
    }
}

/// Which of the two rules of EIP-7623 sets the price of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Binds {
    /// What it executes.
    Execution,
    /// The floor price of its calldata.
    Floor,
}

impl Binds {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Floor => "floor",
        }
    }
}

/// What a transaction costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Price {
    /// Bytes of its calldata.
    pub calldata: usize,
    /// Gas of the whole transaction, as its receipt says.
    pub gas: u64,
    /// Gas that its calldata costs at least.
    pub floor: u64,
}

impl Price {
    /// What sets the price.
    pub const fn binds(self) -> Binds {
        if self.gas == self.floor { Binds::Floor } else { Binds::Execution }
    }
}

/// What a transaction left behind.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its price.
    pub price: Price,
    /// Its events.
    pub logs: Vec<Log>,
    /// The contract that it created.
    pub created: Option<Address>,
}

/// A transaction that was executed.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its sender.
    pub from: Address,
    /// Its target.
    pub to: TxKind,
    /// Wei that it carries.
    pub value: U256,
    /// Its calldata, or the code that creates a contract.
    pub data: Bytes,
    /// Gas that it may use.
    pub gas_limit: u64,
    /// Gas that it used.
    pub gas: u64,
    /// Number of its block.
    pub block: u64,
}

/// An EVM with its state. A clone is a snapshot.
#[derive(Debug, Clone)]
pub struct Evm {
    rules: Rules,
    context: MainnetContext<InMemoryDB>,
    sent: Vec<Sent>,
}

impl Evm {
    /// An empty chain in block `number` at `time`.
    pub fn new(rules: Rules, number: u64, time: u64) -> Self {
        let context = Context::mainnet()
            .with_db(InMemoryDB::default())
            .modify_cfg_chained(|cfg| {
                cfg.set_spec_and_mainnet_gas_params(rules.spec());
                cfg.disable_nonce_check = true;
            })
            .modify_block_chained(|block| {
                block.number = U256::from(number);
                block.timestamp = U256::from(time);
            });
        Self { rules, context, sent: Vec::new() }
    }

    /// Every transaction since the chain was empty.
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Goes on to a later block.
    pub fn pass(&mut self, blocks: u64) {
        self.context.block.number += U256::from(blocks);
        self.context.block.timestamp += U256::from(blocks * BLOCK_TIME);
    }

    /// Puts an account there, or replaces it.
    pub fn put(&mut self, address: Address, balance: U256, nonce: u64, code: Bytes) {
        let info = AccountInfo { balance, nonce, ..AccountInfo::default() };
        let db = &mut self.context.journaled_state.database;
        db.insert_account_info(address, info.with_code(Bytecode::new_raw(code)));
    }

    /// Creates a contract.
    ///
    /// # Errors
    /// If the creation fails.
    pub fn deploy(&mut self, from: Address, code: Vec<u8>) -> Result<Address> {
        match self.transact(from, TxKind::Create, U256::ZERO, code)?.created {
            Some(address) => Ok(address),
            None => bail!("a creation left no contract"),
        }
    }

    /// Executes a transaction and keeps what it changes.
    ///
    /// # Errors
    /// If it is invalid, reverts or halts.
    pub fn transact(
        &mut self,
        from: Address,
        to: TxKind,
        value: U256,
        data: Vec<u8>,
    ) -> Result<Receipt> {
        let (calldata, data) = (data.len(), Bytes::from(data));
        let gas_limit = self.rules.gas_limit();
        let tx = TxEnv {
            caller: from,
            kind: to,
            value,
            data: data.clone(),
            gas_limit,
            gas_price: 0,
            ..TxEnv::default()
        };
        let mut evm = self.context.clone().build_mainnet();
        let result = evm.transact_commit(tx)?;
        self.context = evm.ctx;
        match result {
            ExecutionResult::Success { gas, logs, output, .. } => {
                let (gas, floor) = (gas.tx_gas_used(), gas.floor_gas());
                let price = Price { calldata, gas, floor };
                let block = self.context.block.number.saturating_to();
                self.sent.push(Sent { from, to, value, data, gas_limit, gas, block });
                let created = match output {
                    Output::Create(_, address) => address,
                    Output::Call(_) => None,
                };
                Ok(Receipt { price, logs, created })
            }
            other => bail!("the transaction from {from} failed: {other:?}"),
        }
    }
}
