//! The stage: a chain with the contracts on it, courts, models and parties.

mod ask;
mod attention;
mod court;
mod dapp;

use std::{fmt, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolConstructor, SolEvent};
use eyre::{Result, eyre};
use opml_contracts::{DigitsDapp, MipsVerifier, OpML};
use opml_engine::ModelFile;
use opml_fpvm::Program;
use tokio::sync::{Mutex, MutexGuard};

pub use ask::{Asked, Question, REVEAL_DELAY};
pub use attention::Watch;
pub use court::{EVALUATED, GUEST_ELF, MAX_STEPS_BITS, STANDARD, profile_abi};
pub use dapp::Dapp;

use crate::{Chain, Ledger, Party};

/// Name of the party that deploys, and registers courts and models.
pub const DEPLOYER: &str = "deployer";

/// Seconds.
const YEAR: u64 = 365 * 24 * 3600;

/// A guest version as it is on chain, with the program.
#[derive(Clone)]
pub struct Guest {
    /// Its number.
    pub number: u8,
    /// The ELF file.
    pub elf: Arc<[u8]>,
    /// The program in it.
    pub program: Arc<Program>,
    /// Its terms.
    pub version: opml_game::GuestVersion,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("number", &self.number)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A chain with OpML on it. Everything ends with this value.
#[derive(Debug)]
pub struct World {
    chain: Chain,
    deployer: Party,
    opml: Address,
    verifier: Address,
    guest: Guest,
    ledger: Mutex<Ledger>,
}

impl World {
    /// [`Self::on`] a chain of anvil.
    ///
    /// # Errors
    /// If anvil does not start or a transaction fails.
    pub async fn start() -> Result<Self> {
        Self::on(Chain::start().await?).await
    }

    /// Where [`Self::on`] puts OpML on a chain that nobody has used.
    ///
    /// # Errors
    /// If the deployer has no key.
    pub fn address() -> Result<Address> {
        // The verifier is first.
        Ok(Party::key(DEPLOYER)?.address().create(1))
    }

    /// Deploys OpML and the verifier, the committed guest as version 0 and [`STANDARD`] as profile 0.
    ///
    /// # Errors
    /// If a transaction fails.
    pub async fn on(chain: Chain) -> Result<Self> {
        let registrar = Party::key(DEPLOYER)?.address();
        Self::of(chain, unguarded(registrar)).await
    }

    /// [`Self::start`] with a guardian, for a year.
    ///
    /// # Errors
    /// If anvil does not start or a transaction fails.
    pub async fn guarded(guardian: Address) -> Result<Self> {
        let chain = Chain::start().await?;
        let (_, now) = chain.now().await?;
        let arguments = OpML::constructorCall {
            registrar_: Party::key(DEPLOYER)?.address(),
            guardian_: guardian,
            guardianUntil_: U256::from(now + YEAR),
        };
        Self::of(chain, arguments.abi_encode()).await
    }

    async fn of(chain: Chain, arguments: Vec<u8>) -> Result<Self> {
        let deployer = Party::new(&chain, DEPLOYER).await?;
        let mut ledger = Ledger::default();
        ledger.name(deployer.address(), DEPLOYER);
        let verifier = deployer.deploy(&MipsVerifier::BYTECODE, &[]).await?;
        let opml = deployer.deploy(&OpML::BYTECODE, &arguments).await?;
        let guest = court::add_guest(&deployer, opml, verifier, GUEST_ELF, MAX_STEPS_BITS).await?;
        let ledger = Mutex::new(ledger);
        let world = Self { chain, deployer, opml, verifier, guest, ledger };
        world.add_profile(&STANDARD).await?;
        Ok(world)
    }

    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Where the chain's JSON-RPC answers.
    pub fn url(&self) -> String {
        self.chain.url()
    }

    /// Address of OpML.
    pub const fn opml(&self) -> Address {
        self.opml
    }

    /// Address of the verifier of MIPS steps.
    pub const fn verifier(&self) -> Address {
        self.verifier
    }

