//! Plays a script to its end: nodes act of themselves, and the next block is made when all of them are done with the last one.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use alloy::providers::Provider;
use alloy_primitives::{Address, U256};
use eyre::{Result, bail, eyre};
use opml_contracts::OpML;
use opml_engine::ModelFile;
use opml_game::Tick;
use opml_node::{
    Handle,
    plan::Roles,
    player::NativePlayers,
    view::{Claim, ClaimStatus, Dispute, Request, RequestStatus, View},
};
use opml_rpc::types::Status;
use tempfile::TempDir;

use super::{
    Crash, Downtime, Event, Observer, Presence, Report, Script, Subject, Verdict, cast::Role,
    place, report::Moves, tell::Teller,
};
use crate::{
    Chain, Guest, Party, World, node,
    world::{Asked, Dapp, Question, STANDARD},
};

/// What the dapp pays for an answer: 0.01 ether.
const FEE: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);

/// Blocks in which nothing is to be done, before a story is over whose chain makes them of itself: a node takes a while to act on one.
const QUIET: u32 = 20;

/// A story that has been told, with the stage that it was told on.
#[derive(Debug)]
pub struct Ending {
    /// In short.
    pub report: Report,
    /// The stage.
    pub world: World,
    /// The question.
    pub asked: Asked,
    /// The dapp that asked, if one did.
    pub dapp: Option<Dapp>,
    /// The request in the end.
    pub request: Request,
    /// Its claims, by round.
    pub claims: Vec<Claim>,
    /// The disputes of all claims.
    pub disputes: Vec<Dispute>,
    /// Alarms of each node at the end.
    pub alarms: BTreeMap<&'static str, Vec<String>>,
}

/// A party with its node.
struct Actor {
    role: Role,
    party: Party,
    data: TempDir,
    /// While it is up. A party inside of the chain's node has none.
    node: Option<Handle>,
    inside: bool,
}

struct Stage {
    world: World,
    model: Arc<ModelFile>,
    guest: Guest,
    dapp: Option<Dapp>,
    asked: Asked,
    actors: Vec<Actor>,
    /// Follows the chain and computes nothing.
    eyes: Handle,
}

/// Plays `script` until its request has an end and all money is paid out.
///
/// # Errors
/// If something cannot be set up, or nothing happens any more before the end.
pub async fn play(name: &str, script: &Script, observer: &mut dyn Observer) -> Result<Ending> {
    let begun = Instant::now();
    let mut stage = Stage::set(script).await?;
    observer.event(&Event::Stage {
        url: stage.world.url(),
        parties: stage.world.ledger().await?.names(),
    });
    let mut teller = Teller::new(observer);
    let (mut idle, mut quiet) = (0, 0);
    for round in 0.. {
        stage.settle().await?;
        teller.tell(&stage.world, &stage.eyes, stage.asked.id).await?;
        if stage.enter().await? {
            continue;
        }
        let crash = script.crash.filter(|crash| crash.round.is_none_or(|at| at == round));
        if let Some(Crash { name, when: Downtime::BetweenBlocks, .. }) = crash {
            stage.stop(name).await;
            stage.enter().await?;
            stage.settle().await?;
        }
        let view = stage.eyes.store().view(Address::ZERO)?;
        let waiting = stage.pending().await? > 0;
        let is_over = !waiting && !view.requests.contains_key(&stage.asked.id);
        quiet = if is_over { quiet + 1 } else { 0 };
        if is_over && (stage.world.chain().is_directed() || quiet > QUIET) {
            break;
        }
        if let Some(Crash { name, when: Downtime::DuringBlocks, .. }) = crash {
            stage.stop(name).await;
        }
        let due = if waiting { None } else { seconds_left(&view)? };
        match due {
            Some(seconds) if stage.world.chain().is_directed() => stage.world.pass(seconds).await?,
            _ => stage.world.chain().mine(1).await?,
        }
        idle = if waiting || due.is_some() { 0 } else { idle + 1 };
        if idle > stage.world.chain().patience() {
            let (request, alarms) = (stage.request()?, stage.alarms().await?);
            bail!("{name}: nothing happens any more: {:?}, alarms {alarms:?}", request.status);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut ending = stage.end(name, seconds).await?;
    ending.report.transactions = ending.world.ledger().await?.entries().to_vec();
    Ok(ending)
}

/// The party of this name.
fn party_of<'a>(actors: &'a [Actor], name: &str) -> Result<&'a Party> {
    let actor = actors.iter().find(|actor| actor.role.name == name);
    Ok(&actor.ok_or_else(|| eyre!("nobody is called {name}"))?.party)
}

