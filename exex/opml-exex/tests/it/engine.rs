//! The consensus client of a node in this process: it makes blocks when it is told to, and takes them out again.

use alloy::{
    eips::BlockNumberOrTag,
    providers::{DynProvider, Provider},
};
use alloy_primitives::{B256, Bytes, U256};
use reth_ethereum::{
    node::{EthEngineTypes, api::ConsensusEngineHandle},
    rpc::types::engine::{
        CancunPayloadFields, ExecutionData, ExecutionPayloadEnvelopeV5, ExecutionPayloadSidecar,
        ForkchoiceState, PayloadAttributes, PraguePayloadFields,
    },
};

/// Root of the beacon blocks that there are not.
const BEACON_ROOT: B256 = B256::ZERO;

/// A block of the chain.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) hash: B256,
    time: u64,
    /// As they were signed.
    pub(crate) transactions: Vec<Bytes>,
}

/// Makes the blocks of a node that has no miner. Nothing is ever final.
pub(crate) struct Engine {
    pub(crate) engine: ConsensusEngineHandle<EthEngineTypes>,
    provider: DynProvider,
    /// From the genesis block to the head.
    chain: Vec<Link>,
    /// Blocks that were made, those included that are gone: no two are the same.
    made: u64,
}

impl Engine {
    /// Of a node that has its genesis block alone.
    pub(crate) async fn new(
        engine: ConsensusEngineHandle<EthEngineTypes>,
        provider: DynProvider,
    ) -> Self {
        let genesis = provider.get_block_by_number(BlockNumberOrTag::Earliest).await;
        let genesis = genesis.unwrap().unwrap().header;
        let (hash, time) = (genesis.hash, genesis.timestamp);
        let chain = vec![Link { hash, time, transactions: Vec::new() }];
        Self { engine, provider, chain, made: 0 }
    }

    /// The newest blocks, the newest last; the genesis block is never among them.
    pub(crate) fn newest(&self, count: usize) -> &[Link] {
        let first = self.chain.len().saturating_sub(count).max(1);
        &self.chain[first..]
    }

    /// What the next block is to be built with, and the state that it is built on.
    pub(crate) fn ahead(&mut self) -> (ForkchoiceState, PayloadAttributes) {
        self.made += 1;
        let parent = &self.chain[self.chain.len() - 1];
        let attributes = PayloadAttributes {
            timestamp: parent.time + 1,
            prev_randao: U256::from(self.made).into(),
            withdrawals: Some(Vec::new()),
            parent_beacon_block_root: Some(BEACON_ROOT),
            ..PayloadAttributes::default()
        };
        (state(parent.hash), attributes)
    }

    /// Makes a block of what waits in the pool, or of these transactions, which must all be valid.
    pub(crate) async fn make(&mut self, transactions: Option<&[Bytes]>) {
        let (state, attributes) = self.ahead();
        let asked = (state.head_block_hash, attributes, transactions, None::<Bytes>);
        let built = self.provider.raw_request("testing_buildBlockV1".into(), asked).await;
        let built: ExecutionPayloadEnvelopeV5 = built.unwrap();
        let beacon = CancunPayloadFields::new(BEACON_ROOT, Vec::new());
        let requests = PraguePayloadFields::new(built.execution_requests);
        let sidecar = ExecutionPayloadSidecar::v4(beacon, requests);
        self.adopt(ExecutionData::new(built.execution_payload.into(), sidecar)).await;
    }

    /// Has the node execute a block and take it for its head.
    pub(crate) async fn adopt(&mut self, block: ExecutionData) {
        let link = Link {
            hash: block.block_hash(),
            time: block.payload.timestamp(),
            transactions: block.payload.as_v1().transactions.clone(),
        };
        let status = self.engine.new_payload(block).await.unwrap();
        assert!(status.is_valid(), "{status}");
        let updated = self.engine.fork_choice_updated(state(link.hash), None).await.unwrap();
        assert!(updated.is_valid(), "{updated:?}");
        self.chain.push(link);
    }

    /// Puts one block of the first `kept` transactions of the newest `depth` blocks in the place of these; gives the others.
    pub(crate) async fn replace(&mut self, depth: usize, kept: usize) -> Vec<Bytes> {
        let gone = self.chain.split_off(self.chain.len() - depth);
        let mut gone: Vec<_> = gone.into_iter().flat_map(|link| link.transactions).collect();
        let lost = gone.split_off(kept);
        self.make(Some(&gone)).await;
        lost
    }
}

/// The state with this head.
fn state(head: B256) -> ForkchoiceState {
    ForkchoiceState { head_block_hash: head, ..ForkchoiceState::default() }
}
