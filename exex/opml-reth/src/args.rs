//! The flags `--opml.*`.

use std::{path::PathBuf, sync::Arc};

use eyre::Result;
use opml_exex::{Setup, SourceConfig};
use opml_node::{Identity, player::NativePlayers, service::Signer, signer::KeySource};
use opml_settings::{File, Flags, KeyFile, Settings, Wallet, render};
use reth_ethereum::{
    chainspec::{ChainSpec, EthChainSpec},
    node::core::node_config::NodeConfig,
};

/// What opML does in the node: the settings of `opml node`, each flag with `opml.` before its name.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "opML")]
pub struct OpmlArgs {
    /// TOML file of settings: its keys are the flags below without `--opml.`. A flag that is given wins
    #[arg(long = "opml.config", id = "opml.config", value_name = "FILE", env = "OPML_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Flags<Settings, true>,
    #[command(flatten)]
    wallet: Wallet<true>,
    /// Takes a bare private key on other chains than development chains, too
    #[arg(long = "opml.force-private-key", id = "opml.force-private-key")]
    force_private_key: bool,
}

impl OpmlArgs {
    fn effective(&self) -> Result<(Settings, KeyFile, Option<KeySource>)> {
        let mut file = File::read_if_any(self.config.as_deref())?;
        let settings = file.layer(&self.settings)?;
        let (key_file, key) = self.wallet.layered(&mut file)?;
        file.finish()?;
        Ok((settings, key_file, key))
    }

    /// The settings that hold, as a file that says the same. Keys themselves are not in it.
    ///
    /// # Errors
    /// If the file cannot be read, or has a line that cannot be.
    pub fn render(&self) -> Result<String> {
        let (settings, key_file, _) = self.effective()?;
        Ok(render(&settings)? + &render(&key_file)?)
    }

    /// What the flags and the file ask for; `None` without a contract. Models are read and hashed here.
    ///
    /// # Errors
    /// If a file cannot be read, or a key must not be used.
    pub async fn setup(&self, node: &NodeConfig<ChainSpec>) -> Result<Option<Setup>> {
        let (settings, _, key) = self.effective()?;
        let Some(contract) = settings.contract else { return Ok(None) };
        let chain_id = node.chain.chain().id();
        let mut config = settings.config(Identity { chain_id, contract });
        config.data_dir = Some(node.datadir().data_dir().join(opml_exex::NAMESPACE));
        Ok(Some(Setup {
            config,
            source: SourceConfig::new(contract, settings.start_block),
            signer: self.signer(key, chain_id, node.dev.dev).await?,
            library: settings.library()?,
            players: Arc::new(NativePlayers),
        }))
    }

    async fn signer(
        &self,
        key: Option<KeySource>,
        chain_id: u64,
        is_dev: bool,
    ) -> Result<Option<Signer>> {
        if !is_dev && !self.force_private_key {
            Wallet::<true>::refuse_bare(key.as_ref(), chain_id)?;
        }
        match key {
            Some(key) => Ok(Some(key.signer().await?)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, U256};
    use clap::Parser;

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        opml: OpmlArgs,
    }

    fn parse(args: &[&str]) -> Result<OpmlArgs, clap::Error> {
        let contract = format!("--opml.contract={}", Address::repeat_byte(7));
        let args = ["opml-reth", &contract].into_iter().chain(args.iter().copied());
        Line::try_parse_from(args).map(|line| line.opml)
    }

    #[tokio::test]
    async fn without_a_contract_there_is_nothing_to_install() {
        let args = Line::try_parse_from(["opml-reth"]).unwrap().opml;
        assert!(args.setup(&NodeConfig::test()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn flags_become_a_setup_of_their_chain() {
        let args =
            parse(&["--opml.role=challenger", "--opml.max-bond-gwei=5", "--opml.model=digits"]);
        let node = NodeConfig::test();
        let setup = args.unwrap().setup(&node).await.unwrap().unwrap();
        assert_eq!(setup.config.identity.chain_id, node.chain.chain().id());
        assert!(setup.config.roles.challenger && !setup.config.roles.submitter);
        assert_eq!(setup.config.policy.max_bond, U256::from(5_000_000_000u64));
        assert_eq!(setup.library.model_ids().len(), 1);
        assert!(setup.signer.is_none());
        assert!(setup.config.data_dir.unwrap().ends_with("opml"));
    }

    #[tokio::test]
    async fn a_bare_key_is_for_development_chains() {
        let args = parse(&["--opml.private-key", KEY]).unwrap();
        let error = args.setup(&NodeConfig::test()).await.unwrap_err().to_string();
        assert!(error.contains("--opml.keystore") && !error.contains(&KEY[2..10]), "{error}");
        assert!(args.setup(&NodeConfig::test().dev()).await.unwrap().unwrap().signer.is_some());
        let forced = parse(&["--opml.private-key", KEY, "--opml.force-private-key"]).unwrap();
        assert!(forced.setup(&NodeConfig::test()).await.unwrap().unwrap().signer.is_some());
    }

    #[tokio::test]
    async fn a_keystore_needs_its_password_and_excludes_other_keys() {
        let refusal = async |flags: &[&str]| {
            parse(flags).unwrap().setup(&NodeConfig::test()).await.unwrap_err().to_string()
        };
        assert!(refusal(&["--opml.keystore=key.json"]).await.contains("--opml.password-file"));
        let several = refusal(&["--opml.private-key", KEY, "--opml.mnemonic", "test"]).await;
        assert!(several.contains("not several"), "{several}");
    }

    #[tokio::test]
    async fn a_file_says_what_no_flag_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opml.toml");
        let lines = format!("contract = \"{}\"\nworkers = 7\nmin-fee-gwei = 3\n", Address::ZERO);
        std::fs::write(&path, lines).unwrap();
        let config = format!("--opml.config={}", path.display());
        let line = |more: &[&str]| {
            let args = [&["opml-reth", &config], more].concat();
            Line::try_parse_from(args).unwrap().opml
        };
        let setup = line(&["--opml.workers=8"]).setup(&NodeConfig::test()).await.unwrap().unwrap();
        assert_eq!((setup.config.identity.contract, setup.config.workers), (Address::ZERO, 8));
        assert_eq!(setup.config.policy.min_fee, U256::from(3_000_000_000u64));
        let told = line(&[]).render().unwrap();
        assert!(told.contains("\nworkers = 7\n"), "{told}");
        std::fs::write(&path, "rpc-url = \"http://127.0.0.1:8545\"").unwrap();
        let error = line(&[]).render().unwrap_err().to_string();
        assert!(error.contains("opml.toml: there is no setting rpc-url;"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_model_is_named() {
        let args = parse(&["--opml.model=/no/such/model"]).unwrap();
        let error = format!("{:#}", args.setup(&NodeConfig::test()).await.unwrap_err());
        assert!(error.contains("/no/such/model"), "{error}");
    }
}
