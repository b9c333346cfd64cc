//! Runs the recurring work of all practices of a product, and diagnoses them.
//!
//! The module `jobs`, behind the features `sqlite` and `postgres`, runs what is due: reminders,
//! bookings, messages, checks. One process on SQLite does for ten practices; the same program on
//! PostgreSQL, with as many workers as needed, for all.
//!
//! [`Fleet`] diagnoses the practices of an [`EmisPartner`](emis_partner::EmisPartner) a few at a
//! time. A report of one practice is handed to the caller and not kept, so that thousands of
//! practices fit in memory. A cause that nearly all practices have at once is found after ten of
//! them ([`SharedCause`]); the others are then not asked, and no practice is told to act.
//!
//! ```
//! use std::future::pending;
//!
//! use emis_fleet::{Fleet, FleetProgress, FleetSummary};
//! use emis_partner::EmisPartner;
//!
//! async fn every_night(
//!     partner: EmisPartner,
//!     last_time: &str,
//! ) -> Result<String, Box<dyn std::error::Error>> {
//!     let bar = |progress: FleetProgress<'_>| eprint!("\r{progress}");
//!     let report = Fleet::new(partner).diagnose(bar, pending()).await?;
//!     let before = FleetSummary::from_json(last_time)?;
//!     println!("{report}\n{}", report.since(&before));
//!     Ok(report.summary(Some(&before)).to_json())
//! }
//! ```
//!
//! Exit codes for a scheduler are [`FleetReport::exit_code`] and, where only changes matter,
//! [`FleetTrend::exit_code`]:
//!
//! | Exit code | Report | Trend |
//! |---|---|---|
//! | 0 | every practice is healthy | no practice is worse than last time |
//! | 1 | a practice is not healthy | a practice is newly broken, or has another cause |
//! | 2 | a practice could not be diagnosed | a practice could not be diagnosed |
//!
//! # Features
//!
//! - `sqlite` (default): jobs in a file, for workers on one machine.
//! - `postgres`: jobs in a database, for workers on any number of machines.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod fleet;
mod group;
mod health;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod jobs;
mod options;
mod report;
mod shared_cause;
mod summary;
mod sweep;
mod trend;

pub use fleet::Fleet;
pub use group::CauseGroup;
pub use health::{NotCheckedReason, PracticeHealth};
pub use options::FleetOptions;
pub use report::FleetReport;
pub use shared_cause::SharedCause;
pub use summary::{FleetSummary, FleetSummaryError, FleetSummaryErrorKind, PracticeState};
pub use sweep::{FleetProgress, sweep};
pub use trend::{ChangeGroup, FleetTrend, PracticeChange};
