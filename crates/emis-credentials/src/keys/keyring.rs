//! Sealing keys in the operating system's keyring.

use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use super::error::{KeySourceError, KeySourceErrorKind as Kind};
use super::source::{KeySource, parse};
use crate::sealing::IdentityRing;

/// Sealing keys in the operating system's keyring: an identity, or several on a line each, kept as
/// the password of an entry.
///
/// The program chooses the keyring once at its start, with the store of its platform from the
/// [`keyring-core`](https://docs.rs/keyring-core) family: `keyring_core::set_default_store(…)` with
/// a store of `windows-native-keyring-store`, `apple-native-keyring-store` or, on Linux,
/// `zbus-secret-service-keyring-store`.
///
/// Needs feature `keyring`.
#[derive(Debug, Clone)]
pub struct KeyringKeySource {
    service: String,
    account: String,
}

impl KeyringKeySource {
    /// Creates a source of the entry of this service and account. The entry is not read yet.
    pub fn new(service: impl Into<String>, account: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            account: account.into(),
        }
    }

    fn read(&self) -> Result<IdentityRing, Kind> {
        // Only the kind of the keyring's errors is kept: some hold the text that was read.
        let unreadable = |error| match error {
            Error::NoEntry => Kind::Missing,
            Error::BadEncoding(bytes) => {
                drop(Zeroizing::new(bytes));
                Kind::NoKeys
            }
            _ => Kind::Unreadable,
        };
        let entry = Entry::new(&self.service, &self.account).map_err(unreadable)?;
        let text = Zeroizing::new(entry.get_password().map_err(unreadable)?);
        parse(text.as_bytes())
    }
}

impl KeySource for KeyringKeySource {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        self.read().map_err(|kind| {
            let place = format!("keyring entry {} of {}", self.account, self.service);
            KeySourceError::new(kind, place)
        })
    }
}
