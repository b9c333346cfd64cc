//! Lists of records in which an unreadable record costs no other.

/// Records that were decoded one by one, with a note of each that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// The records, in EMIS's order.
    pub items: Vec<T>,
    /// The records that could not be read. Never ignore these in silence: an appointment among
    /// them gets no reminder.
    pub skipped: Vec<SkippedRecord>,
    /// The number of characters that could not be read as they came and were replaced. The
    /// records that hold them are kept.
    pub repaired_characters: usize,
}

impl<T> Listing<T> {
    /// Creates a listing of records, all of them readable.
    pub fn new(items: Vec<T>) -> Self {
        Self {
            items,
            skipped: Vec::new(),
            repaired_characters: 0,
        }
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// A note of a record that could not be read: its place and the problem, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("record {index}: {field} {problem}")]
#[non_exhaustive]
pub struct SkippedRecord {
    /// Its place in EMIS's answer, from 0; where several answers were joined, in all of them.
    pub index: usize,
    /// The wire path of the field at fault, such as `appointment.date`.
    pub field: String,
    /// The problem with it, such as "is not a date".
    pub problem: &'static str,
}

impl SkippedRecord {
    /// Creates a note of a record that could not be read.
    pub fn new(index: usize, field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            index,
            field: field.into(),
            problem,
        }
    }
}
