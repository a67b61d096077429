//! A dispute between two provers, turn by turn.

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{B256, Bytes, U256};
use eyre::{Result, bail};
use opml_contracts::{IOpMLTypes, OpML};
use opml_fpvm::{Witness, WitnessMemory};
use opml_game::{Action, Claim, DisputeKey, Line, Moved, Opened, Phase, Prover, Side, cut};

use super::stage::{Bench, Player};
use crate::{Party, World, world::event};

/// One side: who pays, and what it believes.
pub(super) struct Seat<'a, T> {
    pub(super) party: &'a Party,
    pub(super) prover: &'a mut Prover<T>,
}

/// A list that was posted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posted {
    pub(super) entries: u64,
    /// The phase that the game is in with it.
    pub(super) phase: Phase,
    /// Whether it came with the opening of phase 2.
    pub(super) opening: bool,
}

/// Small steps that were evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evaluated {
    /// Large steps before them.
    pub(super) large: u64,
    /// Small steps of that large step before them.
    pub(super) small: u64,
    /// How many they are.
    pub(super) steps: u64,
    /// Leaves of memory that they touch.
    pub(super) leaves: usize,
}

/// What a turn did.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    Posted(Posted),
    Evaluated(Evaluated),
}

/// A dispute that is being played.
pub(super) struct Duel<'a, S, C> {
    world: &'a World,
    bench: &'a Bench,
    key: DisputeKey,
    line: Line,
    submitter: Seat<'a, S>,
    challenger: Seat<'a, C>,
}

impl<'a, S: Player, C: Player> Duel<'a, S, C> {
    /// The challenger opens its dispute number `nonce`, while those before it are open.
    pub(super) async fn open(
        world: &'a World,
        bench: &'a Bench,
        claim: &IOpMLTypes::Claim,
        nonce: u32,
        submitter: Seat<'a, S>,
        challenger: Seat<'a, C>,
    ) -> Result<(Self, Posted, TransactionReceipt)> {
        let own = Claim::from_abi(claim)?;
        let Action::Open { body } = challenger.prover.open(bench.terms(), &own)? else {
            bail!("the challenger does not dispute claim {}", own.id())
        };
        let (bond, nonce) = (bench.profile.1.bond(nonce), nonce.into());
        let call = OpML::openCall { claim_: claim.clone(), nonce, body: body.into() };
        let receipt = challenger.party.call(world.opml(), bond, &call).await?;
        let opened: OpML::Opened = event(&receipt)?;
        let line = Line::opened(bench.terms(), &own, view(&opened))?;
        let key = DisputeKey { claim_id: own.id(), challenger: challenger.party.address(), nonce };
        let posted = posting(&line, &opened.opening);
        Ok((Self { world, bench, key, line, submitter, challenger }, posted, receipt))
    }

    /// The side to move moves, or proves.
    pub(super) async fn turn(&mut self) -> Result<(Turn, TransactionReceipt)> {
        let (terms, side) = (self.bench.terms(), self.line.position.mover);
        let (party, action) = match side {
            Side::Submitter => {
                let Seat { party, prover } = &mut self.submitter;
                (*party, prover.answer(terms, side, &self.line)?)
            }
            Side::Challenger => {
                let Seat { party, prover } = &mut self.challenger;
                (*party, prover.answer(terms, side, &self.line)?)
            }
        };
        match action {
            Action::Move { pick, body } => self.play(party, pick, body).await,
            Action::Evaluate { pick, body } => self.evaluate(party, pick, body).await,
            other => bail!("{side:?} is to move and says {other:?}"),
        }
    }

    /// Position and list root, as a timeout names them.
    pub(super) fn timeout(&self) -> OpML::timeoutCall {
        let DisputeKey { claim_id, challenger, nonce } = self.key;
        OpML::timeoutCall {
            claimId: claim_id,
            challenger,
            nonce,
            position: self.line.position.pack(),
            listRoot: self.line.tree(self.bench.terms()).root(),
        }
    }

    async fn play(
        &mut self,
        party: &Party,
        pick: u64,
        body: Vec<u8>,
    ) -> Result<(Turn, TransactionReceipt)> {
        let DisputeKey { claim_id, challenger, nonce } = self.key;
        let call = OpML::moveCall {
            claimId: claim_id,
            challenger,
            nonce,
            position: self.line.position.pack(),
            pick: U256::from(pick),
            body: body.into(),
        };
        let receipt = party.call(self.world.opml(), U256::ZERO, &call).await?;
        let OpML::Moved { position, pick, start, end, opening, list: entries, .. } =
            event(&receipt)?;
        let posted = Opened { position, opening: &opening, list: &entries };
        let moved = Moved { pick, start, end, posted };
        self.line = self.line.moved(self.bench.terms(), moved)?;
        Ok((Turn::Posted(posting(&self.line, &opening)), receipt))
    }

    async fn evaluate(
        &mut self,
        party: &Party,
        pick: u64,
        body: Vec<u8>,
    ) -> Result<(Turn, TransactionReceipt)> {
        let head = B256::len_bytes() * (1 + usize::from(self.bench.profile.1.arity_bits));
        let leaves = match Witness::decode(&body[head..])?.memory {
            WitnessMemory::Root(_) => 0,
            WitnessMemory::Leaves(proof) => proof.leaves().len(),
        };
        let DisputeKey { claim_id, challenger, nonce } = self.key;
        let call = OpML::evaluateCall {
            claimId: claim_id,
            challenger,
            nonce,
            position: self.line.position.pack(),
            pick: U256::from(pick),
            body: body.into(),
        };
        let receipt = party.call(self.world.opml(), U256::ZERO, &call).await?;
        event::<OpML::Decided>(&receipt)?;
        let Line { position, large, small, .. } = self.line;
        let small = small + cut::cut(position.steps, self.line.entry_count(), pick - 1);
        let steps = self.line.part_steps(pick);
        Ok((Turn::Evaluated(Evaluated { large, small, steps, leaves }), receipt))
    }
}

fn view(opened: &OpML::Opened) -> Opened<'_> {
    Opened { position: opened.position, opening: &opened.opening, list: &opened.list }
}

fn posting(line: &Line, opening: &Bytes) -> Posted {
    let (entries, phase) = (line.entry_count(), line.position.phase);
    Posted { entries, phase, opening: !opening.is_empty() }
}
