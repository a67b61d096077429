//! The flags `--opml.*`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy_primitives::{Address, U256};
use clap::ValueEnum;
use eyre::{Result, WrapErr, bail};
use opml_exex::{Setup, SourceConfig};
use opml_node::{
    Config, Identity, Library, player::NativePlayers, service::Signer, signer::KeySource,
};
use reth_ethereum::{
    chainspec::{ChainSpec, EthChainSpec},
    node::core::node_config::NodeConfig,
};

/// The committed guest program.
const GUEST: &[u8] = include_bytes!("../../../crates/guest/opml-guest.elf");

/// What a node begins of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Claims answers to requests.
    Submitter,
    /// Disputes false claims.
    Challenger,
    /// Computes and reports.
    Observer,
}

/// What opML does in the node.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "opML")]
pub(crate) struct OpmlArgs {
    /// The opML contract. Without it, opML is not installed
    #[arg(long = "opml.contract", value_name = "ADDRESS", env = "OPML_CONTRACT")]
    contract: Option<Address>,
    /// A block before the contract's first event
    #[arg(long = "opml.start-block", value_name = "NUMBER", default_value_t = 0)]
    start_block: u64,
    /// What the node begins of itself; may be given more than once
    #[arg(long = "opml.role", value_enum, default_value = "observer")]
    roles: Vec<Role>,
    /// Models that the node acts on: files, or `digits`
    #[arg(long = "opml.model", value_name = "FILE|digits")]
    models: Vec<String>,
    /// Guest programs that the node acts on besides the committed one
    #[arg(long = "opml.guest", value_name = "FILE")]
    guests: Vec<PathBuf>,
    /// Profiles under which the node claims; all if left out
    #[arg(long = "opml.profile", value_name = "N")]
    profiles: Vec<u8>,
    /// Guest versions under which the node claims and opens disputes; if left out, those whose verifier has the code that this
    /// program was built with
    #[arg(long = "opml.guest-version", value_name = "N")]
    guest_versions: Vec<u8>,
    /// Least fee of a request that the node claims, in gwei: it has to pay for the claim's gas
    #[arg(long = "opml.min-fee-gwei", value_name = "GWEI", default_value_t = 0)]
    min_fee_gwei: u64,
    /// Greatest stake of a claim in gwei
    #[arg(long = "opml.max-stake-gwei", value_name = "GWEI")]
    max_stake_gwei: Option<u64>,
    /// Greatest bond of a dispute in gwei
    #[arg(long = "opml.max-bond-gwei", value_name = "GWEI")]
    max_bond_gwei: Option<u64>,
    /// Computations at the same time
    #[arg(long = "opml.workers", value_name = "N", default_value_t = 2)]
    workers: usize,
    /// Encrypted keystore file of the account; without an account the node only looks on
    #[arg(long = "opml.keystore", value_name = "FILE", requires = "password_file")]
    keystore: Option<PathBuf>,
    /// File with the keystore's password
    #[arg(long = "opml.password-file", value_name = "FILE", id = "password_file")]
    password_file: Option<PathBuf>,
    /// Mnemonic phrase of the account
    #[arg(
        long = "opml.mnemonic",
        value_name = "PHRASE",
        env = "OPML_MNEMONIC",
        hide_env_values = true
    )]
    #[arg(conflicts_with = "keystore")]
    mnemonic: Option<String>,
    /// Index of the account of the mnemonic
    #[arg(long = "opml.mnemonic-index", value_name = "N", default_value_t = 0)]
    mnemonic_index: u32,
    /// Bare private key of the account, for development chains
    #[arg(
        long = "opml.private-key",
        value_name = "KEY",
        env = "OPML_PRIVATE_KEY",
        hide_env_values = true
    )]
    #[arg(conflicts_with_all = ["keystore", "mnemonic"])]
    private_key: Option<String>,
    /// Takes a bare private key on other chains than development chains, too
    #[arg(long = "opml.force-private-key")]
    force_private_key: bool,
}

