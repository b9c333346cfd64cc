//! Booked patients out of pieces of an answer, in the order in which they come.

use std::mem;

use emis_types::StaffId;

use super::booked::{Booked, BookedReader, BookedStep, HolderReferences};
use super::list::Arrived;
use super::{FieldError, WHOLE, scalar};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::SkippedRecord;

/// The longest value, such as a record, of which the end is waited for: a record has 3 KB or so.
const MAX_VALUE: usize = 1024 * 1024;

/// An answer to `GetBookedPatientsV2` of which no more is held than was not read yet.
#[derive(Debug)]
pub(crate) struct ArrivingBookings {
    reader: BookedReader,
    text: String,
    /// How much of the text was read.
    read: usize,
    /// The beginning of a character.
    broken: Vec<u8>,
    complete: bool,
}

impl ArrivingBookings {
    pub(crate) fn new(dead: DeceasedFlagEncoding) -> Self {
        Self {
            reader: BookedReader::new(dead),
            text: String::new(),
            read: 0,
            broken: Vec::new(),
            complete: false,
        }
    }

    /// Takes in the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), FieldError> {
        self.text.drain(..mem::take(&mut self.read));
        if self.text.len() > MAX_VALUE {
            return Err(FieldError::new(WHOLE, "holds a value that is too long"));
        }
        let mut joined = mem::take(&mut self.broken);
        let bytes = if joined.is_empty() {
            piece
        } else {
            joined.extend_from_slice(piece);
            &joined
        };
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(FieldError::new(WHOLE, scalar::NOT_JSON)),
        };
        let (valid, broken) = bytes.split_at_checked(valid).unwrap_or((bytes, &[]));
        self.text
            .push_str(std::str::from_utf8(valid).unwrap_or_default());
        self.broken = broken.to_vec();
        Ok(())
    }

    /// Says that there is no more.
    pub(crate) fn end(&mut self) -> Result<(), FieldError> {
        self.complete = true;
        if self.broken.is_empty() {
            Ok(())
        } else {
            Err(FieldError::new(WHOLE, scalar::BREAKS_OFF))
        }
    }

    /// The next record of what has arrived, which is handed over.
    pub(crate) fn next(
        &mut self,
        record: impl FnMut(Result<Booked, SkippedRecord>),
    ) -> Result<BookedStep, FieldError> {
        let text = self.text.get(self.read..).unwrap_or_default();
        let mut arrived = if self.complete {
            Arrived::whole(text)
        } else {
            Arrived::piece(text)
        };
        let step = self.reader.next(&mut arrived, record);
        self.read += arrived.read();
        step
    }

    /// The ids of session holders, as far as they are known by now.
    pub(crate) fn holders(&self, references: &HolderReferences) -> Vec<StaffId> {
        self.reader.holders(references)
    }
}
