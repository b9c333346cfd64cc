//! Subjects of identity checks.

use std::fmt;
use std::str::FromStr;

use emis_audit::Digest;
use emis_types::{NhsNumber, OdsCode, PatientNumber, UkMobile};
use serde::{Deserialize, Serialize};

use crate::invitation::record::InvitationId;
use crate::rejection::BookingCodeError;

/// A subject for which wrong identities are counted: a patient, a link, a telephone line or an NHS
/// number.
///
/// `Display`, `FromStr` and serde use its stable text form, such as `patient/501`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum IdentitySubject {
    /// A patient, whichever way the attempt comes.
    Patient(PatientNumber),
    /// A link.
    Link(InvitationId),
    /// One of a million groups of telephone numbers. The number itself is not kept.
    Line(u32),
    /// One of a million groups of NHS numbers, of patients or of no one. The number itself is not
    /// kept.
    NhsNumber(u32),
}

impl IdentitySubject {
    /// Returns the group of a telephone number at a practice.
    pub fn line(practice: &OdsCode, number: &UkMobile) -> Self {
        Self::Line(group(practice, number.expose()))
    }

    /// Returns the group of an NHS number at a practice.
    pub fn nhs_number(practice: &OdsCode, number: NhsNumber) -> Self {
        Self::NhsNumber(group(practice, &number.expose()))
    }
}

fn group(practice: &OdsCode, number: &str) -> u32 {
    let digest = Digest::of(format!("{practice}|{number}")).to_string();
    let group = digest.get(..5).unwrap_or_default();
    u32::from_str_radix(group, 16).unwrap_or_default()
}

impl fmt::Display for IdentitySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patient(patient) => write!(f, "patient/{patient}"),
            Self::Link(link) => write!(f, "link/{link}"),
            Self::Line(group) => write!(f, "line/{group:05x}"),
            Self::NhsNumber(group) => write!(f, "nhs-number/{group:05x}"),
        }
    }
}

impl FromStr for IdentitySubject {
    type Err = BookingCodeError;

    fn from_str(text: &str) -> Result<Self, BookingCodeError> {
        let (kind, id) = text.split_once('/').ok_or(BookingCodeError)?;
        match kind {
            "patient" => id.parse().map(Self::Patient).map_err(|_| BookingCodeError),
            "link" => id.parse().map(Self::Link).map_err(|_| BookingCodeError),
            "line" => u32::from_str_radix(id, 16)
                .map(Self::Line)
                .map_err(|_| BookingCodeError),
            "nhs-number" => u32::from_str_radix(id, 16)
                .map(Self::NhsNumber)
                .map_err(|_| BookingCodeError),
            _ => Err(BookingCodeError),
        }
    }
}

impl TryFrom<String> for IdentitySubject {
    type Error = BookingCodeError;
    fn try_from(text: String) -> Result<Self, BookingCodeError> {
        text.parse()
    }
}

impl From<IdentitySubject> for String {
    fn from(subject: IdentitySubject) -> String {
        subject.to_string()
    }
}
