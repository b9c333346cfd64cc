//! What the product's own calls came to of late: the only sign of calls that a diagnosis must not
//! make itself, such as booking.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_client::{CallObserver, Error, Operation};
use emis_types::Clock;
use jiff::Timestamp;
use serde::Serialize;

use crate::catalogue::Cause;
use crate::infer::explains;
use crate::observation::Failure;

/// Something that the product does with EMIS, for which it needs one or more calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// Reading the practice's details and lists.
    Settings,
    /// Reading the appointment book.
    Appointments,
    /// Reading who has an appointment, for reminders.
    Reminders,
    /// Finding patients and reading their registration.
    Patients,
    /// Booking.
    Booking,
    /// Cancelling.
    Cancelling,
    /// Everything else.
    Other,
}

impl Capability {
    /// Every capability.
    pub const ALL: &'static [Self] = &[
        Self::Settings,
        Self::Appointments,
        Self::Reminders,
        Self::Patients,
        Self::Booking,
        Self::Cancelling,
        Self::Other,
    ];

    /// What an operation is needed for.
    pub const fn of(operation: Operation) -> Self {
        match operation {
            Operation::GetOrganisation
            | Operation::GetOrganisationV2
            | Operation::GetUserById
            | Operation::GetAppointmentConfiguration => Self::Settings,
            Operation::GetAppointmentSessions
            | Operation::GetSlotsForSession
            | Operation::GetSlotsForSessionV2
            | Operation::GetPatientAppointments
            | Operation::GetPatientAppointmentsV2 => Self::Appointments,
            Operation::GetBookedPatients | Operation::GetBookedPatientsV2 => Self::Reminders,
            Operation::GetPatientDemographics
            | Operation::GetMatchedPatients
            | Operation::GetChangedPatients => Self::Patients,
            Operation::BookAppointment => Self::Booking,
            Operation::CancelAppointment => Self::Cancelling,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings => "reading the practice's details and lists",
            Self::Appointments => "reading the appointment book",
            Self::Reminders => "reading who has an appointment",
            Self::Patients => "finding patients",
            Self::Booking => "booking",
            Self::Cancelling => "cancelling",
            Self::Other => "other calls",
        })
    }
}

/// When calls for a capability last worked, and last did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastCalls {
    /// The capability.
    pub capability: Capability,
    /// When one was last answered.
    pub worked_at: Option<Timestamp>,
    /// When one last failed.
    pub failed_at: Option<Timestamp>,
}

/// What became of the calls of one practice, since the process began: the last success and the
/// last failure of each operation.
///
/// Give it to the practice's client as its [observer](emis_client::ClientBuilder::observer); the
/// facade does. Holds codes and times, and nothing about a patient.
#[derive(Debug)]
pub struct ActivityLog {
    clock: Arc<dyn Clock>,
    operations: Mutex<HashMap<Operation, Track>>,
}

#[derive(Debug, Clone, Default)]
struct Track {
    worked_at: Option<Timestamp>,
    failed: Option<(Timestamp, Failure)>,
}

impl ActivityLog {
    /// An empty log.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            operations: Mutex::default(),
        }
    }

    /// Forgets the failures that a cause explains: somebody says that it was put right.
    pub fn put_right(&self, cause: Cause) {
        for track in self.operations().values_mut() {
            if matches!(&track.failed, Some((_, failure)) if explains(cause, failure)) {
                track.failed = None;
            }
        }
    }

    /// When calls last worked and last failed, for each capability that was used.
    pub fn last_calls(&self) -> Vec<LastCalls> {
        let operations = self.operations();
        let of = |capability| {
            let mut last = LastCalls {
                capability,
                worked_at: None,
                failed_at: None,
            };
            for (_, track) in operations
                .iter()
                .filter(|(operation, _)| Capability::of(**operation) == capability)
            {
                last.worked_at = last.worked_at.max(track.worked_at);
                last.failed_at = last.failed_at.max(track.failed.as_ref().map(|it| it.0));
            }
            last
        };
        let mut all: Vec<_> = Capability::ALL.iter().map(|&it| of(it)).collect();
        all.retain(|last| last.worked_at.is_some() || last.failed_at.is_some());
        all
    }

    /// The last failure of each operation that has not worked since, and when it was; in the order
    /// of EMIS's document.
    pub fn standing_failures(&self) -> Vec<(Timestamp, Failure)> {
        let operations = self.operations();
        let failed = operations.values().filter_map(|track| track.failed.clone());
        let mut standing: Vec<_> = failed.collect();
        standing.sort_by_key(|(_, failure)| failure.operation);
        standing
    }

    fn operations(&self) -> MutexGuard<'_, HashMap<Operation, Track>> {
        // Each entry is changed in one step, so a panic elsewhere cannot leave it half done.
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallObserver for ActivityLog {
    fn answered(&self, operation: Operation) {
        // Whether anybody is there at all says nothing of what the product can do.
        if operation.spec().scope.is_none() {
            return;
        }
        let now = self.clock.now();
        let mut operations = self.operations();
        let track = operations.entry(operation).or_default();
        track.worked_at = Some(now);
        track.failed = None;
    }

    fn failed(&self, error: &Error) {
        let operation = error.operation();
        if let Some(operation) = operation.filter(|it| it.spec().scope.is_some()) {
            let now = self.clock.now();
            let mut operations = self.operations();
            operations.entry(operation).or_default().failed = Some((now, Failure::from(error)));
        }
    }
}
