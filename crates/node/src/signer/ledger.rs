//! Keys on a Ledger: a person confirms every transaction on the device.

use std::{fs, sync::Arc};

use alloy::{
    consensus::SignableTransaction,
    network::TxSigner,
    signers::{
        Error, Signature,
        ledger::{HDPath, LedgerSigner},
    },
};
use alloy_primitives::Address;
use jsonrpsee::core::async_trait;

use super::{DerivationPath, KeyError};
use crate::service::Signer;

/// A key of the device.
struct Ledger {
    path: DerivationPath,
    signer: LedgerSigner,
}

/// Where Linux has a folder for each bus.
const BUSES: &str = "/dev/bus/usb";

/// The signer of a key on the first Ledger of this machine, whose app for Ethereum has to be open.
pub(super) async fn open(path: &DerivationPath) -> Result<Signer, KeyError> {
    let fail = |reason| KeyError::Ledger { path: path.clone(), reason };
    if !has_usb() {
        return Err(fail("this machine has no USB device".to_owned()));
    }
    // Without a chain id of its own it signs for the chain of the transaction.
    let opening = LedgerSigner::new(HDPath::Other(path.to_string()), None);
    // A task of its own, because its library panics if libusb does not start.
    let signer = match tokio::spawn(opening).await {
        Ok(signer) => signer.map_err(|error| fail(error.to_string()))?,
        Err(_) => return Err(fail("the USB of this machine cannot be used".to_owned())),
    };
    Ok(Arc::new(Ledger { path: path.clone(), signer }))
}

/// Whether there is anything to look at: libusb does not start where there is no bus.
fn has_usb() -> bool {
    !cfg!(target_os = "linux") || fs::read_dir(BUSES).is_ok_and(|buses| buses.count() > 0)
}

#[async_trait]
impl TxSigner<Signature> for Ledger {
    fn address(&self) -> Address {
        TxSigner::address(&self.signer)
    }

    async fn sign_transaction(
        &self,
        transaction: &mut dyn SignableTransaction<Signature>,
    ) -> Result<Signature, Error> {
        self.signer.sign_transaction(transaction).await.map_err(|error| {
            let (path, reason) = (self.path.clone(), error.to_string());
            Error::other(KeyError::Ledger { path, reason })
        })
    }
}
