//! Moves of a dispute: which part of the run each one leaves.

use alloy_sol_types::SolCall;
use console::style;
use eyre::{Result, eyre};
use opml_contracts::OpML;
use opml_game::{GuestVersion, Line, Phase, Profile, Terms, cut};
use opml_node::view::{Claim, Dispute};

use super::{
    bar, execution,
    words::{grouped, half, plural},
};

/// The last list of a dispute, with its place in the run.
#[derive(Debug)]
pub(super) struct Posted {
    line: Line,
    profile: Profile,
}

impl Posted {
    /// # Errors
    /// If an event does not continue the ones before.
    pub(super) fn new(
        dispute: &Dispute,
        claim: &Claim,
        profile: Profile,
        guest: GuestVersion,
    ) -> Result<Self> {
        let lines = dispute.lines(Terms { profile: &profile, guest: &guest }, claim)?;
        let line = lines.into_iter().last();
        let line = line.ok_or_else(|| eyre!("dispute {} has no list", dispute.id))?;
        Ok(Self { line, profile })
    }
}

/// Lines about the first list.
pub(super) fn opened(first: &Posted) -> Vec<String> {
    vec![format!("{}: {}", style("does not agree").red(), list(&first.line))]
}

/// Lines about the list that answers part `pick` of the list before.
pub(super) fn moved(before: &Posted, pick: u64, after: &Posted) -> Vec<String> {
    let mut told = rejected(&before.line, pick);
    told.push(list(&after.line));
    told
}

/// Lines about the part that the contract has executed.
///
/// # Errors
/// If `input` is no `evaluate` call.
pub(super) fn evaluated(
    last: &Posted,
    event: &OpML::Evaluated,
    input: &[u8],
) -> Result<Vec<String>> {
    let pick = event.pick.saturating_to();
    let mut told = rejected(&last.line, pick);
    if let Ok(call) = OpML::evaluateCall::abi_decode(input) {
        let steps = last.line.part_steps(pick);
        let executed = execution::instructions(&last.profile, &call.body, steps)?;
        told.push(format!("the contract executes {}:", plural(steps, "instruction")));
        told.extend(executed.iter().map(|(pc, text)| format!("  {pc:#08x}  {text}")));
    }
    let verdict = |end| if end == event.truth { style(half(end)).green() } else { style(half(end)).red() };
    told.push(format!("state after them, claimed   {}", verdict(event.end)));
    told.push(format!("state after them, computed  {}", verdict(event.truth)));
    Ok(told)
}

/// What a list is about.
fn list(line: &Line) -> String {
    let states = plural(line.entry_count(), "state");
    match line.position.phase {
        Phase::Large => {
            format!("its own list has {states} of {}", plural(line.position.steps, "large step"))
        }
        Phase::Small if line.small == 0 && line.entry_count() > 1 => format!(
            "large step {} is {}; its own list has {states} of them",
            grouped(line.large),
            plural(line.position.steps, "instruction")
        ),
        Phase::Small => {
            format!("its own list has {states} of {}", plural(line.position.steps, "instruction"))
        }
    }
}

/// The part that a mover rejects.
fn rejected(line: &Line, pick: u64) -> Vec<String> {
    let parts = line.entry_count();
    let at = |entry| cut::cut(line.position.steps, parts.max(1), entry);
    let (noun, before) = match line.position.phase {
        Phase::Large => ("large step", line.large),
        Phase::Small => ("instruction", line.small),
    };
    let (from, to) = (before + at(pick.saturating_sub(1)), before + at(pick));
    let part = line.part_steps(pick);
    vec![
        format!(
            "{} {}  {} → {}",
            bar::draw(parts, pick),
            style(format!("part {pick}")).yellow(),
            grouped(line.position.steps),
            style(plural(part, noun)).bold()
        ),
        match part {
            1 => format!("{noun} {} does not end as that list says", grouped(from)),
            _ => format!("{noun}s {} to {} do not end as that list says", grouped(from), grouped(to - 1)),
        },
    ]
}
