//! Somebody with a key.

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::Encodable2718,
    network::TxSignerSync,
    providers::{DynProvider, Provider},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolInterface};
use eyre::{Context, Result, bail, ensure};
use opml_contracts::OpML::OpMLErrors;
use serde::{Deserialize, Serialize};

use crate::Chain;

/// Gas of every transaction: the most that one may have (EIP-7825), so that no estimate decides about a result.
const GAS: u64 = 1 << 24;
/// Far above the base fee of an idle chain.
const MAX_FEE: u128 = 100_000_000_000;
/// What everybody starts with.
const FUNDS: u64 = 10_000;

/// A key with its name; the key is a function of the name.
#[derive(Debug, Clone)]
pub struct Party {
    name: String,
    signer: PrivateKeySigner,
    provider: DynProvider,
    chain_id: u64,
}

/// How a transaction ended.
#[derive(Debug, Clone)]
pub enum Sent {
    /// It was executed.
    Done(Box<TransactionReceipt>),
    /// The contract refused it.
    Refused(Bytes),
}

#[derive(Debug, Clone, Serialize)]
struct TraceOptions {
    tracer: &'static str,
}

/// The outermost call of a traced transaction.
#[derive(Debug, Clone, Deserialize)]
struct Trace {
    output: Option<Bytes>,
}

impl Party {
    /// The party of this name, with 10 000 ether.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn new(chain: &Chain, name: &str) -> Result<Self> {
        let party = Self {
            name: name.to_owned(),
            signer: Self::key(name)?,
            provider: chain.provider().clone(),
            chain_id: chain.provider().get_chain_id().await?,
        };
        let ether = U256::from(10).pow(U256::from(18));
        chain.fund(party.address(), U256::from(FUNDS) * ether).await?;
        Ok(party)
    }

    /// The key of the party of this name, on every chain.
    ///
    /// # Errors
    /// If the hash of the name is no key.
    pub fn key(name: &str) -> Result<PrivateKeySigner> {
        Ok(PrivateKeySigner::from_bytes(&keccak256(format!("opml.tests/{name}")))?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its account.
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    /// Its key.
    pub const fn signer(&self) -> &PrivateKeySigner {
        &self.signer
    }

    /// Makes a contract.
    ///
    /// # Errors
    /// If the creation reverts.
    pub async fn deploy(&self, code: &[u8], arguments: &[u8]) -> Result<Address> {
        let code = [code, arguments].concat();
        match self.transact(TxKind::Create, U256::ZERO, code.into()).await? {
            Sent::Done(receipt) => {
                receipt.contract_address.ok_or_else(|| eyre::eyre!("a creation without address"))
            }
            Sent::Refused(data) => bail!("{}: creation refused with {data}", self.name),
        }
    }

    /// Calls a contract.
    ///
    /// # Errors
    /// If the call reverts; the message names the custom error.
    pub async fn call<C: SolCall>(
        &self,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<TransactionReceipt> {
        match self.transact(to.into(), value, call.abi_encode().into()).await? {
            Sent::Done(receipt) => Ok(*receipt),
            Sent::Refused(data) => {
                let why = OpMLErrors::abi_decode(&data)
                    .map_or_else(|_| data.to_string(), |error| format!("{error:?}"));
                bail!("{}: {} refused: {why}", self.name, C::SIGNATURE)
            }
        }
    }

    /// Sends a call that OpML must refuse, really: the block with the reverted transaction is on the chain.
    ///
    /// # Errors
    /// If it is not refused, or not with one of OpML's custom errors, or if anything in the contract changed.
    pub async fn refused<C: SolCall>(
        &self,
        chain: &Chain,
        opml: Address,
        value: U256,
        call: &C,
    ) -> Result<OpMLErrors> {
        let before = chain.fingerprint(opml).await?;
        let sent = self.transact(opml.into(), value, call.abi_encode().into()).await?;
        let Sent::Refused(data) = sent else {
            bail!("{}: {} is accepted", self.name, C::SIGNATURE)
        };
        let after = chain.fingerprint(opml).await?;
        ensure!(before == after, "{} reverts and changes the contract", C::SIGNATURE);
        OpMLErrors::abi_decode(&data).wrap_err_with(|| format!("revert data {data}"))
    }

    /// Signs and sends a transaction and waits for its receipt.
    ///
    /// # Errors
    /// If the chain does not take it.
    pub async fn transact(&self, to: TxKind, value: U256, input: Bytes) -> Result<Sent> {
        let nonce = self.provider.get_transaction_count(self.address()).await?;
        let mut transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit: GAS,
            max_fee_per_gas: MAX_FEE,
            max_priority_fee_per_gas: 0,
            to,
            value,
            access_list: Default::default(),
            input,
        };
        let signature = self.signer.sign_transaction_sync(&mut transaction)?;
        let envelope = TxEnvelope::from(transaction.into_signed(signature));
        let sent = self.provider.send_raw_transaction(&envelope.encoded_2718()).await;
        let hash = *sent.wrap_err_with(|| format!("{}: nonce {nonce}", self.name))?.tx_hash();
        let receipt = self.receipt(hash).await?;
        if receipt.status() {
            return Ok(Sent::Done(Box::new(receipt)));
        }
        // A receipt does not say why: what the transaction returned does.
        let options = TraceOptions { tracer: "callTracer" };
        let trace: Trace =
            self.provider.raw_request("debug_traceTransaction".into(), (hash, options)).await?;
        Ok(Sent::Refused(trace.output.unwrap_or_default()))
    }

    async fn receipt(&self, hash: B256) -> Result<TransactionReceipt> {
        Chain::wait_for("a receipt", async || {
            Ok(self.provider.get_transaction_receipt(hash).await?)
        })
        .await
    }
}