/// Seconds until the first clock or window has run out, if one runs.
fn seconds_left(view: &View) -> Result<Option<u64>> {
    let Some(head) = view.head else { return Ok(None) };
    let now = Tick { time: head.time as u32, block: head.number as u32 };
    let mut least: Option<u64> = None;
    for claim in view.claims.values() {
        let profile = view.profiles.get(&claim.profile).ok_or_else(|| eyre!("no profile"))?;
        let mut clocks = Vec::new();
        for dispute in view.running(claim) {
            let position = dispute.position().ok_or_else(|| eyre!("no position"))?;
            clocks.push((position.tick(), u64::from(position.budget(position.mover))));
        }
        if clocks.is_empty() {
            let since = Tick { time: claim.time as u32, block: claim.block as u32 };
            clocks.push((since, u64::from(profile.window)));
        }
        for (since, budget) in clocks {
            let elapsed = now.elapsed_since(since, profile.seconds_per_block);
            // A clock that has run out is no reason to wait: somebody should have said so.
            if let Some(left) = budget.checked_sub(elapsed) {
                least = Some(least.map_or(left + 1, |least| least.min(left + 1)));
            }
        }
    }
    Ok(least)
}

impl Stage {
    async fn set(script: &Script) -> Result<Self> {
        let (model, input) = match &script.subject {
            Subject::Picture { model, picture: input }
            | Subject::Prompt { model, picture: input }
            | Subject::Model { model, input } => (Arc::clone(model), input),
            Subject::Guest { input, .. } => (Arc::new(opml_model::digits()?), input),
        };
        let world = World::on(place::open(script, &model).await?).await?;
        // World::on has made the standard court number 0.
        let profile =
            if script.profile == STANDARD { 0 } else { world.add_profile(&script.profile).await? };
        let guest = match &script.subject {
            Subject::Guest { elf, max_steps_bits, .. } => {
                world.add_guest(elf, *max_steps_bits).await?
            }
            _ => world.guest().clone(),
        };
        world.register(&model).await?;
        let nobody = Arc::new(NativePlayers);
        let eyes = node::library(&[], &[])?;
        let eyes = node::start(&world, None, Roles::OBSERVER, &[], eyes, nobody, None).await?;
        let mut actors = Vec::new();
        for role in &script.cast {
            let (role, party) = (role.clone(), world.party(role.name).await?);
            let inside = script.place.inside() == Some(role.name);
            actors.push(Actor { role, party, data: TempDir::new()?, node: None, inside });
        }
        for Actor { role, party, .. } in &actors {
            if let Some(name) = role.operates {
                let call = OpML::nameOperatorCall { operator: party.address() };
                party_of(&actors, name)?.call(world.opml(), U256::ZERO, &call).await?;
            }
        }
        let asker = world.party("asker").await?;
        let dapp = match script.subject {
            Subject::Picture { .. } => {
                Some(Dapp::Digits(world.deploy_dapp(model.id(), profile).await?))
            }
            Subject::Prompt { .. } => Some(world.deploy_prompt(model.id(), profile).await?),
            Subject::Model { .. } | Subject::Guest { .. } => None,
        };
        let asked = match dapp {
            Some(dapp) => dapp.ask(&world, &asker, input, FEE).await?,
            None => {
                let question = Question {
                    guest: guest.number,
                    profile,
                    ..Question::new(model.id(), input.clone())
                };
                world.request(&asker, &question, FEE).await?
            }
        };
        // From here on a block is made when everybody is done with the one before: the order of events is that of the
        // story, however fast the machine is.
        world.chain().automine(false).await?;
        Ok(Self { world, model, guest, dapp, asked, actors, eyes })
    }

    async fn start(&mut self, index: usize) -> Result<()> {
        let guests = [self.guest.clone()];
        let library = node::library(&[Arc::clone(&self.model)], &guests)?;
        let Actor { role, party, data, .. } = &self.actors[index];
        let operated = role.operates.map(|name| party_of(&self.actors, name)).transpose()?;
        let operator_of: Vec<_> = operated.into_iter().map(Party::address).collect();
        let (roles, players) = (role.roles, Arc::clone(&role.players));
        let data = Some(data.path());
        let party = Some(party);
        let started =
            node::start(&self.world, party, roles, &operator_of, library, players, data).await?;
        self.actors[index].node = Some(started);
        Ok(())
    }

    /// Starts the nodes that should be up; gives whether there were any.
    async fn enter(&mut self) -> Result<bool> {
        let request = self.request()?;
        let first = request.claims.first().map(|id| self.eyes.store().record::<Claim>(*id));
        let first = first.transpose()?.flatten();
        let stands = |claim: Claim| matches!(claim.status, ClaimStatus::Open | ClaimStatus::Final);
        let rejected = first.is_some_and(|claim| !stands(claim));
        let mut entered = false;
        for index in 0..self.actors.len() {
            let actor = &self.actors[index];
            let due = match actor.role.presence {
                Presence::Always => true,
                Presence::UntilRejection => !rejected,
                Presence::AfterRejection => rejected,
            };
            if !due && actor.node.is_some() {
                self.stop(actor.role.name).await;
                continue;
            }
            if due && actor.node.is_none() && !actor.inside {
                self.start(index).await?;
                entered = true;
            }
        }
        Ok(entered)
    }

