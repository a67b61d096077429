//! Tells what happens on a chain: from transactions and their events alone, as any onlooker could.

mod bar;
mod dispute;
mod execution;
mod texts;
mod words;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, Log};
use alloy_sol_types::SolEventInterface;
use console::style;
use eyre::{Result, eyre};
use opml_contracts::{
    DigitsDapp::{self, DigitsDappEvents},
    OpML::{self, OpMLEvents},
};
use opml_game::Side;
use opml_node::view::{self, Claim, Dispute, GuestVersion, Head, Key, Profile, Typed};
use opml_tests::{Entry, What, chain::BLOCK_TIME};

pub(crate) use self::words::grouped;
use self::words::{ether, plural, short};
use crate::picture;

/// How people look at an input, and at the answer to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input {
    /// As a picture; the answer is a digit.
    Picture {
        /// Pixels in a row.
        width: usize,
        /// The value of a full pixel.
        level_max: u8,
    },
    /// As the beginning of a text; the answer goes on with it.
    Prompt,
    /// As the tokens of a sentence; the answer is a row of numbers.
    Tokens,
}

/// A transaction with everything that it left on the chain.
#[derive(Debug)]
pub(crate) struct Act {
    /// Who, what and at what price.
    pub(crate) entry: Entry,
    /// The sender.
    pub(crate) from: Address,
    /// Its block.
    pub(crate) head: Head,
    /// Its data.
    pub(crate) input: Bytes,
    /// The contract that it made.
    pub(crate) created: Option<Address>,
    /// The events.
    pub(crate) logs: Vec<Log>,
}

/// Somebody who tells one transaction after the other.
#[derive(Debug)]
pub(crate) struct Tale {
    input: Input,
    /// The chain as its events tell it.
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    names: BTreeMap<Address, String>,
    /// Time of the last block told.
    time: Option<u64>,
}

/// Bytes of a token with its type.
const TOKEN: usize = 8;

/// Indent of further lines about a transaction: below its sender.
const INDENT: usize = 7;

impl Tale {
    /// A tale that begins with a new chain.
    pub(crate) const fn new(input: Input) -> Self {
        Self { input, state: BTreeMap::new(), names: BTreeMap::new(), time: None }
    }

    /// The head of the table that the lines of [`Self::tell`] make.
    pub(crate) fn header() -> String {
        style(format!("{:>5}  {:<11} {:<9} {:>10}", "block", "who", "what", "gas"))
            .dim()
            .to_string()
    }

    /// Lines of text about the next transaction.
    ///
    /// # Errors
    /// If its events contradict those before.
    pub(crate) fn tell(&mut self, act: &Act) -> Result<Vec<String>> {
        self.names.insert(act.from, act.entry.from.clone());
        let mut told = Vec::new();
        let waited = act.head.time - self.time.replace(act.head.time).unwrap_or(act.head.time);
        if waited > 2 * BLOCK_TIME {
            told.push(
                style(format!("{:>5}  {} pass", "", texts::duration(waited))).dim().to_string(),
            );
        }
        let mut lines = self.lines(act)?.into_iter();
        told.push(format!("{}{}", headline(&act.entry), lines.next().unwrap_or_default()));
        told.extend(lines.map(|line| format!("{:INDENT$}{line}", "")));
        Ok(told)
    }

