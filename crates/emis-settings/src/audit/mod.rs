//! The audit trail: who did what, when and from where, in a form in which nothing can be changed
//! or taken out unseen.
//!
//! An [`Event`] tells of one thing that happened, with ids instead of names and never a secret.
//! A store appends it, in the same transaction as what it tells of, to the [`Chain`] of the
//! practice: each [`Entry`] has the next number and a [`Digest`] of its own text and of the
//! entry before. Whoever changes, removes or inserts one would have to change every later one as
//! well, and the last of them is noted elsewhere: [`Head`] is a line to keep.
//! [`verify`] follows a chain and names the first link that is broken.
//!
//! Old events are removed by whole *segments*: [`AuditTrail::seal`] ends a segment with an entry
//! that vouches for it, and [`AuditTrail::delete_sealed`] removes the oldest ones and says so in
//! the chain. What is left still verifies.
//!
//! ```
//! use emis_settings::audit::{Actor, Digest, Entry, Event, EventKind, Provenance};
//!
//! let by = Provenance::of(Actor::user("u-117")?).from("settings page")?;
//! let event = Event::new(EventKind::SETTINGS_CHANGED, "2026-06-02T09:00:00Z".parse()?, by)
//!     .detail("version", 3);
//! let entry = Entry::following(&"A20047".parse()?, 1, Digest::ZERO, &event);
//! assert!(entry.is_intact());
//! assert!(entry.body().contains(r#""actor":{"kind":"user","id":"u-117"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod event;
mod trail;
mod verify;
mod who;

pub use chain::{Chain, Digest, Entry, Head, InvalidChain, InvalidDigest};
pub use event::{Event, EventKind, EventOutcome};
pub use trail::{AuditTrail, Segment, Start};
pub use verify::{Break, BreakKind, Verified, VerifyError, export, verify};
pub use who::{Actor, ActorKind, InvalidLabel, Label, Provenance};
