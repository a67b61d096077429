//! The way to a running opML node.

use eyre::{Result, WrapErr};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};

/// An opML node.
#[derive(Debug, clap::Args)]
pub struct Endpoint {
    /// JSON-RPC endpoint of an opML node
    #[arg(long = "node-url", value_name = "URL", default_value = "http://127.0.0.1:8645")]
    #[arg(id = "node_url")]
    url: String,
}

impl Endpoint {
    /// The node whose JSON-RPC answers at `url`.
    pub const fn new(url: String) -> Self {
        Self { url }
    }

    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// If the endpoint is not a URL.
    pub(crate) fn client(&self) -> Result<HttpClient> {
        let client = HttpClientBuilder::default().build(&self.url);
        client.wrap_err_with(|| format!("{} is not a URL", self.url))
    }

    /// Who did not answer, for messages.
    pub(crate) fn name(&self) -> String {
        format!("opML node at {}", self.url)
    }
}
