//! The bar on the evaluation of r steps holds wherever a dispute may end, not only where docs/gas.md samples.

use opml_gas::{Dearest, dearest_of_all};

#[test]
fn no_window_of_the_committed_guest_exceeds_its_bar() {
    let found = dearest_of_all().unwrap();
    let windows: u64 = found.iter().map(|dearest| dearest.windows).sum();
    assert!(windows > 100_000, "{windows} windows");
    let over: Vec<&Dearest> = found.iter().filter(|dearest| dearest.over != 0).collect();
    assert!(over.is_empty(), "above the bar: {over:?}");
}
