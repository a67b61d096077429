//! Keys in AWS KMS: nobody has them; whoever AWS lets in has them sign.

use std::{error::Error as StdError, iter, sync::Arc, time::Duration};

use alloy::signers::{
    Error,
    aws::{AwsSigner, AwsSignerError},
};
use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};

use super::{KeyError, remote::Remote};
use crate::service::Signer;

/// How long one call may take. A signature takes tens of milliseconds; moves of disputes have a clock.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long all attempts at a call may take; the queue tries again at the next block.
const CALL: Duration = Duration::from_secs(12);

/// The signer of a key, with region and credentials as AWS's own programs find them.
pub(super) async fn open(key_id: &str) -> Result<Signer, KeyError> {
    let key_id = key_id.to_owned();
    let fail = |reason| KeyError::AwsKms { key_id: key_id.clone(), reason };
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(CALL).build();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).timeout_config(timeouts);
    let config = config.load().await;
    if config.region().is_none() {
        return Err(fail("no region: set AWS_REGION, or give the profile one".to_owned()));
    }
    // Without a chain id of its own it signs for the chain of the transaction.
    let signer = AwsSigner::new(Client::new(&config), key_id.clone(), None).await;
    let signer = signer.map_err(|error| fail(reason(&error)))?;
    Ok(Arc::new(Remote::new(signer, move |error| {
        let reason = inner(error).map_or_else(|| error.to_string(), reason);
        KeyError::AwsKms { key_id: key_id.clone(), reason }
    })))
}

/// alloy wraps the error of the service, and wraps it once more for a transaction.
fn inner(error: &Error) -> Option<&AwsSignerError> {
    let Error::Other(error) = error else { return None };
    error.downcast_ref().or_else(|| inner(error.downcast_ref()?))
}

fn reason(error: &AwsSignerError) -> String {
    let reason = match error {
        AwsSignerError::GetPublicKey(error) => answer(error),
        AwsSignerError::Sign(error) => answer(error),
        AwsSignerError::K256(_) | AwsSignerError::Spki(_) => {
            "the answer is not of a key whose spec is ECC_SECG_P256K1".to_owned()
        }
        other => other.to_string(),
    };
    // The client tells in a paragraph where it looked for credentials.
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the service said, or, if it said nothing, all that its client did.
fn answer<E: ProvideErrorMetadata + StdError + 'static>(error: &SdkError<E>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => {
            let sources = iter::successors(Some(error as &dyn StdError), |&error| error.source());
            sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    }
}
