//! Removal of a patient's number from a log.

use emis_types::PatientNumber;
use jiff::Timestamp;
use serde_json::json;

use crate::error::AuditError;
use crate::event::{AuditEvent, AuditEventKind};
use crate::log_id::AuditLogId;
use crate::provenance::Provenance;
use crate::store::{AuditStore, LogChange};
use crate::walk::{Walk, undisturbed};

/// The detail by which events name a patient.
const PATIENT: &str = "patient";

/// Replaces a patient's number in every entry of a practice's log by `pseudonym`, and returns the
/// number of entries.
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
            let named = event
                .details()
                .get(PATIENT)
                .and_then(serde_json::Value::as_i64);
            if named == Some(patient.get().into()) {
                found.push(entry.redacted(&event.clone().detail(PATIENT, pseudonym)));
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
