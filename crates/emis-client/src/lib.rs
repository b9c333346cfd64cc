//! A typed client for the EMIS Partner API that never doubles a booking.

mod appointments;
mod client;
mod codec;
mod error;
mod exchange;
mod formats;
mod http;
pub mod model;
pub mod operation;
mod organisation;
mod patient;
mod patient_matching;
mod request;
mod retry;
mod user;

pub use appointments::Appointments;
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind, SentStatus};
pub use formats::{DeadEncoding, QueryDateFormat};
pub use operation::Operation;
pub use organisation::OrganisationGroup;
pub use patient::PatientGroup;
pub use patient_matching::PatientMatching;
pub use request::{Request, Response, Transport, TransportError, TransportErrorKind};
pub use retry::RetryPolicy;
pub use user::UserGroup;
