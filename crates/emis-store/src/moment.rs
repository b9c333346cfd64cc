//! Moments as text that sorts in the order of time.

use jiff::Timestamp;

/// RFC 3339 in UTC, always with nine decimals.
pub(crate) fn to_text(moment: Timestamp) -> String {
    format!("{moment:.9}")
}
