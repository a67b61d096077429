//! What a person does to the contract: deploy it, register a model, ask. Nodes play by themselves; see [`crate::service`].

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::Encodable2718,
    providers::{DynProvider, PendingTransactionError, Provider},
    rpc::types::{TransactionReceipt, TransactionRequest},
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Address, B256, Bytes, ChainId, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolConstructor, SolEvent};
use opml_contracts::{IOpMLTypes, MipsVerifier, OpML, OraFront};
use opml_engine::ModelFile;
use opml_fpvm::Program;
use opml_game::Request;
use thiserror::Error;

use crate::{service::Signer, tx::Refusal, view::Profile};

/// log2 of the small steps that a large step may take (docs/protocol.md §2: M = 2^30).
const MAX_STEPS_BITS: u8 = 30;
/// Small steps of one evaluation.
const MAX_EVALUATED: u8 = 16;

/// Why a call was not executed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The contract refuses the call; nothing was sent.
    #[error("{what} is refused: {refusal}")]
    Refused {
        /// The call.
        what: &'static str,
        /// Why.
        refusal: Refusal,
    },
    /// The call was sent and reverted.
    #[error("{what} reverted in transaction {hash}")]
    Reverted {
        /// The call.
        what: &'static str,
        /// The transaction.
        hash: B256,
    },
    /// The node could not be asked.
    #[error("{what}: {source}")]
    Rpc {
        /// The question.
        what: &'static str,
        /// What went wrong.
        source: RpcError<TransportErrorKind>,
    },
    /// The transaction did not come back.
    #[error("{what}: {source}")]
    Pending {
        /// The call.
        what: &'static str,
        /// What went wrong.
        source: PendingTransactionError,
    },
    /// The signer refused.
    #[error(transparent)]
    Signer(#[from] alloy::signers::Error),
    /// The transaction succeeded without the event that tells its result: no opML contract of this version.
    #[error(
        "transaction {hash} of {what} has no {event} event: not an opML contract of this version"
    )]
    NoEvent {
        /// The call.
        what: &'static str,
        /// The event.
        event: &'static str,
        /// The transaction.
        hash: B256,
    },
    /// The bindings have other fields than the records: a bug here.
    #[error("a record is none of the contract's: {0}")]
    Abi(#[from] alloy_sol_types::Error),
}

/// Sends calls of one account and waits for each.
#[derive(Clone)]
pub struct Client {
    provider: DynProvider,
    signer: Signer,
    chain_id: ChainId,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.signer.address())
            .field("chain_id", &self.chain_id)
            .finish_non_exhaustive()
    }
}

/// Who may retire guest versions of a deployment, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guardian {
    /// Its account.
    pub account: Address,
    /// Last timestamp at which it may: at most two years ahead.
    pub until: u64,
}

/// Contracts with their first guest version and profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// The opML contract.
    pub contract: Address,
    /// The verifier of small steps.
    pub verifier: Address,
    /// Number of the guest version.
    pub guest: u8,
    /// Root of its guest program.
    pub guest_root: B256,
    /// Number of the profile.
    pub profile: u8,
    /// Height of the contract's block: where followers begin.
    pub block: u64,
}

/// Terms of a front for dapps of the ORA AI oracle (docs/ora.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrontTerms {
    /// Whether it may hand out claims that are not final.
    pub early: bool,
    /// Gwei per gas of a callback that a fee has to cover.
    pub gas_price_gwei: u64,
}

/// A question to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Model id.
    pub model: B256,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// Tells apart requests that are alike.
    pub nonce: u64,
    /// Time after which no claim is accepted.
    pub deadline: u32,
    /// The input.
    pub input: Bytes,
    /// Who receives the result; zero for nobody.
    pub callback: Address,
    /// Gas that the callback gets.
    pub gas_limit: u32,
    /// What the callback gets back.
    pub data: Bytes,
    /// Fee in wei.
    pub fee: U256,
}

impl Client {
    /// A client of the signer's account.
    ///
    /// # Errors
    /// If the node does not tell its chain id.
    pub async fn new(provider: DynProvider, signer: Signer) -> Result<Self, ClientError> {
        let chain_id = provider.get_chain_id().await;
        let chain_id = chain_id.map_err(|source| ClientError::Rpc { what: "chain id", source })?;
        Ok(Self { provider, signer, chain_id })
    }

