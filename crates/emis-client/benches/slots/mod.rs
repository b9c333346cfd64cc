//! A session's slots as EMIS would write them, and how one would decode them by hand.

use std::fmt::Write as _;

use emis_client::model::{Listing, Slot, SlotStatus};
use emis_types::PatientNumber;
use serde::Deserialize;

/// An answer to `GetSlotsForSessionV2` with so many slots, about 340 bytes each, every other one of
/// them booked.
pub(crate) fn answer(slots: u32) -> String {
    let mut json = String::from(r#"{"slot":["#);
    for number in 0..slots {
        if number > 0 {
            json.push(',');
        }
        let (hour, minute) = (8 + number / 6 % 10, number % 6 * 10);
        let (status, patient, reason) = match number % 2 {
            0 => ("Slot Available", String::from("null"), "null"),
            _ => (
                "Booked",
                format!(
                    r#"{{"patient":{{"dbid":{},"refID":{},"title":"Mx","firstNames":"Robin","surname":"Quillfeather","fullName":"Quillfeather, Robin (Mx)"}}}}"#,
                    4_000 + number,
                    4_000 + number
                ),
                r#""Booked online by the patient""#,
            ),
        };
        let written = write!(
            json,
            r#"{{"dbid":{},"refID":{},"startTime":"{hour:02}:{minute:02}","slotLength":"10","type":{{"typeID":"207","description":"Routine appointment"}},"status":"{status}","patientList":{patient},"notes":null,"reason":{reason},"commentList":["Interpreter needed"]}}"#,
            700_000 + number,
            700_000 + number,
        );
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    json.push_str("]}");
    json
}

#[derive(Deserialize)]
struct SlotsWire<'a> {
    #[serde(borrow)]
    slot: Vec<SlotWire<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlotWire<'a> {
    dbid: i64,
    start_time: &'a str,
    slot_length: Option<&'a str>,
    #[serde(rename = "type", borrow)]
    slot_type: Option<TypeWire<'a>>,
    status: &'a str,
    patient_list: Option<PatientListWire>,
    notes: Option<String>,
    reason: Option<String>,
    comment_list: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct TypeWire<'a> {
    #[serde(rename = "typeID")]
    type_id: Option<&'a str>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct PatientListWire {
    patient: Option<PatientWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatientWire {
    dbid: i64,
    full_name: Option<String>,
}

/// A decoder written for this one response: everything where and as it is expected, no null too
/// many, and the first thing wrong loses all.
pub(crate) fn decode(
    json: &[u8],
) -> Result<Listing<Slot>, Box<dyn std::error::Error + Send + Sync>> {
    let wire: SlotsWire<'_> = serde_json::from_slice(json)?;
    let mut items = Vec::with_capacity(wire.slot.len());
    for wire in wire.slot {
        let status = SlotStatus::from_wire(wire.status);
        let mut slot = Slot::new(wire.dbid.try_into()?, wire.start_time.parse()?, status);
        slot.minutes = wire.slot_length.map(str::parse).transpose()?;
        if let Some(slot_type) = wire.slot_type {
            slot.slot_type = slot_type.type_id.map(str::parse).transpose()?;
            slot.slot_type_description = slot_type.description;
        }
        let patient = wire.patient_list.and_then(|list| list.patient);
        if let Some(patient) = patient {
            slot.patient = Some(PatientNumber::new(patient.dbid)?);
            slot.patient_name = patient.full_name.map(Into::into);
        }
        slot.notes = wire.notes.map(Into::into);
        slot.reason = wire.reason.map(Into::into);
        let comments = wire.comment_list.into_iter().flatten();
        slot.comments = comments.map(Into::into).collect();
        items.push(slot);
    }
    Ok(Listing::new(items))
}
