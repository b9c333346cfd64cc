//! Documents that are attached to a record.

use std::fmt;
use std::io;

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use emis_types::{NhsNumber, OdsCode, Sensitive};
use uuid::Uuid;

use super::Entry;

redacted! {
    /// An attached document.
    pub struct Attachment {
        /// The fields of every entry. `UpdateAttachment` takes the
        /// [`guid`](crate::model::Ident::guid) of its ident.
        pub entry: Entry,
        /// The title of the document.
        pub title: Option<Sensitive<String>>,
        /// The name of the file.
        pub address: Option<Sensitive<String>>,
        /// The version of the document.
        pub version: Option<i64>,
        /// The document's id (EMIS: `DDSIdentifier`), which `GetBase64AttachmentData` takes.
        pub document: Option<Uuid>,
        /// True if it is provisional.
        pub provisional: Option<bool>,
        /// True if the patient sees it online.
        pub visible_online: Option<bool>,
        /// The file itself, where the message carries it along.
        pub data: Option<AttachmentData>,
    }
}

/// The file of an attachment.
///
/// It is kept as it came, in base 64, and decoded while it is [written](Self::write_to): text and
/// bytes are never held both. That it decodes is known from the start.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct AttachmentData {
    /// The file's name.
    pub file_name: Option<Sensitive<String>>,
    /// The patient's NHS number; not in the older operation.
    pub nhs_number: Option<NhsNumber>,
    /// The practice's ODS code ("NACS"); not in the older operation.
    pub ods_code: Option<OdsCode>,
    base64: Sensitive<Vec<u8>>,
    length: u64,
}

impl AttachmentData {
    /// Creates a file from base 64 without white space. Returns `None` if it is not base 64.
    pub(crate) fn new(base64: Vec<u8>) -> Option<Self> {
        let mut data = Self {
            file_name: None,
            nhs_number: None,
            ods_code: None,
            base64: Sensitive::new(base64),
            length: 0,
        };
        data.length = data.write_to(&mut io::sink()).ok()?;
        Some(data)
    }

    /// Returns the length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Returns whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the file in pieces of a few kilobytes, and returns the number of bytes.
    ///
    /// # Errors
    /// Those of the writer, and no others.
    pub fn write_to(&self, writer: &mut (impl io::Write + ?Sized)) -> io::Result<u64> {
        io::copy(&mut self.reader(), writer)
    }

    /// Returns a reader of the file.
    pub fn reader(&self) -> impl io::Read + '_ {
        DecoderReader::new(self.base64.expose().as_slice(), &STANDARD)
    }
}

impl fmt::Debug for AttachmentData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachmentData")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The online visibility of a consultation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnlineVisibility {
    /// They do not.
    NotVisible,
    /// They do.
    Visible,
}

impl OnlineVisibility {
    /// Returns EMIS's number for it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NotVisible => 0,
            Self::Visible => 1,
        }
    }
}

/// The effect of `UpdateAttachment` on an attachment's visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentVisibility {
    /// It stays as it is.
    NoChange,
    /// The patient does not see it online.
    NotVisible,
    /// The patient sees it online.
    Visible,
}

impl AttachmentVisibility {
    /// Returns EMIS's number for it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NoChange => -1,
            Self::NotVisible => 0,
            Self::Visible => 1,
        }
    }
}

/// The effect of `UpdateAttachment` on an attachment's provisional status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentProvisional {
    /// It stays as it is.
    NoChange,
    /// It is not provisional.
    NotProvisional,
    /// It is provisional.
    Provisional,
}

impl AttachmentProvisional {
    /// Returns EMIS's number for it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NoChange => -1,
            Self::NotProvisional => 0,
            Self::Provisional => 1,
        }
    }
}
