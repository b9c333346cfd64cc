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
        /// What every entry has. The [`guid`](crate::model::Ident::guid) of its ident is what
        /// `UpdateAttachment` takes.
        pub entry: Entry,
        /// What the document is called.
        pub title: Option<Sensitive<String>>,
        /// The name of the file.
        pub address: Option<Sensitive<String>>,
        /// The version of the document.
        pub version: Option<i64>,
        /// The document's id (EMIS: `DDSIdentifier`), which `GetBase64AttachmentData` takes.
        pub document: Option<Uuid>,
        /// Whether it is provisional.
        pub provisional: Option<bool>,
        /// Whether the patient sees it online.
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
    /// A file from its base 64, without white space; none where that is not what it is.
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

    /// The length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the file, in pieces of a few kilobytes, and says how many bytes it was.
    ///
    /// # Errors
    /// Those of the writer, and no others.
    pub fn write_to(&self, writer: &mut (impl io::Write + ?Sized)) -> io::Result<u64> {
        io::copy(&mut self.reader(), writer)
    }

    /// A reader of the file.
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

/// Whether patients see a consultation online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnlineVisibility {
    /// They do not.
    NotVisible,
    /// They do.
    Visible,
}

impl OnlineVisibility {
    /// EMIS's number of it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NotVisible => 0,
            Self::Visible => 1,
        }
    }
}

/// What `UpdateAttachment` does to an attachment's visibility.
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
    /// EMIS's number of it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NoChange => -1,
            Self::NotVisible => 0,
            Self::Visible => 1,
        }
    }
}

/// What `UpdateAttachment` does to an attachment's provisional status.
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
    /// EMIS's number of it.
    pub const fn id(self) -> i32 {
        match self {
            Self::NoChange => -1,
            Self::NotProvisional => 0,
            Self::Provisional => 1,
        }
    }
}
