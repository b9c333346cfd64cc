//! A practice's settings for EMIS appointment reminders and self-booking.
//!
//! `PracticeSettings` is the one document that a product keeps for each practice: how to reach
//! its EMIS (the EMIS organisation ID and the API user, whose password is sealed where it is
//! typed), what is reminded of, and what may be booked. Everything here is pure; settings are
//! kept in whatever implements `SettingsStore`.
//!
//! A practice that enters its EMIS organisation ID and its API user, and nothing else, has a
//! working and careful product: **reminders go out** 24 hours before every booked appointment,
//! never at night and never to a child, with a text that says nothing clinical; and **nothing can
//! be booked** until the practice lists the slot types that patients may book themselves into.

mod booking;
mod opt_outs;
mod problem;
mod quiet_hours;
mod reminders;
mod selection;
mod store;
mod text;

pub use booking::BookingSettings;
pub use opt_outs::OptOuts;
pub use problem::{Problem, ProblemCode, ValidationError};
pub use quiet_hours::QuietHours;
pub use reminders::{Channel, ReminderSettings};
pub use selection::{Selection, SessionHolderRule, SiteRule, SlotTypeRule};
pub use store::{StoreError, StoreErrorKind};
