//! A guest version that is retired while everything is under way, on a real chain: nodes get their parties' money back.

use std::{collections::BTreeSet, time::Duration};

use alloy::providers::Provider;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use opml_contracts::OpML;
use opml_node::{
    plan::Roles,
    player::NativePlayers,
    view::{Claim, ClaimStatus, RequestStatus},
};

use crate::{
    liars::Liars,
    service::{claimed, request, until},
    world::{FEE, World},
};

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_back_what_was_put_in() {
    let Some(world) = World::guarded().await else { return };
    let (contract, provider) = (world.deployment.contract, world.anvil.provider());
    let (liar, challenger, honest) = (
        world.anvil.account("liar").await,
        world.anvil.account("challenger").await,
        world.anvil.account("honest").await,
    );
    let accounts = [liar.address(), challenger.address(), honest.address()];
    let had = provider.get_balance(accounts[0]).await.unwrap();
    let dir = tempfile::tempdir().unwrap();

    // A lie in dispute, whose author says nothing more.
    let lying = world.node(liar.clone(), Roles::SUBMITTER, Liars, Some(dir.path())).await;
    let disputed = world.ask_until(1, u32::MAX).await;
    let lie = claimed(&world, &lying, disputed, 0).await;
    lying.shutdown().await;
    let watching = world.node(challenger, Roles::CHALLENGER, NativePlayers, None).await;
    until(&watching, "the dispute", |node| {
        let claim = node.store().record::<Claim>(lie.id).unwrap();
        claim.filter(|claim| !claim.disputes.is_empty())
    })
    .await;
    // A true claim in its window, and a commitment that nobody can reveal yet.
    let node = world.node(honest, Roles::SUBMITTER, NativePlayers, None).await;
    let answered = world.ask_until(2, u32::MAX).await;
    claimed(&world, &node, answered, 0).await;
    let committed = world.ask_until(3, u32::MAX).await;
    until(&node, "the commitment", |node| {
        let view = node.store().view(accounts[2]).unwrap();
        view.commitments.values().any(|commitment| commitment.request == committed).then_some(())
    })
    .await;

    let retire = OpML::retireCall { guest: world.deployment.guest }.abi_encode();
    world.client.send("retire", contract.into(), retire.into(), U256::ZERO).await.unwrap();
    let late = world.node(liar, Roles::SUBMITTER, Liars, Some(dir.path())).await;
    let mut receipts = [late.receipts(), watching.receipts(), node.receipts()];
    let mut sent = BTreeSet::new();
    let given_back = tokio::time::timeout(PATIENCE, async {
        // What is left is the asker's, who has no node.
        while provider.get_balance(contract).await.unwrap() > FEE * U256::from(3) {
            let [a, b, c] = &mut receipts;
            let receipt = tokio::select! {
                receipt = a.recv() => receipt,
                receipt = b.recv() => receipt,
                receipt = c.recv() => receipt,
            };
            sent.insert(receipt.unwrap().what);
            world.anvil.mine(1).await;
        }
    });
    given_back.await.unwrap_or_else(|_| panic!("money is stuck after {sent:?}"));

    for id in [disputed, answered, committed] {
        until(&node, "the end of a request", |node| {
            request(node, id).filter(|request| request.status == RequestStatus::Annulled)
        })
        .await;
    }
    let fallen = node.store().record::<Claim>(lie.id).unwrap().unwrap();
    assert_eq!(fallen.status, ClaimStatus::Annulled);
    // A hundredth of an ether is far more than the gas of each, and far less than a stake or a bond.
    let gas = U256::from(10u64.pow(16));
    for account in accounts {
        let has = provider.get_balance(account).await.unwrap();
        assert!(has <= had && has + gas > had, "{account} had {had} and has {has}");
    }
    let withdraw = OpML::withdrawCall { to: world.client.account() }.abi_encode();
    world.client.send("withdraw", contract.into(), withdraw.into(), U256::ZERO).await.unwrap();
    assert_eq!(provider.get_balance(contract).await.unwrap(), U256::ZERO);
    for node in [late, watching, node] {
        node.shutdown().await;
    }
}
