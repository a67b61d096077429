//! Chains of blocks in which the contract registers models, and a node that has stored one of them.

use std::collections::BTreeMap;

use alloy::sol_types::SolEvent;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log};
use opml_contracts::{IOpMLTypes, OpML};
use reth_ethereum::{
    Block, Receipt, TxType,
    exex::ExExNotification,
    primitives::{Header, RecoveredBlock},
    provider::{Chain, ExecutionOutcome, test_utils::MockEthProvider},
};

/// The contract that is followed.
pub(crate) const CONTRACT: Address = Address::repeat_byte(0x0c);
/// Another contract, which emits the same events.
pub(crate) const OTHER: Address = Address::repeat_byte(0x0d);

/// A block with its receipts.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) block: RecoveredBlock<Block>,
    pub(crate) receipts: Vec<Receipt>,
}

impl Sealed {
    /// A block after `parent` in which each of `emitters` registers a model that no other block does.
    pub(crate) fn new(parent: Option<&Self>, salt: u64, emitters: &[Address]) -> Self {
        let number = parent.map_or(0, |parent| parent.block.number + 1);
        let receipts: Vec<_> = (0u64..)
            .zip(emitters)
            .map(|(index, emitter)| receipt(*emitter, salt << 8 | index))
            .collect();
        let logs_bloom: Bloom = receipts.iter().flat_map(|receipt| &receipt.logs).collect();
        let header = Header {
            parent_hash: parent.map_or(B256::ZERO, |parent| parent.block.hash()),
            number,
            timestamp: 12 * number,
            extra_data: Bytes::copy_from_slice(&salt.to_be_bytes()),
            logs_bloom,
            ..Header::default()
        };
        let block = Block { header, ..Block::default() };
        Self { block: RecoveredBlock::new_unhashed(block, Vec::new()), receipts }
    }
}

fn receipt(emitter: Address, model: u64) -> Receipt {
    let bounds =
        IOpMLTypes::ModelBounds { maxLargeSteps: 1 << 20, minInput: 0, maxInput: 9, maxOutput: 9 };
    let model = B256::left_padding_from(&model.to_be_bytes());
    let event = OpML::ModelRegistered { model, bounds };
    let logs = vec![Log { address: emitter, data: event.encode_log_data() }];
    Receipt { tx_type: TxType::Legacy, success: true, cumulative_gas_used: 21_000, logs }
}

/// A segment of a chain as notifications carry it.
pub(crate) fn segment(blocks: &[Sealed]) -> Chain {
    let receipts = blocks.iter().map(|sealed| sealed.receipts.clone()).collect();
    let first_block = blocks[0].block.number;
    let outcome = ExecutionOutcome { receipts, first_block, ..ExecutionOutcome::default() };
    Chain::new(blocks.iter().map(|sealed| sealed.block.clone()), outcome, BTreeMap::new())
}

pub(crate) fn committed(new: &[Sealed]) -> ExExNotification {
    ExExNotification::ChainCommitted { new: segment(new).into() }
}

pub(crate) fn reorged(old: &[Sealed], new: &[Sealed]) -> ExExNotification {
    ExExNotification::ChainReorged { old: segment(old).into(), new: segment(new).into() }
}

pub(crate) fn reverted(old: &[Sealed]) -> ExExNotification {
    ExExNotification::ChainReverted { old: segment(old).into() }
}

/// A node: the chain that it has stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredChain {
    pub(crate) provider: MockEthProvider,
    pub(crate) blocks: Vec<Sealed>,
    salt: u64,
}

impl StoredChain {
    /// A chain of one block.
    pub(crate) fn new() -> Self {
        let provider = MockEthProvider::default();
        let mut chain = Self { provider, blocks: Vec::new(), salt: 0 };
        chain.extend(&[&[]]);
        chain
    }

    /// Stores more blocks, each with the events of these contracts, and returns them.
    pub(crate) fn extend(&mut self, emitters: &[&[Address]]) -> Vec<Sealed> {
        let before = self.blocks.len();
        for emitters in emitters {
            self.salt += 1;
            let sealed = Sealed::new(self.blocks.last(), self.salt, emitters);
            self.provider.add_header(sealed.block.hash(), sealed.block.header().clone());
            self.provider.add_receipts(sealed.block.number, sealed.receipts.clone());
            self.blocks.push(sealed);
        }
        self.blocks[before..].to_vec()
    }

    /// Drops the newest blocks and returns them.
    pub(crate) fn drop_newest(&mut self, count: usize) -> Vec<Sealed> {
        let gone = self.blocks.split_off(self.blocks.len() - count);
        for sealed in &gone {
            self.provider.headers.lock().remove(&sealed.block.hash());
            self.provider.receipts.lock().remove(&sealed.block.number);
        }
        gone
    }
}
