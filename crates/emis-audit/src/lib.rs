//! A hash-chained audit log: who did what, when and from where.
//!
//! An [`AuditEvent`] describes one action by ids, never by names or secrets. A store appends it to
//! the log of the practice in the transaction of the action itself. Each [`AuditEntry`] carries the
//! next number and a [`Digest`] of its own text and of the entry before it, so a change to one entry
//! shows in every later one. [`verify`] walks a log and reports the first broken link.
//!
//! A person who may write to the database can recompute a whole log. [`anchor_heads`] therefore
//! notes the [`ChainHead`] of every log outside the store, in an [`AuditAnchorStore`] such as
//! [`FileAnchorStore`], and [`check_anchors`] verifies every log against everything noted.
//!
//! | To | Use |
//! |---|---|
//! | describe an action | [`AuditEvent`], [`Provenance`] |
//! | keep a log | [`AuditStore`] |
//! | verify or export a log | [`verify`], [`export`] |
//! | note heads outside the store, and check them | [`anchor_heads`], [`check_anchors`] |
//! | remove old entries | [`seal`], then [`delete_sealed`] |
//! | remove a patient's number from a log | [`pseudonymise`] |
//!
//! # Examples
//!
//! ```
//! use emis_audit::{Actor, AuditEntry, AuditEvent, AuditEventKind, Digest, Provenance};
//!
//! let by = Provenance::of(Actor::user("u-117")?).from("settings page")?;
//! let event = AuditEvent::new(AuditEventKind::SETTINGS_CHANGED, "2026-06-02T09:00:00Z".parse()?, by)
//!     .detail("version", 3);
//! let entry = AuditEntry::following(&"A20047".parse()?, 1, Digest::ZERO, &event);
//! assert!(entry.is_intact());
//! assert!(entry.body().contains(r#""actor":{"kind":"user","id":"u-117"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod anchor;
mod anchor_file;
mod digest;
mod entry;
mod error;
mod event;
mod export;
mod log_id;
mod parse_error;
mod provenance;
mod pseudonym;
mod retention;
mod store;
mod verify;
mod walk;

pub use anchor::{AnchorReport, AuditAnchor, AuditAnchorStore, anchor_heads, check_anchors};
pub use anchor_file::FileAnchorStore;
pub use digest::Digest;
pub use entry::{AuditEntry, ChainHead, ChainSegment, ChainStart, RedactedEntry};
pub use error::{
    AuditError, AuditErrorKind, ChainBreak, ChainBreakKind, StoreError, StoreErrorKind,
};
pub use event::{AuditEvent, AuditEventKind, AuditEventOutcome};
pub use export::export;
pub use log_id::AuditLogId;
pub use parse_error::AuditParseError;
pub use provenance::{Actor, ActorKind, Label, Provenance};
pub use pseudonym::pseudonymise;
pub use retention::{delete_sealed, seal};
pub use store::{AuditStore, LogChange};
pub use verify::{VerificationReport, verify};
