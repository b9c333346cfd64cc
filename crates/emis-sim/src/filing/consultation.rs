//! What is to be filed, out of the message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use serde_json::Value;
use uuid::Uuid;

use super::NotTheMessage;
use crate::formats;
use crate::model::record::{self, Attachment, Code, Event, EventKind, Filed, Filing, Scheme};
use crate::model::{Model, Patient, StaffMember, guid as new_guid};

/// Lists of a message in which nothing may be filed.
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

/// The one consultation of a message, for this patient. What it is to be known by is drawn from
/// `luck`, where the message does not say.
pub(crate) fn consultation(
    message: &Value,
    patient: &Patient,
    model: &Model,
    luck: &mut StdRng,
) -> Result<Filing, NotTheMessage> {
    if text(message, "patientID").is_some_and(|id| id != patient.id.to_string()) {
        return Err(NotTheMessage::odd("patientID"));
    }
    if let Some(list) = NOT_FILED.iter().find(|it| !list(message, it).is_empty()) {
        return Err(NotTheMessage::odd(list));
    }
    let [consultation] = list(message, "consultationList") else {
        return Err(NotTheMessage::odd("consultationList"));
    };
    let [element] = list(consultation, "elementList") else {
        return Err(NotTheMessage::odd("elementList"));
    };
    if text(consultation, "fileStatus").is_some_and(|status| status != "0") {
        return Err(NotTheMessage::odd("fileStatus"));
    }
    let (is_document, entry) = entry(message, element)?;
    let of = if is_document {
        Filed::Attachment(attachment(entry, luck)?)
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
            .ok_or_else(|| NotTheMessage::odd("assignedDate"))?,
        user: user(message, consultation, model)?.id,
        site: site.ok_or_else(|| NotTheMessage::odd("locationID"))?.id,
        visible: specified(consultation, "pfsVisible")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        code: code(entry),
        text: text(entry, "descriptiveText").map(str::to_owned),
        of,
    })
}

/// Whether it is a document, and what is known about it. In XML the entry stands in the
/// consultation; JSON has no room for it there, so that it stands in the message's own list.
fn entry<'a>(message: &'a Value, element: &'a Value) -> Result<(bool, &'a Value), NotTheMessage> {
    let lists = (list(message, "eventList"), list(message, "attachmentList"));
    let item = &element["item"];
    let (is_document, entry) = match (element["itemElementName"].as_str(), lists) {
        (Some("Event"), ([], [])) => return Ok((false, item)),
        (Some("Attachment"), ([], [])) => return Ok((true, item)),
        (None, ([event], [])) => (false, event),
        (None, ([], [document])) => (true, document),
        _ => return Err(NotTheMessage::odd("item")),
    };
    let refers = text(item, "refID");
    if refers.is_some_and(|id| text(entry, "refID") != Some(id)) {
        return Err(NotTheMessage::odd("item"));
    }
    Ok((is_document, entry))
}

fn event(entry: &Value) -> Result<Event, NotTheMessage> {
    let value = specified(&entry["numericValue"], "value").and_then(Value::as_f64);
    let value = value.map(|number| record::Value {
        number,
        units: text(&entry["numericValue"], "units").map(str::to_owned),
    });
    let kind = match (code(entry), &value) {
        (Some(_), Some(_)) => EventKind::Value,
        (Some(_), None) => EventKind::Observation,
        (None, None) if text(entry, "descriptiveText").is_some() => EventKind::Text,
        (None, _) => return Err(NotTheMessage::odd("code")),
    };
    Ok(Event {
        kind,
        value,
        active_problem: None,
    })
}

fn attachment(entry: &Value, luck: &mut StdRng) -> Result<Attachment, NotTheMessage> {
    let data = text(entry, "attachmentData").and_then(|data| STANDARD.decode(data).ok());
    let data = data.filter(|data| !data.is_empty());
    let file_name = text(entry, "address").ok_or_else(|| NotTheMessage::odd("address"))?;
    Ok(Attachment {
        document: new_guid(luck),
        title: text(entry, "title").unwrap_or(file_name).to_owned(),
        file_name: file_name.to_owned(),
        data: data.ok_or_else(|| NotTheMessage::odd("attachmentData"))?,
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

/// Whoever consulted: by DBID, by GUID, or by number among the message's people.
fn user<'a>(
    message: &Value,
    consultation: &Value,
    model: &'a Model,
) -> Result<&'a StaffMember, NotTheMessage> {
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
        .ok_or_else(|| NotTheMessage::odd("userID"))
}

fn guid(consultation: &Value) -> Result<Option<Uuid>, NotTheMessage> {
    text(consultation, "guid")
        .map(|guid| Uuid::try_parse(guid).map_err(|_| NotTheMessage::odd("guid")))
        .transpose()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text that is not blank.
fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str().filter(|text| !text.trim().is_empty())
}

/// A value, unless the message says beside it that it is none.
fn specified<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let marker = value[format!("{key}Specified")].as_bool();
    value.get(key).filter(|_| marker != Some(false))
}
