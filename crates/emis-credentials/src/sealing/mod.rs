//! API users, sealed for storage.

mod contents;
mod context;
mod error;
mod identity;
mod recipient;
mod ring;
mod sealed;

pub use context::SealContext;
pub use error::{SealError, SealErrorKind};
pub use identity::SealingIdentity;
pub use recipient::{Recipient, RecipientId, Recipients};
pub use ring::IdentityRing;
pub use sealed::SealedApiUser;
