//! Medical records: read in parts, and what may be changed in them.

use jiff::Span;
use jiff::civil::{Date, DateTime};
use serde_json::Value;

use super::reads::patient;
use super::{Outcome, Refused};
use crate::filing::{self, NotTheMessage};
use crate::model::record::{NotInRecord, Record};
use crate::model::{Model, Patient};
use crate::server::Query;
use crate::wire::files::File;
use crate::wire::record::MedicalRecord;
use crate::wire::{Message, Version};

impl From<NotInRecord> for Refused {
    fn from(NotInRecord: NotInRecord) -> Self {
        Self::not_found("the record has no such entry")
    }
}

fn show(
    model: &Model,
    query: &Query,
    part: impl FnOnce(&Patient, &Record) -> Result<MedicalRecord, Refused>,
) -> Outcome {
    let patient = patient(model, query)?;
    let record = part(patient, &model.record(patient))?;
    Ok(Some(Message::Record(Box::new(record))))
}

pub(super) fn whole(model: &Model, query: &Query, now: DateTime) -> Outcome {
    show(model, query, |patient, record| {
        Ok(MedicalRecord::whole(patient, record, model, now))
    })
}

pub(super) fn coded(model: &Model, query: &Query) -> Outcome {
    show(model, query, |patient, record| {
        Ok(MedicalRecord::coded(patient, record, model))
    })
}

pub(super) fn events(model: &Model, query: &Query, today: Date) -> Outcome {
    let since = since(query, today)?;
    show(model, query, |patient, record| {
        Ok(MedicalRecord::events(patient, record, model, since))
    })
}

pub(super) fn issues(model: &Model, query: &Query, today: Date) -> Outcome {
    let since = since(query, today)?;
    show(model, query, |patient, record| {
        Ok(MedicalRecord::issues(patient, record, model, since))
    })
}

pub(super) fn attachments(model: &Model, query: &Query) -> Outcome {
    show(model, query, |patient, record| {
        Ok(MedicalRecord::attachments(patient, record, model))
    })
}

pub(super) fn consultation(model: &Model, query: &Query) -> Outcome {
    let guid = query.guid("consultationGuid")?;
    show(model, query, |patient, record| {
        let consultation = record.consultation(guid).ok_or(NotInRecord)?;
        let part = MedicalRecord::consultation(patient, record, model, consultation);
        Ok(part)
    })
}

/// `GetBase64AttachmentData`: a file itself.
pub(super) fn file(model: &Model, query: &Query, version: Version) -> Outcome {
    let document = query.guid("documentId")?;
    let patient = patient(model, query)?;
    let record = model.record(patient);
    let attachment = record.attachment(document).ok_or(NotInRecord)?;
    let file = File::of(&attachment.of, patient, model, version);
    Ok(Some(Message::File(file)))
}

pub(super) fn update_attachment(model: &mut Model, query: &Query, today: Date) -> Outcome {
    let guid = query.guid("attachmentGuid")?;
    let visible = switch(query, "pfsVisibility")?;
    let provisional = switch(query, "provisional")?;
    let record = record_mut(model, query)?;
    record.update_attachment(guid, visible, provisional, today)?;
    Ok(None)
}

/// `FileRecord`: a new consultation. The message has been read; whether it can be filed depends on
/// who the practice knows.
pub(super) fn file_record(
    model: &mut Model,
    query: &Query,
    message: &Value,
    today: Date,
) -> Outcome {
    let patient = patient(model, query)?;
    let id = patient.id;
    let mut luck = model.luck_of_filing(patient);
    let filing = filing::consultation(message, patient, model, &mut luck)?;
    let record = record_mut(model, query)?;
    if filing
        .guid
        .is_some_and(|guid| record.consultation(guid).is_some())
    {
        return Err(Refused::bad_request(
            "the record has that consultation already",
        ));
    }
    record.file(id, filing, today, &mut luck);
    Ok(None)
}

impl From<NotTheMessage> for Refused {
    fn from(NotTheMessage(what): NotTheMessage) -> Self {
        Self::bad_request(&what)
    }
}

/// The document does not require the GUID, and says nothing about what there is without one.
pub(super) fn set_visibility(model: &mut Model, query: &Query, today: Date) -> Outcome {
    let guid = query.guid("consultationGuid")?;
    let visible = match query.number("pfsVisibility")? {
        0 => false,
        1 => true,
        _ => return Err(Refused::bad_request("pfsVisibility is 0 or 1")),
    };
    let record = record_mut(model, query)?;
    record.set_visibility(guid, visible, today)?;
    Ok(Some(Message::Text("Updated")))
}

fn record_mut<'a>(model: &'a mut Model, query: &Query) -> Result<&'a mut Record, Refused> {
    model
        .record_mut(query.number("patientNumber")?)
        .ok_or_else(|| Refused::not_found("no such patient"))
}

/// 1 yes, 0 no, -1 leave it.
fn switch(query: &Query, name: &str) -> Result<Option<bool>, Refused> {
    match query.number(name)? {
        -1 => Ok(None),
        0 => Ok(Some(false)),
        1 => Ok(Some(true)),
        _ => Err(Refused::bad_request(&format!("{name} is -1, 0 or 1"))),
    }
}

/// So many whole days back; 0 is today.
fn since(query: &Query, today: Date) -> Result<Date, Refused> {
    match query.number("noOfDays")? {
        days @ 0.. => Ok(Span::new()
            .try_days(days)
            .and_then(|days| today.checked_sub(days))
            .unwrap_or(Date::MIN)),
        _ => Err(Refused::bad_request("noOfDays is not negative")),
    }
}
