//! How a report writes, as JSON, what other crates made.

use emis_client::model::{MinutesWindow, SkippedRecord};
use serde::{Serialize, Serializer};

use crate::error::ReminderError;

/// In minutes: `{"back": 0, "ahead": 1441}`.
pub(crate) fn window<S: Serializer>(
    window: &Option<MinutesWindow>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Window {
        back: u16,
        ahead: u16,
    }
    let window = window.map(|window| Window {
        back: window.before(),
        ahead: window.within(),
    });
    window.serialize(serializer)
}

/// Each by its place in EMIS's answer, the field at fault, and what was wrong with it.
pub(crate) fn skipped_records<S: Serializer>(
    records: &[SkippedRecord],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Record<'a> {
        index: usize,
        field: &'a str,
        problem: &'a str,
    }
    serializer.collect_seq(records.iter().map(|record| Record {
        index: record.index,
        field: &record.field,
        problem: record.problem,
    }))
}

/// The error and its causes in one line.
pub(crate) fn halted<S: Serializer>(
    error: &Option<ReminderError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    error
        .as_ref()
        .map(ReminderError::report)
        .serialize(serializer)
}