impl OpmlArgs {
    /// What the flags ask for; `None` if they ask for nothing. Models are read and hashed here.
    ///
    /// # Errors
    /// If a file cannot be read, or a key must not be used.
    pub(crate) fn setup(&self, node: &NodeConfig<ChainSpec>) -> Result<Option<Setup>> {
        let Some(contract) = self.contract else { return Ok(None) };
        let chain_id = node.chain.chain().id();
        let mut config = Config::new(Identity { chain_id, contract });
        config.data_dir = Some(node.datadir().data_dir().join(opml_exex::NAMESPACE));
        config.roles.submitter = self.roles.contains(&Role::Submitter);
        config.roles.challenger = self.roles.contains(&Role::Challenger);
        config.workers = self.workers;
        let gwei = |amount: u64| U256::from(amount) * U256::from(1_000_000_000u64);
        let policy = &mut config.policy;
        policy.profiles =
            (!self.profiles.is_empty()).then(|| self.profiles.iter().copied().collect());
        policy.guests = (!self.guest_versions.is_empty())
            .then(|| self.guest_versions.iter().copied().collect());
        policy.min_fee = gwei(self.min_fee_gwei);
        policy.max_stake = self.max_stake_gwei.map_or(policy.max_stake, gwei);
        policy.max_bond = self.max_bond_gwei.map_or(policy.max_bond, gwei);
        Ok(Some(Setup {
            config,
            source: SourceConfig::new(contract, self.start_block),
            signer: self.signer(node.dev.dev)?,
            library: self.library()?,
            players: Arc::new(NativePlayers),
        }))
    }

    fn signer(&self, is_dev: bool) -> Result<Option<Signer>> {
        let source = match (&self.keystore, &self.password_file, &self.mnemonic, &self.private_key)
        {
            (Some(path), Some(password_file), _, _) => {
                KeySource::Keystore { path: path.clone(), password_file: password_file.clone() }
            }
            (_, _, Some(phrase), _) => {
                KeySource::Mnemonic { phrase: phrase.clone(), index: self.mnemonic_index }
            }
            (_, _, _, Some(_)) if !is_dev && !self.force_private_key => bail!(
                "a bare private key is for --dev chains: use --opml.keystore, or --opml.force-private-key"
            ),
            (_, _, _, Some(key)) => KeySource::PrivateKey(key.clone()),
            _ => return Ok(None),
        };
        Ok(Some(source.signer()?))
    }

    fn library(&self) -> Result<Library> {
        let mut library = Library::new();
        library.add_guest(GUEST)?;
        for path in &self.guests {
            let named = || format!("guest program {}", path.display());
            let elf = std::fs::read(path).wrap_err_with(named)?;
            library.add_guest(&elf).wrap_err_with(named)?;
        }
        for name in &self.models {
            // Of a file every byte is hashed, whatever lies beside it: money is staked on the id.
            let id = match name.as_str() {
                "digits" => library.add_model(Arc::new(opml_model::digits()?)),
                path => library.add_model_file(Path::new(path), None)?,
            };
            tracing::info!(target: "opml::node", %id, "model verified");
        }
        Ok(library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn without_a_contract_there_is_nothing_to_install() {
        let args = Line::try_parse_from(["opml-reth"]).unwrap().opml;
        assert!(args.setup(&NodeConfig::test()).unwrap().is_none());
    }

    #[test]
    fn flags_become_a_setup_of_their_chain() {
        let args =
            parse(&["--opml.role=challenger", "--opml.max-bond-gwei=5", "--opml.model=digits"]);
        let node = NodeConfig::test();
        let setup = args.unwrap().setup(&node).unwrap().unwrap();
        assert_eq!(setup.config.identity.chain_id, node.chain.chain().id());
        assert!(setup.config.roles.challenger && !setup.config.roles.submitter);
        assert_eq!(setup.config.policy.max_bond, U256::from(5_000_000_000u64));
        assert_eq!(setup.library.model_ids().len(), 1);
        assert!(setup.signer.is_none());
        assert!(setup.config.data_dir.unwrap().ends_with("opml"));
    }

    #[test]
    fn a_bare_key_is_for_development_chains() {
        let args = parse(&["--opml.private-key", KEY]).unwrap();
        let error = args.setup(&NodeConfig::test()).unwrap_err().to_string();
        assert!(error.contains("--opml.keystore") && !error.contains(&KEY[2..10]), "{error}");
        assert!(args.setup(&NodeConfig::test().dev()).unwrap().unwrap().signer.is_some());
        let forced = parse(&["--opml.private-key", KEY, "--opml.force-private-key"]).unwrap();
        assert!(forced.setup(&NodeConfig::test()).unwrap().unwrap().signer.is_some());
    }

    #[test]
    fn a_keystore_needs_its_password_and_excludes_other_keys() {
        assert!(parse(&["--opml.keystore=key.json"]).is_err());
        assert!(parse(&["--opml.private-key", KEY, "--opml.mnemonic", "test"]).is_err());
    }

    #[test]
    fn a_missing_model_is_named() {
        let args = parse(&["--opml.model=/no/such/model"]).unwrap();
        let error = format!("{:#}", args.setup(&NodeConfig::test()).unwrap_err());
        assert!(error.contains("/no/such/model"), "{error}");
    }
}
