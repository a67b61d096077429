use alloy_primitives::{Address, B256, Bytes, U256, aliases::U96};
use alloy_sol_types::{SolCall, SolConstructor};
use opml_contracts::{Attention, IAttentionEvents};

use super::Terms;
use crate::client::{Client, ClientError, Question};

impl Terms {
    /// Creation code, with its arguments, of an attention contract with these terms for the requests of `opml`. It refuses terms that
    /// are outside its limits.
    pub fn creation(&self, opml: Address) -> Bytes {
        let arguments = Attention::constructorCall {
            opml_: opml,
            terms_: IAttentionEvents::Terms {
                profile: self.profile,
                draws: self.draws,
                calledPerTenThousand: self.called,
                capacity: self.capacity,
                epochSeconds: u32::try_from(self.epoch_seconds).unwrap_or(u32::MAX),
                // There is not so much ether.
                slash: U96::saturating_from(self.slash),
                reward: U96::saturating_from(self.reward),
            },
        };
        [&Attention::BYTECODE[..], &arguments.abi_encode()].concat().into()
    }
}

impl Client {
    /// Deploys an attention contract for the profile that its terms name, which has to have an answer window.
    ///
    /// # Errors
    /// If the contract refuses the terms, or the transaction does not get through.
    pub async fn deploy_attention(
        &self,
        opml: Address,
        terms: &Terms,
    ) -> Result<Address, ClientError> {
        Ok(self.create("Attention", terms.creation(opml)).await?.0)
    }

    /// Puts a question that this account is going to ask before the validators of its model, with a reward for each that may be
    /// drawn.
    ///
    /// # Errors
    /// If the contract refuses it: the model has no validator in this epoch, or no capacity left.
    pub async fn enrol(
        &self,
        attention: Address,
        question: &Question,
        terms: &Terms,
    ) -> Result<B256, ClientError> {
        let data = Attention::enrolCall { request_: self.request(question).to_abi()? }.abi_encode();
        let receipt = self.call("enrol", attention, data, terms.funding()).await?;
        Ok(receipt.transaction_hash)
    }

    /// Takes a seat on a model's roster from the next epoch on. Of a whole deposit of `deposit` wei, `has` wei are there already; sends
    /// the rest.
    ///
    /// # Errors
    /// If the account has a seat, or an earlier one is still liable.
    pub async fn join(
        &self,
        attention: Address,
        model: B256,
        deposit: U256,
        has: U256,
    ) -> Result<B256, ClientError> {
        let data = Attention::joinCall { model }.abi_encode();
        let receipt = self.call("join", attention, data, deposit.saturating_sub(has)).await?;
        Ok(receipt.transaction_hash)
    }
}
