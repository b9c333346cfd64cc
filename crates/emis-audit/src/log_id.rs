//! Names of logs.

use std::fmt;
use std::str::FromStr;

use emis_types::OdsCode;

use crate::parse_error::AuditParseError;

/// The id of a log: each practice has one, and the product has one of its own.
///
/// Its text is the ODS code of the practice, or `-` for the product's log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuditLogId {
    /// The product's log, which holds what belongs to no practice, such as refused passwords.
    Product,
    /// The log of a practice.
    Practice(OdsCode),
}

emis_types::serde_as_text!(AuditLogId);

impl AuditLogId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Product => "-",
            Self::Practice(practice) => practice.as_str(),
        }
    }
}

impl From<OdsCode> for AuditLogId {
    fn from(practice: OdsCode) -> Self {
        Self::Practice(practice)
    }
}

impl FromStr for AuditLogId {
    type Err = AuditParseError;

    fn from_str(text: &str) -> Result<Self, AuditParseError> {
        if text == "-" {
            return Ok(Self::Product);
        }
        let practice = text.parse().map(Self::Practice);
        practice.map_err(|_| AuditParseError("audit log ID must be an ODS code or a hyphen"))
    }
}

impl fmt::Display for AuditLogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
