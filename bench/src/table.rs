//! What is printed.

use eyre::Result;
use serde::Serialize;

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What is computed.
    pub(crate) name: String,
    /// What the figures are; more is better.
    pub(crate) unit: &'static str,
    /// The engine's figure.
    pub(crate) ours: f64,
    /// The peer's figure.
    pub(crate) peer: f64,
    /// Who the peer is.
    pub(crate) peer_name: &'static str,
    /// `ours / peer`.
    pub(crate) ratio: f64,
}

/// The limits of the machine, measured in the same run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// Threads used.
    pub(crate) threads: usize,
    /// SIMD level used.
    pub(crate) simd: String,
    /// Memory read by all threads, in GB/s.
    pub(crate) read_gb_s: f64,
    /// f32 multiply-adds of all threads, in 10^9/s.
    pub(crate) f32_gmac_s: f64,
    /// s8 multiply-adds of all threads, in 10^9/s.
    pub(crate) s8_gmac_s: f64,
}

/// How near the answers of both sides are to each other.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Similarity {
    /// What is answered.
    pub(crate) name: String,
    /// Answers that were compared.
    pub(crate) count: usize,
    /// The least cosine among them.
    pub(crate) least: f64,
    /// Who the peer is.
    pub(crate) peer_name: &'static str,
}

/// The cosine of the angle between two answers.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Everything that a run has measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) similarities: Vec<Similarity>,
    pub(crate) machine: Machine,
}

impl Report {
    /// Prints the table, or one JSON object.
    pub(crate) fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let Machine { threads, simd, read_gb_s, f32_gmac_s, s8_gmac_s } = &self.machine;
        println!(
            "{threads} threads, {simd}: memory {read_gb_s:.1} GB/s, f32 {f32_gmac_s:.1} and s8 {s8_gmac_s:.1} GMAC/s"
        );
        println!("{:<34} {:>8} {:>9} {:>9} {:>6}  peer", "", "unit", "ours", "peer", "ratio");
        for row in &self.rows {
            println!(
                "{:<34} {:>8} {:>9.1} {:>9.1} {:>6.2}  {}",
                row.name, row.unit, row.ours, row.peer, row.ratio, row.peer_name
            );
        }
        for Similarity { name, count, least, peer_name } in &self.similarities {
            println!("{name}: the least cosine of {count} with {peer_name} is {least:.8}");
        }
        Ok(())
    }
}
