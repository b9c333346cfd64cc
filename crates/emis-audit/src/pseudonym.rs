//! Removal of a patient's number from a log.

use emis_types::PatientNumber;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::AuditError;
use crate::event::{AuditEvent, AuditEventKind};
use crate::log_id::AuditLogId;
use crate::provenance::Provenance;
use crate::store::{AuditStore, LogChange};
use crate::walk::{Walk, undisturbed};

/// The names under which events hold a patient's number, as a number or in text: those of changes,
/// and those of calls of EMIS.
const PATIENT: [&str; 2] = ["patient", "patientNumber"];

/// The names of ids beside the number of a patient that lead to a record of theirs in EMIS.
const RECORDS: [&str; 3] = ["attachmentGuid", "consultationGuid", "documentId"];

/// Replaces a patient's number in every entry of a practice's log by `pseudonym`, and returns the
/// number of entries.
///
/// The number stands in an event's details as `patient` or `patientNumber`, at any depth. Beside it
/// the ids of the patient's documents, attachments and consultations are replaced, too.
///
/// The entries keep their numbers, their digests and everything else: an appended
/// `audit.redacted` event records which bodies were replaced, by whom, and the digests of the new
/// ones, so that the log still verifies and the replacement stays visible. Idempotent.
///
/// # Errors
/// [`Broken`](crate::AuditErrorKind::Broken) if the log does not verify,
/// [`Store`](crate::AuditErrorKind::Store) if the store fails. Nothing is changed then.
///
/// # Cancel safety
/// All bodies are replaced and the replacement is recorded together, or not at all.
pub async fn pseudonymise(
    store: &dyn AuditStore,
    log: &AuditLogId,
    patient: PatientNumber,
    pseudonym: &str,
    by: &Provenance,
    at: Timestamp,
) -> Result<u64, AuditError> {
    undisturbed(store, log, || {
        attempt(store, log, patient, pseudonym, by, at)
    })
    .await
}

async fn attempt(
    store: &dyn AuditStore,
    log: &AuditLogId,
    patient: PatientNumber,
    pseudonym: &str,
    by: &Provenance,
    at: Timestamp,
) -> Result<u64, AuditError> {
    let mut walk = Walk::begin(store, log, &[]).await?;
    let mut redacted = Vec::new();
    loop {
        let found = &mut redacted;
        walk.advance(|entry, event| {
            let mut details = event.details().clone();
            if replace(&mut details, patient, pseudonym) {
                let redacted = details
                    .into_iter()
                    .fold(event.clone(), |event, (name, value)| {
                        event.detail(&name, value)
                    });
                found.push(entry.redacted(&redacted));
            }
        })
        .await?;
        let Some(head) = walk.head().filter(|_| !redacted.is_empty()) else {
            return Ok(0);
        };
        let count = u64::try_from(redacted.len()).unwrap_or(u64::MAX);
        let event = AuditEvent::new(AuditEventKind::AUDIT_REDACTED, at, by.clone())
            .detail("reason", "patient erased")
            .detail("entries", json!(redacted));
        let change = LogChange::Redact(redacted.clone());
        if store
            .record_change(log, head, &event, &change)
            .await?
            .is_some()
        {
            return Ok(count);
        }
    }
}

/// Replaces a patient in details and in all that they hold. Returns `true` if they named the patient.
fn replace(details: &mut Map<String, Value>, patient: PatientNumber, pseudonym: &str) -> bool {
    let mut replaced = false;
    for value in details.values_mut() {
        replaced |= replace_within(value, patient, pseudonym);
    }
    let is_patient = |value: &Value| match value {
        Value::Number(number) => number.as_i64() == Some(patient.get().into()),
        Value::String(text) => text.trim() == patient.to_string(),
        _ => false,
    };
    let mut named = false;
    for name in PATIENT {
        if let Some(value) = details.get_mut(name).filter(|value| is_patient(value)) {
            *value = pseudonym.into();
            named = true;
        }
    }
    for name in RECORDS {
        if let Some(id) = details.get_mut(name).filter(|_| named) {
            *id = pseudonym.into();
        }
    }
    replaced || named
}

fn replace_within(value: &mut Value, patient: PatientNumber, pseudonym: &str) -> bool {
    match value {
        Value::Object(fields) => replace(fields, patient, pseudonym),
        Value::Array(values) => {
            let mut replaced = false;
            for value in values {
                replaced |= replace_within(value, patient, pseudonym);
            }
            replaced
        }
        _ => false,
    }
}
