//! A key that signs as hardware security modules and key services do.

use std::sync::atomic::{AtomicU64, Ordering};

use alloy::{
    consensus::SignableTransaction,
    network::TxSigner,
    signers::{
        Result, Signature,
        k256::{
            ecdsa::{self, RecoveryId, SigningKey, hazmat::SignPrimitive},
            sha2::Sha256,
        },
        utils::secret_key_to_address,
    },
};
use alloy_primitives::{Address, B256, keccak256};
use jsonrpsee::core::async_trait;

/// A secp256k1 key whose signatures of one digest differ. They are a function of its name and of how often it was asked.
#[derive(Debug)]
pub(crate) struct Hsm {
    pub(crate) key: SigningKey,
    asked: AtomicU64,
}

impl Hsm {
    pub(crate) fn new(name: &str) -> Self {
        let key = SigningKey::from_slice(keccak256(name).as_slice()).unwrap();
        Self { key, asked: AtomicU64::new(0) }
    }

    pub(crate) fn account(&self) -> Address {
        secret_key_to_address(&self.key)
    }

    /// A signature as Ethereum wants it.
    pub(crate) fn sign(&self, digest: B256) -> (ecdsa::Signature, RecoveryId) {
        let added = self.asked.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let scalar = self.key.as_nonzero_scalar();
        let signed = scalar.try_sign_prehashed_rfc6979::<Sha256>(&digest.0.into(), &added).unwrap();
        (signed.0, signed.1.unwrap())
    }
}

#[async_trait]
impl TxSigner<Signature> for Hsm {
    fn address(&self) -> Address {
        self.account()
    }

    async fn sign_transaction(
        &self,
        transaction: &mut dyn SignableTransaction<Signature>,
    ) -> Result<Signature> {
        Ok(self.sign(transaction.signature_hash()).into())
    }
}
