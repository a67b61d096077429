//! The namespace over a real socket, and its wire format.

use std::net::{Ipv4Addr, SocketAddr};

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use jsonrpsee::{
    core::{ClientError, RpcResult, async_trait, client::ClientT},
    http_client::HttpClientBuilder,
    rpc_params,
};
use opml_rpc::{
    MAX_INPUT, OpmlApiClient, OpmlApiServer, RpcError, serve,
    types::{Dispute, Inference, Outcome, Request, RequestStatus, Status},
};
use serde_json::{Value, json};

/// Answers from constants, refuses what it does not know.
struct Fixed;

const ID: B256 = B256::repeat_byte(7);

fn request() -> Request {
    Request {
        id: ID,
        status: RequestStatus::Claimed,
        requester: Address::repeat_byte(1),
        model: B256::repeat_byte(2),
        guest: U64::from(0),
        profile: U64::from(1),
        fee: U256::from(10u64.pow(15)),
        deadline: U64::from(1_900_000_000u64),
        round: U64::from(0),
        input: Bytes::from_static(&[1, 2, 3]),
        callback: Address::ZERO,
        callback_delivered: None,
        claims: Vec::new(),
    }
}

#[async_trait]
impl OpmlApiServer for Fixed {
    async fn status(&self) -> RpcResult<Status> {
        Err(RpcError::Internal("no status in this test".to_owned()).into())
    }

    async fn get_request(&self, id: B256) -> RpcResult<Request> {
        let found = (id == ID).then(request);
        found.ok_or_else(|| RpcError::NotFound { what: "request", id }.into())
    }

    async fn get_dispute(&self, id: B256) -> RpcResult<Dispute> {
        Err(RpcError::NotFound { what: "dispute", id }.into())
    }

    async fn infer(&self, model: B256, input: Bytes) -> RpcResult<Inference> {
        let (outcome, n) = (Outcome::Done, U64::from(input.len()));
        let zero = B256::ZERO;
        Ok(Inference { model, outcome, output: input, n, s0: zero, run_root: zero, sn: zero })
    }
}

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
    let inference = client.infer(ID, Bytes::from_static(b"abc")).await.unwrap();
    assert_eq!((inference.model, inference.n), (ID, U64::from(3)));
    assert_eq!(code(client.get_request(B256::ZERO).await.unwrap_err()), -32001);
    assert_eq!(code(client.get_dispute(B256::ZERO).await.unwrap_err()), -32001);
    assert_eq!(code(client.status().await.unwrap_err()), -32603);

    let short = client.request::<Value, _>("opml_getRequest", rpc_params!["0x12"]).await;
    assert_eq!(code(short.unwrap_err()), -32602);
    let unknown = client.request::<Value, _>("opml_nothing", rpc_params![]).await;
    assert_eq!(code(unknown.unwrap_err()), -32601);
    let huge = Bytes::from(vec![0; 2 * MAX_INPUT]);
    assert!(client.infer(ID, huge).await.is_err(), "a body over the limit is refused");

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
