//! The plots.

use crate::{
    attention,
    config::Config,
    delay,
    gas::{Gas, NotMeasured},
    outcome::{Prices, of_gwei},
    plot::{Axis, Chart, Scale, Series},
    report::griefing,
};

/// Values from `low` to `high`, a tenth of a decade apart.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let count = ((high / low).log10() * 10.0).round() as i32;
    (0..=count).map(|i| low * 10f64.powf(f64::from(i) / 10.0)).collect()
}

/// All plots, by file name.
///
/// # Errors
/// If a call of the configured court was never measured.
pub fn all(config: &Config, gas: &Gas) -> Result<Vec<(&'static str, String)>, NotMeasured> {
    let prices = Prices::of(config, gas)?;
    Ok(vec![
        ("attention.svg", laziness(config, &prices).svg()),
        ("cheating.svg", cheating(config, &prices).svg()),
        ("griefing.svg", griefed(&prices).svg()),
        ("delay.svg", delayed(config).svg()),
    ])
}

/// ¾·p·G against C: what diligence is worth more than laziness.
fn laziness(config: &Config, prices: &Prices) -> Chart {
    let cost = of_gwei(config.request.inference_gwei).max(1e-9);
    // What silence costs at least, as the simulation has it.
    let slash = of_gwei(config.attention.slash_gwei) * (1.0 - attention::BOUNTY);
    let series = config.gas_gwei.iter().map(|&price| {
        let point = |ratio: f64| {
            let called = (ratio * cost / slash.max(1e-9)).min(1.0);
            let watch = attention::simulate(config, prices, price, called);
            (ratio, (watch.diligent - watch.lazy) / cost)
        };
        let points = decades(0.1, 100.0).into_iter().map(point).collect();
        Series { name: format!("simulated, {price} gwei"), points, dashed: false }
    });
    let zero = Series {
        name: "it makes no difference".to_owned(),
        points: vec![(0.1, 0.0), (100.0, 0.0)],
        dashed: true,
    };
    Chart {
        title: "When laziness stops paying",
        x: Axis { label: "¾·p·G / C", scale: Scale::Log, range: (0.1, 100.0) },
        y: Axis {
            label: "diligent less lazy, in C per request",
            scale: Scale::Linear,
            range: (-2.0, 8.0),
        },
        series: series.chain([zero]).collect(),
    }
}

/// What a false claim is worth, by how likely somebody looks.
fn cheating(config: &Config, prices: &Prices) -> Chart {
    let price = config.gas_gwei[config.gas_gwei.len() / 2];
    let (caught, raced) = (prices.caught(price), prices.raced(price));
    let gas = prices.claim as f64 * price / 1e9;
    let prize = of_gwei(config.request.prize_gwei + config.request.fee_gwei) - gas;
    let line = |name: &str, lost: f64| Series {
        name: name.to_owned(),
        points: [0.0, 1.0].map(|q| (q, (1.0 - q) * prize - q * lost)).to_vec(),
        dashed: false,
    };
    let zero =
        Series { name: "nothing".to_owned(), points: vec![(0.0, 0.0), (1.0, 0.0)], dashed: true };
    let span = caught.lost.max(prize).ceil();
    Chart {
        title: "When cheating stops paying",
        x: Axis {
            label: "probability that an honest party looks",
            scale: Scale::Linear,
            range: (0.0, 1.0),
        },
        y: Axis { label: "ether per false claim", scale: Scale::Linear, range: (-span, span) },
        series: vec![line("caught", caught.lost), line("self-challenge", raced.lost), zero],
    }
}

/// The griefing factor, with the bars of the project.
fn griefed(prices: &Prices) -> Chart {
    let points =
        decades(1.0, 1000.0).into_iter().map(|price| (price, griefing(prices, price).factor));
    let bars = vec![(1.0, 100.0), (10.0, 15.0), (100.0, 3.0)];
    Chart {
        title: "Attacker's loss over the honest side's outlay",
        x: Axis { label: "gas price, gwei", scale: Scale::Log, range: (1.0, 1000.0) },
        y: Axis { label: "griefing factor", scale: Scale::Log, range: (1.0, 1000.0) },
        series: vec![
            Series { name: "one dispute".to_owned(), points: points.collect(), dashed: false },
            Series { name: "bar".to_owned(), points: bars, dashed: true },
        ],
    }
}

/// What a delay costs.
fn delayed(config: &Config) -> Chart {
    let rows: Vec<_> = (1..=10).map(|rounds| delay::delay(config, rounds)).collect();
    let series = |name: &str, f: fn(&delay::Delay) -> f64| Series {
        name: name.to_owned(),
        points: rows.iter().map(|row| (row.hours, f(row).max(1e-9))).collect(),
        dashed: false,
    };
    let hours = rows.last().map_or(1.0, |row| row.hours).ceil();
    let most = rows.iter().map(|row| row.capital).fold(1.0, f64::max);
    Chart {
        title: "What it costs to delay an answer",
        x: Axis { label: "hours", scale: Scale::Linear, range: (0.0, hours) },
        y: Axis {
            label: "ether",
            scale: Scale::Log,
            range: (0.1, 10f64.powf(most.log10().ceil())),
        },
        series: vec![series("capital", |row| row.capital), series("lost", |row| row.lost)],
    }
}
