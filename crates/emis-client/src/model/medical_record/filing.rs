//! A new consultation, to be filed.

use emis_types::{Sensitive, StaffId};
use jiff::civil::DateTime;
use uuid::Uuid;

use super::OnlineVisibility;
use crate::model::{Code, Dbid};

/// A consultation to be filed in a patient's record: one coded value, one comment or one
/// attachment, which is what EMIS lets partners file.
///
/// ```
/// use emis_client::model::medical_record::{NewCodedValue, NewConsultation, NewEntry};
/// use emis_client::model::{Code, CodeScheme};
/// use emis_types::Sensitive;
/// use jiff::civil::date;
///
/// let code = Code::new("271649006", CodeScheme::Snomed, "Systolic blood pressure");
/// let mut reading = NewCodedValue::new(code);
/// reading.value = Some(Sensitive::new(120.0));
/// reading.units = Some("mmHg".to_owned());
/// let at = date(2026, 6, 2).at(9, 10, 0, 0);
/// let consultation = NewConsultation::new(at, "5".parse()?, NewEntry::Coded(reading));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewConsultation {
    /// The date and time, UK wall clock.
    pub at: Sensitive<DateTime>,
    /// The clinician.
    pub user: StaffId,
    /// That user's GUID, if it is known.
    pub user_guid: Option<Uuid>,
    /// Where it was: one of the practice's locations.
    pub location: Option<Dbid>,
    /// The entry to file.
    pub entry: NewEntry,
    /// True if the patient sees it online. A clinician must have decided it; without a decision
    /// nothing is sent, and EMIS's own setting stands.
    pub visibility: Option<OnlineVisibility>,
}

impl NewConsultation {
    /// Creates a consultation of a user, with one entry.
    pub fn new(at: DateTime, user: StaffId, entry: NewEntry) -> Self {
        Self {
            at: Sensitive::new(at),
            user,
            user_guid: None,
            location: None,
            entry,
            visibility: None,
        }
    }

    /// Returns the problem that keeps it from being filed, if there is one.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let blank = |text: &str| text.trim().is_empty();
        match &self.entry {
            NewEntry::Coded(coded) => {
                let code = coded.code.value.as_ref();
                if code.is_none_or(|code| blank(code.expose())) {
                    return Err("a coded value must have a code");
                }
                if coded.value.is_some_and(|value| !value.expose().is_finite()) {
                    return Err("a value must be a finite number");
                }
            }
            NewEntry::Comment(text) if blank(text.expose()) => {
                return Err("a comment must not be blank");
            }
            NewEntry::Comment(_) => {}
            NewEntry::Attachment(file) => {
                let name = file.file_name.expose();
                if blank(name) || name.contains(['/', '\\']) {
                    return Err("an attachment must have a file name without a path");
                }
                if file.data.expose().is_empty() {
                    return Err("an attachment must not be empty");
                }
            }
        }
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if self.texts().any(|text| text.contains(odd)) {
            return Err("a text must not hold control characters but for ends of lines");
        }
        Ok(())
    }

    /// Returns all texts that would be filed.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let (texts, code) = match &self.entry {
            NewEntry::Coded(coded) => ([coded.text.as_ref(), None], Some(&coded.code)),
            NewEntry::Comment(text) => ([Some(text), None], None),
            NewEntry::Attachment(file) => (
                [Some(&file.title), Some(&file.file_name)],
                file.code.as_ref(),
            ),
        };
        let code = code.into_iter().flat_map(|code| [&code.value, &code.term]);
        let texts = texts.into_iter().chain(code.map(Option::as_ref));
        texts.flatten().map(|text| text.expose().as_str())
    }
}

/// The entry of a new consultation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NewEntry {
    /// A code, with a value or a text maybe.
    Coded(NewCodedValue),
    /// A comment.
    Comment(Sensitive<String>),
    /// A file.
    Attachment(NewAttachment),
}

/// A coded value to be filed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewCodedValue {
    /// The code and its term.
    pub code: Code,
    /// The value, where there is one.
    pub value: Option<Sensitive<f64>>,
    /// The value's unit.
    pub units: Option<String>,
    /// Free text.
    pub text: Option<Sensitive<String>>,
}

impl NewCodedValue {
    /// Creates a code without value or text.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            value: None,
            units: None,
            text: None,
        }
    }
}

/// A file to be filed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewAttachment {
    /// The title of the document.
    pub title: Sensitive<String>,
    /// The name of the file, without a path.
    pub file_name: Sensitive<String>,
    /// Its contents.
    pub data: Sensitive<Vec<u8>>,
    /// The code that says what kind of document it is.
    pub code: Option<Code>,
}

impl NewAttachment {
    /// Creates a file with its title and name.
    pub fn new(
        title: impl Into<String>,
        file_name: impl Into<String>,
        data: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            title: Sensitive::new(title.into()),
            file_name: Sensitive::new(file_name.into()),
            data: Sensitive::new(data.into()),
            code: None,
        }
    }
}
