//! The work of each kind of job.

use std::sync::Arc;

use emis_partner::audit::{AuditAnchorStore, Provenance};
use emis_partner::reminders::SuppressionReason;
use emis_partner::settings::RetentionPolicy;
use emis_partner::{EmisPartner, Error, ErrorKind, Practice};
use emis_types::OdsCode;
use tracing::warn;

use super::kind::JobKind;
use super::telemetry;

/// What jobs work with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) partner: EmisPartner,
    pub(super) anchors: Option<Arc<dyn AuditAnchorStore>>,
    pub(super) retention: RetentionPolicy,
}

/// A failed run.
#[derive(Debug)]
pub(super) struct Failure {
    /// A stable code.
    pub(super) reason: &'static str,
    /// Another attempt soon may go better.
    pub(super) is_passing: bool,
    /// Safe to log.
    pub(super) report: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (reason, is_passing) = match error.kind() {
            ErrorKind::Connection => ("connection", false),
            ErrorKind::Sealed => ("sealed", false),
            ErrorKind::Configuration => ("configuration", false),
            ErrorKind::AuditBroken => ("audit-broken", false),
            ErrorKind::UnexpectedAnswer => ("unexpected-answer", true),
            ErrorKind::Store => ("store", true),
            ErrorKind::Unavailable | ErrorKind::OutcomeUnknown => ("unavailable", true),
            _ => ("refused", true),
        };
        Self {
            reason,
            is_passing,
            report: error.report(),
        }
    }
}

impl Tools {
    /// Runs a job. Returns `false` if there was nothing to do, because the practice has not set up
    /// its connection.
    pub(super) async fn run(
        self,
        kind: JobKind,
        practice: Option<OdsCode>,
        attempt: u32,
    ) -> Result<bool, Failure> {
        let done = match practice {
            Some(ods_code) => {
                let practice = self.partner.practice(ods_code);
                self.run_for(kind, &practice, attempt).await
            }
            None => self.run_for_product(kind).await,
        };
        match done {
            Ok(()) => Ok(true),
            Err(Unfinished::Error(error)) if error.kind() == ErrorKind::NotSetUp => Ok(false),
            Err(Unfinished::Error(error)) => Err(error.into()),
            Err(Unfinished::Reported(failure)) => Err(failure),
        }
    }

    async fn run_for(
        &self,
        kind: JobKind,
        practice: &Practice,
        attempt: u32,
    ) -> Result<(), Unfinished> {
        let by = Provenance::product();
        match kind {
            JobKind::Reminders => {
                let report = practice.reminders().send_due().await?;
                // The attempt before has polled EMIS and came no further.
                let cut_short = report.idle == Some(SuppressionReason::PolledRecently);
                if attempt > 1 && cut_short {
                    return Err(Unfinished::Reported(Failure {
                        reason: "polled-recently",
                        is_passing: true,
                        report: "EMIS was polled a few minutes ago".to_owned(),
                    }));
                }
            }
            JobKind::Bookings => drop(practice.booking().reconcile().await?),
            JobKind::Messages => drop(practice.messages().settle_doubts().await?),
            JobKind::Notices => drop(practice.booking().tell_patients().by(by).await?),
            JobKind::Diagnosis => drop(practice.diagnosis().run().by(by).await?),
            JobKind::Heartbeat => {
                for finding in practice.diagnosis().heartbeat().await? {
                    telemetry::count_finding(finding.cause.code());
                    warn!(
                        target: "emis_fleet",
                        practice = %practice.ods_code(),
                        cause = finding.cause.code(),
                        "work of the product does not go on"
                    );
                }
            }
            JobKind::Resealing | JobKind::Retention | JobKind::Anchoring => {}
        }
        Ok(())
    }

    async fn run_for_product(&self, kind: JobKind) -> Result<(), Unfinished> {
        let failed = |reason, failed: usize| {
            let report = format!("{failed} failed");
            Err(Unfinished::Reported(Failure {
                reason,
                is_passing: true,
                report,
            }))
        };
        match kind {
            JobKind::Resealing => {
                let report = self.partner.reseal_api_users().await?;
                if !report.failed.is_empty() {
                    return failed("sealed", report.failed.len());
                }
            }
            JobKind::Retention => drop(self.partner.delete_expired(&self.retention).await?),
            JobKind::Anchoring => {
                if let Some(anchors) = &self.anchors {
                    let report = self.partner.anchor_audit_logs(anchors.as_ref()).await?;
                    if !report.is_good() {
                        return failed("audit-broken", report.failed.len());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

enum Unfinished {
    Error(Error),
    Reported(Failure),
}

impl From<Error> for Unfinished {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
