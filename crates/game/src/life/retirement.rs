use alloy_primitives::Address;

use super::Untimely;
use crate::rules::Tick;
use crate::{ClaimSlot, ClaimStatus, RequestSlot, RequestStatus};

/// Where a guest version stands, as the registry keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// There is none of this number.
    Unknown,
    /// Requests may name it.
    Serving,
    /// In refund mode: nothing begins under it, nothing becomes final, and what is open goes back.
    Retired,
}

impl Standing {
    /// Refuses what would bring money under a retired guest version, or pick a winner under it. That there is one is asked when
    /// a request names it, and not again.
    pub(super) const fn check_serving(self) -> Result<(), Untimely> {
        match self {
            Self::Retired => Err(Untimely::RetiredGuest),
            Self::Unknown | Self::Serving => Ok(()),
        }
    }
}

/// Who may retire guest versions, and until when: fixed with the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guardian {
    /// Its account; zero where there is none.
    pub account: Address,
    /// Last timestamp of its term.
    pub until: u64,
}

impl Guardian {
    /// `retire`: puts a guest version into refund mode, for good.
    pub fn retire(
        &self,
        now: Tick,
        caller: Address,
        guest: Standing,
    ) -> Result<Standing, Untimely> {
        if caller != self.account {
            return Err(Untimely::NotGuardian(caller));
        }
        if u64::from(now.time) > self.until {
            return Err(Untimely::GuardianExpired { until: self.until });
        }
        match guest {
            Standing::Unknown => Err(Untimely::UnknownGuest),
            Standing::Retired => Err(Untimely::RetiredGuest),
            Standing::Serving => Ok(Standing::Retired),
        }
    }
}

impl RequestSlot {
    /// `annul`: an open claim on this request ends with it, because the guest version was retired. Stake and fee go back.
    pub const fn annul(
        &self,
        claim: &ClaimSlot,
        guest: Standing,
    ) -> Result<(Self, ClaimSlot), Untimely> {
        if let Err(untimely) = claim.check_open() {
            return Err(untimely);
        }
        match guest {
            Standing::Retired => {
                let request = Self { status: RequestStatus::Refunded, annulled: true, ..*self };
                Ok((request, ClaimSlot { status: ClaimStatus::Annulled, ..*claim }))
            }
            Standing::Unknown | Standing::Serving => Err(Untimely::ServingGuest),
        }
    }
}
