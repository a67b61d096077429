//! A dispute as its events tell it: the last list, and where in the run it lies.

use alloy_primitives::{B256, U256};
use thiserror::Error;

use crate::list::ListTree;
use crate::seam::start_hash;
use crate::{Claim, Opening, Phase, Position, Terms, body, cut};

/// An event that does not continue the line: it is of another dispute, or one in between is missing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineError {
    /// The event's position is not one that the contract can have written.
    #[error("position {0:#x} is not one of a dispute")]
    BadPosition(U256),
    /// The event's position is for another segment.
    #[error(
        "position is for {got_steps} steps in phase {got_phase:?}, expected {steps} in {phase:?}"
    )]
    OtherSegment {
        /// Phase of the segment that the line leads to.
        phase: Phase,
        /// Steps of it.
        steps: u64,
        /// Phase in the event.
        got_phase: Phase,
        /// Steps in the event.
        got_steps: u64,
    },
    /// The event picks a pair that the last list does not have there.
    #[error("entry {pick} with pair ({start}, {end}) is not in the last list")]
    OtherPair {
        /// The pick.
        pick: U256,
        /// State before it.
        start: B256,
        /// The picked state.
        end: B256,
    },
    /// The event's bytes are not an opening.
    #[error("{0} bytes are no phase-2 opening")]
    BadOpening(usize),
    /// The event's list does not end in the opening's final state.
    #[error("list ends in {last}, the opening in {end}")]
    OtherEnd {
        /// hash(F).
        end: B256,
        /// The last entry.
        last: B256,
    },
    /// The event's list has the wrong length.
    #[error("list of {got} bytes for {entries} entries")]
    BadList {
        /// Entries that the segment needs.
        entries: u64,
        /// Bytes in the event.
        got: usize,
    },
}

/// What an `Opened` event says.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// Position after the call.
    pub position: U256,
    /// Empty, or the phase-2 opening.
    pub opening: &'a [u8],
    /// The p entries; after an opening the last one is hash(F).
    pub list: &'a [u8],
}

/// What a `Moved` event says.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// The entry that the mover rejects, from 1.
    pub pick: U256,
    /// The entry before it.
    pub start: B256,
    /// The rejected entry.
    pub end: B256,
    /// What the mover posted.
    pub posted: Opened<'a>,
}

/// The last list of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The position after the list was posted.
    pub position: Position,
    /// The state before the first entry.
    pub start: B256,
    /// The entries.
    pub entries: Vec<B256>,
    /// Phase 1: large steps of the run before the list's start. Phase 2: large steps before the one that was opened.
    pub large: u64,
    /// Phase 2: small steps of that large step before the list's start.
    pub small: u64,
}

/// Where a new list begins and how many steps it covers.
struct Segment {
    phase: Phase,
    start: B256,
    large: u64,
    small: u64,
    steps: u64,
}

impl Line {
    /// The line after the event that opened the dispute.
    pub fn opened(terms: Terms<'_>, claim: &Claim, event: Opened<'_>) -> Result<Self, LineError> {
        let segment =
            Segment { phase: Phase::Large, start: claim.s0, large: 0, small: 0, steps: claim.n };
        segment.posted(terms, event)
    }

    /// The line after the next move.
    pub fn moved(&self, terms: Terms<'_>, event: Moved<'_>) -> Result<Self, LineError> {
        let Moved { pick, start, end, posted } = event;
        let other = LineError::OtherPair { pick, start, end };
        let Some(segment) = u64::try_from(pick).ok().and_then(|pick| self.part(pick)) else {
            return Err(other);
        };
        if (segment.start, self.entries.get(pick.saturating_to::<usize>() - 1))
            != (start, Some(&end))
        {
            return Err(other);
        }
        segment.posted(terms, posted)
    }

    /// The commitment to the list.
    pub fn tree(&self, terms: Terms<'_>) -> ListTree {
        ListTree::new(self.start, &self.entries, terms.profile.arity_bits)
    }

    /// Number of entries.
    pub const fn entry_count(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The state before entry `pick`.
    pub fn before(&self, pick: u64) -> Option<B256> {
        match pick {
            0 => None,
            1 => Some(self.start),
            _ => self.entries.get(pick as usize - 2).copied(),
        }
    }

    /// Steps of the part that ends in entry `pick`, which must be from 1 to [`Self::entry_count`].
    pub const fn part_steps(&self, pick: u64) -> u64 {
        cut::part(self.position.steps, self.entry_count(), pick)
    }

    fn part(&self, pick: u64) -> Option<Segment> {
        if pick > self.entry_count() {
            return None;
        }
        let start = self.before(pick)?;
        let before = cut::cut(self.position.steps, self.entry_count(), pick - 1);
        let (large, small) = match self.position.phase {
            Phase::Large => (self.large + before, 0),
            Phase::Small => (self.large, self.small + before),
        };
        Some(Segment {
            phase: self.position.phase,
            start,
            large,
            small,
            steps: self.part_steps(pick),
        })
    }
}

impl Segment {
    /// The line when `event` posts a list for this segment.
    fn posted(self, terms: Terms<'_>, event: Opened<'_>) -> Result<Line, LineError> {
        let position =
            Position::unpack(event.position).ok_or(LineError::BadPosition(event.position))?;
        let (segment, end) = if self.phase == Phase::Large && self.steps == 1 {
            let bad = || LineError::BadOpening(event.opening.len());
            let (opening, rest) = Opening::decode(event.opening).map_err(|_| bad())?;
            if !rest.is_empty() {
                return Err(bad());
            }
            let start = start_hash(terms.guest, self.start);
            let segment = Self { phase: Phase::Small, start, steps: opening.steps, ..self };
            (segment, Some(opening.end.state_hash()))
        } else {
            (self, None)
        };
        let Self { phase, start, large, small, steps } = segment;
        if (position.phase, position.steps) != (phase, steps) {
            return Err(LineError::OtherSegment {
                phase,
                steps,
                got_phase: position.phase,
                got_steps: position.steps,
            });
        }
        let expected = terms.entries(phase, steps);
        let entries = body::words(event.list)
            .filter(|entries| entries.len() as u64 == expected)
            .ok_or(LineError::BadList { entries: expected, got: event.list.len() })?;
        if let (Some(end), Some(&last)) = (end, entries.last())
            && end != last
        {
            return Err(LineError::OtherEnd { end, last });
        }
        Ok(Line { position, start, entries, large, small })
    }
}
