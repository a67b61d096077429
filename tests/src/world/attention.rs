//! Validators: an attention contract, and what people do there.

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, B256, U256};
use eyre::Result;
use opml_contracts::Attention;
use opml_game::Request;
use opml_node::attention::Terms;

use super::{Asked, World};
use crate::Party;

/// An attention contract on the stage.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// Its address.
    pub contract: Address,
    /// Its terms.
    pub terms: Terms,
}

impl World {
    /// Deploys an attention contract.
    ///
    /// # Errors
    /// If it refuses the terms.
    pub async fn deploy_attention(&self, terms: Terms) -> Result<Watch> {
        let contract = self.deployer().deploy(&terms.creation(self.opml()), &[]).await?;
        Ok(Watch { contract, terms })
    }

    /// Takes a seat of a model, with the whole deposit.
    ///
    /// # Errors
    /// If the contract refuses it.
    pub async fn join(
        &self,
        watch: &Watch,
        validator: &Party,
        model: B256,
    ) -> Result<TransactionReceipt> {
        let deposit = self.view(watch.contract, &Attention::seatDepositCall {}).await?;
        validator.call(watch.contract, deposit, &Attention::joinCall { model }).await
    }

    /// Lets the rest of the epoch pass.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn pass_epoch(&self, watch: &Watch) -> Result<()> {
        let (_, now) = self.chain().now().await?;
        let seconds = watch.terms.epoch_seconds;
        self.pass(seconds - now % seconds).await
    }

    /// Puts a request before the validators of its model, with their rewards.
    ///
    /// # Errors
    /// If the contract refuses it.
    pub async fn enrol(
        &self,
        watch: &Watch,
        funder: &Party,
        asked: &Asked,
    ) -> Result<TransactionReceipt> {
        let call = Attention::enrolCall { request_: Request::from_abi(&asked.request)?.to_abi()? };
        funder.call(watch.contract, watch.terms.funding(), &call).await
    }

    /// What an account can withdraw from the contract.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn rewards(&self, watch: &Watch, account: Address) -> Result<U256> {
        self.view(watch.contract, &Attention::creditsCall { account }).await
    }
}
