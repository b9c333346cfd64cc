//! The vocabulary that every EMIS Partner crate shares: identifiers, NHS formats, UK time,
//! contact details and redaction.
//!
//! A value that exists is valid: each type is made by parsing, and parsing says what is wrong
//! in words that can be shown to the person who typed it. Nothing here does I/O or reads a
//! clock; time comes in through [`Clock`].
//!
//! ```
//! use emis_types::{NhsNumber, OrganisationId, UkMobile};
//!
//! let cdb: OrganisationId = "50002".parse()?;
//! assert_eq!(cdb.as_str(), "50002");
//!
//! // The ODS code is the most common thing to type by mistake, so the message names it.
//! let mistake = "A20047".parse::<OrganisationId>().unwrap_err();
//! assert!(mistake.to_string().contains("ODS code"));
//!
//! // Patient data parses too, but never prints.
//! let nhs: NhsNumber = "999 000 0018".parse()?;
//! assert_eq!(format!("{nhs:?}"), "NhsNumber([redacted])");
//! let mobile: UkMobile = "+44 (0)7700 900 123".parse()?;
//! assert_eq!(mobile.expose(), "+447700900123");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Module | Holds |
//! |---|---|
//! | organisation | [`OrganisationId`] (CDB number), [`OdsCode`], [`ApplicationId`] (party key) |
//! | ids | [`PatientNumber`], [`SlotId`], [`SessionId`], [`StaffId`], [`SiteId`], [`SlotTypeId`], [`BookedBy`] |
//! | NHS number | [`NhsNumber`] |
//! | contact | [`UkMobile`], [`EmailAddress`] |
//! | redaction | [`Sensitive`] |
//! | errors | [`ParseError`], [`chain`] |
//! | time | [`Clock`], [`SystemClock`], [`ManualClock`], [`uk`] |

mod chain;
mod clock;
mod email;
mod error;
mod hidden;
mod ids;
mod mobile;
mod nhs_number;
mod organisation;
mod sensitive;
pub mod uk;

pub use chain::chain;
pub use clock::{Clock, ManualClock, SystemClock};
pub use email::EmailAddress;
pub use error::{ParseError, ParseErrorKind};
pub use ids::{BookedBy, PatientNumber, SessionId, SiteId, SlotId, SlotTypeId, StaffId};
pub use mobile::UkMobile;
pub use nhs_number::NhsNumber;
pub use organisation::{ApplicationId, OdsCode, OrganisationId};
pub use sensitive::Sensitive;
