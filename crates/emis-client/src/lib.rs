//! A typed client for the EMIS Partner API that never sends a booking twice.
//!
//! It is for products that remind patients of appointments and let them book their own. One
//! [`Client`] serves one practice: the one that its tokens belong to. It has all operations of
//! EMIS's published document, grouped and named as EMIS does: `GetSlotsForSessionV2` is
//! `appointments().get_slots_for_session`. The plain name is EMIS's newest form of an operation,
//! `…_v1` the older one, and `…_in_full` returns more than appointments need.
//!
//! # Examples
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use emis_client::model::{DateRange, NewBooking};
//! use emis_client::Client;
//! use emis_credentials::FixedToken;
//! use jiff::civil::date;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(
//!     "https://api.platform.emis-x.uk/partner".parse()?,
//!     "the-application-id-from-emis".parse()?,
//!     Arc::new(FixedToken::new("usually an OpenIdTokenSource")),
//! )
//! .build()?;
//!
//! let week = DateRange::new(date(2026, 6, 1), date(2026, 6, 7))?;
//! for session in client.appointments().get_appointment_sessions(week, None).await?.items {
//!     let slots = client.appointments().get_slots_for_session(session.id).await?;
//!     for slot in slots.items.iter().filter(|slot| slot.status.is_free()) {
//!         println!("{}", slot.starts_at(&session));
//!     }
//! }
//!
//! let booking = NewBooking::new("41".parse()?, "17".parse()?, "5".parse()?, "Booked online");
//! match client.appointments().book_appointment(&booking).await {
//!     Ok(booked) => println!("booked at {:?}", booked.start),
//!     // It may be booked or not. Read the slot back; do not send it again.
//!     Err(error) if error.is_ambiguous() => println!("{}", error.report()),
//!     // It was provably not sent.
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Guarantees
//!
//! - **Writes are sent once.** `BookAppointment` and `CancelAppointment` are GETs that write, so
//!   the [table of operations](operation) decides what may be retried, never the verb. The outcome
//!   of a failed write is [ambiguous](ClientError::is_ambiguous) unless it was provably not sent.
//! - **Reads are retried** by a [`RetryPolicy`], with jitter, `Retry-After`, a timeout for each
//!   attempt, a deadline for the call and a budget for all calls. A 401 requests one new token.
//! - **Load is limited.** Concurrency and request rate have limits for one practice ([`Limits`])
//!   and for all ([`SharedLimits`]). A circuit breaker per practice stops calls to an EMIS that
//!   keeps failing ([`BreakerPolicy`]).
//! - **Practices are isolated.** Each client has its own limits, breaker and budget; an EMIS that
//!   hangs delays no other practice.
//! - **Date ranges may be long.** A range of more than the 90 days that EMIS serves in a call is
//!   read in several calls.
//! - **A bad record costs only itself.** A [`Listing`](model::Listing) reports skipped records and
//!   the reasons. A response that is not the documented message is an error, never an empty list.
//! - **JSON and XML decode to the same values.** [`Encoding`] is what EMIS is asked for; responses
//!   are read in either.
//! - **Nothing about a patient is printed.** Errors, `Debug` and log events contain no URL, body,
//!   parameter value or token.
//! - **Calls are observable** by spans, one event for each attempt, and metrics: see [`telemetry`].
//! - **Connections are configurable**: [`HttpOptions`] has proxy, root certificates and timeouts,
//!   and the clients of many practices share [`HttpConnections`].
//! - **Times are UK times**, as EMIS writes them, without an offset: see [`emis_types::uk`].
//!
//! `docs/contract-notes.md` lists the assumptions about EMIS and the switches that change them:
//! [`QueryDateFormat`], [`DeceasedFlagEncoding`].
//!
//! # Audit
//!
//! Calls through this crate leave no audit trail: use the client of `emis_partner::Practice::client`,
//! which records reads of patients and writes, unless you keep a trail of your own.
//!
//! # Features
//!
//! Both are off by default and only add items.
//!
//! - `medical-record`: medical records, and the `…_in_full` forms of other reads.
//! - `testing`: `emis_client::testing`, a mock of EMIS for the tests of your own code.
//!
//! # Transports
//!
//! A call is [plain data](Request) that a [`Transport`] carries once; retries, tokens and decoding
//! are independent of it. HTTP is built in;
//! [`build_with_transport`](ClientBuilder::build_with_transport) takes any other.
//!
//! # Layers
//!
//! `api` (one module per group of operations) uses `pipeline` (permits, breaker, retries, deadline,
//! telemetry), which uses `transport` (HTTP). `codec` turns responses into the values of [`model`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod client;
mod client_cache;
mod codec;
mod error;
pub mod model;
pub mod operation;
mod pipeline;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use api::appointments::AppointmentsApi;
pub use api::booked_stream::{BookedPatientStream, StreamedBooking};
#[cfg(feature = "medical-record")]
pub use api::medical_record::MedicalRecordApi;
pub use api::organisation::OrganisationApi;
pub use api::patient::PatientApi;
pub use api::patient_matching::PatientMatchingApi;
pub use api::search::SearchApi;
pub use api::user::UserApi;
pub use client::{Client, ClientBuilder};
pub use client_cache::ClientCache;
pub use codec::Encoding;
pub use codec::formats::{DeceasedFlagEncoding, QueryDateFormat};
pub use emis_credentials::ConnectStep;
pub use error::{ClientError, ClientErrorKind};
pub use operation::Operation;
pub use pipeline::breaker::BreakerPolicy;
pub use pipeline::limits::{Limits, SharedLimits};
pub use pipeline::observer::CallObserver;
pub use pipeline::retry::RetryPolicy;
pub use pipeline::telemetry;
pub use transport::Transport;
pub use transport::connections::{HttpConnections, HttpOptions};
pub use transport::error::{SentStatus, TransportError, TransportErrorKind};
pub use transport::message::{Request, Response};
pub use transport::streaming::{BodyStream, StreamingResponse};
