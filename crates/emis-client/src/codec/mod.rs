//! Answers into domain types. JSON and XML end here: nothing above knows of them.
//!
//! The structs that mirror the wire are private to this module, every field of them may be
//! missing or null, and unknown fields are skipped. Records of a list are decoded one by one, so
//! that an unreadable record costs no other. The message itself is another matter: what holds
//! none of the documented fields is no answer ([`shape`]).

mod appointments;
mod arrived;
mod arriving;
mod booked;
mod budget;
mod charset;
mod choices;
mod common;
mod configuration;
mod decode;
mod encoding;
mod error_body;
mod field_error;
mod fields;
pub(crate) mod formats;
#[cfg(feature = "medical-record")]
mod in_full;
mod list;
#[cfg(feature = "medical-record")]
mod medical_record;
mod message;
mod moment;
mod nested;
mod organisation;
mod patients;
mod reader;
mod scalar;
mod search;
mod sessions;
mod shape;
#[cfg(feature = "medical-record")]
mod text_or;
mod values;
mod xml;

pub(crate) use appointments::{booked_appointment, patient_appointments};
pub(crate) use arriving::ArrivingBookings;
pub(crate) use booked::{Booked, BookedStep, HolderReferences, booked_patients};
pub(crate) use configuration::appointment_configuration;
pub use encoding::Encoding;
pub(crate) use field_error::{ErrorFacts, FieldError};
#[cfg(feature = "medical-record")]
pub(crate) use in_full::{
    booked_patients_in_full, matched_patients_in_full, organisation_in_full, staff_in_full,
};
#[cfg(feature = "medical-record")]
pub(crate) use medical_record::{attachment_data, file_record, medical_record};
#[cfg(feature = "medical-record")]
pub(crate) use message::take;
pub(crate) use message::{Message, error_facts, nothing, read};
pub(crate) use organisation::{organisation, staff};
pub(crate) use patients::{demographics, matched_patients};
pub(crate) use search::search_matches;
pub(crate) use sessions::{changed_slot, sessions, slots, status_change};
