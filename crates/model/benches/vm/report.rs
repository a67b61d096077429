//! How the figures are printed.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::measure::Tile;

/// All figures; those without a name of a tile are of one tile of each kind after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Root of the guest's program.
    guest: String,
    native_seconds: f64,
    fast_steps_per_second: f64,
    interpreter_steps_per_second: f64,
    reference_steps_per_second: f64,
    slowdown_vs_native: f64,
    root_after_1000_dirty_pages_ms: f64,
    #[serde(rename = "states_64_of_2^24_seconds")]
    states_64_of_2_to_24_seconds: f64,
    tiles: Vec<Tile>,
}

impl Report {
    pub(crate) fn new(guest: String, tiles: Vec<Tile>, root: f64, states: f64) -> Self {
        let sum = |of: fn(&Tile) -> f64| tiles.iter().map(of).sum::<f64>();
        let steps = sum(|tile| tile.steps as f64);
        let (native, fast) = (sum(|tile| tile.native_seconds), sum(|tile| tile.fast_seconds));
        Self {
            guest,
            native_seconds: native,
            fast_steps_per_second: steps / fast,
            interpreter_steps_per_second: steps / sum(|tile| tile.interpreter_seconds),
            reference_steps_per_second: steps / sum(|tile| tile.reference_seconds),
            slowdown_vs_native: fast / native,
            root_after_1000_dirty_pages_ms: root * 1e3,
            states_64_of_2_to_24_seconds: states,
            tiles,
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let columns =
            ["tile", "M steps", "fast", "interpreter", "reference", "native ms", "slowdown"];
        let [name, rest @ ..] = columns;
        write!(f, "{name:12}")?;
        rest.iter().try_for_each(|column| write!(f, " {column:>11}"))?;
        writeln!(f, "   (M steps/s)")?;
        for tile in &self.tiles {
            let steps = tile.steps as f64 / 1e6;
            let row = [
                steps,
                steps / tile.fast_seconds,
                steps / tile.interpreter_seconds,
                steps / tile.reference_seconds,
                tile.native_seconds * 1e3,
                tile.fast_seconds / tile.native_seconds,
            ];
            line(f, tile.name, &row)?;
        }
        let steps = self.tiles.iter().map(|tile| tile.steps).sum::<u64>() as f64 / 1e6;
        let speeds = [
            self.fast_steps_per_second,
            self.interpreter_steps_per_second,
            self.reference_steps_per_second,
        ];
        let [fast, interpreter, reference] = speeds.map(|speed| speed / 1e6);
        let native = self.native_seconds * 1e3;
        line(f, "all", &[steps, fast, interpreter, reference, native, self.slowdown_vs_native])?;
        writeln!(f, "root after 1000 dirty pages: {:.2} ms", self.root_after_1000_dirty_pages_ms)?;
        write!(f, "64 states of 2^24 steps: {:.3} s", self.states_64_of_2_to_24_seconds)
    }
}

fn line(f: &mut Formatter<'_>, name: &str, row: &[f64]) -> fmt::Result {
    write!(f, "{name:12}")?;
    row.iter().try_for_each(|value| write!(f, " {value:>11.1}"))?;
    writeln!(f)
}
