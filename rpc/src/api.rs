use alloy_primitives::{B256, Bytes, U64, U256};
use jsonrpsee::{
    core::{RpcResult, SubscriptionResult},
    proc_macros::rpc,
};

use crate::types::{
    Claim, Dispute, DisputeFilter, DisputeSummary, Exposure, Inference, List, Model, OutputProof,
    Page, Request, RequestFilter, RequestSummary, Status, Topic, Update,
};

/// The `opml_` namespace.
#[rpc(server, client, namespace = "opml")]
pub trait OpmlApi {
    /// What the node is and does.
    #[method(name = "status")]
    async fn status(&self) -> RpcResult<Status>;

    /// A request with its claims. Code -32001 if the node knows of no such request.
    #[method(name = "getRequest")]
    async fn get_request(&self, id: B256) -> RpcResult<Request>;

    /// Requests that pass the filter, from the id behind `after` on: at most `limit`, and never more than 100.
    #[method(name = "listRequests")]
    async fn list_requests(
        &self,
        filter: Option<RequestFilter>,
        after: Option<B256>,
        limit: Option<U64>,
    ) -> RpcResult<Page<RequestSummary>>;

    /// A claim. Code -32001 if the node knows of no such claim.
    #[method(name = "getClaim")]
    async fn get_claim(&self, id: B256) -> RpcResult<Claim>;

    /// The output of the claim on a request that is open or final, with what leads from it to the claim's id. Code -32001 if the
    /// node knows of no such request or claim.
    #[method(name = "getOutputProof")]
    async fn get_output_proof(&self, request: B256) -> RpcResult<OutputProof>;

    /// A dispute with every list that was posted. Code -32001 if the node knows of no such dispute.
    #[method(name = "getDispute")]
    async fn get_dispute(&self, id: B256) -> RpcResult<Dispute>;

    /// Disputes that pass the filter, as `opml_listRequests` lists requests.
    #[method(name = "listDisputes")]
    async fn list_disputes(
        &self,
        filter: Option<DisputeFilter>,
        after: Option<B256>,
        limit: Option<U64>,
    ) -> RpcResult<Page<DisputeSummary>>;

    /// The lists that were posted in a dispute, without the first `from`. Code -32001 if the node knows of no such dispute.
    #[method(name = "getMoves")]
    async fn get_moves(&self, dispute: B256, from: Option<U64>) -> RpcResult<Vec<List>>;

    /// Models that are registered or that the node holds, as `opml_listRequests` lists requests.
    #[method(name = "models")]
    async fn models(&self, after: Option<B256>, limit: Option<U64>) -> RpcResult<Page<Model>>;

    /// What the node's account has at stake. Code -32000 if the node has no account.
    #[method(name = "exposure")]
    async fn exposure(&self) -> RpcResult<Exposure>;

    /// The least fee in wei for which the node claims a request for the model. Code -32001 if it claims none: it does not hold the
    /// model, or is no submitter.
    #[method(name = "estimateFee")]
    async fn estimate_fee(&self, model: B256) -> RpcResult<U256>;

    /// Runs a model on the node, without the chain. Code -32001 if the node does not hold the model, -32000 if the model does not
    /// take the input, -32005 if the input is too long or the node is computing enough already.
    #[method(name = "infer")]
    async fn infer(&self, model: B256, input: Bytes) -> RpcResult<Inference>;

    /// Tells of every update of a topic from now on, until `opml_unsubscribe`; over WebSocket and IPC. Whoever reads so slowly that
    /// hundreds of blocks pile up is cut off.
    #[subscription(name = "subscribe" => "subscription", unsubscribe = "unsubscribe", item = Update)]
    async fn subscribe_to(&self, topic: Topic) -> SubscriptionResult;
}
