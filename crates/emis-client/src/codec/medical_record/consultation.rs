//! Consultations and the entries in them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::codec::decode::decode_object;
use crate::codec::fields::{Fields, Object, fields};
use crate::codec::values::FromWire;
use crate::model::Ident;
use crate::model::medical_record::{
    Allergy, Attachment, Consultation, ConsultationElement, DiaryEntry, ElementContent, Event,
    Investigation, Medication, Referral, TestRequestHeader,
};

fields!(Consultation, with ident {
    "assignedDate" => assigned.written,
    "datePart" => assigned.part,
    "userID" => user,
    "externalConsultant" => external_consultant,
    "locationID" => location,
    "locationTypeID" => location_type,
    "accompanyingHCPID" => accompanying,
    "consultationType1" => kind,
    "duration" => duration,
    "travelTime" => travel_time,
    "appointmentSlotID" => slot,
    "dataSource" => data_source,
    "policyID" => policy,
    "originalAuthor" => original_author,
    "elementList" => elements,
    "pfsVisible" => visible_online,
});

// JSON has the entry in `item` and does not say of which kind it is; XML names it.
fields!(ConsultationElement, with ident {
    "displayOrder" => display_order,
    "problemSection" => problem_section,
    "header" => header,
    "item" => content,
    "event" => content as Object<Event>,
    "medication" => content as Object<Medication>,
    "diary" => content as Object<DiaryEntry>,
    "referral" => content as Object<Referral>,
    "allergy" => content as Object<Allergy>,
    "attachment" => content as Object<Attachment>,
    "testRequest" => content as Object<TestRequestHeader>,
    "investigation" => content as Object<Investigation>,
});

impl<T> From<Object<T>> for Option<ElementContent>
where
    ElementContent: From<T>,
{
    fn from(object: Object<T>) -> Self {
        object.0.map(ElementContent::from)
    }
}

/// Tells an entry's kind by the keys that no other kind has.
impl FromWire for Option<ElementContent> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let json = raw.get();
        match inner::<Kind, D>(json)? {
            Kind::Medication => entry::<Medication, D>(json),
            Kind::TestRequest => entry::<TestRequestHeader, D>(json),
            Kind::Referral => entry::<Referral, D>(json),
            Kind::Attachment => entry::<Attachment, D>(json),
            Kind::Allergy => entry::<Allergy, D>(json),
            Kind::Diary => entry::<DiaryEntry, D>(json),
            Kind::Investigation => entry::<Investigation, D>(json),
            Kind::Event => entry::<Event, D>(json),
            Kind::Reference => entry::<Ident, D>(json),
        }
    }
}

/// The kinds of an entry. The first whose keys an object has is its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Medication,
    TestRequest,
    Referral,
    Attachment,
    Allergy,
    Diary,
    Investigation,
    Event,
    Reference,
}

impl Kind {
    /// Returns the kind that a key is a sign of.
    fn of_key(key: &str) -> Self {
        match key {
            "drug" | "dosage" | "issueMethod" | "prescriptionType" => Self::Medication,
            "ediOrderList" | "requestor" | "dateForTest" => Self::TestRequest,
            "requestType" | "referralReason" | "referralRef" | "referralMode" => Self::Referral,
            "ddsIdentifier" | "attachmentData" | "address" => Self::Attachment,
            "allergyType1" | "codes" | "exclude" => Self::Allergy,
            "durationTerm" | "reminder" | "reminderType" => Self::Diary,
            "eventList" | "numberOfTests" | "repInvNumber" => Self::Investigation,
            "code" | "termID" | "displayTerm" | "descriptiveText" | "eventType1" => Self::Event,
            _ => Self::Reference,
        }
    }
}

fn entry<'de, T: Fields, D: Deserializer<'de>>(
    json: &str,
) -> Result<Option<ElementContent>, D::Error>
where
    ElementContent: From<T>,
{
    inner::<Object<T>, D>(json).map(Into::into)
}

fn inner<'a, 'de, T: Deserialize<'a>, D: Deserializer<'de>>(json: &'a str) -> Result<T, D::Error> {
    decode_object(json).map_err(|fault| D::Error::custom(fault.problem))
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Kind, A::Error> {
        let mut kind = Kind::Reference;
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            kind = kind.min(Kind::of_key(&key));
            object.next_value::<IgnoredAny>()?;
        }
        Ok(kind)
    }
}
