//! What an account has at stake.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U64, U256};
use opml_rpc::{RpcError, types};

use super::records::{internal, number, record};
use crate::{
    service::Node,
    store::Store,
    view::{ClaimStatus, Profile, Request},
};

pub(super) fn exposure(node: &Node) -> Result<types::Exposure, RpcError> {
    let no_account = || RpcError::InvalidInput("the node has no account".to_owned());
    let account = node.status().account.ok_or_else(no_account)?;
    let store = node.store();
    let view = store.view(account).map_err(internal)?;
    // A claim has the id of the commitment that it reveals: its stake counts once.
    let committed = view
        .commitments
        .values()
        .map(|commitment| (commitment.id, (commitment.request, commitment.round)));
    let claimed = view.claims.values().filter(|claim| claim.submitter == account);
    let claimed = claimed.map(|claim| (claim.id, (claim.request, claim.round)));
    // What was lost by time waits for the end of its request.
    let waiting: Vec<_> =
        view.owed.values().filter(|owed| owed.fate(owed.end()).is_none()).collect();
    let timed_out = waiting
        .iter()
        .map(|owed| &owed.claim)
        .filter(|claim| claim.status == ClaimStatus::TimedOut && claim.submitter == account);
    let timed_out = timed_out.map(|claim| (claim.id, (claim.request, claim.round)));
    let staked: BTreeMap<B256, _> = committed.chain(claimed).chain(timed_out).collect();
    let stakes =
        staked.values().map(|(request, round)| Ok(profile(store, *request)?.stake(*round)));
    let bonds: Vec<_> = view
        .disputes
        .values()
        .filter(|dispute| dispute.challenger == account && dispute.verdict.is_none())
        .filter_map(|dispute| Some((dispute, view.claims.get(&dispute.claim)?)))
        .chain(
            waiting
                .iter()
                .map(|owed| (&owed.dispute, &owed.claim))
                .filter(|(dispute, _)| dispute.challenger == account),
        )
        .map(|(dispute, claim)| {
            Ok(number::<Profile>(store, claim.profile)?.bond(dispute.bond_index()))
        })
        .collect::<Result<_, RpcError>>()?;
    let policy = node.policy();
    let attention = node.status().attention;
    Ok(types::Exposure {
        account,
        stakes: stakes.sum::<Result<U256, RpcError>>()?,
        claims: U64::from(staked.len()),
        bonds: bonds.iter().sum(),
        disputes: U64::from(bonds.len()),
        credit: view.credit,
        uncollected: U64::from(view.owed.len() - waiting.len()),
        deposits: attention.map(|stake| stake.deposits).unwrap_or_default(),
        seats: U64::from(attention.map_or(0, |stake| stake.seats)),
        rewards: attention.map(|stake| stake.credit).unwrap_or_default(),
        max_stake: policy.max_stake,
        max_bond: policy.max_bond,
    })
}

fn profile(store: &Store, request: B256) -> Result<Profile, RpcError> {
    number::<Profile>(store, record::<Request>(store, "request", request)?.profile)
}
