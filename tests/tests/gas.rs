//! Gas as it is committed: the bars hold, and no figure moves unseen.

use opml_tests::bench::{self, SECTION};

#[tokio::test]
async fn gas_is_as_committed_and_under_its_bars() {
    let sheet = bench::gas().await.unwrap();
    assert_eq!(sheet.broken_bars(), Vec::<String>::new());
    let drifts = SECTION.compare(include_str!("../../docs/gas.md"), &sheet.markdown()).unwrap();
    assert_eq!(drifts, [], "if this is meant: `cargo xtask bench gas`");
}
