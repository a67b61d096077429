use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy::{
    eips::BlockId,
    providers::{DynProvider, Provider},
    rpc::types::TransactionRequest,
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use opml_contracts::{Attention as Contract, IAttentionEvents};
use opml_game::attention::{LIABLE_EPOCHS, Lots, Rand};
use thiserror::Error;

use super::{Attention, Enrolment, Member, Seat, Terms};
use crate::{
    store::{Store, StoreError},
    view::{BlockRef, Claim, Head, Request, View},
};

/// Why a contract was not read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The node does not answer, or the contract reverts.
    #[error("{call} of {contract}: {source}")]
    Rpc {
        /// The contract.
        contract: Address,
        /// The function that was called.
        call: &'static str,
        /// What went wrong.
        source: RpcError<TransportErrorKind>,
    },
    /// What the contract says is none of its types.
    #[error("{contract} is no attention contract of this version: {call}: {source}")]
    Decode {
        /// The contract.
        contract: Address,
        /// The function that was called.
        call: &'static str,
        /// What the decoder said.
        source: alloy_sol_types::Error,
    },
    /// The contract is about requests of another opML contract.
    #[error("attention contract {contract} is that of opML contract {found}, not of {expected}")]
    Foreign {
        /// The attention contract.
        contract: Address,
        /// The opML contract that it names.
        found: Address,
        /// The one that the node follows.
        expected: Address,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Calls a function of a contract without a transaction, as of a block.
///
/// # Errors
/// If the node does not answer, or the contract reverts or answers with something else.
pub async fn ask<C: SolCall>(
    provider: &DynProvider,
    contract: Address,
    at: BlockId,
    call: &C,
) -> Result<C::Return, ReadError> {
    let request =
        TransactionRequest::default().to(contract).input(Bytes::from(call.abi_encode()).into());
    let told = provider.call(request).block(at).await;
    let name = C::SIGNATURE;
    let told = told.map_err(|source| ReadError::Rpc { contract, call: name, source })?;
    C::abi_decode_returns(&told).map_err(|source| ReadError::Decode {
        contract,
        call: name,
        source,
    })
}

impl From<IAttentionEvents::Terms> for Terms {
    fn from(told: IAttentionEvents::Terms) -> Self {
        Self {
            profile: told.profile,
            draws: told.draws,
            called: told.calledPerTenThousand,
            capacity: told.capacity,
            // The constructor refuses less than two whole verdicts.
            epoch_seconds: u64::from(told.epochSeconds).max(1),
            slash: U256::from(told.slash),
            reward: U256::from(told.reward),
        }
    }
}

impl From<IAttentionEvents::Member> for Member {
    fn from(told: IAttentionEvents::Member) -> Self {
        let (from, until) = (told.from.into(), told.until.into());
        Self { deposit: U256::from(told.deposit), from, until }
    }
}

/// For whom, and as of when, a contract is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Chain view of the account.
    pub(crate) view: &'a View,
    /// The head of that view.
    pub(crate) head: Head,
    /// The account.
    pub(crate) account: Address,
    /// Models that the node holds: requests for others are left alone.
    pub(crate) models: &'a BTreeSet<B256>,
}

/// Reads one attention contract, head after head. What it remembers between two of them saves calls and nothing else: it is what
/// cannot change on one chain, and it is forgotten when the head before is not on the chain any more.
#[derive(Debug)]
pub(crate) struct Reader {
    provider: DynProvider,
    contract: Address,
    opml: Address,
    terms: Option<Terms>,
    /// The block read last; `None` after a failure.
    last: Option<BlockRef>,
    /// Requests that need no look any more.
    settled: BTreeSet<B256>,
    /// Validators with a drawn seat, each with the index of its draw, by request.
    drawn: BTreeMap<B256, Vec<(u8, Address)>>,
}

impl Reader {
    /// A reader of `contract`, which has to name the contract `opml`.
    pub(crate) const fn new(provider: DynProvider, contract: Address, opml: Address) -> Self {
        Self {
            provider,
            contract,
            opml,
            terms: None,
            last: None,
            settled: BTreeSet::new(),
            drawn: BTreeMap::new(),
        }
    }

    /// What the contract says at the scope's head.
    pub(crate) async fn read(
        &mut self,
        store: &Store,
        scope: Scope<'_>,
    ) -> Result<Arc<Attention>, ReadError> {
        let last = self.last.take();
        if !last.map_or(Ok(false), |last| store.has_block(last))? {
            self.settled.clear();
            self.drawn.clear();
        }
        let attention = self.read_on(store, scope).await?;
        self.last = Some(attention.at);
        Ok(Arc::new(attention))
    }

    async fn read_on(&mut self, store: &Store, scope: Scope<'_>) -> Result<Attention, ReadError> {
        let at = scope.head.block();
        let terms = self.terms(at.hash).await?;
        let credit = self.ask(at.hash, &Contract::creditsCall { account: scope.account }).await?;
        let mut members = BTreeMap::new();
        for &model in scope.models {
            let member = self.member(at.hash, model, scope.account).await?;
            if !member.deposit.is_zero() {
                members.insert(model, member);
            }
        }
        let mut enrolments = BTreeMap::new();
        for (request, last) in Self::candidates(store, scope, &terms)? {
            let id = request.id;
            let begun = request.begun.is_some();
            let enrolment = self.enrolment(at.hash, request, last, &terms).await?;
            let enrolment = enrolment.filter(|enrolment| {
                terms.judges(enrolment.epoch, scope.head.time)
                    && !enrolment.is_settled(id, &terms, scope.account)
            });
            match enrolment {
                Some(enrolment) => drop(enrolments.insert(id, enrolment)),
                // Nobody can enrol it after the first commitment.
                None if begun => drop(self.settled.insert(id)),
                None => {}
            }
        }
        self.drawn.retain(|id, _| enrolments.contains_key(id));
        let contract = self.contract;
        Ok(Attention { contract, at, terms, credit, members, enrolments })
    }

    /// Live requests of the profile, and those with an output that can still be judged, each with its final claim.
    fn candidates(
        store: &Store,
        scope: Scope<'_>,
        terms: &Terms,
    ) -> Result<Vec<(Request, Option<Claim>)>, ReadError> {
        let oldest = terms.epoch(scope.head.time).saturating_sub(LIABLE_EPOCHS - 1);
        let answered = store.answered_since(oldest * terms.epoch_seconds)?;
        let live = scope.view.requests.values().map(|request| (request.clone(), None));
        let answered = answered.into_iter().map(|(request, last)| (request, Some(last)));
        let concerns = |request: &Request| {
            request.profile == terms.profile && scope.models.contains(&request.model)
        };
        Ok(live.chain(answered).filter(|(request, _)| concerns(request)).collect())
    }

    async fn terms(&mut self, at: B256) -> Result<Terms, ReadError> {
        if let Some(terms) = self.terms {
            return Ok(terms);
        }
        let found = self.ask(at, &Contract::opmlCall {}).await?;
        if found != self.opml {
            let (contract, expected) = (self.contract, self.opml);
            return Err(ReadError::Foreign { contract, found, expected });
        }
        let told = self.ask(at, &Contract::termsCall {}).await?;
        let terms = Terms::from(told);
        self.terms = Some(terms);
        Ok(terms)
    }

    async fn member(&self, at: B256, model: B256, validator: Address) -> Result<Member, ReadError> {
        Ok(self.ask(at, &Contract::membersCall { model, validator }).await?.into())
    }

    /// How a request stands before the validators; `None` if it does not, or needs no look.
    async fn enrolment(
        &mut self,
        at: B256,
        request: Request,
        last: Option<Claim>,
        terms: &Terms,
    ) -> Result<Option<Enrolment>, ReadError> {
        let request_id = request.id;
        if self.settled.contains(&request_id) {
            return Ok(None);
        }
        let told = self.ask(at, &Contract::enrolmentsCall { requestId: request_id }).await?;
        if told.funder.is_zero() {
            return Ok(None);
        }
        let rand = request.begun.map(|begun| Rand::from_slice(&begun.hash[..Rand::len_bytes()]));
        let lots = rand.map(|rand| Lots {
            rand,
            request: request_id,
            size: told.size,
            draws: terms.draws,
        });
        let (model, epoch) = (request.model, u64::from(told.epoch));
        let mut seats = Vec::new();
        if let Some(lots) = lots {
            for (index, validator) in self.drawn(at, lots, model, epoch).await? {
                let call = Contract::answersCall { requestId: request_id, validator };
                let given = self.ask(at, &call).await?;
                seats.push(Seat { index, validator, given });
            }
        }
        let drawn = told.blockNumber != 0;
        Ok(Some(Enrolment { model, epoch, drawn, lots, seats, last }))
    }

    /// The validators of the drawn seats that answer for the request.
    async fn drawn(
        &mut self,
        at: B256,
        lots: Lots,
        model: B256,
        epoch: u64,
    ) -> Result<Vec<(u8, Address)>, ReadError> {
        if let Some(drawn) = self.drawn.get(&lots.request) {
            return Ok(drawn.clone());
        }
        let mut drawn: Vec<(u8, Address)> = Vec::new();
        for (index, seat) in (0..).zip(lots.seats()) {
            let (seat, epoch_word) = (U256::from(seat), U256::from(epoch));
            let call = Contract::occupantCall { model, seat, epoch: epoch_word };
            let validator = self.ask(at, &call).await?;
            let is_new = drawn.iter().all(|(_, known)| *known != validator);
            if is_new && self.member(at, model, validator).await?.is_liable(epoch) {
                drawn.push((index, validator));
            }
        }
        self.drawn.insert(lots.request, drawn.clone());
        Ok(drawn)
    }

    async fn ask<C: SolCall>(&self, at: B256, call: &C) -> Result<C::Return, ReadError> {
        ask(&self.provider, self.contract, BlockId::hash(at), call).await
    }
}
