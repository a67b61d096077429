//! What `--json` prints.

use opml_tests::{
    Entry,
    scenario::{Moves, Report},
};
use serde::Serialize;

use crate::facts::Facts;

/// The whole output.
#[derive(Debug, Serialize)]
pub(crate) struct Output {
    /// The model.
    pub(crate) model: Facts,
    /// The stories in the order in which they were played.
    pub(crate) scenarios: Vec<Played>,
}

/// A story that was played.
#[derive(Debug, Serialize)]
pub(crate) struct Played {
    /// Its name.
    pub(crate) name: String,
    /// The party that is the extension of the chain's node, where the node has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<&'static str>,
    /// What became of the first claim: `finalized` or `rejected`.
    pub(crate) verdict: &'static str,
    /// Whether the dapp received an answer in the end.
    pub(crate) callback: bool,
    /// Who won about the first claim.
    pub(crate) winner: String,
    /// Lists of its dispute.
    pub(crate) moves: Phases,
    /// Everything on the chain, in order.
    pub(crate) transactions: Vec<Transaction>,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// Lists by phase.
#[derive(Debug, Serialize)]
pub(crate) struct Phases {
    /// Over large steps.
    pub(crate) phase1: usize,
    /// Over small steps.
    pub(crate) phase2: usize,
}

/// A transaction.
#[derive(Debug, Serialize)]
pub(crate) struct Transaction {
    /// Who sent it.
    pub(crate) from_role: String,
    /// What it did.
    pub(crate) what: &'static str,
    /// Gas used.
    pub(crate) gas: u64,
}

impl From<Report> for Played {
    fn from(report: Report) -> Self {
        let Report { name, verdict, callback, winner, moves, transactions, seconds } = report;
        let Moves { phase1, phase2 } = moves;
        Self {
            name,
            inside: None,
            verdict: verdict.name(),
            callback,
            winner,
            moves: Phases { phase1, phase2 },
            transactions: transactions.into_iter().map(Transaction::from).collect(),
            // Thousandths: more digits say nothing.
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}

impl From<Entry> for Transaction {
    fn from(entry: Entry) -> Self {
        let Entry { from, what, gas, .. } = entry;
        Self { from_role: from, what: what.name(), gas }
    }
}
