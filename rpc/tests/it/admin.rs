//! The operator's port: for this machine alone, by its own name.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
};

use alloy_primitives::U256;
use jsonrpsee::{
    core::{RpcResult, async_trait, client::ClientT},
    http_client::HttpClientBuilder,
    rpc_params,
};
use opml_rpc::{
    OpmlAdminApiClient, OpmlAdminApiServer, serve_admin,
    types::{Limits, Orders, Role, RoleState},
};
use serde_json::{Value, json};

/// Says which role was paused, and which limits were set.
pub(crate) struct Told;

fn orders(submitter: RoleState, min_fee: U256) -> Orders {
    let (max_stake, max_bond) = (U256::from(7), U256::from(8));
    let off = RoleState::Off;
    Orders { submitter, challenger: off, validator: off, min_fee, max_stake, max_bond }
}

#[async_trait]
impl OpmlAdminApiServer for Told {
    async fn orders(&self) -> RpcResult<Orders> {
        Ok(orders(RoleState::On, U256::ZERO))
    }

    async fn pause(&self, _: Role) -> RpcResult<Orders> {
        Ok(orders(RoleState::Paused, U256::ZERO))
    }

    async fn resume(&self, _: Role) -> RpcResult<Orders> {
        self.orders().await
    }

    async fn set_limits(&self, limits: Limits) -> RpcResult<Orders> {
        Ok(orders(RoleState::On, limits.min_fee.unwrap_or_default()))
    }

    async fn retry(&self, _: String) -> RpcResult<()> {
        Ok(())
    }
}

/// The first line of what the server answers to a call under a name.
fn asked_as(address: SocketAddr, host: &str) -> String {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"opml_admin_orders","params":[]}"#;
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_obeys_this_machine_under_its_own_name() {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (address, server) = serve_admin(any, Told).await.unwrap();
    let client = HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
    assert_eq!(client.pause(Role::Submitter).await.unwrap().submitter, RoleState::Paused);
    let limits = Limits { min_fee: Some(U256::from(5)), ..Limits::default() };
    assert_eq!(client.set_limits(limits).await.unwrap().min_fee, U256::from(5));
    client.retry("a call".to_owned()).await.unwrap();
    let document = client.request::<Value, _>("rpc.discover", rpc_params![]).await.unwrap();
    assert_eq!(document["info"]["title"], "opML, for the operator");
    let told = tokio::task::spawn_blocking(move || {
        ["localhost:1", "127.0.0.1", "evil.example:8646"].map(|host| asked_as(address, host))
    });
    let [local, bare, other] = told.await.unwrap();
    assert!(local.contains(" 200 ") && bare.contains(" 200 "), "{local}, {bare}");
    assert!(other.contains(" 403 "), "{other}");
    server.stop().unwrap();
}

#[tokio::test]
async fn it_is_refused_on_an_address_that_others_reach() {
    let error = serve_admin(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), Told).await.unwrap_err();
    assert!(error.to_string().contains("0.0.0.0"), "{error}");
}

#[test]
fn its_words_are_those_of_the_other_namespace() {
    let value = json!(orders(RoleState::Paused, U256::from(10)));
    assert_eq!((&value["submitter"], &value["minFee"]), (&json!("paused"), &json!("0xa")));
    assert_eq!(serde_json::from_value::<Role>(json!("challenger")).unwrap(), Role::Challenger);
    assert!(serde_json::from_value::<Limits>(json!({ "maxFee": "0x1" })).is_err());
}
