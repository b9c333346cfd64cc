//! A typed client for the EMIS Partner API that never doubles a booking.
//!
//! It is for products that remind patients of appointments and let them book their own. One
//! [`Client`] talks to one practice, the one that its tokens are for; its operations are those of
//! EMIS's published document, all of them, grouped and named as EMIS does: `GetSlotsForSessionV2` is
//! `appointments().get_slots_for_session`. The plain name is EMIS's newest form of an operation,
//! `…_v1` the older one; `…_in_full` gives more than appointments need.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use emis_client::model::{DateRange, NewBooking};
//! use emis_client::{Client, ClientErrorKind};
//! use emis_credentials::FixedToken;
//! use jiff::civil::date;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(
//!     "https://api.platform.emis-x.uk/partner".parse()?,
//!     "the-application-id-that-emis-gave".parse()?,
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
//!     Err(error) if error.kind() == ClientErrorKind::Conflict => println!("somebody was faster"),
//!     // It may be booked or not. Read the slot back; do not send it again.
//!     Err(error) if error.is_ambiguous() => println!("{}", error.report()),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes care of
//!
//! - **Writes are sent once.** `BookAppointment` and `CancelAppointment` are GETs that write, so
//!   what may be sent again is decided by the [table of operations](operation), never by the verb.
//!   A write whose outcome is unknown is [`ClientErrorKind::Ambiguous`].
//! - **Reads are tried again**, by a [`RetryPolicy`], with jitter, `Retry-After`, a limit for each
//!   attempt, a deadline for the call and a budget for all calls. A 401 fetches one new token.
//! - **It is kind to the practice.** So many calls are in flight and so many begin in a second,
//!   for one practice ([`Limits`]) and for all ([`SharedLimits`]); the rest wait their turn. An
//!   EMIS that only fails is left alone for a while ([`BreakerPolicy`]).
//! - **A range of days may be long.** Where EMIS serves 90 days in a call, more are read in
//!   several and joined.
//! - **One bad record loses itself, not its page.** A [`Listing`](model::Listing) says what it
//!   skipped and why.
//! - **JSON or XML, it comes to the same values.** [`Encoding`] is what EMIS is asked for; what it
//!   answers in is read.
//! - **Nothing about a patient is printed.** Errors, `Debug` and log events hold no URL, body,
//!   parameter value or token.
//! - **It is seen from outside**: spans, one event for each attempt, and metrics, all listed in
//!   [`telemetry`].
//! - **It connects as you say.** [`HttpOptions`] has proxy, root certificates and timeouts;
//!   [`HttpConnections`] are shared by the clients of many practices.
//! - **Times are UK times**, as EMIS writes them, without an offset: see [`emis_types::uk`].
//!
//! What EMIS's document leaves open, and which switch changes what we assume, is in
//! `docs/contract-notes.md`: [`QueryDateFormat`], [`DeceasedFlagEncoding`].
//!
//! # Features
//!
//! - `testing`: `emis_client::testing`, a mock of EMIS for the tests of your own code.
//!
//! # Other ways than HTTP
//!
//! A call is [plain data](Request) that a [`Transport`] carries once; retries, tokens and decoding
//! stay above it. HTTP is the one that is built in;
//! [`build_with_transport`](ClientBuilder::build_with_transport) takes any other.

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
