//! Consultations and the entries in them.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};
use serde_json::value::RawValue;

use crate::codec::decode_object;
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

/// The keys of an object.
struct Keys(Vec<String>);

/// Tells an entry's kind by the keys that no other kind has.
impl FromWire for Option<ElementContent> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let json = raw.get().as_bytes();
        let Keys(keys) = inner::<_, D>(json)?;
        let has = |signs: &[&str]| keys.iter().any(|key| signs.contains(&key.as_str()));
        if has(&["drug", "dosage", "issueMethod", "prescriptionType"]) {
            entry::<Medication, D>(json)
        } else if has(&["ediOrderList", "requestor", "dateForTest"]) {
            entry::<TestRequestHeader, D>(json)
        } else if has(&[
            "requestType",
            "referralReason",
            "referralRef",
            "referralMode",
        ]) {
            entry::<Referral, D>(json)
        } else if has(&["ddsIdentifier", "attachmentData", "address"]) {
            entry::<Attachment, D>(json)
        } else if has(&["allergyType1", "codes", "exclude"]) {
            entry::<Allergy, D>(json)
        } else if has(&["durationTerm", "reminder", "reminderType"]) {
            entry::<DiaryEntry, D>(json)
        } else if has(&["eventList", "numberOfTests", "repInvNumber"]) {
            entry::<Investigation, D>(json)
        } else if has(&[
            "code",
            "termID",
            "displayTerm",
            "descriptiveText",
            "eventType1",
        ]) {
            entry::<Event, D>(json)
        } else {
            entry::<Ident, D>(json)
        }
    }
}

fn entry<'de, T: Fields, D: Deserializer<'de>>(
    json: &[u8],
) -> Result<Option<ElementContent>, D::Error>
where
    ElementContent: From<T>,
{
    inner::<Object<T>, D>(json).map(Into::into)
}

fn inner<'a, 'de, T: Deserialize<'a>, D: Deserializer<'de>>(json: &'a [u8]) -> Result<T, D::Error> {
    decode_object(json).map_err(|fault| D::Error::custom(fault.problem))
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = std::collections::BTreeMap::<String, IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(entries.into_keys().collect()))
    }
}
