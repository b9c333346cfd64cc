//! The audit trail: who did what, when and from where, in a form in which nothing can be changed
//! or taken out unseen.
//!
//! An [`AuditEvent`] tells of one thing that happened, with ids instead of names and never a secret.
//! A store appends it, in the same transaction as what it tells of, to the [`AuditLogId`] of the
//! practice: each [`AuditEntry`] has the next number and a [`Digest`] of its own text and of the
//! entry before. Whoever changes, removes or inserts one would have to change every later one as
//! well, and the last of them is noted elsewhere: [`ChainHead`] is a line to keep.
//! [`verify`] follows a chain and names the first link that is broken.
//!
//! Old events are removed by whole *segments*: [`AuditStore::seal`] ends a segment with an entry
//! that vouches for it, and [`AuditStore::delete_sealed`] removes the oldest ones and says so in
//! the chain. What is left still verifies.
//!
//! ```
//! use emis_audit::{Actor, Digest, AuditEntry, AuditEvent, AuditEventKind, Provenance};
//!
//! let by = Provenance::of(Actor::user("u-117")?).from("settings page")?;
//! let event = AuditEvent::new(AuditEventKind::SETTINGS_CHANGED, "2026-06-02T09:00:00Z".parse()?, by)
//!     .detail("version", 3);
//! let entry = AuditEntry::following(&"A20047".parse()?, 1, Digest::ZERO, &event);
//! assert!(entry.is_intact());
//! assert!(entry.body().contains(r#""actor":{"kind":"user","id":"u-117"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod error;
mod event;
mod provenance;
mod store;
mod verify;

pub use entry::{AuditEntry, AuditLogId, ChainHead, Digest, InvalidAuditLogId, InvalidDigest};
pub use error::{StoreError, StoreErrorKind};
pub use event::{AuditEvent, AuditEventKind, AuditEventOutcome};
pub use provenance::{Actor, ActorKind, InvalidLabel, Label, Provenance};
pub use store::{AuditStore, ChainSegment, ChainStart};
pub use verify::{ChainBreak, ChainBreakKind, VerificationReport, VerifyError, export, verify};
