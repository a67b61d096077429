//! The key–value surface that records live on, so that one function writes a store and a map in memory alike.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::{
    Appointment, Claim, Commitment, Credit, Dispute, GuestVersion, Model, Profile, Request,
};

/// A failure of the surface below.
#[derive(Debug, Error)]
pub enum StateError {
    /// The storage engine failed.
    #[error("storage: {0}")]
    Storage(String),
    /// A record does not decode: it was written by another version or damaged.
    #[error("record {key} does not decode: {source}")]
    Damaged {
        /// The key in hex.
        key: String,
        /// What the decoder said.
        source: serde_json::Error,
    },
}

/// A key with its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Bytes by key.
pub trait Records {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;
}

/// Records that can be changed.
pub trait State: Records {
    /// Sets the value of `key`; `None` removes it.
    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError>;
}

/// Records that can be read in the order of keys.
pub trait Rows: Records {
    /// Every key that begins with `prefix` with its value, rising.
    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError>;
}

impl Records for BTreeMap<Vec<u8>, Vec<u8>> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(Self::get(self, key).cloned())
    }
}

impl State for BTreeMap<Vec<u8>, Vec<u8>> {
    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        match value {
            Some(value) => self.insert(key.to_vec(), value.to_vec()),
            None => self.remove(key),
        };
        Ok(())
    }
}

impl Rows for BTreeMap<Vec<u8>, Vec<u8>> {
    fn range(&self, prefix: &[u8]) -> Result<Vec<Row>, StateError> {
        let from = Self::range::<[u8], _>(
            self,
            (std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded),
        );
        Ok(from
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }
}

/// Names of everything stored: one byte of kind, then the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A [`Request`].
    Request(B256),
    /// A [`Claim`].
    Claim(B256),
    /// A [`Dispute`].
    Dispute(B256),
    /// A [`Profile`].
    Profile(u8),
    /// A [`GuestVersion`].
    Guest(u8),
    /// A [`Model`].
    Model(B256),
    /// A [`Credit`].
    Credit(Address),
    /// Bytes by their keccak: inputs, outputs and callback data.
    Blob(B256),
    /// A [`Commitment`].
    Commitment(B256),
    /// An [`Appointment`]: the operator, then the party.
    Appointment(Address, Address),
    /// Index: the stake of the account lies in the commitment.
    Committed(Address, B256),
    /// Index: the request may still change.
    LiveRequest(B256),
    /// Index: at this time a claim with an output became final, on a request that validators may have been called for.
    Answered(u64, B256),
    /// Index: the dispute is over, and may owe the account money.
    Owed(Address, B256),
    /// Index: the claim was timed out, its request has a final one, and the account waits for what follows from both.
    Unjudged(Address, B256),
}

impl Key {
    /// The key's bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Request(id) => [b"r", id.as_slice()].concat(),
            Self::Claim(id) => [b"c", id.as_slice()].concat(),
            Self::Dispute(id) => [b"d", id.as_slice()].concat(),
            Self::Profile(number) => vec![b'p', *number],
            Self::Guest(number) => vec![b'g', *number],
            Self::Model(id) => [b"m", id.as_slice()].concat(),
            Self::Credit(account) => [b"$", account.as_slice()].concat(),
            Self::Blob(hash) => [b"b", hash.as_slice()].concat(),
            Self::Commitment(id) => [b"k", id.as_slice()].concat(),
            Self::Appointment(operator, party) => {
                [b"a", operator.as_slice(), party.as_slice()].concat()
            }
            Self::Committed(account, id) => [b"h", account.as_slice(), id.as_slice()].concat(),
            Self::LiveRequest(id) => [b"l", id.as_slice()].concat(),
            Self::Answered(time, id) => [b"v", &time.to_be_bytes()[..], id.as_slice()].concat(),
            Self::Owed(account, id) => [b"o", account.as_slice(), id.as_slice()].concat(),
            Self::Unjudged(account, id) => [b"u", account.as_slice(), id.as_slice()].concat(),
        }
    }
}

/// A record type with the key of its kind.
pub trait Typed: Serialize + DeserializeOwned {
    /// What names one record.
    type Id: Copy;
    /// The key of a record.
    fn key(id: Self::Id) -> Key;
}

macro_rules! typed {
    ($($record:ident by $id:ty as $kind:ident),* $(,)?) => {$(
        impl Typed for $record {
            type Id = $id;
            fn key(id: $id) -> Key { Key::$kind(id) }
        }
    )*};
}

typed! {
    Request by B256 as Request,
    Claim by B256 as Claim,
    Commitment by B256 as Commitment,
    Dispute by B256 as Dispute,
    Profile by u8 as Profile,
    GuestVersion by u8 as Guest,
    Model by B256 as Model,
    Credit by Address as Credit,
}

impl Typed for Appointment {
    /// The operator and the party.
    type Id = (Address, Address);
    fn key((operator, party): Self::Id) -> Key {
        Key::Appointment(operator, party)
    }
}

fn decode<R: Typed>(key: &[u8], bytes: &[u8]) -> Result<R, StateError> {
    serde_json::from_slice(bytes).map_err(|source| StateError::Damaged {
        key: Bytes::copy_from_slice(key).to_string(),
        source,
    })
}

/// The record of an id.
///
/// # Errors
/// If the storage fails or the record does not decode.
pub fn load<R: Typed>(state: &(impl Records + ?Sized), id: R::Id) -> Result<Option<R>, StateError> {
    let key = R::key(id).encode();
    state.get(&key)?.map(|bytes| decode(&key, &bytes)).transpose()
}

/// Every record of one kind with the bytes of its key after the kind.
///
/// # Errors
/// If the storage fails or a record does not decode.
pub fn scan<R: Typed>(
    state: &(impl Rows + ?Sized),
    kind: u8,
) -> Result<Vec<(Vec<u8>, R)>, StateError> {
    let rows = state.range(&[kind])?;
    rows.into_iter().map(|(key, bytes)| Ok((key[1..].to_vec(), decode(&key, &bytes)?))).collect()
}

/// Writes the record of an id.
pub(super) fn store<R: Typed>(
    state: &mut (impl State + ?Sized),
    id: R::Id,
    record: &R,
) -> Result<(), StateError> {
    let key = R::key(id).encode();
    let bytes = serde_json::to_vec(record).map_err(|source| StateError::Damaged {
        key: Bytes::copy_from_slice(&key).to_string(),
        source,
    })?;
    state.set(&key, Some(&bytes))
}
