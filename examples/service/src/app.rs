//! Everything that the pages share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_fleet::{FleetReport, FleetSummary, FleetTrend};
use emis_messaging::senders::{GovUkNotifyCallbacks, NhsNotifyCallbacks};
use emis_partner::audit::AuditStore;
use emis_partner::diagnostics::{Product, Report};
use emis_partner::messaging::Outbox;
use emis_partner::secrecy::SecretString;
use emis_partner::types::{Clock, OdsCode};
use emis_partner::{EmisPartner, Error};

use crate::simulation::Simulation;
use crate::staff::StaffDirectory;
use crate::web::Sessions;

/// Everything that the pages share; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) partner: EmisPartner,
    pub(crate) product: Product,
    pub(crate) audit: Arc<dyn AuditStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) staff: StaffDirectory,
    pub(crate) sessions: Sessions,
    /// The origin that browsers name, if a proxy is in front: it may change the host.
    pub(crate) public_origin: Option<String>,
    pub(crate) govuk_notify: Option<GovUkNotifyCallbacks>,
    pub(crate) nhs_notify: Option<NhsNotifyCallbacks>,
    pub(crate) metrics_token: Option<SecretString>,
    /// With simulated practices only.
    pub(crate) simulation: Option<Simulation>,
    /// The messages to simulated patients.
    pub(crate) outbox: Option<Arc<Outbox>>,
    /// The last diagnosis of each practice.
    pub(crate) reports: Reports,
    /// The last diagnosis of all practices.
    pub(crate) fleet: Mutex<Option<Sweep>>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Diagnoses all practices and keeps the result for the desk.
    pub(crate) async fn sweep(&self) -> Result<(), Error> {
        let before = self.fleet().as_ref().map(|sweep| sweep.summary.clone());
        let fleet = emis_fleet::Fleet::new(self.partner.clone());
        let keep = |progress: emis_fleet::FleetProgress<'_>| {
            if let Some(report) = progress.report {
                self.reports.keep(report.clone());
            }
        };
        let report = fleet.diagnose(keep, std::future::pending()).await?;
        let summary = report.summary(before.as_ref());
        let trend = before.map(|before| report.since(&before));
        *self.fleet() = Some(Sweep {
            report,
            summary,
            trend,
        });
        Ok(())
    }

    pub(crate) fn fleet(&self) -> MutexGuard<'_, Option<Sweep>> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A diagnosis of all practices.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    pub(crate) report: FleetReport,
    pub(crate) summary: FleetSummary,
    /// The changes since the one before.
    pub(crate) trend: Option<FleetTrend>,
}

/// The last diagnosis of each practice.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<HashMap<OdsCode, Report>>);

impl Reports {
    pub(crate) fn keep(&self, report: Report) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.insert(report.ods_code.clone(), report);
    }

    pub(crate) fn last(&self, practice: &OdsCode) -> Option<Report> {
        let reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.get(practice).cloned()
    }
}
