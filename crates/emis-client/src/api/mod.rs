//! The operations of the Partner API, one module per group as EMIS groups them.

pub(crate) mod appointments;
pub(crate) mod booked_stream;
mod connection;
#[cfg(feature = "medical-record")]
mod in_full;
#[cfg(feature = "medical-record")]
pub(crate) mod medical_record;
pub(crate) mod organisation;
pub(crate) mod patient;
pub(crate) mod patient_matching;
mod query_text;
pub(crate) mod search;
pub(crate) mod user;
mod windows;
