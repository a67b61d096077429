//! The way to the chain.

use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use eyre::{Result, WrapErr};
use opml_node::client::Client;
use opml_settings::Wallet;
use serde::{Deserialize, Serialize};

/// An Ethereum node.
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Chain {
    /// JSON-RPC endpoint of an Ethereum node
    #[arg(id = "opml.rpc-url", long = "rpc-url", value_name = "URL", env = "ETH_RPC_URL")]
    #[arg(default_value = "http://127.0.0.1:8545")]
    rpc_url: String,
}

impl Chain {
    /// A connection; nothing is asked yet.
    ///
    /// # Errors
    /// If the endpoint is not a URL.
    pub(crate) fn provider(&self) -> Result<DynProvider> {
        let url =
            self.rpc_url.parse().wrap_err_with(|| format!("{} is not a URL", self.rpc_url))?;
        Ok(ProviderBuilder::new().disable_recommended_fillers().connect_http(url).erased())
    }

    /// A client with the wallet's account.
    ///
    /// # Errors
    /// If there is no key, or the node does not answer.
    pub(crate) async fn client(&self, wallet: &Wallet) -> Result<Client> {
        let client = Client::new(self.provider()?, wallet.required().await?).await;
        client.wrap_err_with(|| format!("Ethereum node at {}", self.rpc_url))
    }

    /// The endpoint, for messages.
    pub(crate) fn url(&self) -> &str {
        &self.rpc_url
    }
}
