//! The messages of EMIS's published OpenAPI document, with its names and misspellings.
//!
//! They are written from the document alone and shared with no client crate, so that a mistake on one
//! side fails a test on the other. A nullable text without a value is `null`, as .NET writes it. An
//! object without a value is left out, because the document does not allow `null` objects.

pub(crate) mod appointments;
pub(crate) mod booked;
pub(crate) mod booking;
pub(crate) mod configuration;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod ident;
pub(crate) mod matches;
mod message;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod record;
pub(crate) mod registration;
pub(crate) mod sessions;
pub(crate) mod slots;
pub(crate) mod status;
mod version;
pub(crate) mod xml;

pub(crate) use message::Message;
pub(crate) use version::Version;
pub(crate) use xml::Tree;