    /// The account.
    pub fn account(&self) -> Address {
        self.signer.address()
    }

    /// Id of the chain.
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// Sends one transaction and waits for its receipt.
    ///
    /// # Errors
    /// If it would revert (it is not sent then), reverts, or does not get through.
    pub async fn send(
        &self,
        what: &'static str,
        to: TxKind,
        data: Bytes,
        value: U256,
    ) -> Result<TransactionReceipt, ClientError> {
        let rpc = |source| ClientError::Rpc { what, source };
        let mut request = TransactionRequest::default()
            .from(self.account())
            .value(value)
            .input(data.clone().into());
        request.to = Some(to);
        let estimate = self.provider.estimate_gas(request).await;
        let gas = estimate.map_err(|source| match Refusal::of(&source) {
            Some(refusal) => ClientError::Refused { what, refusal },
            None => ClientError::Rpc { what, source },
        })?;
        let fees = self.provider.estimate_eip1559_fees().await.map_err(rpc)?;
        let nonce = self.provider.get_transaction_count(self.account()).pending().await;
        let mut transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: nonce.map_err(rpc)?,
            gas_limit: gas + gas / 4,
            max_fee_per_gas: fees.max_fee_per_gas,
            max_priority_fee_per_gas: fees.max_priority_fee_per_gas,
            to,
            value,
            access_list: Default::default(),
            input: data,
        };
        let signature = self.signer.sign_transaction(&mut transaction).await?;
        let envelope = TxEnvelope::from(transaction.into_signed(signature));
        let pending = self.provider.send_raw_transaction(&envelope.encoded_2718()).await;
        let receipt = pending.map_err(rpc)?.get_receipt().await;
        let receipt = receipt.map_err(|source| ClientError::Pending { what, source })?;
        if receipt.status() {
            Ok(receipt)
        } else {
            Err(ClientError::Reverted { what, hash: receipt.transaction_hash })
        }
    }

    /// Deploys verifier and contract with this account as the registrar, and adds the first guest version and profile.
    /// Nobody can be made guardian later.
    ///
    /// # Errors
    /// If one of the four transactions does not get through.
    pub async fn deploy(
        &self,
        guest: &Program,
        profile: &Profile,
        guardian: Option<Guardian>,
    ) -> Result<Deployment, ClientError> {
        let (verifier, _) = self.create("MipsVerifier", MipsVerifier::BYTECODE.clone()).await?;
        let Guardian { account, until } = guardian.unwrap_or_default();
        let arguments = OpML::constructorCall {
            registrar_: self.account(),
            guardian_: account,
            guardianUntil_: U256::from(until),
        };
        let code = [&OpML::BYTECODE[..], &arguments.abi_encode()].concat();
        let (contract, block) = self.create("OpML", code.into()).await?;
        let guest_root = guest.guest_root();
        let version = IOpMLTypes::GuestVersion {
            root: guest_root,
            verifier,
            entry: guest.entry(),
            maxStepsBits: MAX_STEPS_BITS,
            maxEvaluated: MAX_EVALUATED,
        };
        let data = OpML::addGuestVersionCall { version }.abi_encode();
        let receipt = self.call("addGuestVersion", contract, data, U256::ZERO).await?;
        let added: OpML::GuestVersionAdded = event("addGuestVersion", &receipt)?;
        let parameters = IOpMLTypes::Profile {
            window: profile.window,
            clock: profile.clock,
            increment: profile.increment,
            secondsPerBlock: profile.seconds_per_block,
            arityBits: profile.arity_bits,
            stakeGwei: profile.stake_gwei,
            bondGwei: profile.bond_gwei,
            answerWindow: profile.answer_window,
        };
        let data = OpML::addProfileCall { parameters }.abi_encode();
        let receipt = self.call("addProfile", contract, data, U256::ZERO).await?;
        let profile: OpML::ProfileAdded = event("addProfile", &receipt)?;
        let (guest, profile) = (added.guest, profile.profile);
        Ok(Deployment { contract, verifier, guest, guest_root, profile, block })
    }

    /// Deploys a front for dapps of the ORA AI oracle on a deployment's guest version and profile, with this account as its
    /// registrar.
    ///
    /// # Errors
    /// If the transaction does not get through.
    pub async fn deploy_front(
        &self,
        deployment: &Deployment,
        terms: FrontTerms,
    ) -> Result<Address, ClientError> {
        let arguments = OraFront::constructorCall {
            opml_: deployment.contract,
            guest_: deployment.guest,
            profile_: deployment.profile,
            early_: terms.early,
            registrar_: self.account(),
            gasPriceGwei_: terms.gas_price_gwei,
        };
        let code = [&OraFront::BYTECODE[..], &arguments.abi_encode()].concat();
        Ok(self.create("OraFront", code.into()).await?.0)
    }

    /// Gives a registered model a number in a front, for ever, an owner, and a fee per question.
    ///
    /// # Errors
    /// If the number is taken, the model is not registered, or this account is not the front's registrar.
    pub async fn number_model(
        &self,
        front: Address,
        number: U256,
        model: B256,
        owner: Address,
        fee_gwei: u64,
    ) -> Result<(), ClientError> {
        let call = OraFront::addModelCall { modelId: number, model, owner, feeGwei: fee_gwei };
        self.call("addModel", front, call.abi_encode(), U256::ZERO).await?;
        Ok(())
    }

    /// Registers a model by proof of its header. A model that is registered already is left as it is.
    ///
    /// # Errors
    /// If the contract refuses the header.
    pub async fn register_model(
        &self,
        contract: Address,
        model: &ModelFile,
    ) -> Result<B256, ClientError> {
        let (header, siblings) = model.header_proof();
        let call = OpML::registerModelCall {
            header: Bytes::copy_from_slice(&header),
            siblings: siblings.into(),
        };
        match self.call("registerModel", contract, call.abi_encode(), U256::ZERO).await {
            Ok(_) => Ok(model.id()),
            Err(ClientError::Refused { refusal: Refusal::Exists(_), .. }) => Ok(model.id()),
            Err(error) => Err(error),
        }
    }

    /// The request that a question of this account makes.
    pub fn request(&self, question: &Question) -> Request {
        Request {
            requester: self.account(),
            nonce: question.nonce,
            model: question.model,
            guest: question.guest,
            profile: question.profile,
            input_hash: keccak256(&question.input),
            callback: question.callback,
            gas_limit: question.gas_limit,
            data_hash: keccak256(&question.data),
        }
    }

    /// Asks a question; gives the request's id and its block.
    ///
    /// # Errors
    /// If the contract refuses it.
    pub async fn ask(
        &self,
        contract: Address,
        question: &Question,
    ) -> Result<(B256, u64), ClientError> {
        let call = OpML::requestCall {
            model: question.model,
            guest: question.guest,
            profile: question.profile,
            nonce: question.nonce,
            deadline: question.deadline,
            input: question.input.clone(),
            callback: question.callback,
            gasLimit: question.gas_limit,
            data: question.data.clone(),
        };
        let receipt = self.call("request", contract, call.abi_encode(), question.fee).await?;
        let requested: OpML::Requested = event("request", &receipt)?;
        debug_assert_eq!(Request::from_abi(&requested.request)?, self.request(question));
        Ok((requested.requestId, receipt.block_number.unwrap_or_default()))
    }

    pub(crate) async fn call(
        &self,
        what: &'static str,
        to: Address,
        data: Vec<u8>,
        value: U256,
    ) -> Result<TransactionReceipt, ClientError> {
        self.send(what, TxKind::Call(to), data.into(), value).await
    }

    pub(crate) async fn create(
        &self,
        what: &'static str,
        code: Bytes,
    ) -> Result<(Address, u64), ClientError> {
        let receipt = self.send(what, TxKind::Create, code, U256::ZERO).await?;
        let hash = receipt.transaction_hash;
        let address = receipt.contract_address;
        let address = address.ok_or(ClientError::NoEvent { what, event: "creation", hash })?;
        Ok((address, receipt.block_number.unwrap_or_default()))
    }
}

/// The event that tells what a call did.
fn event<E: SolEvent>(what: &'static str, receipt: &TransactionReceipt) -> Result<E, ClientError> {
    let found = receipt.logs().iter().find_map(|log| E::decode_log(&log.inner).ok());
    let hash = receipt.transaction_hash;
    found.map(|log| log.data).ok_or(ClientError::NoEvent { what, event: E::SIGNATURE, hash })
}
