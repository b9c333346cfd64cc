//! Records what a product's own calls of EMIS read and write.

use std::sync::Arc;

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditStore, Provenance};
use emis_client::operation::{Effect, Scope};
use emis_client::{
    Operation, Request, Response, SentStatus, StreamingResponse, Transport, TransportError,
    TransportErrorKind,
};
use emis_credentials::AccessToken;
use emis_settings::StoreError;
use emis_types::{Clock, OdsCode};
use serde_json::{Map, Value};

const READ: AuditEventKind = AuditEventKind::new("emis.read");
const WRITE_BEGUN: AuditEventKind = AuditEventKind::new("emis.write.begun");
const WRITE_SETTLED: AuditEventKind = AuditEventKind::new("emis.write.settled");

/// The parameters that are ids. No other parameter is recorded: the rest can hold names, search
/// terms and notes.
const IDS: [&str; 9] = [
    "appointmentSessionId",
    "attachmentGuid",
    "consultationGuid",
    "documentId",
    "patientNumber",
    "searchGuid",
    "slotId",
    "statusId",
    "userInRoleId",
];

/// A transport that records its requests in a practice's audit trail.
///
/// A write is recorded before it is sent, and again when its answer was decoded; a read, when its
/// answer was decoded and before it is handed out. An answer that is not understood settles
/// nothing: its outcome is unknown, also if its HTTP status is 200.
#[derive(Debug)]
pub(crate) struct AuditedTransport {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) trail: Arc<dyn AuditStore>,
    pub(crate) practice: OdsCode,
    pub(crate) author: Provenance,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Transport for AuditedTransport {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        self.begin(request).await?;
        let answer = self.transport.send(request, token).await;
        let status = answer.as_ref().map(Response::status);
        let status = status.map_err(|error| error.sent());
        // A success is one when the client has understood it: see `decoded`.
        if !matches!(status, Ok(200..=299)) {
            self.end(request, status.ok(), unsuccessful(request, status))
                .await?;
        }
        answer
    }

    async fn open(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        self.begin(request).await?;
        let answer = self.transport.open(request, token).await;
        let status = answer.as_ref().map(|answer| answer.head().status());
        let status = status.map_err(|error| error.sent());
        let outcome = match status {
            // It is handed out piece by piece, before anything is known of its end.
            Ok(200..=299) => AuditEventOutcome::Unknown,
            _ => unsuccessful(request, status),
        };
        self.end(request, status.ok(), outcome).await?;
        answer
    }

    async fn decoded(
        &self,
        request: &Request,
        status: u16,
        understood: bool,
    ) -> Result<(), TransportError> {
        let outcome = match understood {
            true => AuditEventOutcome::Success,
            false => AuditEventOutcome::Unknown,
        };
        self.end(request, Some(status), outcome).await?;
        self.transport.decoded(request, status, understood).await
    }
}

impl AuditedTransport {
    async fn begin(&self, request: &Request) -> Result<(), TransportError> {
        if request.operation().effect() == Effect::Read {
            return Ok(());
        }
        let recorded = self.record(WRITE_BEGUN, request, AuditEventOutcome::Unknown, None);
        recorded.await.map_err(|error| {
            self.report(request, &error);
            let message = "nothing was sent: the audit event could not be written";
            TransportError::new(TransportErrorKind::Unsendable, message)
        })
    }

    async fn end(
        &self,
        request: &Request,
        status: Option<u16>,
        outcome: AuditEventOutcome,
    ) -> Result<(), TransportError> {
        let operation = request.operation();
        let writes = operation.effect() == Effect::Write;
        if !writes && !returns_patients(operation) {
            return Ok(());
        }
        let kind = if writes { WRITE_SETTLED } else { READ };
        match self.record(kind, request, outcome, status).await {
            Ok(()) => Ok(()),
            Err(error) if writes => {
                // What EMIS did is done: its answer is worth more than the missing event, and
                // the event of the beginning stays.
                self.report(request, &error);
                Ok(())
            }
            Err(error) => {
                self.report(request, &error);
                let message = "the answer was withheld: the audit event could not be written";
                Err(TransportError::new(
                    TransportErrorKind::Interrupted,
                    message,
                ))
            }
        }
    }

    async fn record(
        &self,
        kind: AuditEventKind,
        request: &Request,
        outcome: AuditEventOutcome,
        status: Option<u16>,
    ) -> Result<(), StoreError> {
        let ids: Map<String, Value> = request
            .parameters()
            .filter(|(name, _)| IDS.contains(name))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let mut event = AuditEvent::new(kind, self.clock.now(), self.author.clone())
            .with_outcome(outcome)
            .detail("operation", request.operation().name())
            .detail("ids", ids);
        if let Some(status) = status {
            event = event.detail("status", status);
        }
        self.trail
            .record(&self.practice.clone().into(), &event)
            .await?;
        Ok(())
    }

    fn report(&self, request: &Request, error: &StoreError) {
        let (practice, operation) = (&self.practice, request.operation());
        let error = emis_types::report(error);
        tracing::error!(%practice, %operation, error, "audit event of a call not written");
    }
}

/// Returns the outcome of a request that got no successful answer.
fn unsuccessful(request: &Request, status: Result<u16, SentStatus>) -> AuditEventOutcome {
    match (request.operation().effect(), status) {
        // A write that EMIS answered with an error may have been done.
        (Effect::Write, Ok(_) | Err(SentStatus::Answered | SentStatus::Unknown)) => {
            AuditEventOutcome::Unknown
        }
        _ => AuditEventOutcome::Failure,
    }
}

fn returns_patients(operation: Operation) -> bool {
    let scope = operation.spec().scope;
    match operation {
        Operation::GetAppointmentConfiguration | Operation::GetAppointmentSessions => false,
        _ => !matches!(scope, None | Some(Scope::ConfigRead)),
    }
}
