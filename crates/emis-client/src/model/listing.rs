//! A page of records of which one bad record never loses the rest.

/// Records decoded one by one: those that could be read, and a note of each that could not.
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
    /// A listing of records, all of them readable.
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

/// A record that could not be read: where it stood and what was wrong, never what it held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {index}: {field} {problem}")]
#[non_exhaustive]
pub struct SkippedRecord {
    /// Its place in EMIS's answer, from 0; where several answers were joined, in all of them.
    pub index: usize,
    /// The wire path of the field at fault, such as `appointment.date`.
    pub field: String,
    /// What was wrong with it, such as "is not a date".
    pub problem: &'static str,
}

impl SkippedRecord {
    /// Notes a record that could not be read.
    pub fn new(index: usize, field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            index,
            field: field.into(),
            problem,
        }
    }
}
