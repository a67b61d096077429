//! The two halves of opML in a node, and what ties them together.

use std::{
    fmt,
    future::{Ready, pending, ready},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use eyre::{OptionExt, Result, WrapErr};
use futures_util::{FutureExt, future::BoxFuture};
use opml_node::{
    Config, Handle, Library, Service,
    player::Players,
    rpc::{AdminApi, NodeApi},
    service::Signer,
};
use opml_rpc::{OpmlAdminApiServer, OpmlApiServer};
use reth_ethereum::{
    exex::{ExExContext, ExExEvent, ExExNotifications},
    node::{api::FullNodeComponents, builder::rpc::RpcContext},
    primitives::Receipt,
    provider::BlockReaderIdExt,
    rpc::{builder::RethRpcModule, eth::FullEthApiServer},
};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use crate::{InProcess, NodeSource, SourceConfig, metrics};

/// The namespace, as `--http.api` and its like name it.
pub const NAMESPACE: &str = "opml";

/// What opML is to do in the node.
pub struct Setup {
    /// What it does and where its store lies.
    pub config: Config,
    /// What it follows.
    pub source: SourceConfig,
    /// The account; without one it only looks on.
    pub signer: Option<Signer>,
    /// Models and guest programs that it acts on.
    pub library: Library,
    /// Who answers for runs.
    pub players: Arc<dyn Players>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("config", &self.config)
            .field("source", &self.source)
            .field("library", &self.library)
            .finish_non_exhaustive()
    }
}

/// The future of a running extension.
pub type Running = BoxFuture<'static, Result<()>>;

/// What the extension leaves for the RPC half, which the node launches after it.
struct Parts<Node: FullNodeComponents> {
    notifications: ExExNotifications<Node::Provider, Node::Evm>,
    events: UnboundedSender<ExExEvent>,
    started: oneshot::Sender<Handle>,
}

/// Makes the two closures that a node builder takes:
///
/// ```ignore
/// let (exex, rpc) = opml_exex::extension(setup);
/// builder.node(EthereumNode::default())
///     .install_exex("opml", exex)
///     .extend_rpc_modules(rpc)
///     .launch_with_debug_capabilities()
/// ```
///
/// The service starts with the second, because it reads contracts and sends transactions by the node's own `eth_` methods. It runs in
/// tasks of its own; the extension's future only keeps it, so nothing that happens in it can end or hold up the node. An error
/// at the start, such as a store that belongs to another chain, ends the launch.
#[expect(clippy::type_complexity, reason = "closures that borrow have no name to give")]
pub fn extension<Node, EthApi>(
    setup: Setup,
) -> (
    impl FnOnce(ExExContext<Node>) -> Ready<Result<Running>> + Send + 'static,
    impl FnOnce(RpcContext<'_, Node, EthApi>) -> Result<()> + Send + 'static,
)
where
    Node: FullNodeComponents,
    Node::Provider: BlockReaderIdExt<Receipt: Receipt>,
    EthApi: FullEthApiServer,
{
    let shared = Arc::new(Mutex::new(None));
    let left = Arc::clone(&shared);
    let exex = move |context: ExExContext<Node>| {
        let ExExContext { notifications, events, .. } = context;
        let (started, handle) = oneshot::channel();
        *lock(&left) = Some(Parts::<Node> { notifications, events, started });
        ready(Ok(keep(handle).boxed()))
    };
    let rpc = move |context: RpcContext<'_, Node, EthApi>| {
        let parts = lock(&shared).take();
        let Parts { notifications, events, started } =
            parts.ok_or_eyre("opML: the extension is not installed, only its RPC half")?;
        let Setup { config, source, signer, library, players } = setup;
        let provider = context.provider().clone();
        let source = NodeSource::new(provider, notifications, events, source);
        let provider = InProcess::new(context.registry.eth_api().clone().into_rpc()).provider();
        let service = Service { config, source, provider, signer, library, players };
        let handle = service.start().wrap_err("opML does not start")?;
        let module = RethRpcModule::Other(NAMESPACE.to_owned());
        let api = NodeApi::new(handle.node()).into_rpc();
        context.modules.merge_if_module_configured(module, api)?;
        // Behind the secret that the consensus client has, too, and nowhere else.
        context.auth_module.merge_auth_methods(AdminApi::new(handle.control()).into_rpc())?;
        // Only a node that is being torn down has dropped the other end.
        let _ = started.send(handle);
        Ok(())
    };
    (exex, rpc)
}

/// Keeps the service as long as the node runs, and counts what it does. Never ends: an extension that ends takes the node with it.
async fn keep(started: oneshot::Receiver<Handle>) -> Result<()> {
    if let Ok(handle) = started.await {
        let mut status = handle.watch();
        loop {
            metrics::record(&status.borrow_and_update());
            if status.changed().await.is_err() {
                tracing::error!(target: "opml::exex", "the service has ended");
                break;
            }
        }
    }
    pending().await
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
