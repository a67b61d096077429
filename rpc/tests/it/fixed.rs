//! A server of constants: one of each type, with everything that may be there.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{RpcResult, SubscriptionResult, async_trait},
};
use opml_rpc::{
    OpmlApiServer, RpcError,
    types::{
        Block, Change, Claim, ClaimStatus, Decided, Dispute, DisputeFilter, DisputeSummary,
        Evaluation, Exposure, Inference, List, Model, ModelBounds, Outcome, OutputProof, Page,
        Phase, Posted, Request, RequestFilter, RequestStatus, RequestSummary, Side, Status, Topic,
        Update, Verdict,
    },
};
use serde_json::value::to_raw_value;

/// Refuses what it does not know, and has no account.
pub(crate) struct Fixed;

/// The id of everything.
pub(crate) const ID: B256 = B256::repeat_byte(7);
const ACCOUNT: Address = Address::repeat_byte(1);

fn one() -> U64 {
    U64::from(1)
}

pub(crate) fn request() -> Request {
    Request {
        id: ID,
        status: RequestStatus::Claimed,
        requester: ACCOUNT,
        model: B256::repeat_byte(2),
        guest: U64::from(0),
        profile: one(),
        fee: U256::from(10u64.pow(15)),
        deadline: U64::from(1_900_000_000u64),
        round: U64::from(0),
        input: Bytes::from_static(&[1, 2, 3]),
        callback: Address::ZERO,
        callback_delivered: None,
        claims: vec![claim()],
    }
}

fn claim() -> Claim {
    Claim {
        id: ID,
        status: ClaimStatus::Rejected,
        submitter: ACCOUNT,
        round: U64::from(0),
        s0: ID,
        n: one(),
        sn: ID,
        outcome: Outcome::ProgramError,
        output: Bytes::new(),
        timestamp: one(),
        disputes: vec![ID],
    }
}

pub(crate) fn output_proof() -> OutputProof {
    OutputProof {
        request: ID,
        claim: ID,
        status: ClaimStatus::Final,
        chain_id: one(),
        contract: ACCOUNT,
        requester: ACCOUNT,
        nonce: one(),
        model: ID,
        guest: U64::from(0),
        profile: one(),
        input_hash: ID,
        callback: Address::ZERO,
        gas_limit: one(),
        data_hash: ID,
        round: one(),
        submitter: ACCOUNT,
        s0: ID,
        n: one(),
        sn: ID,
        outcome: Outcome::Done,
        run_root: ID,
        output: Bytes::from_static(&[1]),
    }
}

fn list() -> List {
    List {
        author: Side::Challenger,
        pick: one(),
        phase: Phase::Small,
        large_step: one(),
        small_step: U64::from(0),
        steps: one(),
        start: ID,
        entries: vec![ID, B256::ZERO],
        block: one(),
    }
}

fn dispute() -> Dispute {
    Dispute {
        id: ID,
        claim: ID,
        request: ID,
        submitter: ACCOUNT,
        challenger: ACCOUNT,
        nonce: U64::from(0),
        mover: Some(Side::Submitter),
        submitter_budget: one(),
        challenger_budget: one(),
        lists: vec![list()],
        evaluation: Some(Evaluation { pick: one(), start: ID, end: ID, truth: ID }),
        verdict: Some(Verdict {
            winner: Side::Challenger,
            by_proof: true,
            caller: ACCOUNT,
            block: one(),
        }),
    }
}

fn known(what: &'static str, id: B256) -> RpcResult<()> {
    if id == ID { Ok(()) } else { Err(RpcError::NotFound { what, id }.into()) }
}

/// One page of one item, after which there is more if there was something before.
fn page<T>(item: T, after: Option<B256>) -> Page<T> {
    Page { items: vec![item], next: after }
}

/// What a subscriber of a topic is told.
pub(crate) fn update(topic: Topic) -> Update {
    let change = match topic {
        Topic::Requests => Change::Request(summary()),
        Topic::Claims => Change::Claim(claim()),
        Topic::Moves => Change::Move(Posted { dispute: ID, list: list() }),
        Topic::Verdicts => {
            let verdict = dispute().verdict.unwrap();
            Change::Verdict(Decided { dispute: ID, claim: ID, verdict })
        }
    };
    Update { block: Block { number: one(), hash: ID, timestamp: one() }, removed: true, change }
}

