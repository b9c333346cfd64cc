//! Keys in the operating system's keyring.

use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use super::{KeySource, KeySourceError, KeySourceErrorKind as Kind, parse};
use crate::IdentityRing;

/// Sealing keys in the operating system's keyring: an age identity, or several on a line each, kept
/// as the password of an entry.
///
/// Which keyring that is, the program says once at its start, with the store of its platform from
/// the [`keyring-core`](https://docs.rs/keyring-core) family:
/// `keyring_core::set_default_store(…)` with a store of `windows-native-keyring-store`,
/// `apple-native-keyring-store` or, on Linux, `zbus-secret-service-keyring-store`.
///
/// Feature `keyring`.
#[derive(Debug, Clone)]
pub struct KeyInKeyring {
    service: String,
    account: String,
}

impl KeyInKeyring {
    /// The entry of this service and account. It is not looked at yet.
    pub fn new(service: impl Into<String>, account: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            account: account.into(),
        }
    }

    fn read(&self) -> Result<IdentityRing, Kind> {
        // Of the keyring's errors nothing but the kind is kept: some hold what was read.
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
        parse(&text)
    }
}

impl KeySource for KeyInKeyring {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        self.read().map_err(|kind| {
            let place = format!("keyring entry {} of {}", self.account, self.service);
            KeySourceError::new(kind, place)
        })
    }
}
