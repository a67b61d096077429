use eyre::Result;
use serde::Serialize;

use crate::{
    court::Courts,
    step::{self, MEDIAN_BAR, StepRow, WORST_BAR},
    window::{self, WindowRow},
};

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// Evaluations of one step.
    pub steps: Vec<StepRow>,
    /// The median over the classes of instruction, with typical registers, each at its dearest.
    pub median: u64,
    /// The dearest evaluation of one step: with every register full, on the largest model.
    pub worst: u64,
    /// Evaluations of runs.
    pub windows: Vec<WindowRow>,
}

impl Sheet {
    /// Measures everything, in a few seconds.
    ///
    /// # Errors
    /// If a transaction is refused, or the guest does not do what it should.
    pub fn measure() -> Result<Self> {
        let courts = Courts::new()?;
        let steps = step::rows(&courts)?;
        Ok(Self {
            median: step::median(&steps),
            worst: steps.iter().map(|row| row.full.osaka.gas).max().unwrap_or_default(),
            steps,
            windows: window::rows(&courts)?,
        })
    }

    /// One sentence for each bar that is broken. They are about today's rules.
    pub fn broken_bars(&self) -> Vec<String> {
        let bars = [
            ("the median of one step", self.median, MEDIAN_BAR),
            ("the dearest step", self.worst, WORST_BAR),
        ];
        let bars = bars.map(|(what, gas, bar)| (what.to_owned(), gas, bar));
        let windows = self.windows.iter().filter_map(|row| {
            let what =
                format!("the dearest run of {} steps ({}, {})", row.steps, row.kernel, row.model);
            Some((what, row.worst.osaka.gas, row.bar?))
        });
        let broken = bars.into_iter().chain(windows).filter(|(_, gas, bar)| gas > bar);
        broken
            .map(|(what, gas, bar)| format!("{what} costs {gas} gas, more than its bar of {bar}"))
            .collect()
    }
}