fn summary() -> RequestSummary {
    let Request { id, status, requester, model, profile, fee, deadline, round, .. } = request();
    let claim = Some(ID);
    RequestSummary { id, status, requester, model, profile, fee, deadline, round, claim }
}

#[async_trait]
impl OpmlApiServer for Fixed {
    async fn status(&self) -> RpcResult<Status> {
        Ok(Status {
            version: "1.2.3".to_owned(),
            chain_id: one(),
            contract: ACCOUNT,
            account: Some(ACCOUNT),
            submitter: true,
            challenger: false,
            validator: false,
            models: vec![ID],
            guests: vec![ID],
            head: Some(Block { number: one(), hash: ID, timestamp: one() }),
            tip: one(),
            synced: true,
            jobs: one(),
            failures: one(),
            restarts: one(),
            pending: vec!["a call".to_owned()],
            alarms: vec!["an alarm".to_owned()],
        })
    }

    async fn get_request(&self, id: B256) -> RpcResult<Request> {
        known("request", id).map(|()| request())
    }

    async fn list_requests(
        &self,
        _: Option<RequestFilter>,
        after: Option<B256>,
        _: Option<U64>,
    ) -> RpcResult<Page<RequestSummary>> {
        Ok(page(summary(), after))
    }

    async fn get_claim(&self, id: B256) -> RpcResult<Claim> {
        known("claim", id).map(|()| claim())
    }

    async fn get_output_proof(&self, id: B256) -> RpcResult<OutputProof> {
        known("request", id).map(|()| output_proof())
    }

    async fn get_dispute(&self, id: B256) -> RpcResult<Dispute> {
        known("dispute", id).map(|()| dispute())
    }

    async fn list_disputes(
        &self,
        _: Option<DisputeFilter>,
        after: Option<B256>,
        _: Option<U64>,
    ) -> RpcResult<Page<DisputeSummary>> {
        let Dispute { id, claim, request, submitter, challenger, mover, .. } = dispute();
        let (moves, winner) = (one(), Some(Side::Challenger));
        let summary =
            DisputeSummary { id, claim, request, submitter, challenger, moves, mover, winner };
        Ok(page(summary, after))
    }

    async fn get_moves(&self, id: B256, _: Option<U64>) -> RpcResult<Vec<List>> {
        known("dispute", id).map(|()| vec![list()])
    }

    async fn models(&self, after: Option<B256>, _: Option<U64>) -> RpcResult<Page<Model>> {
        let bounds = ModelBounds {
            max_large_steps: one(),
            min_input: U64::from(0),
            max_input: one(),
            max_output: one(),
        };
        Ok(page(Model { id: ID, bounds: Some(bounds), held: true }, after))
    }

    async fn exposure(&self) -> RpcResult<Exposure> {
        Err(RpcError::InvalidInput("the node has no account".to_owned()).into())
    }

    async fn estimate_fee(&self, model: B256) -> RpcResult<U256> {
        known("claims of this node for model", model).map(|()| U256::from(9))
    }

    async fn infer(&self, model: B256, input: Bytes) -> RpcResult<Inference> {
        let (outcome, n) = (Outcome::Done, U64::from(input.len()));
        let zero = B256::ZERO;
        Ok(Inference { model, outcome, output: input, n, s0: zero, run_root: zero, sn: zero })
    }

    /// Tells of one update, and then no more.
    async fn subscribe_to(
        &self,
        pending: PendingSubscriptionSink,
        topic: Topic,
    ) -> SubscriptionResult {
        let sink = pending.accept().await?;
        sink.send(to_raw_value(&update(topic))?).await?;
        Ok(())
    }
}

/// What an account may have at stake.
pub(crate) fn exposure() -> Exposure {
    Exposure {
        account: ACCOUNT,
        stakes: U256::from(5),
        claims: one(),
        bonds: U256::from(6),
        disputes: one(),
        credit: U256::ZERO,
        uncollected: U64::from(0),
        deposits: U256::from(9),
        seats: one(),
        rewards: U256::ZERO,
        max_stake: U256::from(7),
        max_bond: U256::from(8),
    }
}
