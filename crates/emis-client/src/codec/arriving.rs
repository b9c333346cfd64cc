//! Booked patients out of pieces of an answer, in the order in which they come.

use std::mem;

use emis_types::StaffId;

use super::arrived::Arrived;
use super::booked::{Booked, BookedReader, BookedStep, BookedWire, HolderReferences};
use super::charset::{Charset, TextDecoder, repair_strings};
use super::encoding::{Encoding, encoding};
use super::field_error::{FieldError, WHOLE};
use super::scalar;
use super::shape::shape;
use super::xml::ArrivingXml;
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::SkippedRecord;
use crate::operation::Operation;

/// The longest value, such as a record, whose end is waited for: a record has 3 KB or so.
const MAX_VALUE: usize = 1024 * 1024;

/// The length of the longest XML declaration, and more.
const MAX_DECLARATION: usize = 256;

/// An answer to `GetBookedPatientsV2` of which no more is held than was not read yet.
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
    Xml(TextDecoder, Box<ArrivingXml>),
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
                // White space before the answer is not kept, however much there is of it.
                let telling = match begun.is_empty() {
                    true => piece.trim_ascii_start(),
                    false => piece,
                };
                begun.extend_from_slice(telling);
                if tells(begun) {
                    self.tell()?;
                }
            }
            Source::Json(decoder) => decoder.push(piece, &mut self.text),
            Source::Xml(decoder, xml) => {
                decoder.push(piece, &mut xml.text);
                xml.read(&mut self.text)?;
                if xml.text.len() > MAX_VALUE {
                    return Err(FieldError::new(WHOLE, "holds a value that is too long"));
                }
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
            Encoding::Xml => {
                let shape = shape(Operation::GetBookedPatientsV2);
                let mut xml = Box::new(ArrivingXml::new(shape, self.dead, MAX_VALUE));
                xml.text = text;
                xml.read(&mut self.text)?;
                Source::Xml(decoder, xml)
            }
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
            Source::Xml(decoder, xml) => {
                decoder.end(&mut xml.text);
                xml.end(&mut self.text)?;
                self.repaired += decoder.replaced + xml.replaced();
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
                && !search.passes_boundary(text)
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
                    let Some((escaped, count)) = repair_strings(unread) else {
                        return Err(fault);
                    };
                    self.text.replace_range(self.read.., &escaped);
                    self.repaired += count;
                }
                Ok(BookedStep::More) => {
                    // What is left is the beginning of one value, in which there is nothing to find.
                    let mut search = ValueSearch::default();
                    search.passes_boundary(self.text.get(self.read..).unwrap_or_default());
                    self.search = Some(search);
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

/// Returns `true` if the charset of an answer can be told by its first bytes: four of them, or the
/// whole of an XML declaration.
fn tells(begun: &[u8]) -> bool {
    let declares = begun.starts_with(b"<?xm") && !begun.contains(&b'>');
    begun.len() >= 4 && !(declares && begun.len() < MAX_DECLARATION)
}

/// The search for the end of a value that comes in pieces: every byte is looked at once, however
/// small the pieces are.
///
/// A value can be complete only after a structural byte outside of all strings and at the outermost
/// level. Before the next of them, decoding would stop where it stopped before.
#[derive(Debug, Clone, Default)]
struct ValueSearch {
    searched: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl ValueSearch {
    /// Returns whether such a byte has come since the last call.
    fn passes_boundary(&mut self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let unsearched = bytes.get(self.searched..).unwrap_or_default();
        self.searched = bytes.len();
        let mut passed = false;
        // Every byte counts for the state, also those after a boundary.
        for byte in unsearched {
            passed |= self.is_boundary(*byte);
        }
        passed
    }

    fn is_boundary(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => {
                self.depth += 1;
                return self.depth == 1;
            }
            b'}' | b']' => {
                let outermost = self.depth <= 1;
                self.depth = self.depth.saturating_sub(1);
                return outermost;
            }
            b',' => return self.depth == 0,
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{ArrivingBookings, BookedStep, DeceasedFlagEncoding, ValueSearch};

    fn boundaries(text: &str) -> Vec<usize> {
        let mut search = ValueSearch::default();
        let ends = (1..=text.len()).filter(|end| search.passes_boundary(&text[..*end]));
        ends.map(|end| end - 1).collect()
    }

    #[test]
    fn only_structure_at_the_outermost_level_is_a_boundary() {
        assert_eq!(boundaries(r#"{"a":{"b":[1,2]}},"#), [0, 16, 17]);
        assert_eq!(boundaries(r#""}],{[",1]"#), [7, 9]);
        assert_eq!(boundaries(r#""\"}","x\\","#), [5, 11]);
        assert!(boundaries("  12 ").is_empty());
    }

    /// Returns how often decoding was attempted for an answer in one-byte pieces.
    fn attempts(answer: &str) -> usize {
        let mut bookings = ArrivingBookings::new(None, DeceasedFlagEncoding::default());
        let mut attempts = 0;
        for byte in answer.as_bytes() {
            bookings.push(&[*byte]).unwrap();
            let unread = bookings.text[bookings.read..].to_owned();
            let search = bookings.search.clone();
            attempts += usize::from(search.is_none_or(|mut one| one.passes_boundary(&unread)));
            while bookings.next(|_| {}).unwrap() == BookedStep::Record {}
        }
        attempts
    }

    #[test]
    fn the_length_of_a_value_adds_no_attempt_to_decode_it() {
        let answer = |length: usize| {
            let text = "x".repeat(length);
            format!(r#"{{"a": "{text}", "bookedList": [{{"note": ["{text}", {{}}]}}, 1]}}"#)
        };
        assert_eq!(attempts(&answer(1)), attempts(&answer(20_000)));
    }
}