    fn lines(&mut self, act: &Act) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        if !act.entry.success {
            lines.push(style("reverts: somebody else was first").yellow().to_string());
        }
        if let Some(address) = act.created {
            lines.push(format!("{} at {}", texts::contract(&act.input), short(address)));
        }
        for log in &act.logs {
            if let Ok(event) = OpMLEvents::decode_log(log) {
                lines.extend(self.event(act, &event)?);
            } else if let Ok(event) = DigitsDappEvents::decode_log(log)
                && let DigitsDappEvents::DigitRead(DigitsDapp::DigitRead { digit, .. }) = *event
            {
                let read = style(format!("{digit}")).green().bold();
                lines.push(format!("the dapp's callback receives the digit: {read}"));
            }
        }
        Ok(lines)
    }

    fn event(&mut self, act: &Act, event: &Log<OpMLEvents>) -> Result<Vec<String>> {
        // Some lines compare with what was known before.
        let before = match &**event {
            OpMLEvents::Moved(OpML::Moved { disputeId, .. }) => Some(self.dispute(*disputeId)?),
            _ => None,
        };
        view::apply(&mut self.state, act.head, event)?;
        Ok(match &**event {
            OpMLEvents::GuestVersionAdded(e) => vec![format!(
                "guest {}: at most 2^{} instructions in a large step",
                e.guest, e.maxStepsBits
            )],
            OpMLEvents::ProfileAdded(e) => texts::profile(e),
            OpMLEvents::ModelRegistered(e) => {
                vec![format!("model {}, by a proof of its header", short(e.model))]
            }
            OpMLEvents::Requested(e) => self.requested(e),
            OpMLEvents::Committed(e) => {
                let profile: Profile = self.record(e.profile)?;
                let stake = ether(profile.stake(e.round));
                vec![format!("to an answer that nobody can read yet, with a stake of {stake}")]
            }
            OpMLEvents::Claimed(e) => self.claimed(e),
            OpMLEvents::Opened(e) => dispute::opened(&self.dispute(e.disputeId)?),
            OpMLEvents::Moved(e) => {
                let pick = e.pick.saturating_to();
                let before = before.ok_or_else(|| eyre!("no dispute {}", e.disputeId))?;
                dispute::moved(&before, pick, &self.dispute(e.disputeId)?)
            }
            OpMLEvents::Evaluated(e) => {
                dispute::evaluated(&self.dispute(e.disputeId)?, e, &act.input)?
            }
            OpMLEvents::Decided(e) => vec![self.decided(e)?],
            OpMLEvents::ClaimRejected(_) => vec!["the question is open again".to_owned()],
            OpMLEvents::Judged(e) if e.right => {
                vec!["the claim that was timed out was right, and late".to_owned()]
            }
            OpMLEvents::Judged(_) => vec!["the claim that was timed out was wrong".to_owned()],
            OpMLEvents::Finalised(e) => vec![self.finalised(e)?],
            OpMLEvents::CallbackFailed(_) => {
                vec!["the callback fails; it can be retried".to_owned()]
            }
            OpMLEvents::Credited(e) => {
                vec![format!("{} earns {}", self.name(e.account), ether(e.amount))]
            }
            OpMLEvents::Burned(e) => vec![format!("{} are burned", ether(e.amount))],
            OpMLEvents::Refunded(e) => vec![format!("{} goes back", ether(e.amount))],
            OpMLEvents::Withdrawn(e) => vec![format!("{} paid out", ether(e.amount))],
            // The dapp's own event tells the digit, and the credits tell what was collected.
            _ => Vec::new(),
        })
    }

    fn requested(&self, e: &OpML::Requested) -> Vec<String> {
        match self.input {
            Input::Picture { width, level_max } => {
                let question = format!("which digit is this? {} for the answer", ether(e.fee));
                let picture = picture::draw(&e.input, width, level_max);
                [question].into_iter().chain(picture).collect()
            }
            Input::Prompt => {
                let prompt = texts::prompt(&e.input);
                vec![format!("how does {prompt} go on? {} for the answer", ether(e.fee))]
            }
            Input::Tokens => {
                let tokens = plural((e.input.len() / TOKEN) as u64, "token");
                vec![format!("what do {tokens} mean? {} for the answer", ether(e.fee))]
            }
        }
    }

    /// What a claim says.
    fn answer(&self, outcome: u8, output: &[u8]) -> String {
        match self.input {
            Input::Picture { .. } => texts::answer(outcome, texts::digit(output)),
            Input::Prompt => texts::answer(outcome, texts::tale(output)),
            Input::Tokens => texts::answer(outcome, texts::numbers(output)),
        }
    }

    fn claimed(&self, e: &OpML::Claimed) -> Vec<String> {
        vec![
            self.answer(e.claim.outcome, &e.output),
            format!("after {}, in state {}", plural(e.claim.n, "large step"), short(e.claim.sn)),
        ]
    }

    fn finalised(&self, e: &OpML::Finalised) -> Result<String> {
        let claim: Claim = self.record(e.claimId)?;
        let output = self.state.get(&Key::Blob(claim.output_hash).encode());
        let output = output.ok_or_else(|| eyre!("no output of claim {}", e.claimId))?;
        Ok(format!("{} is final", self.answer(e.outcome, output)))
    }

    fn decided(&self, e: &OpML::Decided) -> Result<String> {
        let claim: Claim = self.record(e.claimId)?;
        let dispute: Dispute = self.record(e.disputeId)?;
        let (submitter, challenger) = (self.name(claim.submitter), self.name(dispute.challenger));
        let how = if e.byProof { "by proof" } else { "by clock" };
        let profile: Profile = self.record(claim.profile)?;
        Ok(if e.winner == 2 {
            let verdict = style(format!("{challenger} wins {how}, the claim is rejected")).red();
            format!(
                "{}: {submitter} loses its stake of {}",
                verdict.bold(),
                ether(profile.stake(claim.round))
            )
        } else {
            let verdict = style(format!("{submitter} wins {how}")).green();
            let bond = profile.bond(dispute.bond_index());
            format!("{}: {challenger} loses its bond of {}", verdict.bold(), ether(bond))
        })
    }

    fn dispute(&self, id: B256) -> Result<dispute::Posted> {
        let dispute: Dispute = self.record(id)?;
        let claim: Claim = self.record(dispute.claim)?;
        let (profile, guest): (Profile, GuestVersion) =
            (self.record(claim.profile)?, self.record(claim.guest)?);
        let author = match dispute.position().map(|position| position.mover) {
            Some(Side::Challenger) => claim.submitter,
            _ => dispute.challenger,
        };
        dispute::Posted::new(&dispute, &claim, (profile, guest), self.name(author))
    }

    fn record<R: Typed>(&self, id: R::Id) -> Result<R> {
        view::load(&self.state, id)?.ok_or_else(|| eyre!("{:?} is not known", R::key(id)))
    }

    fn name(&self, account: Address) -> String {
        self.names.get(&account).cloned().unwrap_or_else(|| short(account))
    }
}

/// Block, who, what and gas.
fn headline(entry: &Entry) -> String {
    let Entry { from, what, gas, block, .. } = entry;
    let what = match what {
        What::Deploy | What::Register => style(what.name()).dim(),
        What::Request | What::Commit | What::Reveal | What::Finalise => style(what.name()).cyan(),
        What::Open | What::Move | What::Evaluate | What::Timeout => style(what.name()).magenta(),
        What::Withdraw => style(what.name()).dim(),
    };
    format!("{block:>5}  {from:<11} {what:<9} {:>10}    ", grouped(*gas))
}
