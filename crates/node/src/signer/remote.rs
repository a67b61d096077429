//! Keys that stay where they are: asked for every signature.

use alloy::{
    consensus::SignableTransaction,
    network::TxSigner,
    signers::{Error, Signature},
};
use alloy_primitives::Address;
use jsonrpsee::core::async_trait;

use super::KeyError;

/// A signer whose errors say which key it is and what its place said.
pub(super) struct Remote<S> {
    signer: S,
    explain: Box<dyn Fn(&Error) -> KeyError + Send + Sync>,
}

impl<S> Remote<S> {
    pub(super) fn new(
        signer: S,
        explain: impl Fn(&Error) -> KeyError + Send + Sync + 'static,
    ) -> Self {
        Self { signer, explain: Box::new(explain) }
    }
}

#[async_trait]
impl<S: TxSigner<Signature> + Send + Sync> TxSigner<Signature> for Remote<S> {
    fn address(&self) -> Address {
        self.signer.address()
    }

    async fn sign_transaction(
        &self,
        transaction: &mut dyn SignableTransaction<Signature>,
    ) -> Result<Signature, Error> {
        let signed = self.signer.sign_transaction(transaction).await;
        signed.map_err(|error| Error::other((self.explain)(&error)))
    }
}
