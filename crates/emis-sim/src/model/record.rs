//! A patient's medical record: small, but sufficient for every operation.

use jiff::civil::{Date, DateTime};
use rand::rngs::StdRng;
use uuid::Uuid;

use super::staff::guid;

/// A medical record. Ids are unique within it, and consultations refer to their entries by id.
#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) consultations: Vec<Consultation>,
    pub(crate) events: Vec<Entry<Event>>,
    pub(crate) referrals: Vec<Entry<Referral>>,
    pub(crate) allergies: Vec<Entry<Allergy>>,
    pub(crate) medication: Vec<Medication>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) attachments: Vec<Entry<Attachment>>,
    pub(crate) diary: Vec<Entry<DiaryEntry>>,
    /// The last day on which it changed.
    pub(crate) changed: Date,
}

opaque_debug!(Record);

/// An entry: the common part and the part of its kind.
#[derive(Clone)]
pub(crate) struct Entry<T> {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    /// Time of the event, UK wall clock.
    pub(crate) at: DateTime,
    pub(crate) author: i32,
    pub(crate) code: Option<Code>,
    pub(crate) text: Option<String>,
    pub(crate) of: T,
}

/// A clinical code.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) value: String,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) term: Option<String>,
}

impl Code {
    pub(crate) fn snomed(value: &str, term: &str) -> Self {
        Self {
            value: value.to_owned(),
            scheme: Some(Scheme::SNOMED),
            term: Some(term.to_owned()),
        }
    }
}

/// The index of a coding scheme in EMIS Open's enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheme(pub(crate) u8);

impl Scheme {
    /// The enumeration in the order of the schema.
    pub(crate) const LITERALS: [&'static str; 9] = [
        "READ2",
        "READ4",
        "EMISCLINICAL",
        "EMISDRUGGROUP",
        "EMISCONSTITUENT",
        "EMISDRUGNAME",
        "EMISBOTH",
        "EMISNONDRUGALLERGY",
        "SNOMED",
    ];
    pub(crate) const SNOMED: Self = Self(8);
}

/// An observation, a measurement, a problem or a text.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) value: Option<Value>,
    /// For a problem, `true` if it is active.
    pub(crate) active_problem: Option<bool>,
}

/// The kind of an event, by EMIS's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Text,
    Observation,
    Problem,
    Value,
}

/// A measured value.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) number: f64,
    pub(crate) units: Option<String>,
}

/// A referral. Its code names the service.
#[derive(Clone)]
pub(crate) struct Referral {
    pub(crate) urgent: bool,
}

/// An allergy. Its code names the substance.
#[derive(Clone)]
pub(crate) struct Allergy;

/// An entry that is due.
#[derive(Clone)]
pub(crate) struct DiaryEntry;

/// A document.
#[derive(Clone)]
pub(crate) struct Attachment {
    /// Identifies the file, as the entry's GUID does.
    pub(crate) document: Uuid,
    pub(crate) title: String,
    pub(crate) file_name: String,
    pub(crate) data: Vec<u8>,
    pub(crate) provisional: bool,
    pub(crate) visible: bool,
}

/// A course of a drug.
#[derive(Clone)]
pub(crate) struct Medication {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) drug: &'static Drug,
    pub(crate) author: i32,
    pub(crate) started: Date,
    pub(crate) last_issue: Date,
    pub(crate) issues: i32,
    pub(crate) repeat: bool,
}

/// A drug with an invented preparation id.
#[derive(Debug)]
pub(crate) struct Drug {
    pub(crate) preparation: i32,
    pub(crate) term: &'static str,
    pub(crate) dosage: &'static str,
    pub(crate) quantity: f32,
    pub(crate) units: &'static str,
    pub(crate) days: i32,
}

/// A prescription of a course.
#[derive(Clone)]
pub(crate) struct Issue {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) medication: i32,
    pub(crate) on: Date,
}

/// A consultation.
#[derive(Clone)]
pub(crate) struct Consultation {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) at: DateTime,
    pub(crate) user: i32,
    pub(crate) site: i32,
    /// The patient sees it online.
    pub(crate) visible: bool,
    pub(crate) elements: Vec<Element>,
}

/// An entry of a consultation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub(crate) kind: ElementKind,
    pub(crate) entry: i32,
    pub(crate) guid: Uuid,
}

