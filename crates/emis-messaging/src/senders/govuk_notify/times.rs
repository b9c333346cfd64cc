//! Times as GOV.UK Notify writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Parses a time in UTC. Callbacks end it with `Z`; some lists write it without, after a space.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let time: DateTime = text.strip_suffix('Z').unwrap_or(text).parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}
