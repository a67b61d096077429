use jsonrpsee::{core::RpcResult, proc_macros::rpc};

use crate::types::{Limits, Orders, Role};

/// The `opml_admin_` namespace: what only the operator may do. Never on a port that others reach.
///
/// Nothing of it survives a restart: then the flags and the file of settings hold again.
#[rpc(server, client, namespace = "opml_admin")]
pub trait OpmlAdminApi {
    /// What holds now.
    #[method(name = "orders")]
    async fn orders(&self) -> RpcResult<Orders>;

    /// Begins nothing more in a role. The node reveals what it has committed to, defends its claims and plays on in its disputes. A
    /// paused validator does not answer, which costs the deposit of a seat that is called. Code -32000 if it is no role of the node.
    #[method(name = "pause")]
    async fn pause(&self, role: Role) -> RpcResult<Orders>;

    /// Takes a role up again. Code -32000 if it is no role of the node.
    #[method(name = "resume")]
    async fn resume(&self, role: Role) -> RpcResult<Orders>;

    /// Changes limits of what the node begins.
    #[method(name = "setLimits")]
    async fn set_limits(&self, limits: Limits) -> RpcResult<Orders>;

    /// Sends a call that is under way again at once, at a higher fee, by its name in `opml_status`. Code -32000 if there is none.
    #[method(name = "retry")]
    async fn retry(&self, call: String) -> RpcResult<()>;
}
