//! Names the cause of a broken EMIS connection, the person who must act, and the click.
//!
//! [`Diagnosis::run`] asks EMIS a few harmless questions in a fixed order and turns the answers
//! into a [`Report`]: findings from a [catalogue](Cause) with stable codes, each with how sure
//! it is, what was seen, which other causes would look the same, and the steps that put it
//! right, button by button. [`guides`] holds the steps for the days when nothing is broken.
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
//! Asking and concluding are apart: [`infer`] is pure, and a product can feed it failures of its
//! own calls ([`Failure`] is made from an [`emis_client::ClientError`]).
//!
//! | To | Use |
//! |---|---|
//! | find out what is wrong | [`Diagnosis::run`] |
//! | show it | [`Report::text`], [`Report::markdown`], [`Report::html`], serde for JSON |
//! | explain a failure that was seen elsewhere | [`infer`] |
//! | know of calls that a diagnosis must not make, such as booking | [`ActivityLog`], shared over processes by a [`LastCallsStore`] |
//! | show set-up, reactivation, housekeeping, a merger or a migration | [`guides`] |
//! | notice that nothing happens any more | [`heartbeat`] |
//! | print every cause, as a help page | [`Cause::ALL`], [`Cause::entry`], [`troubleshooting`] |

mod activity;
mod capability;
mod catalogue;
mod certainty;
mod choices;
mod clicks;
mod diagnosis;
mod evidence;
mod finding;
pub mod guides;
pub mod heartbeat;
mod infer;
pub mod labels;
mod last_calls;
mod observation;
mod obstacle;
mod probe;
mod product;
mod render;
mod report;
mod scopes;
mod step;
mod wire_signs;

pub use activity::ActivityLog;
pub use capability::{Capability, LastCalls};
pub use catalogue::{CatalogueEntry, Cause, Detection, UnknownCause, Urgency, troubleshooting};
pub use certainty::Certainty;
pub use diagnosis::{Diagnosis, DiagnosisInput};
pub use emis_types::ResponsibleParty;
pub use finding::Finding;
pub use infer::infer;
pub use last_calls::{LastCallsInMemory, LastCallsStore, Refusal, Verdict};
pub use observation::{Choice, Failure, FailureKind, Observation, Probe, Seen};
pub use obstacle::Obstacle;
pub use product::{Product, ProductError};
pub use render::Style;
pub use report::{Check, CheckResult, Report};
pub use step::{Control, Place, Step};
