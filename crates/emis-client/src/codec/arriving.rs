//! Booked patients out of pieces of an answer, in the order in which they come.

use std::mem;

use emis_types::StaffId;

use super::booked::{Booked, BookedReader, BookedStep, BookedWire, HolderReferences};
use super::charset::{Charset, TextDecoder, escape_controls};
use super::encoding::{Encoding, encoding};
use super::list::Arrived;
use super::shape::shape;
use super::{FieldError, TOO_LARGE, WHOLE, scalar, xml};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::SkippedRecord;
use crate::operation::Operation;

/// The longest value, such as a record, whose end is waited for: a record has 3 KB or so.
const MAX_VALUE: usize = 1024 * 1024;

/// The longest answer in XML, which has to be here as a whole before it can be read.
const MAX_WHOLE: usize = 64 * 1024 * 1024;

/// The number of bytes by which the charset of an answer can be told.
const TELLING: usize = 4;

/// An answer to `GetBookedPatientsV2` of which no more is held than was not read yet. (An answer
/// in XML is held as a whole.)
#[derive(Debug)]
pub(crate) struct ArrivingBookings {
    reader: BookedReader,
    dead: DeceasedFlagEncoding,
    /// The `Content-Type`.
    label: Option<String>,
    source: Source,
    text: String,
    /// The length of the text that was read.
    read: usize,
    /// The search for the end of a value that is not all here.
    search: Option<ValueSearch>,
    complete: bool,
    repaired: usize,
}

/// The form in which the answer comes.
#[derive(Debug)]
enum Source {
    /// Not known yet. What came is kept.
    Unknown(Vec<u8>),
    Json(TextDecoder),
    Xml(Vec<u8>),
}

impl ArrivingBookings {
    /// Begins an answer with this `Content-Type`.
    pub(crate) fn new(label: Option<&str>, dead: DeceasedFlagEncoding) -> Self {
        Self {
            reader: BookedReader::new(dead),
            dead,
            label: label.map(str::to_owned),
            source: Source::Unknown(Vec::new()),
            text: String::new(),
            read: 0,
            search: None,
            complete: false,
            repaired: 0,
        }
    }

    /// Returns whether too little came to tell JSON from XML.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.source, Source::Unknown(_))
    }

    /// Takes in the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), FieldError> {
        self.text.drain(..mem::take(&mut self.read));
        if self.text.len() > MAX_VALUE {
            return Err(FieldError::new(WHOLE, "holds a value that is too long"));
        }
        match &mut self.source {
            Source::Unknown(begun) => {
                begun.extend_from_slice(piece);
                let is_blank = begun.trim_ascii().is_empty();
                if begun.len() >= TELLING && !is_blank || begun.len() > MAX_VALUE {
                    self.tell()?;
                }
            }
            Source::Json(decoder) => decoder.push(piece, &mut self.text),
            Source::Xml(begun) => {
                if begun.len() + piece.len() > MAX_WHOLE {
                    return Err(FieldError::new(WHOLE, TOO_LARGE));
                }
                if begun.capacity() - begun.len() < piece.len() {
                    begun.reserve_exact(piece.len().max(begun.len() / 4));
                }
                begun.extend_from_slice(piece);
            }
        }
        Ok(())
    }

    /// Finds out what the answer is, of which some has come.
    fn tell(&mut self) -> Result<(), FieldError> {
        let Source::Unknown(begun) = &mut self.source else {
            return Ok(());
        };
        let begun = mem::take(begun);
        let label = self.label.as_deref();
        let (charset, mark) = Charset::detect(&begun, label);
        let mut decoder = TextDecoder::new(charset);
        let mut text = String::new();
        decoder.push(begun.get(mark..).unwrap_or_default(), &mut text);
        self.source = match encoding(label, &text)? {
            Encoding::Json => {
                self.text = text;
                Source::Json(decoder)
            }
            Encoding::Xml => Source::Xml(begun),
        };
        Ok(())
    }

    /// Says that there is no more.
    pub(crate) fn end(&mut self) -> Result<(), FieldError> {
        self.complete = true;
        self.search = None;
        self.tell()?;
        match &mut self.source {
            Source::Unknown(_) => {}
            Source::Json(decoder) => {
                // A character that breaks off breaks off the answer, which its reader finds.
                decoder.end(&mut self.text);
                self.repaired += decoder.replaced;
            }
            Source::Xml(whole) => {
                let whole = mem::take(whole);
                let (text, replaced) = TextDecoder::whole(whole, self.label.as_deref())?;
                let shape = shape(Operation::GetBookedPatientsV2);
                let (json, repaired) = xml::into_json(&text, Some(&shape), self.dead)?;
                self.repaired += replaced + repaired;
                self.text = json;
            }
        }
        Ok(())
    }

    /// Reads the next record of what has arrived and hands it over.
    pub(crate) fn next(
        &mut self,
        mut record: impl FnMut(Result<Booked, SkippedRecord>),
    ) -> Result<BookedStep, FieldError> {
        loop {
            let text = self.text.get(self.read..).unwrap_or_default();
            if let Some(search) = &mut self.search
                && !search.has_ended(text)
            {
                return Ok(BookedStep::More);
            }
            self.search = None;
            let mut arrived = if self.complete {
                Arrived::whole(text)
            } else {
                Arrived::piece(text)
            };
            let step = self.reader.next(&mut arrived, |known, index, wire| {
                let booked = wire.and_then(|wire: BookedWire<'_>| known.booked(wire));
                let booked = booked.map(|(booked, holders)| Booked { booked, holders });
                record(booked.map_err(|fault| fault.skipped(index)));
            });
            self.read += arrived.read();
            match step {
                // Between two values the text is outside of a string.
                Err(fault) if fault.problem == scalar::NOT_JSON => {
                    let unread = self.text.get(self.read..).unwrap_or_default();
                    let Some((escaped, count)) = escape_controls(unread) else {
                        return Err(fault);
                    };
                    self.text.replace_range(self.read.., &escaped);
                    self.repaired += count;
                }
                Ok(BookedStep::More) => {
                    self.search = Some(ValueSearch::default());
                    return Ok(BookedStep::More);
                }
                step => return step,
            }
        }
    }

    /// Returns the ids of session holders, as far as they are known by now.
    pub(crate) fn holders(&self, references: &HolderReferences) -> Vec<StaffId> {
        self.reader.holders(references)
    }

    /// Returns the number of characters that could not be read as they came; all of them at the
    /// end.
    pub(crate) fn repaired(&self) -> usize {
        self.repaired
    }
}

/// The search for the end of a value that comes in pieces: every byte is looked at once, however
/// small the pieces are.
#[derive(Debug, Default)]
struct ValueSearch {
    searched: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl ValueSearch {
    /// Returns whether the value, or what separates it from the next, has ended in `text`.
    fn has_ended(&mut self, text: &str) -> bool {
        let unsearched = text.as_bytes().get(self.searched..).unwrap_or_default();
        for byte in unsearched {
            self.searched += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ if byte.is_ascii_whitespace() => continue,
                _ => {}
            }
            if self.depth == 0 && !self.in_string && !self.escaped {
                return true;
            }
        }
        false
    }
}
