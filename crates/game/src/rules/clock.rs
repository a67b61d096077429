use crate::{ClaimSlot, Position, Profile, Side};

/// When a call is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tick {
    /// Timestamp of the block.
    pub time: u32,
    /// Number of the block.
    pub block: u32,
}

impl Tick {
    /// Seconds that are charged since `earlier`: what passed, at most τ per block. Missed slots cost nobody anything.
    pub const fn elapsed_since(self, earlier: Self, seconds_per_block: u16) -> u64 {
        let seconds = self.time.saturating_sub(earlier.time) as u64;
        let blocks = self.block.saturating_sub(earlier.block) as u64;
        let charged = blocks * seconds_per_block as u64;
        if seconds < charged { seconds } else { charged }
    }
}

impl Position {
    /// When the last move was made.
    pub const fn tick(&self) -> Tick {
        Tick { time: self.time, block: self.block }
    }

    /// Seconds charged to the side to move.
    pub const fn elapsed(&self, now: Tick, profile: &Profile) -> u64 {
        now.elapsed_since(self.tick(), profile.seconds_per_block)
    }

    /// The clocks, the turn and the count of lists after a list that the side to move posts at `now`, with `left` seconds left.
    #[must_use]
    pub fn moved(self, now: Tick, left: u64, profile: &Profile) -> Self {
        let budget = left.saturating_add(u64::from(profile.increment));
        let budget = u32::try_from(budget).unwrap_or(u32::MAX);
        let mut next = Self {
            time: now.time,
            block: now.block,
            lists: self.lists.saturating_add(1),
            mover: self.mover.other(),
            ..self
        };
        match self.mover {
            Side::Submitter => next.submitter_budget = budget,
            Side::Challenger => next.challenger_budget = budget,
        }
        next
    }
}

impl ClaimSlot {
    /// When the claim was made.
    pub const fn tick(&self) -> Tick {
        Tick { time: self.time, block: self.block }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_of_seconds_and_blocks_is_charged() {
        let then = Tick { time: 1000, block: 10 };
        let elapsed = |time, block| Tick { time, block }.elapsed_since(then, 12);
        assert_eq!(elapsed(1000, 10), 0);
        assert_eq!(elapsed(1024, 12), 24);
        assert_eq!(elapsed(1100, 12), 24);
        assert_eq!(elapsed(1005, 12), 5);
        assert_eq!(elapsed(u32::MAX, u32::MAX), u64::from(u32::MAX - 1000));
    }
}