    /// Takes a node down. Its tasks are aborted wherever they are; only what they had written is left.
    async fn stop(&mut self, name: &str) {
        for actor in self.actors.iter_mut().filter(|actor| actor.role.name == name) {
            if let Some(node) = actor.node.take() {
                node.shutdown().await;
            }
        }
    }

    /// Nodes that are up.
    fn nodes(&self) -> impl Iterator<Item = &Handle> {
        self.actors.iter().filter_map(|actor| actor.node.as_ref())
    }

    /// The party inside of the chain's node, and what that says of itself.
    async fn inside(&self) -> Result<Option<(&'static str, Status)>> {
        let Some(actor) = self.actors.iter().find(|actor| actor.inside) else { return Ok(None) };
        let status = self.world.chain().provider().raw_request("opml_status".into(), ()).await?;
        Ok(Some((actor.role.name, status)))
    }

    /// Transactions under way.
    async fn pending(&self) -> Result<usize> {
        let inside = self.inside().await?.map_or(0, |(_, status)| status.pending.len());
        Ok(inside + self.nodes().map(|node| node.status().pending.len()).sum::<usize>())
    }

    /// Waits until every node has seen the newest block and, where the next one waits for them, has done what it wants to do about it.
    async fn settle(&self) -> Result<()> {
        let (head, _) = self.world.chain().now().await?;
        let directed = self.world.chain().is_directed();
        Chain::wait_for("all nodes to be done with a block", async || {
            let settled = self.nodes().chain([&self.eyes]).all(|node| {
                let status = node.status();
                let seen = status.head.map(|seen| seen.number);
                if directed { seen == Some(head) && status.jobs == 0 } else { seen >= Some(head) }
            });
            Ok(settled.then_some(()))
        })
        .await
    }

    fn request(&self) -> Result<Request> {
        let request = self.eyes.store().record::<Request>(self.asked.id)?;
        request.ok_or_else(|| eyre!("request {} is not on the chain", self.asked.id))
    }

    async fn alarms(&self) -> Result<BTreeMap<&'static str, Vec<String>>> {
        let nodes =
            self.actors.iter().filter_map(|actor| Some((actor.role.name, actor.node.as_ref()?)));
        let alarms = nodes.map(|(name, node)| (name, node.status().alarms));
        let inside = self.inside().await?.map(|(name, status)| (name, status.alarms));
        Ok(alarms.chain(inside).collect())
    }

    /// Reads how it ended and stops all nodes.
    async fn end(self, name: &str, seconds: f64) -> Result<Ending> {
        let (request, alarms) = (self.request()?, self.alarms().await?);
        let store = self.eyes.store();
        let mut claims = Vec::new();
        let mut disputes = Vec::new();
        for id in &request.claims {
            let claim = store.record::<Claim>(*id)?.ok_or_else(|| eyre!("no claim {id}"))?;
            for id in &claim.disputes {
                let dispute = store.record::<Dispute>(*id)?;
                disputes.push(dispute.ok_or_else(|| eyre!("no dispute {id}"))?);
            }
            claims.push(claim);
        }
        let Self { world, dapp, asked, actors, eyes, .. } = self;
        for node in actors.into_iter().filter_map(|actor| actor.node).chain([eyes]) {
            node.shutdown().await;
        }
        world.chain().automine(true).await?;
        let first = claims.first().ok_or_else(|| eyre!("{name}: nobody claimed anything"))?;
        let of_first: Vec<&Dispute> =
            disputes.iter().filter(|dispute| dispute.claim == first.id).collect();
        let fatal = of_first
            .iter()
            .find(|dispute| dispute.verdict.is_some_and(|verdict| verdict.challenger_won));
        let longest = of_first.iter().max_by_key(|dispute| dispute.posts.len());
        let (verdict, winner) = match fatal {
            Some(dispute) => (Verdict::Rejected, dispute.challenger),
            None => (Verdict::Finalized, first.submitter),
        };
        let winner = world.ledger().await?.name_of(winner);
        let moves = fatal.or(longest).map_or_else(Moves::default, |dispute| moves(dispute));
        let callback = request.status == RequestStatus::Done
            && match dapp {
                Some(dapp) => dapp.is_answered(&world, asked.id).await?,
                None => false,
            };
        let report = Report {
            name: name.to_owned(),
            verdict,
            callback,
            winner,
            moves,
            transactions: Vec::new(),
            seconds,
        };
        Ok(Ending { report, world, asked, dapp, request, claims, disputes, alarms })
    }
}

fn moves(dispute: &Dispute) -> Moves {
    let phase1 = |position| {
        opml_game::Position::unpack(position)
            .is_some_and(|position| position.phase == opml_game::Phase::Large)
    };
    let phase1 = dispute.posts.iter().filter(|post| phase1(post.position)).count();
    Moves { phase1, phase2: dispute.posts.len() - phase1 }
}
