//! The vocabulary that the EMIS Partner crates share: identifiers, NHS formats, contact details, UK
//! time and redaction.
//!
//! A value that exists is valid: each type is made by parsing, and the error says what is wrong in
//! words that can be shown to the person who typed the text. No module does I/O; time comes in
//! through [`Clock`].
//!
//! # Examples
//! ```
//! use emis_types::{NhsNumber, OrganisationId, UkMobile};
//!
//! let cdb: OrganisationId = "50002".parse()?;
//! assert_eq!(cdb.as_str(), "50002");
//!
//! // The most common mistake is to type the ODS code: the message names it.
//! let mistake = "A20047".parse::<OrganisationId>().unwrap_err();
//! assert!(mistake.to_string().contains("ODS code"));
//!
//! // Patient data is parsed too, but does not print.
//! let nhs: NhsNumber = "999 000 0018".parse()?;
//! assert_eq!(format!("{nhs:?}"), "NhsNumber([redacted])");
//! let mobile: UkMobile = "+44 (0)7700 900 123".parse()?;
//! assert_eq!(mobile.expose(), "+447700900123");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Subject | Items |
//! |---|---|
//! | practices and products | [`OrganisationId`] (CDB number), [`OdsCode`], [`ApplicationId`] (party key) |
//! | EMIS's ids | [`PatientNumber`], [`SlotId`], [`SessionId`], [`StaffId`], [`SiteId`], [`SlotTypeId`], [`BookedBy`] |
//! | patients | [`NhsNumber`], [`UkMobile`], [`EmailAddress`] |
//! | redaction | [`Sensitive`], [`exposed`] |
//! | errors | [`ParseError`], [`report`](report()), [`ResponsibleParty`] |
//! | pasted text | [`is_invisible`], [`strip_invisible`] |
//! | new text types | [`text_newtype`], [`serde_as_text`] |
//! | time | [`Clock`], [`SystemClock`], [`ManualClock`], [`uk`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod email;
mod error;
pub mod exposed;
mod ids;
mod manual_clock;
mod mobile;
mod nhs_number;
mod organisation;
mod plain_text;
mod report;
mod responsible_party;
mod sensitive;
mod text_newtype;
pub mod uk;

pub use clock::{Clock, SystemClock};
pub use email::EmailAddress;
pub use error::{ParseError, ParseErrorKind};
pub use ids::{BookedBy, PatientNumber, SessionId, SiteId, SlotId, SlotTypeId, StaffId};
pub use manual_clock::ManualClock;
pub use mobile::UkMobile;
pub use nhs_number::NhsNumber;
pub use organisation::{ApplicationId, OdsCode, OrganisationId};
pub use plain_text::{is_invisible, strip_invisible};
pub use report::report;
pub use responsible_party::ResponsibleParty;
pub use sensitive::Sensitive;

/// Used by the macros.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}

/// Compiles the README's code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
