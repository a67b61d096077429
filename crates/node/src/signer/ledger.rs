//! Keys on a Ledger: a person confirms every transaction on the device.

use std::{fs, sync::Arc};

use alloy::signers::ledger::{HDPath, LedgerSigner};

use super::{DerivationPath, KeyError, remote::Remote};
use crate::service::Signer;

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
    let path = path.clone();
    Ok(Arc::new(Remote::new(signer, move |error| KeyError::Ledger {
        path: path.clone(),
        reason: error.to_string(),
    })))
}

/// Whether there is anything to look at: libusb does not start where there is no bus.
fn has_usb() -> bool {
    !cfg!(target_os = "linux") || fs::read_dir(BUSES).is_ok_and(|buses| buses.count() > 0)
}
