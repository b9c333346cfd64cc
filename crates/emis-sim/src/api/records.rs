//! Medical records: reading their parts, and the changes that are allowed.

use jiff::Span;
use jiff::civil::{Date, DateTime};
use serde_json::Value;

use super::outcome::{Outcome, Refused};
use super::reads::patient;
use crate::filing::{self, FilingError};
use crate::model::record::{NotInRecord, Record};
use crate::model::{Model, Patient};
use crate::protocol::Query;
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

/// Answers `GetBase64AttachmentData`: the content of a file.
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

/// Answers `FileRecord`: files a new consultation from a message that is already parsed.
pub(super) fn file_record(
    model: &mut Model,
    query: &Query,
    message: &Value,
    today: Date,
) -> Outcome {
    let patient = patient(model, query)?;
    let id = patient.id;
    let mut rng = model.filing_rng(patient);
    let filing = filing::consultation(message, patient, model, &mut rng)?;
    let record = record_mut(model, query)?;
    if filing
        .guid
        .is_some_and(|guid| record.consultation(guid).is_some())
    {
        return Err(Refused::bad_request(
            "the record has this consultation already",
        ));
    }
    record.file(id, filing, today, &mut rng);
    Ok(None)
}

impl From<FilingError> for Refused {
    fn from(FilingError(what): FilingError) -> Self {
        Self::bad_request(&what)
    }
}

/// Answers `UpdateConsultationVisibility`. The document does not require the GUID, but defines no
/// effect without one.
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

/// Parses 1 as yes, 0 as no and -1 as unchanged.
fn switch(query: &Query, name: &str) -> Result<Option<bool>, Refused> {
    match query.number(name)? {
        -1 => Ok(None),
        0 => Ok(Some(false)),
        1 => Ok(Some(true)),
        _ => Err(Refused::bad_request(&format!("{name} is -1, 0 or 1"))),
    }
}

/// Returns the day that is `noOfDays` ago; 0 is today.
fn since(query: &Query, today: Date) -> Result<Date, Refused> {
    match query.number("noOfDays")? {
        days @ 0.. => Ok(Span::new()
            .try_days(days)
            .and_then(|days| today.checked_sub(days))
            .unwrap_or(Date::MIN)),
        _ => Err(Refused::bad_request("noOfDays is not negative")),
    }
}
