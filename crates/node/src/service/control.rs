use std::fmt;

use thiserror::Error;
use tokio::sync::{mpsc, watch};

use super::{Config, Status};
use crate::plan::{Policy, Roles};

/// What the operator may change while the node runs. It lies in memory alone: a node that is started anew does what its
/// configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// The roles of the configuration.
    pub granted: Roles,
    /// Those that are paused.
    pub paused: Roles,
    /// The limits.
    pub policy: Policy,
}

impl Orders {
    pub(super) fn new(config: &Config) -> Self {
        Self { granted: config.roles, paused: Roles::OBSERVER, policy: config.policy.clone() }
    }

    /// What the node begins of itself.
    pub const fn roles(&self) -> Roles {
        Roles {
            submitter: self.granted.submitter && !self.paused.submitter,
            challenger: self.granted.challenger && !self.paused.challenger,
            validator: self.granted.validator && !self.paused.validator,
        }
    }
}

/// There is no such call to hurry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no call {0} is under way")]
pub struct NotUnderWay(pub String);

/// Power over what a running node begins. Whoever only asks holds a [`Node`](super::Node) and cannot get at this.
#[derive(Clone)]
pub struct Control {
    pub(super) orders: watch::Sender<Orders>,
    pub(super) retries: mpsc::UnboundedSender<String>,
    pub(super) status: watch::Receiver<Status>,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("orders", &*self.orders.borrow()).finish_non_exhaustive()
    }
}

impl Control {
    /// What holds now.
    pub fn orders(&self) -> Orders {
        self.orders.borrow().clone()
    }

    /// Changes what holds, for the next plan, and gives it. With an error nothing changes.
    ///
    /// # Errors
    /// That of `change`.
    pub fn change<E>(
        &self,
        change: impl FnOnce(&mut Orders) -> Result<(), E>,
    ) -> Result<Orders, E> {
        let mut result = Ok(());
        self.orders.send_if_modified(|orders| {
            let mut next = orders.clone();
            result = change(&mut next);
            let is_new = result.is_ok() && next != *orders;
            if is_new {
                tracing::info!(target: "opml::service", ?next, "the operator changes what holds");
                *orders = next;
            }
            is_new
        });
        result.map(|()| self.orders())
    }

    /// Sends a call under way again at once, at a higher fee if the limit of fees allows one.
    ///
    /// # Errors
    /// If no call of this key is under way.
    pub fn retry(&self, key: String) -> Result<(), NotUnderWay> {
        if !self.status.borrow().pending.contains(&key) {
            return Err(NotUnderWay(key));
        }
        // Only a node that is being stopped has dropped the other end.
        let _ = self.retries.send(key);
        Ok(())
    }
}
