//! Defences that can be taken out of the model. Under each there is an attack that the search finds.

use alloy_primitives::U256;
use opml_game::{
    ClaimSlot, ClaimStatus, End, Fate, Profile, Refund, RequestSlot, Side, Split, Standing, Tick,
};

/// One rule that the mutated protocol does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// What is lost by a clock is paid at once, as if it were proved (decision 7).
    TimeoutSettlesAtOnce,
    /// The stake of every round is that of the first.
    StakeDoesNotDouble,
    /// A rejected request takes no other claim.
    NoReclaim,
    /// A rejection late in the life of a request leaves no time to claim again (decision 7).
    NoExtension,
    /// While a dispute is live on a claim no other is opened.
    OneDisputeAtATime,
    /// A claim is final when its window is over, whatever is being played.
    FinalDespiteDisputes,
    /// Whoever evaluates picks for the mover (decision 1).
    AnybodyPicks,
    /// A clock is over in its last second, before a move in that second.
    EarlyTimeout,
    /// Who claims again gets half of the lateness fee, instead of half a bond (decision 7).
    HalfTheFee,
    /// Disputes that were live on a claim that was timed out and right get their bonds back (decision 7).
    LiveBondsReturn,
    /// All of a lost stake is the winner's.
    NothingBurned,
    /// A commitment to anything comes back.
    EveryCommitmentReturns,
    /// What a clock has decided counts when the guest version is retired, as when nobody answers in time.
    ClocksCountAfterwards,
    /// Who has committed under a guest version that is retired pays the fee of who commits in vain.
    RetirementCosts,
    /// Claims under a retired guest version become final.
    FinalAfterwards,
    /// Clocks run on under a retired guest version.
    VerdictsAfterwards,
    /// An open claim waits for ever when its guest version is retired.
    NothingIsAnnulled,
}

/// The rules of the protocol round a dispute, with or without one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) profile: Profile,
    pub(crate) without: Option<Mutation>,
}

impl Rules {
    pub(crate) fn lacks(&self, mutation: Mutation) -> bool {
        self.without == Some(mutation)
    }

    /// The round that counts for the stake.
    pub(crate) fn round(&self, round: u32) -> u32 {
        if self.lacks(Mutation::StakeDoesNotDouble) { 0 } else { round }
    }

    pub(crate) fn reopen(&self, request: RequestSlot, now: Tick, round: u32) -> RequestSlot {
        let next = request.reopen(now, round, &self.profile).unwrap_or(request);
        match self.without {
            Some(Mutation::NoReclaim) => RequestSlot { status: request.status, ..next },
            Some(Mutation::NoExtension) => RequestSlot { deadline: request.deadline, ..next },
            _ => next,
        }
    }

    /// The claim as `finalise` sees it.
    pub(crate) fn undisputed(&self, claim: ClaimSlot) -> ClaimSlot {
        if self.lacks(Mutation::FinalDespiteDisputes) {
            ClaimSlot { live: 0, ..claim }
        } else {
            claim
        }
    }

    /// Where the guest version stands, as `finalise` sees it.
    pub(crate) fn finalising(&self, guest: Standing) -> Standing {
        if self.lacks(Mutation::FinalAfterwards) { Standing::Serving } else { guest }
    }

    pub(crate) fn end(&self, status: ClaimStatus, refund: Refund) -> End {
        match (status, refund) {
            (ClaimStatus::TimedOut, Refund::Annulled)
                if self.lacks(Mutation::ClocksCountAfterwards) =>
            {
                End::Unknown
            }
            _ => End::of(status, refund),
        }
    }

    pub(crate) fn take_back_late(&self, round: u32, refund: Refund) -> Split {
        let refund = if self.lacks(Mutation::RetirementCosts) { Refund::Late } else { refund };
        self.profile.take_back_late(self.round(round), refund)
    }

    pub(crate) fn decided(&self, winner: Side, by_proof: bool, end: End) -> Option<Fate> {
        Fate::decided(winner, by_proof || self.lacks(Mutation::TimeoutSettlesAtOnce), end)
    }

    pub(crate) fn unfinished(&self, end: End) -> Option<Fate> {
        match Fate::unfinished(end) {
            Some(Fate::Forfeited) if self.lacks(Mutation::LiveBondsReturn) => Some(Fate::Returned),
            fate => fate,
        }
    }

    pub(crate) fn settle(
        &self,
        fate: Fate,
        round: u32,
        others: u32,
        bond_index: u32,
        lists: u16,
    ) -> Split {
        let split = self.profile.settle(fate, self.round(round), others, bond_index, lists);
        match fate {
            Fate::Won if self.lacks(Mutation::NothingBurned) => {
                Split { challenger: split.challenger + split.burned, burned: U256::ZERO, ..split }
            }
            _ => split,
        }
    }

    pub(crate) fn late(&self, round: u32) -> Split {
        let split = self.profile.late(self.round(round));
        if !self.lacks(Mutation::HalfTheFee) {
            return split;
        }
        let fee = split.successor + split.burned;
        let half = fee / U256::from(2);
        Split { successor: half, burned: fee - half, ..split }
    }
}
