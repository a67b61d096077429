//! Moves of a dispute: which part of the run each one leaves.

use alloy_sol_types::SolCall;
use console::style;
use eyre::{Result, eyre};
use opml_contracts::OpML;
use opml_game::{Line, Phase, Terms, cut};
use opml_node::view::{Claim, Dispute, GuestVersion, Profile};

use super::{
    bar, execution,
    words::{grouped, half, plural},
};

/// The last list of a dispute, with its place in the run.
#[derive(Debug)]
pub(super) struct Posted {
    line: Line,
    profile: opml_game::Profile,
    author: String,
}

impl Posted {
    /// # Errors
    /// If an event does not continue the ones before.
    pub(super) fn new(
        dispute: &Dispute,
        claim: &Claim,
        (profile, guest): (Profile, GuestVersion),
        author: String,
    ) -> Result<Self> {
        let (profile, guest) = (profile.to_game(), guest.to_game());
        let lines = dispute.lines(Terms { profile: &profile, guest: &guest }, claim)?;
        let line = lines.into_iter().last();
        let line = line.ok_or_else(|| eyre!("dispute {} has no list", dispute.id))?;
        Ok(Self { line, profile, author })
    }

    /// What the list is about.
    fn about(&self) -> String {
        let line = &self.line;
        let states = plural(line.entry_count(), "state");
        match line.position.phase {
            Phase::Large => {
                format!("posts {states} of {}", plural(line.position.steps, "large step"))
            }
            Phase::Small => {
                format!("posts {states} of {}", plural(line.position.steps, "instruction"))
            }
        }
    }

    /// Names the part that the next mover does not agree with, and draws it.
    fn rejected(&self, pick: u64) -> [String; 2] {
        let line = &self.line;
        let parts = line.entry_count();
        let at = |entry| cut::cut(line.position.steps, parts.max(1), entry);
        let (noun, before) = match line.position.phase {
            Phase::Large => ("large step", line.large),
            Phase::Small => ("instruction", line.small),
        };
        // The chain counts steps from 0, people from 1.
        let (from, to) = (before + at(pick.saturating_sub(1)) + 1, before + at(pick));
        let part = line.part_steps(pick);
        let range = if part == 1 {
            format!("number {}", grouped(from))
        } else {
            format!("numbers {} to {}", grouped(from), grouped(to))
        };
        [
            format!("part {pick} of the {}'s list is false", self.author),
            format!(
                "{} {} → {}, {range}",
                bar::draw(parts, pick),
                grouped(line.position.steps),
                style(plural(part, noun)).bold(),
            ),
        ]
    }
}

/// Lines about the first list.
pub(super) fn opened(first: &Posted) -> Vec<String> {
    vec![format!("does not agree, and {}", first.about())]
}

/// Lines about the list that answers part `pick` of the list before.
pub(super) fn moved(before: &Posted, pick: u64, after: &Posted) -> Vec<String> {
    let mut told = before.rejected(pick).to_vec();
    if before.line.position.phase != after.line.position.phase {
        let instructions = plural(after.line.position.steps, "instruction");
        told.push(format!("large step {} runs {instructions}", grouped(after.line.large + 1)));
    }
    told.push(after.about());
    told
}

/// Lines about the part that the contract has executed.
///
/// # Errors
/// If the witness in the call does not decode.
pub(super) fn evaluated(
    last: &Posted,
    event: &OpML::Evaluated,
    input: &[u8],
) -> Result<Vec<String>> {
    let pick = event.pick.saturating_to();
    let mut told = last.rejected(pick).to_vec();
    // Where the part begins in FAULT there is nothing to execute.
    if let Ok(call) = OpML::evaluateCall::abi_decode(input) {
        let steps = last.line.part_steps(pick);
        let executed = execution::instructions(&last.profile, &call.body, steps)?;
        told.push(format!("the contract executes {}:", plural(steps, "instruction")));
        told.extend(executed.iter().map(|(pc, text)| format!("  {pc:#08x}  {text}")));
    }
    let claimed = style(half(event.end));
    let claimed = if event.end == event.truth { claimed.green() } else { claimed.red() };
    told.push(format!("{:25} {claimed}", format!("claimed by the {}", last.author)));
    told.push(format!("{:25} {}", "computed by the contract", style(half(event.truth)).green()));
    Ok(told)
}
