//! Finds the cause of a broken EMIS connection, the person who must act, and the steps.
//!
//! [`Diagnosis::run`] makes a few read-only calls in a fixed order and returns a [`Report`]. Its
//! findings come from a [catalogue](Cause) with stable codes. Each has its certainty, its evidence,
//! the causes that would look the same, and the steps that put it right, button by button.
//! [`guides`] holds the steps for set-up and maintenance.
//!
//! ```
//! use emis_client::Client;
//! use emis_diagnostics::{Diagnosis, DiagnosisInput, Product};
//! use emis_settings::PracticeSettings;
//! use emis_types::SystemClock;
//!
//! async fn help(settings: &PracticeSettings, client: &Client, product: &Product) -> String {
//!     let report = Diagnosis::run(&DiagnosisInput {
//!         settings,
//!         refused: &[],
//!         client: Some(client),
//!         product,
//!         activity: None,
//!         releases: None,
//!         history: &[],
//!         pulse: None,
//!         clock: &SystemClock,
//!     })
//!     .await;
//!     match report.findings.first() {
//!         Some(finding) => finding.to_string(),
//!         None => "EMIS is connected.".to_owned(),
//!     }
//! }
//! ```
//!
//! [`infer`] is pure, so that a product can also explain failures of its own calls ([`Failure`] is
//! made from an [`emis_client::ClientError`]).
//!
//! | Task | Use |
//! |---|---|
//! | Find the cause | [`Diagnosis::run`] |
//! | Render the report | [`Report::text`], [`Report::markdown`], [`Report::html`], serde for JSON |
//! | Explain a failure of another call | [`infer`] |
//! | Include calls that a diagnosis must not make, such as booking | [`ActivityLog`], shared by a [`LastCallsStore`] |
//! | Show set-up, reactivation, housekeeping, a merger or a migration | [`guides`] |
//! | Detect work that has stopped without an error | [`heartbeat`] |
//! | Keep the history, for "since when" | [`DiagnosisStore`], [`Report::record`] |
//! | Hand over to a practice or to support | [`Report::email`], [`Report::ticket`] |
//! | Write in Welsh | [`Product::in_language`] |
//! | Explain a cause that only people see | [`Report::of_cause`] |
//! | Count causes | [`telemetry`] |
//! | Print every cause as a help page | [`Cause::ALL`], [`Cause::entry`], [`troubleshooting`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod activity;
mod capability;
mod catalogue;
mod cause;
mod certainty;
mod choices;
mod clicks;
mod diagnosis;
mod evidence;
mod finding;
pub mod guides;
mod handover;
pub mod heartbeat;
mod help_page;
mod history;
mod infer;
mod input;
pub mod labels;
mod language;
mod last_calls;
mod notes;
mod observation;
mod obstacle;
mod pace;
mod probe;
mod product;
mod reader;
mod render;
mod report;
mod scopes;
mod step;
pub mod telemetry;
mod wire_signs;

pub use activity::ActivityLog;
pub use capability::{Capability, LastCalls};
pub use catalogue::{CatalogueEntry, Detection, Urgency};
pub use cause::{Cause, CauseCodeError};
pub use certainty::Certainty;
pub use diagnosis::Diagnosis;
pub use emis_types::ResponsibleParty;
pub use finding::Finding;
pub use handover::{EmailDraft, SupportTicket};
pub use help_page::troubleshooting;
pub use history::{DiagnosisRecord, DiagnosisStore, MOST_DIAGNOSIS_RECORDS, MemoryDiagnosisStore};
pub use infer::infer;
pub use input::DiagnosisInput;
pub use language::Language;
pub use last_calls::{CallRefusal, CallVerdict, LastCallsStore, MemoryLastCallsStore};
pub use observation::{Failure, FailureKind, Observation, Probe, ProbeOutcome, SettingsChoice};
pub use obstacle::Obstacle;
pub use product::{Product, ProductError};
pub use render::Style;
pub use report::{Check, CheckResult, Report};
pub use step::{Branch, Control, Place, Step};
