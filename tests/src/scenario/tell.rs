//! Turns what the chain shows into events, each once.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::B256;
use eyre::{Result, eyre};
use opml_game::{Position, Side};
use opml_node::{
    Node,
    view::{Claim, ClaimStatus, Dispute, Request},
};

use super::{Event, Observer};
use crate::World;

/// Tells the story so far to an observer.
pub(super) struct Teller<'a> {
    observer: &'a mut dyn Observer,
    entries: usize,
    /// Lists of each dispute that were told.
    posts: BTreeMap<B256, usize>,
    decided: BTreeSet<B256>,
    judged: BTreeSet<B256>,
}

impl<'a> Teller<'a> {
    pub(super) const fn new(observer: &'a mut dyn Observer) -> Self {
        Self {
            observer,
            entries: 0,
            posts: BTreeMap::new(),
            decided: BTreeSet::new(),
            judged: BTreeSet::new(),
        }
    }

    fn event(&mut self, event: Event) {
        self.observer.event(&event);
    }

    /// Tells what is new about a request.
    pub(super) async fn tell(&mut self, world: &World, eyes: &Node, request: B256) -> Result<()> {
        let ledger = world.ledger().await?;
        let new = ledger.entries()[self.entries..].to_vec();
        self.entries += new.len();
        drop(ledger);
        for entry in new {
            self.event(Event::TxSeen(entry));
        }
        let store = eyes.store();
        let Some(request) = store.record::<Request>(request)? else { return Ok(()) };
        for id in &request.claims {
            let Some(claim) = store.record::<Claim>(*id)? else { continue };
            for id in &claim.disputes {
                if let Some(dispute) = store.record::<Dispute>(*id)? {
                    self.dispute(&claim, &dispute)?;
                }
            }
            if claim.status != ClaimStatus::Open && self.judged.insert(claim.id) {
                let submitter = world.ledger().await?.name_of(claim.submitter);
                let stands = claim.status == ClaimStatus::Final;
                self.event(Event::Verdict { claim: claim.id, submitter, stands });
            }
        }
        Ok(())
    }

    fn dispute(&mut self, claim: &Claim, dispute: &Dispute) -> Result<()> {
        let told = self.posts.get(&dispute.id).copied().unwrap_or_default();
        let position = |index: usize| {
            let word = dispute.posts[index].position;
            Position::unpack(word).ok_or_else(|| eyre!("{word:#x} is no position"))
        };
        for index in told..dispute.posts.len() {
            let n_before = if index == 0 { claim.n } else { position(index - 1)?.steps };
            let Position { steps: n_after, phase, mover, .. } = position(index)?;
            let dispute = dispute.id;
            self.event(Event::PositionChanged { dispute, n_before, n_after, phase, mover });
        }
        self.posts.insert(dispute.id, dispute.posts.len());
        if let Some(verdict) = dispute.verdict
            && self.decided.insert(dispute.id)
        {
            let winner = if verdict.challenger_won { Side::Challenger } else { Side::Submitter };
            let by_proof = verdict.by_proof;
            self.event(Event::Decided { dispute: dispute.id, winner, by_proof });
        }
        Ok(())
    }
}
