//! The test vectors of `docs/arithmetic.md`.

/// Arguments and result of every vector of a function: its lines are the name, then `arguments → result` between commas, as bits.
pub(crate) fn documented(name: &str) -> Vec<(Vec<u32>, u32)> {
    let document = include_str!("../../../../docs/arithmetic.md");
    let bits =
        |text| u32::from_str_radix(text, 16).unwrap_or_else(|error| panic!("{text}: {error}"));
    let lines = document.lines().filter(|line| line.contains(" → "));
    let lines = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let pairs = lines.flat_map(|line| line.split(',')).filter_map(|pair| pair.split_once('→'));
    pairs.map(|(x, y)| (x.split_whitespace().map(bits).collect(), bits(y.trim()))).collect()
}
