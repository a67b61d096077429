//! The stage itself.

use alloy_primitives::U256;
use opml_tests::{Anvil, What, World};
use std::{net::TcpStream, panic};

#[tokio::test]
async fn a_picture_is_asked_about() {
    let world = World::start().await.unwrap();
    let model = world.register(&opml_model::digits().unwrap()).await.unwrap();
    let dapp = world.deploy_dapp(model, 0).await.unwrap();
    let asker = world.party("asker").await.unwrap();
    let images = opml_model::digits_held_out().unwrap();
    let picture = images.iter().next().unwrap().pixels;
    let asked = world.ask(&asker, dapp, picture, U256::ZERO).await.unwrap();
    assert_eq!(asked.request.model, model);
    assert_eq!(world.answer(dapp, asked.id).await.unwrap(), None);

    let ledger = world.ledger().await.unwrap();
    let whats: Vec<_> =
        ledger.entries().iter().map(|entry| (entry.from.as_str(), entry.what)).collect();
    let deploy = ("deployer", What::Deploy);
    assert_eq!(
        whats,
        [
            deploy,
            deploy,
            deploy,
            deploy,
            ("deployer", What::Register),
            deploy,
            ("asker", What::Request)
        ]
    );
    assert!(ledger.entries().iter().all(|entry| entry.success && entry.gas > 21_000));
}

/// Whether something listens at an anvil's URL.
fn answers(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}

#[test]
fn an_anvil_ends_with_its_owner() {
    let anvil = Anvil::start().unwrap();
    let url = anvil.url().to_owned();
    assert!(answers(&url));
    drop(anvil);
    assert!(!answers(&url));
}

#[test]
fn an_anvil_ends_when_its_owner_panics() {
    let anvil = Anvil::start().unwrap();
    let url = anvil.url().to_owned();
    let owner = move || {
        assert!(answers(anvil.url()));
        panic::panic_any(anvil.url().to_owned());
    };
    let panicked = panic::catch_unwind(panic::AssertUnwindSafe(owner)).unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&url));
    assert!(!answers(&url));
}
