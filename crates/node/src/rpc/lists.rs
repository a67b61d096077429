//! Pages of records.

use std::collections::BTreeSet;

use alloy_primitives::{B256, U64};
use opml_rpc::{RpcError, types};

use super::records::{internal, record, side, status};
use crate::{
    service::Node,
    store::{Store, StoreError},
    view::{Claim, ClaimStatus, Dispute, Model, Request},
};

/// Most items of a page, and how many there are if nobody says.
const MAX_ITEMS: u64 = 100;

/// A page cannot be read, or one of its records leads to one that is not there.
struct Failure(RpcError);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(internal(error))
    }
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self(error)
    }
}

fn items(limit: Option<U64>) -> usize {
    limit.map_or(MAX_ITEMS, |limit| limit.to::<u64>()).clamp(1, MAX_ITEMS) as usize
}

pub(super) fn requests(
    store: &Store,
    filter: types::RequestFilter,
    after: Option<B256>,
    limit: Option<U64>,
) -> Result<types::Page<types::RequestSummary>, RpcError> {
    let keep = |id, request: Request| {
        let passes = filter.status.is_none_or(|wanted| wanted == status(request.status))
            && filter.requester.is_none_or(|wanted| wanted == request.requester)
            && filter.model.is_none_or(|wanted| wanted == request.model);
        Ok::<_, Failure>(passes.then(|| summary(id, &request)))
    };
    let page = store.page(after, items(limit), keep);
    page.map(|(items, next)| types::Page { items, next }).map_err(|Failure(error)| error)
}

pub(super) fn summary(id: B256, request: &Request) -> types::RequestSummary {
    let in_round = request.claims.len() as u64 > u64::from(request.round);
    types::RequestSummary {
        id,
        status: status(request.status),
        requester: request.requester,
        model: request.model,
        profile: U64::from(request.profile),
        fee: request.fee,
        deadline: U64::from(request.deadline),
        round: U64::from(request.round),
        claim: request.claims.last().copied().filter(|_| in_round),
    }
}

pub(super) fn disputes(
    store: &Store,
    filter: types::DisputeFilter,
    after: Option<B256>,
    limit: Option<U64>,
) -> Result<types::Page<types::DisputeSummary>, RpcError> {
    let keep = |id, dispute: Dispute| {
        let passes = filter.claim.is_none_or(|wanted| wanted == dispute.claim)
            && filter.challenger.is_none_or(|wanted| wanted == dispute.challenger);
        if !passes {
            return Ok::<_, Failure>(None);
        }
        let claim = record::<Claim>(store, "claim", dispute.claim)?;
        let running = dispute.verdict.is_none() && claim.status == ClaimStatus::Open;
        if filter.running.is_some_and(|wanted| wanted != running) {
            return Ok(None);
        }
        let mover = dispute.position().filter(|_| running).map(|position| side(position.mover));
        Ok(Some(types::DisputeSummary {
            id,
            claim: claim.id,
            request: claim.request,
            submitter: claim.submitter,
            challenger: dispute.challenger,
            moves: U64::from(dispute.posts.len()),
            mover,
            winner: dispute.verdict.map(|verdict| side(verdict.winner())),
        }))
    };
    let page = store.page(after, items(limit), keep);
    page.map(|(items, next)| types::Page { items, next }).map_err(|Failure(error)| error)
}

/// Registered models from the store, and between them, in the order of ids, those that only the node knows.
pub(super) fn models(
    node: &Node,
    after: Option<B256>,
    limit: Option<U64>,
) -> Result<types::Page<types::Model>, RpcError> {
    let (store, held) = (node.store(), node.library().model_ids());
    let keep = |id, model: Model| {
        let bounds = types::ModelBounds {
            max_large_steps: U64::from(model.max_large_steps),
            min_input: U64::from(model.min_input),
            max_input: U64::from(model.max_input),
            max_output: U64::from(model.max_output),
        };
        Ok(Some(types::Model { id, bounds: Some(bounds), held: held.contains(&id) }))
    };
    let limit = items(limit);
    let (mut items, next) = store.page(after, limit, keep).map_err(|Failure(error)| error)?;
    let known: BTreeSet<_> = items.iter().map(|model| model.id).collect();
    let in_page =
        |id: &&B256| after.is_none_or(|after| **id > after) && next.is_none_or(|next| **id <= next);
    let unregistered = held.iter().filter(in_page).filter(|id| !known.contains(*id));
    items.extend(unregistered.map(|id| types::Model { id: *id, bounds: None, held: true }));
    items.sort_unstable_by_key(|model| model.id);
    let rest = items.len() > limit;
    items.truncate(limit);
    let next = if rest { items.last().map(|model| model.id) } else { next };
    Ok(types::Page { items, next })
}
