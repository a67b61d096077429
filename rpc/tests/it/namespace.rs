//! The namespace over a real socket, and its wire format.

use std::net::{Ipv4Addr, SocketAddr};

use alloy_primitives::{B256, Bytes, U64};
use jsonrpsee::{
    core::{ClientError, client::ClientT},
    http_client::HttpClientBuilder,
    rpc_params,
    ws_client::WsClientBuilder,
};
use opml_rpc::{
    MAX_INPUT, OpmlApiClient, serve,
    types::{Request, RequestFilter, RequestStatus, Topic},
};
use serde_json::{Value, json};

use crate::fixed::{Fixed, ID, output_proof, request, update};

fn code(error: ClientError) -> i32 {
    match error {
        ClientError::Call(error) => error.code(),
        other => panic!("not an answer of the server: {other}"),
    }
}

#[tokio::test]
async fn client_and_server_speak_the_same_namespace() {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (address, server) = serve(any, Fixed).await.unwrap();
    let client =
        HttpClientBuilder::default().max_request_size(8 << 20).build(format!("http://{address}"));
    let client = client.unwrap();

    assert_eq!(client.get_request(ID).await.unwrap(), request());
    assert_eq!(client.get_output_proof(ID).await.unwrap(), output_proof());
    assert_eq!(code(client.get_output_proof(B256::ZERO).await.unwrap_err()), -32001);
    let inference = client.infer(ID, Bytes::from_static(b"abc")).await.unwrap();
    assert_eq!((inference.model, inference.n), (ID, U64::from(3)));
    assert_eq!(code(client.get_request(B256::ZERO).await.unwrap_err()), -32001);
    assert_eq!(code(client.get_dispute(B256::ZERO).await.unwrap_err()), -32001);
    let filter = RequestFilter { status: Some(RequestStatus::Done), ..RequestFilter::default() };
    let page = client.list_requests(Some(filter), Some(ID), Some(U64::from(7))).await.unwrap();
    assert_eq!(page.next, Some(ID));
    assert_eq!(client.list_requests(None, None, None).await.unwrap().next, None);
    assert_eq!(code(client.exposure().await.unwrap_err()), -32000);

    let told = client.request::<Value, _>("rpc.discover", rpc_params![]).await.unwrap();
    assert_eq!(told["openrpc"], json!("1.3.2"));
    let short = client.request::<Value, _>("opml_getRequest", rpc_params!["0x12"]).await;
    assert_eq!(code(short.unwrap_err()), -32602);
    let unknown_field = rpc_params![json!({ "state": "open" })];
    let misspelt = client.request::<Value, _>("opml_listRequests", unknown_field).await;
    assert_eq!(code(misspelt.unwrap_err()), -32602);
    let unknown = client.request::<Value, _>("opml_nothing", rpc_params![]).await;
    assert_eq!(code(unknown.unwrap_err()), -32601);
    let huge = Bytes::from(vec![0; 2 * MAX_INPUT]);
    assert!(client.infer(ID, huge).await.is_err(), "a body over the limit is refused");

    server.stop().unwrap();
    server.stopped().await;
}

#[tokio::test]
async fn a_client_on_a_websocket_is_told_of_updates() {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (address, server) = serve(any, Fixed).await.unwrap();
    let client = WsClientBuilder::default().build(format!("ws://{address}")).await.unwrap();
    let mut updates = client.subscribe_to(Topic::Moves).await.unwrap();
    assert_eq!(updates.next().await.unwrap().unwrap(), update(Topic::Moves));
    // Over HTTP there is nobody to tell.
    let http = HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
    assert!(http.subscribe_to(Topic::Moves).await.is_err());
    server.stop().unwrap();
    server.stopped().await;
}

#[test]
fn quantities_are_hex_and_names_camel_case() {
    let value = serde_json::to_value(request()).unwrap();
    assert_eq!(value["status"], json!("claimed"));
    assert_eq!(value["deadline"], json!("0x713fb300"));
    assert_eq!(value["fee"], json!("0x38d7ea4c68000"));
    assert_eq!(value["round"], json!("0x0"));
    assert_eq!(value["input"], json!("0x010203"));
    assert_eq!(value["callbackDelivered"], Value::Null);
    assert_eq!(serde_json::from_value::<Request>(value).unwrap(), request());
}
