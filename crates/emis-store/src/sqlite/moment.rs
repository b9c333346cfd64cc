//! Moments as text that sorts in the order of time.

use jiff::Timestamp;

use super::fault::Fault;

/// RFC 3339 in UTC, always with nine decimals.
pub(super) fn to_text(moment: Timestamp) -> String {
    format!("{moment:.9}")
}

pub(super) fn from_text(text: &str) -> Result<Timestamp, Fault> {
    text.parse()
        .map_err(|_| Fault::Damaged("a time can't be read"))
}
