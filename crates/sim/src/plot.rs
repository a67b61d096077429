//! Line charts as SVG. A chart is some polylines, two axes and a legend: less than what a library would bring with it, and the same
//! bytes everywhere, so that figures can be checked in.

use std::fmt::Write;

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By powers of ten; all values are above zero.
    Log,
}

/// One axis.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: &'static str,
    /// How it is divided.
    pub scale: Scale,
    /// Least and greatest value.
    pub range: (f64, f64),
}

/// One line.
#[derive(Debug, Clone)]
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// Whether it is a bound rather than a result.
    pub dashed: bool,
}

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Title.
    pub title: &'static str,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// The lines.
    pub series: Vec<Series>,
}

const SIZE: (f64, f64) = (720.0, 400.0);
/// Left, top, right and bottom of the plane.
const PLANE: (f64, f64, f64, f64) = (80.0, 40.0, 520.0, 350.0);
const COLOURS: [&str; 6] = ["#1b6ca8", "#c0392b", "#2e8b57", "#8e5ea2", "#b8860b", "#555555"];

impl Axis {
    /// Where a value of the range lies, from 0 to 1.
    fn at(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => (value / low).log10() / (high / low).log10(),
        }
    }

    fn has(&self, value: f64) -> bool {
        let (low, high) = self.range;
        let slack = 1e-9 * high.abs();
        value >= low - slack && value <= high + slack
    }

    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.range;
        match self.scale {
            Scale::Linear => (0..=5).map(|i| low + (high - low) * f64::from(i) / 5.0).collect(),
            Scale::Log => {
                let (first, last) = (low.log10().round() as i32, high.log10().round() as i32);
                (first..=last).map(|exponent| 10f64.powi(exponent)).collect()
            }
        }
    }
}

/// A number as short as it can be said.
fn number(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}") }
}

impl Chart {
    /// The chart as an SVG file.
    pub fn svg(&self) -> String {
        let (left, top, right, bottom) = PLANE;
        let x = |value| left + self.x.at(value) * (right - left);
        let y = |value| bottom - self.y.at(value) * (bottom - top);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
             <text x=\"{left}\" y=\"24\" font-size=\"15\">{}</text>\n",
            SIZE.0, SIZE.1, self.title,
        );
        for tick in self.x.ticks() {
            let _ = writeln!(
                svg,
                "<path d=\"M{0:.1} {top}V{bottom}\" stroke=\"#dddddd\"/><text x=\"{0:.1}\" y=\"{1}\" text-anchor=\"middle\">{2}</text>",
                x(tick),
                bottom + 16.0,
                number(tick),
            );
        }
        for tick in self.y.ticks() {
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {0:.1}H{right}\" stroke=\"#dddddd\"/><text x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{3}</text>",
                y(tick),
                left - 6.0,
                y(tick) + 4.0,
                number(tick),
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n<text transform=\"translate(18 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            (left + right) / 2.0,
            bottom + 38.0,
            self.x.label,
            (top + bottom) / 2.0,
            self.y.label,
        );
        for (index, Series { name, points, dashed }) in self.series.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let dash = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
            // A line ends where it leaves the plane.
            let points = points.iter().filter(|(px, py)| self.x.has(*px) && self.y.has(*py));
            let points: Vec<String> =
                points.map(|&(px, py)| format!("{:.1},{:.1}", x(px), y(py))).collect();
            let line = top + 14.0 + 20.0 * index as f64;
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"{dash}/>\n\
                 <path d=\"M{} {line}h22\" stroke=\"{colour}\" stroke-width=\"1.8\"{dash}/><text x=\"{}\" y=\"{}\">{name}</text>",
                points.join(" "),
                right + 14.0,
                right + 42.0,
                line + 4.0,
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_between_the_ends_of_their_axis() {
        let log = Axis { label: "", scale: Scale::Log, range: (0.1, 1000.0) };
        assert_eq!([log.at(0.1), log.at(10.0), log.at(1000.0)], [0.0, 0.5, 1.0]);
        assert_eq!(
            [log.has(0.0), log.has(0.1), log.has(1000.0), log.has(1e9)],
            [false, true, true, false]
        );
        assert_eq!(log.ticks(), [0.1, 1.0, 10.0, 100.0, 1000.0]);
        let linear = Axis { label: "", scale: Scale::Linear, range: (-1.0, 1.0) };
        assert_eq!([linear.at(-1.0), linear.at(0.0), linear.at(1.0)], [0.0, 0.5, 1.0]);
    }
}
