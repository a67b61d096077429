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

/// Everything that a run has measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
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
        Ok(())
    }
}
