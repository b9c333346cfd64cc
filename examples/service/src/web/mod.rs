//! Foundations of every page: sessions, guarded forms, access, failures and headers.

mod access;
mod extract;
mod failure;
mod fields;
mod guard;
mod headers;
mod router;
mod session;
mod sign_in;
mod telemetry;

pub(crate) use access::{AtDesk, AtPractice};
pub(crate) use failure::Failure;
pub(crate) use fields::Fields;
pub(crate) use router::router;
pub(crate) use session::{Note, NoteKind, PatientVisit, Session, Sessions};

/// The result of a page's handler.
pub(crate) type Page = Result<axum::response::Response, Failure>;
