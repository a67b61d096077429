//! Who gets what of a dispute that is over, and when (docs/protocol.md §9).
//!
//! A proof settles at once. A clock proves nothing: what was lost by one waits for the end of its claim.

use alloy_primitives::U256;

use crate::{ClaimStatus, Decision, Profile, Side};

/// What the end of a claim says about money that was lost by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Nothing yet: it is open, or was timed out and not judged.
    Open,
    /// It is the answer.
    True,
    /// It is not, or was not defended against a proof.
    False,
    /// There will be no answer: what was played counts.
    Unknown,
    /// There will be no answer, because the guest version was retired: what waits goes back.
    Annulled,
}

/// Whether the fee of a request went back, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refund {
    /// It did not.
    None,
    /// Nobody has answered in time.
    Late,
    /// The guest version was retired.
    Annulled,
}

impl End {
    /// The end of a claim, of whose request the fee went back or not.
    pub const fn of(status: ClaimStatus, refund: Refund) -> Self {
        match status {
            ClaimStatus::Final | ClaimStatus::Late => Self::True,
            ClaimStatus::Rejected => Self::False,
            ClaimStatus::Annulled => Self::Annulled,
            ClaimStatus::TimedOut => match refund {
                Refund::None => Self::Open,
                Refund::Late => Self::Unknown,
                Refund::Annulled => Self::Annulled,
            },
            ClaimStatus::None
            | ClaimStatus::Open
            | ClaimStatus::Committed
            | ClaimStatus::TakenBack => Self::Open,
        }
    }
}

/// What becomes of the bond of a dispute that is over, and of the stake that lies with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The bond is lost: a part repays the submitter, the rest is burned.
    Forfeited,
    /// The bond goes back.
    Returned,
    /// The bond goes back, and with it half of the claim's stake, but for what waits for others.
    Won,
    /// The bond goes back, and with it a share of the claim's stake, of which the winner has what is left.
    Shared,
    /// The bond goes back, and the claim's stake to its submitter: a clock has ended the claim, and nobody will know whether it was
    /// right.
    Undone,
}

impl Fate {
    /// The fate of a dispute that `winner` won, by proof or by time; `None` while its money waits.
    pub const fn decided(winner: Side, by_proof: bool, end: End) -> Option<Self> {
        match (winner, by_proof, end) {
            (Side::Submitter, true, _) => Some(Self::Forfeited),
            (Side::Challenger, true, _) => Some(Self::Won),
            (_, false, End::Open) => None,
            (_, false, End::True) | (Side::Submitter, false, End::Unknown) => Some(Self::Forfeited),
            (Side::Submitter, false, End::False | End::Annulled) => Some(Self::Returned),
            (Side::Challenger, false, End::Annulled) => Some(Self::Undone),
            (Side::Challenger, false, End::False | End::Unknown) => Some(Self::Won),
        }
    }

    /// The fate of a dispute that was live when its claim ended, by another one or by retirement; `None` while its money waits.
    pub const fn unfinished(end: End) -> Option<Self> {
        match end {
            End::Open => None,
            End::True => Some(Self::Forfeited),
            End::False | End::Unknown => Some(Self::Shared),
            End::Annulled => Some(Self::Returned),
        }
    }
}

/// Wei of one settlement, by receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// To the submitter of the claim.
    pub submitter: U256,
    /// To the challenger of the dispute.
    pub challenger: U256,
    /// To the challenger of the dispute that ended the claim.
    pub winner: U256,
    /// To the submitter that gave the same answer again.
    pub successor: U256,
    /// To nobody.
    pub burned: U256,
}

impl Profile {
    /// What `collect` pays for a dispute on a claim of `round` that `others` were live on when it ended.
    pub fn collect(&self, decision: &Decision, fate: Fate, round: u32, others: u32) -> Split {
        self.settle(fate, round, others, decision.bond_index, decision.lists)
    }

