//! Reads a consultation from the message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use serde_json::Value;
use uuid::Uuid;

use super::error::FilingError;
use crate::formats;
use crate::model::record::{self, Attachment, Code, Event, EventKind, Filed, Filing, Scheme};
use crate::model::{Model, Patient, StaffMember, guid as new_guid};

/// Lists of the message that must be empty.
const NOT_FILED: [&str; 12] = [
    "investigationList",
    "referralList",
    "allergyList",
    "medicationList",
    "issueList",
    "diaryList",
    "alertList",
    "ediPathologyReportList",
    "testRequestHeaderList",
    "noteList",
    "appointmentList",
    "registrationChangeHistory",
];

/// Returns the only consultation of a message, for this patient. Identifiers that the message does not
/// have are drawn.
pub(crate) fn consultation(
    message: &Value,
    patient: &Patient,
    model: &Model,
    rng: &mut StdRng,
) -> Result<Filing, FilingError> {
    if text(message, "patientID").is_some_and(|id| id != patient.id.to_string()) {
        return Err(FilingError::invalid("patientID"));
    }
    if let Some(list) = NOT_FILED.iter().find(|it| !list(message, it).is_empty()) {
        return Err(FilingError::invalid(list));
    }
    let [consultation] = list(message, "consultationList") else {
        return Err(FilingError::invalid("consultationList"));
    };
    let [element] = list(consultation, "elementList") else {
        return Err(FilingError::invalid("elementList"));
    };
    if text(consultation, "fileStatus").is_some_and(|status| status != "0") {
        return Err(FilingError::invalid("fileStatus"));
    }
    let (is_document, entry) = entry(message, element)?;
    let of = if is_document {
        Filed::Attachment(attachment(entry, rng)?)
    } else {
        Filed::Event(event(entry)?)
    };
    let site = model.sites.iter().find(|site| {
        let id = text(&consultation["locationID"], "dbid");
        id.is_none_or(|id| id == site.id.to_string())
    });
    Ok(Filing {
        guid: guid(consultation)?,
        at: text(consultation, "assignedDate")
            .and_then(formats::parse_date_time)
            .ok_or_else(|| FilingError::invalid("assignedDate"))?,
        user: user(message, consultation, model)?.id,
        site: site.ok_or_else(|| FilingError::invalid("locationID"))?.id,
        visible: specified(consultation, "pfsVisible")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        code: code(entry),
        text: text(entry, "descriptiveText").map(str::to_owned),
        of,
    })
}

/// Returns the entry, and `true` if it is a document. In XML the entry is in the consultation. In JSON
/// it is in a list of the message, because the consultation has no member for it.
fn entry<'a>(message: &'a Value, element: &'a Value) -> Result<(bool, &'a Value), FilingError> {
    let lists = (list(message, "eventList"), list(message, "attachmentList"));
    let item = &element["item"];
    let (is_document, entry) = match (element["itemElementName"].as_str(), lists) {
        (Some("Event"), ([], [])) => return Ok((false, item)),
        (Some("Attachment"), ([], [])) => return Ok((true, item)),
        (None, ([event], [])) => (false, event),
        (None, ([], [document])) => (true, document),
        _ => return Err(FilingError::invalid("item")),
    };
    let refers = text(item, "refID");
    if refers.is_some_and(|id| text(entry, "refID") != Some(id)) {
        return Err(FilingError::invalid("item"));
    }
    Ok((is_document, entry))
}

fn event(entry: &Value) -> Result<Event, FilingError> {
    let value = specified(&entry["numericValue"], "value").and_then(Value::as_f64);
    let value = value.map(|number| record::Value {
        number,
        units: text(&entry["numericValue"], "units").map(str::to_owned),
    });
    let kind = match (code(entry), &value) {
        (Some(_), Some(_)) => EventKind::Value,
        (Some(_), None) => EventKind::Observation,
        (None, None) if text(entry, "descriptiveText").is_some() => EventKind::Text,
        (None, _) => return Err(FilingError::invalid("code")),
    };
    Ok(Event {
        kind,
        value,
        active_problem: None,
    })
}

fn attachment(entry: &Value, rng: &mut StdRng) -> Result<Attachment, FilingError> {
    let data = text(entry, "attachmentData").and_then(|data| STANDARD.decode(data).ok());
    let data = data.filter(|data| !data.is_empty());
    let file_name = text(entry, "address").ok_or_else(|| FilingError::invalid("address"))?;
    Ok(Attachment {
        document: new_guid(rng),
        title: text(entry, "title").unwrap_or(file_name).to_owned(),
        file_name: file_name.to_owned(),
        data: data.ok_or_else(|| FilingError::invalid("attachmentData"))?,
        provisional: specified(entry, "provisional").and_then(Value::as_bool) == Some(true),
        visible: specified(entry, "pfsVisible").and_then(Value::as_bool) != Some(false),
    })
}

fn code(entry: &Value) -> Option<Code> {
    let code = &entry["code"];
    let scheme = specified(code, "scheme").and_then(Value::as_u64);
    Some(Code {
        value: text(code, "value")?.to_owned(),
        scheme: scheme.and_then(|place| Some(Scheme(u8::try_from(place).ok()?))),
        term: text(code, "term")
            .or_else(|| text(entry, "displayTerm"))
            .map(str::to_owned),
    })
}

/// Returns the user of the consultation: by DBID, by GUID, or by number in the message's people.
fn user<'a>(
    message: &Value,
    consultation: &Value,
    model: &'a Model,
) -> Result<&'a StaffMember, FilingError> {
    let user = &consultation["userID"];
    let people = list(message, "peopleList");
    let listed = text(user, "refID").and_then(|id| {
        let mut people = people.iter();
        people.find(|person| text(person, "refID") == Some(id))
    });
    [Some(user), listed]
        .into_iter()
        .flatten()
        .flat_map(|person| [text(person, "dbid"), text(person, "guid")])
        .flatten()
        .find_map(|id| model.staff_named(id))
        .ok_or_else(|| FilingError::invalid("userID"))
}

fn guid(consultation: &Value) -> Result<Option<Uuid>, FilingError> {
    text(consultation, "guid")
        .map(|guid| Uuid::try_parse(guid).map_err(|_| FilingError::invalid("guid")))
        .transpose()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Returns a text that is not blank.
fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str().filter(|text| !text.trim().is_empty())
}

/// Returns a value unless its marker says that it is not specified.
fn specified<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let marker = value[format!("{key}Specified")].as_bool();
    value.get(key).filter(|_| marker != Some(false))
}
