//! JSON-RPC without a socket.

use std::task::{Context, Poll};

use alloy::{
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, Response, ResponsePacket, SerializedRequest},
    },
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use jsonrpsee::Methods;
use tower::Service;

/// Calls methods of the node that this runs in: contracts are read from its own state, transactions go to its own pool.
#[derive(Debug, Clone)]
pub struct InProcess {
    methods: Methods,
}

impl InProcess {
    /// Calls `methods`.
    pub fn new(methods: impl Into<Methods>) -> Self {
        Self { methods: methods.into() }
    }

    /// A provider over this transport. Nothing is filled in for the caller.
    pub fn provider(self) -> DynProvider {
        let client = RpcClient::new(self, true);
        ProviderBuilder::new().disable_recommended_fillers().connect_client(client).erased()
    }

    async fn answer(&self, request: &SerializedRequest) -> Result<Response, TransportError> {
        let request = request.serialized().get();
        // No method of the namespace that a node needs sends more than its answer.
        let (answer, _) =
            self.methods.raw_json_request(request, 1).await.map_err(TransportError::ser_err)?;
        serde_json::from_str(answer.get())
            .map_err(|error| TransportError::deser_err(error, answer.get()))
    }
}

impl Service<RequestPacket> for InProcess {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            match packet {
                RequestPacket::Single(request) => {
                    this.answer(&request).await.map(ResponsePacket::Single)
                }
                RequestPacket::Batch(requests) => {
                    if requests.is_empty() {
                        return Err(TransportErrorKind::custom_str("an empty batch"));
                    }
                    let mut answers = Vec::with_capacity(requests.len());
                    for request in &requests {
                        answers.push(this.answer(request).await?);
                    }
                    Ok(ResponsePacket::Batch(answers))
                }
            }
        })
    }
}
