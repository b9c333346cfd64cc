//! JSON that is written piece by piece, within a length.

use std::io;

use super::fault::{NOT_XML, fault};
use crate::codec::field_error::{FieldError, TOO_LARGE};

/// JSON that is being written. It is allocated in small steps, because the old and the new
/// allocation exist side by side for a moment.
#[derive(Debug)]
pub(super) struct Sink {
    json: Vec<u8>,
    /// The length of what was moved away.
    moved: usize,
    most: usize,
}

impl Sink {
    /// Creates a sink for the JSON of an XML document of this length. JSON names things once where
    /// XML does twice, so that hardly any is longer.
    pub(super) fn for_xml(length: usize) -> Self {
        Self {
            json: Vec::new(),
            moved: 0,
            most: length + length / 4 + 64 * 1024,
        }
    }

    /// Creates a sink of which the JSON is moved away while it is written.
    pub(super) fn in_pieces(longest: usize) -> Self {
        Self {
            json: Vec::new(),
            moved: 0,
            most: longest,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.moved + self.json.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.json.truncate(length.saturating_sub(self.moved));
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        io::Write::write_all(self, bytes).map_err(|_| fault(TOO_LARGE))
    }

    /// Writes a text in quotes.
    pub(super) fn string(&mut self, text: &str) -> Result<(), FieldError> {
        serde_json::to_writer(self, text).map_err(|_| fault(TOO_LARGE))
    }

    /// Moves the JSON up to the length `end` away.
    pub(super) fn move_until(&mut self, end: usize, json: &mut String) -> Result<(), FieldError> {
        let length = end.saturating_sub(self.moved).min(self.json.len());
        let text = self.json.get(..length).unwrap_or_default();
        json.push_str(std::str::from_utf8(text).map_err(|_| fault(NOT_XML))?);
        self.json.drain(..length);
        self.moved += length;
        Ok(())
    }

    pub(super) fn into_text(self) -> Result<String, FieldError> {
        String::from_utf8(self.json).map_err(|_| fault(NOT_XML))
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.json.len() + bytes.len();
        if length > self.most {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if length > self.json.capacity() {
            let step = (self.json.len() / 4).max(4096).max(bytes.len());
            self.json.reserve_exact(step);
        }
        self.json.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
