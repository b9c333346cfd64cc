//! Places that hold sealing keys.

mod env;
mod error;
mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod source;

pub use env::EnvKeySource;
pub use error::{KeySourceError, KeySourceErrorKind};
pub use file::FileKeySource;
#[cfg(feature = "keyring")]
pub use keyring::KeyringKeySource;
pub use source::KeySource;
