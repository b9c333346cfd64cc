//! The model's answers, as EMIS writes them in JSON. Written apart from the client's codec.

use emis_client::Response;
use emis_types::OdsCode;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::cast::{Person, SLOT_TYPE};
use super::diary::{ModelDiary, ModelSlot, SlotState};

/// The number of minutes of a slot.
pub(super) const SLOT_MINUTES: i64 = 10;

fn ok(body: &Value) -> Response {
    Response::new(200, body.to_string()).with_content_type("application/json")
}

fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

fn hour(at: DateTime) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// Returns an error answer of EMIS.
pub(super) fn refusal(status: u16) -> Response {
    let body = json!({ "messageId": null, "legacyOutcome": -1 });
    Response::new(status, body.to_string()).with_content_type("application/json")
}

pub(super) fn organisation(practice: &OdsCode) -> Response {
    ok(&json!({
        "organisationList": [{ "locationName": "The Surgery", "nationalCode": practice }],
        "userList": [],
        "locationList": [],
    }))
}

pub(super) fn demographics(person: Option<&Person>) -> Response {
    let Some(person) = person else {
        return refusal(404);
    };
    ok(&json!({
        "registration": {
            "dbid": person.number.to_string(),
            "firstNames": "Test",
            "familyName": "Patient",
            "dateOfBirth": day(person.born),
        },
    }))
}

pub(super) fn sessions(diary: &ModelDiary, from: Date, to: Date) -> Response {
    let mut sessions: Vec<(i64, Vec<&ModelSlot>)> = Vec::new();
    for slot in diary.slots.values() {
        if !(from..=to).contains(&slot.start.date()) {
            continue;
        }
        match sessions.iter_mut().find(|(id, _)| *id == slot.session) {
            Some((_, slots)) => slots.push(slot),
            None => sessions.push((slot.session, vec![slot])),
        }
    }
    let sessions = sessions.iter().map(|(id, slots)| {
        let count = |wanted: fn(&SlotState) -> bool| {
            slots.iter().filter(|slot| wanted(&slot.state)).count()
        };
        let starts = slots.iter().map(|slot| slot.start);
        let first = starts.clone().min().unwrap_or_default();
        let end = starts.max().unwrap_or_default() + jiff::Span::new().minutes(SLOT_MINUTES);
        json!({
            "dbid": id,
            "name": "Surgery",
            "date": day(first.date()),
            "startTime": hour(first),
            "endTime": hour(end),
            "slotLength": SLOT_MINUTES.to_string(),
            "site": { "dbid": 1, "name": "Main Site" },
            "holderList": [holder()],
            "slotTypeList": [{
                "typeID": SLOT_TYPE,
                "description": "GP Routine",
                "total": slots.len(),
                "booked": count(|state| matches!(state, SlotState::Taken(_))),
                "blocked": count(|state| *state == SlotState::Blocked),
                "embargoed": 0,
                "available": count(|state| *state == SlotState::Free),
            }],
        })
    });
    ok(&json!({ "appointmentSession": sessions.collect::<Vec<_>>() }))
}

fn holder() -> Value {
    json!({ "dbid": 7, "title": "Dr", "firstNames": "Ada", "lastName": "Holder" })
}

pub(super) fn slots(diary: &ModelDiary, session: i64, notes: bool, spoilt: bool) -> Response {
    let in_session = diary.slots.values().filter(|slot| slot.session == session);
    let mut slots: Vec<Value> = in_session
        .map(|slot| {
            let appointment = slot.appointment();
            let status = match slot.state {
                SlotState::Free => "Slot Available",
                SlotState::Blocked => "Blocked",
                SlotState::Taken(_) => "Booked",
            };
            json!({
                "dbid": slot.id,
                "startTime": hour(slot.start),
                "slotLength": SLOT_MINUTES.to_string(),
                "status": status,
                "type": { "typeID": SLOT_TYPE, "description": "GP Routine" },
                "patientList": { "patient": appointment.map(|it| json!({ "dbid": it.patient })) },
                "notes": appointment.and_then(|it| it.note.as_deref()).filter(|_| notes),
                "reason": appointment.map(|_| "Booked online"),
                "commentList": [],
            })
        })
        .collect();
    if slots.is_empty() {
        return refusal(404);
    }
    spoil(&mut slots, spoilt, "dbid");
    ok(&json!({ "slot": slots }))
}

pub(super) fn appointments(
    diary: &ModelDiary,
    patient: i64,
    (from, to): (Date, Date),
    notes: bool,
    spoilt: bool,
) -> Response {
    let theirs = diary.slots.values().filter_map(|slot| {
        let appointment = slot.appointment()?;
        let asked = (from..=to).contains(&slot.start.date());
        (asked && appointment.patient == patient).then_some((slot, appointment))
    });
    let mut list: Vec<Value> = theirs
        .map(|(slot, appointment)| {
            json!({
                "slotID": slot.id,
                "date": day(slot.start.date()),
                "startTime": hour(slot.start),
                "duration": SLOT_MINUTES.to_string(),
                "sessionDBID": slot.session,
                "siteID": 1,
                "holderList": [holder()],
                "status": "Booked",
                "sessionName": "Surgery",
                "slotType": { "id": SLOT_TYPE },
                "reason": "Booked online",
                "notes": appointment.note.as_deref().filter(|_| notes),
            })
        })
        .collect();
    spoil(&mut list, spoilt, "slotID");
    ok(&json!({ "appointment": list }))
}

/// Makes the first record unreadable, or adds one.
fn spoil(records: &mut Vec<Value>, spoilt: bool, id: &str) {
    if spoilt {
        let record = json!({ id: "not a number" });
        match records.first_mut() {
            Some(first) => *first = record,
            None => records.push(record),
        }
    }
}

pub(super) fn written(slot: &ModelSlot, patient: i64, note: Option<&str>) -> Response {
    let at = |moment: DateTime| moment.strftime("%d/%m/%Y %H:%M:%S").to_string();
    ok(&json!({
        "appointmentInformation": {
            "slotId": slot.id,
            "sessionId": slot.session,
            "slotDateTime": at(slot.start),
            "endDateTime": at(slot.start + jiff::Span::new().minutes(SLOT_MINUTES)),
            "slotTypeId": 3,
            "reason": "Booked online",
            "bookingNotes": note,
        },
        "patientInforamtion": { "patientId": patient, "patientNumber": patient },
    }))
}

/// The answers under status 200 that are not the documented message.
pub(super) const FALSE_BODIES: [(&str, &str); 5] = [
    (
        "application/json",
        r#"{"message":"An error has occurred."}"#,
    ),
    ("application/json", "{}"),
    ("application/json", ""),
    ("text/html", "<html><body>Sign in</body></html>"),
    (
        "application/json",
        r#"{"messageId":"6f9619ff-8b86-d011-b42d-00c04fc964ff","legacyOutcome":-1}"#,
    ),
];

pub(super) fn false_answer(which: usize) -> Response {
    let (media_type, body) = FALSE_BODIES[which % FALSE_BODIES.len()];
    Response::new(200, body).with_content_type(media_type)
}
