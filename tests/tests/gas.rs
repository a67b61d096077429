//! Gas as it is committed: the bars hold, and no figure moves unseen.

use opml_tests::bench::{self, Snapshot};

#[tokio::test]
async fn gas_is_as_committed_and_under_its_bars() {
    let sheet = bench::gas().await.unwrap();
    assert_eq!(sheet.broken_bars(), Vec::<String>::new());
    let committed = Snapshot::parse(include_str!("../../docs/gas.md")).unwrap();
    let drifts: Vec<String> = committed.compare(&sheet).iter().map(ToString::to_string).collect();
    assert_eq!(drifts, Vec::<String>::new(), "if this is meant: `cargo xtask bench gas`");
}
