use alloy_primitives::{B256, Bytes};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

use crate::types::{Dispute, Inference, Request, Status};

/// The `opml_` namespace.
#[rpc(server, client, namespace = "opml")]
pub trait OpmlApi {
    /// What the node is and does.
    #[method(name = "status")]
    async fn status(&self) -> RpcResult<Status>;

    /// A request with its claims. Code -32001 if the node knows of no such request.
    #[method(name = "getRequest")]
    async fn get_request(&self, id: B256) -> RpcResult<Request>;

    /// A dispute with every list that was posted. Code -32001 if the node knows of no such dispute.
    #[method(name = "getDispute")]
    async fn get_dispute(&self, id: B256) -> RpcResult<Dispute>;

    /// Runs a model on the node, without the chain. Code -32001 if the node does not hold the model, -32000 if the model does not
    /// take the input, -32005 if the input is too long or the node is computing enough already.
    #[method(name = "infer")]
    async fn infer(&self, model: B256, input: Bytes) -> RpcResult<Inference>;
}
