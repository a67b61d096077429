//! Questions.

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use eyre::Result;
use opml_contracts::{DigitsDapp, IOpMLTypes, OpML};
use opml_game::Claim;
use opml_node::plan::Answer;

use super::{World, event};
use crate::Party;

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The model.
    pub model: B256,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// Tells apart requests that are alike.
    pub nonce: u64,
    /// Seconds from now in which somebody may claim an answer.
    pub patience: u32,
    /// The input.
    pub input: Bytes,
    /// Who receives the result, or zero.
    pub callback: Address,
    /// Gas for it.
    pub gas_limit: u32,
    /// What it gets back.
    pub data: Bytes,
}

impl Question {
    /// A question without a callback, for guest version 0 and profile 0.
    pub fn new(model: B256, input: impl Into<Bytes>) -> Self {
        Self {
            model,
            guest: 0,
            profile: 0,
            nonce: 0,
            patience: 24 * 3600,
            input: input.into(),
            callback: Address::ZERO,
            gas_limit: 0,
            data: Bytes::new(),
        }
    }
}

/// A request on chain, with all that answering and finalising it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its id.
    pub id: B256,
    /// Its fields.
    pub request: IOpMLTypes::Request,
    /// The input.
    pub input: Bytes,
    /// What the callback gets back.
    pub data: Bytes,
}

impl Asked {
    /// Reads the request that a transaction made.
    ///
    /// # Errors
    /// If it made none.
    pub fn of(receipt: &TransactionReceipt) -> Result<Self> {
        let OpML::Requested { requestId, request, input, data, .. } = event(receipt)?;
        Ok(Self { id: requestId, request, input, data })
    }
}

/// Blocks from a commitment to its reveal.
pub const REVEAL_DELAY: u64 = 2;

impl Asked {
    /// The call by which `submitter` commits to an answer in a round.
    pub fn commit_call(&self, round: u32, submitter: Address, answer: &Answer) -> OpML::commitCall {
        let (guest, profile) = (self.request.guest, self.request.profile);
        let claim = Claim {
            request_id: self.id,
            round,
            guest,
            profile,
            submitter,
            s0: answer.s0,
            n: answer.n,
            sn: answer.sn,
            outcome: answer.outcome as u8,
            output_hash: keccak256(&answer.output),
        };
        OpML::commitCall { requestId: self.id, round, profile, content: claim.content() }
    }

    /// The call that reveals it.
    pub fn reveal_call(&self, round: u32, answer: &Answer) -> OpML::revealCall {
        OpML::revealCall {
            request_: self.request.clone(),
            round,
            n: answer.n,
            outcome: answer.outcome as u8,
            runRoot: answer.run_root,
            sn: answer.sn,
            input: self.input.clone(),
            output: answer.output.clone(),
        }
    }
}

impl World {
    /// Asks through a [`DigitsDapp`], with `fee` wei for whoever answers.
    ///
    /// # Errors
    /// If the dapp or OpML refuses.
    pub async fn ask(
        &self,
        asker: &Party,
        dapp: Address,
        picture: &[u8],
        fee: U256,
    ) -> Result<Asked> {
        let call = DigitsDapp::askCall { picture: Bytes::copy_from_slice(picture) };
        Asked::of(&asker.call(dapp, fee, &call).await?)
    }

    /// Asks OpML itself.
    ///
    /// # Errors
    /// If it refuses.
    pub async fn request(&self, asker: &Party, question: &Question, fee: U256) -> Result<Asked> {
        let call = self.request_call(question).await?;
        Asked::of(&asker.call(self.opml, fee, &call).await?)
    }

    /// The call that asks a question.
    ///
    /// # Errors
    /// If the chain does not tell its time.
    pub async fn request_call(&self, question: &Question) -> Result<OpML::requestCall> {
        let (_, now) = self.chain.now().await?;
        let question = question.clone();
        Ok(OpML::requestCall {
            model: question.model,
            guest: question.guest,
            profile: question.profile,
            nonce: question.nonce,
            deadline: (now as u32).saturating_add(question.patience),
            input: question.input,
            callback: question.callback,
            gasLimit: question.gas_limit,
            data: question.data,
        })
    }

    /// The digit that a dapp's callback received, if it did.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn answer(&self, dapp: Address, request: B256) -> Result<Option<u8>> {
        let question = self.view(dapp, &DigitsDapp::questionsCall { requestId: request }).await?;
        Ok(question.answered.then_some(question.digit))
    }
}
