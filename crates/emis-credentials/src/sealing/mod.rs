//! API users, sealed for storage.

mod contents;
mod context;
mod envelope;
mod error;
mod hpke;
mod identity;
mod key_text;
mod open;
mod recipient;
mod recipients;
mod ring;
mod seal;
mod sealed;

pub use context::SealContext;
pub use error::{SealError, SealErrorKind};
pub use identity::SealingIdentity;
pub use recipient::{Recipient, RecipientId};
pub use recipients::Recipients;
pub use ring::IdentityRing;
pub use sealed::SealedApiUser;