    /// Guest version 0: the committed guest.
    pub const fn guest(&self) -> &Guest {
        &self.guest
    }

    /// Who deployed, and may add courts.
    pub const fn deployer(&self) -> &Party {
        &self.deployer
    }

    /// The party of this name, with money.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn party(&self, name: &str) -> Result<Party> {
        let party = Party::new(&self.chain, name).await?;
        self.ledger.lock().await.name(party.address(), name);
        Ok(party)
    }

    /// The transactions so far.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn ledger(&self) -> Result<MutexGuard<'_, Ledger>> {
        let mut ledger = self.ledger.lock().await;
        ledger.read(self.chain.provider()).await?;
        Ok(ledger)
    }

    /// Lets at least `seconds` pass on the chain.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn pass(&self, seconds: u64) -> Result<()> {
        self.chain.pass(seconds).await
    }

    /// Adds a profile; gives its number.
    ///
    /// # Errors
    /// If the contract refuses it.
    pub async fn add_profile(&self, profile: &opml_game::Profile) -> Result<u8> {
        let parameters = profile_abi(profile);
        let call = OpML::addProfileCall { parameters };
        let receipt = self.deployer.call(self.opml, U256::ZERO, &call).await?;
        let event = event::<OpML::ProfileAdded>(&receipt)?;
        Ok(event.profile)
    }

    /// Adds a guest version with the real verifier.
    ///
    /// # Errors
    /// If the file is no guest program or the contract refuses it.
    pub async fn add_guest(&self, elf: &[u8], max_steps_bits: u8) -> Result<Guest> {
        court::add_guest(&self.deployer, self.opml, self.verifier, elf, max_steps_bits).await
    }

    /// Registers a model by the proof of its header.
    ///
    /// # Errors
    /// If the contract refuses it, or computes another id.
    pub async fn register(&self, model: &ModelFile) -> Result<B256> {
        let (header, siblings) = model.header_proof();
        let call =
            OpML::registerModelCall { header: header.to_vec().into(), siblings: siblings.into() };
        let receipt = self.deployer.call(self.opml, U256::ZERO, &call).await?;
        let id = event::<OpML::ModelRegistered>(&receipt)?.model;
        eyre::ensure!(id == model.id(), "model {} is registered as {id}", model.id());
        Ok(id)
    }

    /// Deploys a dapp that asks a registered model of guest version 0 under a profile.
    ///
    /// # Errors
    /// If the creation fails.
    pub async fn deploy_dapp(&self, model: B256, profile: u8) -> Result<Address> {
        let arguments = DigitsDapp::constructorCall {
            opml_: self.opml,
            model_: model,
            guest_: self.guest.number,
            profile_: profile,
        };
        self.deployer.deploy(&DigitsDapp::BYTECODE, &arguments.abi_encode()).await
    }

    /// Reads from OpML or another contract.
    ///
    /// # Errors
    /// If the call reverts.
    pub async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return> {
        use alloy::{providers::Provider, rpc::types::TransactionRequest};
        let request = TransactionRequest::default().to(contract).input(call.abi_encode().into());
        let data = self.chain.provider().call(request).await?;
        Ok(C::abi_decode_returns(&data)?)
    }
}

/// The first event of a type in a receipt.
///
/// # Errors
/// If there is none.
pub fn event<E: SolEvent>(receipt: &alloy::rpc::types::TransactionReceipt) -> Result<E> {
    let found = receipt.inner.logs().iter().find_map(|log| E::decode_log(&log.inner).ok());
    found.map(|log| log.data).ok_or_else(|| {
        eyre!("transaction {} has no event {}", receipt.transaction_hash, E::SIGNATURE)
    })
}

/// Constructor arguments of an OpML with this registrar and without a guardian.
pub(crate) fn unguarded(registrar: Address) -> Vec<u8> {
    OpML::constructorCall {
        registrar_: registrar,
        guardian_: Address::ZERO,
        guardianUntil_: U256::ZERO,
    }
    .abi_encode()
}