/// The list of the record that an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementKind {
    Event,
    Referral,
    Attachment,
}

/// A consultation with one entry that a partner files.
pub(crate) struct Filing {
    pub(crate) guid: Option<Uuid>,
    pub(crate) at: DateTime,
    pub(crate) user: i32,
    pub(crate) site: i32,
    pub(crate) visible: bool,
    pub(crate) code: Option<Code>,
    pub(crate) text: Option<String>,
    pub(crate) of: Filed,
}

/// The entry that is filed.
pub(crate) enum Filed {
    Event(Event),
    Attachment(Attachment),
}

/// The record has no such entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotInRecord;

impl Record {
    /// Returns an unused id.
    pub(crate) fn next_id(&self, patient: i32) -> i32 {
        let first = patient.saturating_mul(1_000);
        let events = self.events.iter().map(|entry| entry.id);
        let used = events
            .chain(self.consultations.iter().map(|it| it.id))
            .chain(self.referrals.iter().map(|it| it.id))
            .chain(self.allergies.iter().map(|it| it.id))
            .chain(self.medication.iter().map(|it| it.id))
            .chain(self.issues.iter().map(|it| it.id))
            .chain(self.attachments.iter().map(|it| it.id))
            .chain(self.diary.iter().map(|it| it.id));
        used.max().unwrap_or(first).max(first).saturating_add(1)
    }

    /// Files a consultation.
    pub(crate) fn file(&mut self, patient: i32, filing: Filing, today: Date, rng: &mut StdRng) {
        let consultation = self.next_id(patient);
        let (id, entry_guid) = (consultation.saturating_add(1), guid(rng));
        let kind = match &filing.of {
            Filed::Event(_) => ElementKind::Event,
            Filed::Attachment(_) => ElementKind::Attachment,
        };
        self.consultations.push(Consultation {
            id: consultation,
            guid: filing.guid.unwrap_or_else(|| guid(rng)),
            at: filing.at,
            user: filing.user,
            site: filing.site,
            visible: filing.visible,
            elements: vec![Element {
                kind,
                entry: id,
                guid: entry_guid,
            }],
        });
        let (at, author, code, text) = (filing.at, filing.user, filing.code, filing.text);
        match filing.of {
            Filed::Event(of) => self.events.push(Entry {
                id,
                guid: entry_guid,
                at,
                author,
                code,
                text,
                of,
            }),
            Filed::Attachment(of) => self.attachments.push(Entry {
                id,
                guid: entry_guid,
                at,
                author,
                code,
                text,
                of,
            }),
        }
        self.changed = self.changed.max(today);
    }

    /// Returns a document by its own identifier or its entry's.
    pub(crate) fn attachment(&self, guid: Uuid) -> Option<&Entry<Attachment>> {
        self.attachments
            .iter()
            .find(|entry| entry.guid == guid || entry.of.document == guid)
    }

    pub(crate) fn consultation(&self, guid: Uuid) -> Option<&Consultation> {
        self.consultations.iter().find(|it| it.guid == guid)
    }

    /// Sets the flags of a document; `None` leaves one unchanged.
    pub(crate) fn update_attachment(
        &mut self,
        guid: Uuid,
        visible: Option<bool>,
        provisional: Option<bool>,
        today: Date,
    ) -> Result<(), NotInRecord> {
        let mut attachments = self.attachments.iter_mut();
        let entry = attachments
            .find(|entry| entry.guid == guid || entry.of.document == guid)
            .ok_or(NotInRecord)?;
        entry.of.visible = visible.unwrap_or(entry.of.visible);
        entry.of.provisional = provisional.unwrap_or(entry.of.provisional);
        self.changed = self.changed.max(today);
        Ok(())
    }

    /// Sets the visibility of a consultation and its documents to the patient.
    pub(crate) fn set_visibility(
        &mut self,
        guid: Uuid,
        visible: bool,
        today: Date,
    ) -> Result<(), NotInRecord> {
        let mut consultations = self.consultations.iter_mut();
        let consultation = consultations
            .find(|it| it.guid == guid)
            .ok_or(NotInRecord)?;
        consultation.visible = visible;
        for attachment in &mut self.attachments {
            let mut elements = consultation.elements.iter();
            if elements.any(|element| element.entry == attachment.id) {
                attachment.of.visible = visible;
            }
        }
        self.changed = self.changed.max(today);
        Ok(())
    }
}