    /// What settles a dispute of `lists` lists that was opened while `bond_index` others were open.
    pub fn settle(
        &self,
        fate: Fate,
        round: u32,
        others: u32,
        bond_index: u32,
        lists: u16,
    ) -> Split {
        let bond = self.bond(bond_index);
        match fate {
            Fate::Forfeited => {
                let gain = self.repelled(lists);
                Split { submitter: gain, burned: bond - gain, ..Split::default() }
            }
            Fate::Returned => Split { challenger: bond, ..Split::default() },
            Fate::Won => {
                let stake = self.stake(round);
                let burned = stake / U256::from(2);
                let shares = self.share(round, others) * U256::from(others);
                Split { challenger: bond + stake - burned - shares, burned, ..Split::default() }
            }
            Fate::Undone => {
                Split { challenger: bond, submitter: self.stake(round), ..Split::default() }
            }
            Fate::Shared => {
                let share = self.share(round, others);
                let repaid = self.repaid(share, lists);
                Split { challenger: bond + repaid, winner: share - repaid, ..Split::default() }
            }
        }
    }

    /// What `judge` pays for a claim of `round` that was timed out and right.
    pub fn late(&self, round: u32) -> Split {
        let (fee, successor) = (self.lateness_fee(round), self.successor());
        let submitter = self.stake(round) - fee;
        Split { submitter, successor, burned: fee - successor, ..Split::default() }
    }

    /// What `takeBackLate` pays for a commitment of `round` on a request whose fee went back: all of it if that was nobody's fault.
    pub fn take_back_late(&self, round: u32, refund: Refund) -> Split {
        let fee = match refund {
            Refund::Annulled => U256::ZERO,
            Refund::None | Refund::Late => self.lateness_fee(round),
        };
        Split { submitter: self.stake(round) - fee, burned: fee, ..Split::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: Profile = Profile {
        window: 60,
        clock: 60,
        increment: 0,
        seconds_per_block: 1,
        arity_bits: 5,
        stake_gwei: 1_000_000,
        bond_gwei: 100_000,
        answer_window: 0,
    };

    #[test]
    fn nothing_is_made_and_nothing_is_lost() {
        for fate in [Fate::Forfeited, Fate::Returned, Fate::Won, Fate::Shared, Fate::Undone] {
            for others in [0, 1, 7] {
                let split = PROFILE.settle(fate, 2, others, 3, 5);
                let Split { submitter, challenger, winner, successor, burned } = split;
                let stake = match fate {
                    Fate::Won => PROFILE.stake(2) - PROFILE.share(2, others) * U256::from(others),
                    Fate::Shared => PROFILE.share(2, others),
                    Fate::Undone => PROFILE.stake(2),
                    Fate::Forfeited | Fate::Returned => U256::ZERO,
                };
                let sum = submitter + challenger + winner + successor + burned;
                assert_eq!(sum, PROFILE.bond(3) + stake, "{fate:?}, {others} others");
            }
        }
        let Split { submitter, successor, burned, .. } = PROFILE.late(2);
        assert_eq!(submitter + successor + burned, PROFILE.stake(2));
        let late = PROFILE.take_back_late(2, Refund::Late);
        assert_eq!(
            (late.submitter + late.burned, late.burned),
            (PROFILE.stake(2), PROFILE.lateness_fee(2))
        );
        let annulled = PROFILE.take_back_late(2, Refund::Annulled);
        assert_eq!(annulled, Split { submitter: PROFILE.stake(2), ..Split::default() });
    }

    #[test]
    fn a_proof_never_waits_and_a_clock_always_does() {
        for side in [Side::Submitter, Side::Challenger] {
            assert_eq!(Fate::decided(side, false, End::Open), None);
            for end in [End::Open, End::True, End::False, End::Unknown, End::Annulled] {
                assert!(Fate::decided(side, true, end).is_some());
            }
        }
        assert_eq!(Fate::unfinished(End::Open), None);
    }
}
