//! A stand-in for AWS KMS: its protocol, its errors, and keys that sign otherwise each time.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alloy::signers::k256::ecdsa::Signature;
use alloy_primitives::B256;
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::AUTHORIZATION,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::hsm::Hsm;

pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ACCESS_KEY: &str = "AKIAOPERATOR";

/// What comes before the 65 bytes of a point in a DER `SubjectPublicKeyInfo` of secp256k1.
const SECP256K1: [u8; 23] = [
    0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x0a, 0x03, 0x42, 0x00,
];

/// What a key of the service is like.
#[derive(Debug)]
pub(crate) enum Key {
    /// One that signs.
    Sound(Hsm),
    /// One that was disabled after the node had asked for its public key.
    Disabled(Hsm),
    /// One of another curve, whose points have no place on ours.
    Foreign,
}

/// What the service signed, by the half in which s was.
#[derive(Debug, Default)]
pub(crate) struct Halves {
    pub(crate) low: AtomicUsize,
    pub(crate) high: AtomicUsize,
}

/// A running service; it ends with the runtime of its test.
#[derive(Debug)]
pub(crate) struct Kms {
    pub(crate) url: String,
    pub(crate) signed: Arc<Halves>,
}

struct State {
    keys: BTreeMap<&'static str, Key>,
    signed: Arc<Halves>,
}

/// The name of an error, and what it says.
type Refusal = (&'static str, String);

impl Kms {
    pub(crate) async fn start(keys: impl IntoIterator<Item = (&'static str, Key)>) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let signed = Arc::<Halves>::default();
        let state = State { keys: keys.into_iter().collect(), signed: Arc::clone(&signed) };
        let state = Arc::new(state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, signed }
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let text = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (action, proof) = (text("x-amz-target"), text(AUTHORIZATION.as_str()));
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let told = state.told(&action.unwrap_or_default(), &proof.unwrap_or_default(), &body);
    let (status, told) = match told {
        Ok(told) => (StatusCode::OK, told),
        Err((kind, message)) => {
            (StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": message }))
        }
    };
    let response = Response::builder().status(status);
    let response = response.header("content-type", "application/x-amz-json-1.1");
    Ok(response.body(Full::new(told.to_string().into())).unwrap())
}

impl State {
    fn told(&self, action: &str, proof: &str, body: &Value) -> Result<Value, Refusal> {
        let who = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/");
        if !proof.starts_with(&who) || !proof.contains(&format!("/{REGION}/kms/aws4_request,")) {
            let why = "The security token included in the request is invalid.";
            return Err(("UnrecognizedClientException", why.to_owned()));
        }
        let id = body["KeyId"].as_str().unwrap_or_default();
        let key = self.keys.get(id);
        let key = key.ok_or_else(|| ("NotFoundException", format!("Alias {id} is not found.")))?;
        match action {
            "TrentService.GetPublicKey" => Ok(json!({
                "KeyId": id,
                "KeyUsage": "SIGN_VERIFY",
                "PublicKey": BASE64_STANDARD.encode(key.public()),
                "SigningAlgorithms": ["ECDSA_SHA_256"],
            })),
            "TrentService.Sign" => {
                let (kind, scheme) = (&body["MessageType"], &body["SigningAlgorithm"]);
                if (kind, scheme) != (&json!("DIGEST"), &json!("ECDSA_SHA_256")) {
                    return Err(("ValidationException", format!("{kind} {scheme}")));
                }
                let digest = BASE64_STANDARD.decode(body["Message"].as_str().unwrap_or_default());
                let digest = B256::try_from(digest.unwrap().as_slice()).unwrap();
                let signature = BASE64_STANDARD.encode(self.sign(key, digest)?.to_der());
                Ok(json!({ "KeyId": id, "Signature": signature, "SigningAlgorithm": scheme }))
            }
            other => Err(("UnknownOperationException", other.to_owned())),
        }
    }

    /// Every second signature is of the upper half, as half of those of the service are.
    fn sign(&self, key: &Key, digest: B256) -> Result<Signature, Refusal> {
        let Key::Sound(key) = key else {
            return Err(("DisabledException", "the key is disabled".to_owned()));
        };
        let (low, _) = key.sign(digest);
        let Halves { low: lower, high: upper } = &*self.signed;
        if lower.load(Ordering::Relaxed) <= upper.load(Ordering::Relaxed) {
            lower.fetch_add(1, Ordering::Relaxed);
            return Ok(low);
        }
        upper.fetch_add(1, Ordering::Relaxed);
        let (r, s) = low.split_scalars();
        Ok(Signature::from_scalars(*r, -*s).unwrap())
    }
}

impl Key {
    /// DER.
    fn public(&self) -> Vec<u8> {
        let point = match self {
            Self::Sound(key) | Self::Disabled(key) => {
                key.key.verifying_key().to_encoded_point(false).as_bytes().to_vec()
            }
            Self::Foreign => [vec![4], vec![7; 64]].concat(),
        };
        [&SECP256K1[..], &point].concat()
    }
}
