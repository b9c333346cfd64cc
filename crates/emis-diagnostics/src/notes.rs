//! The observations so far.

use emis_client::{ClientErrorKind, Operation};

use crate::input::DiagnosisInput;
use crate::observation::{Failure, FailureKind, Observation, Probe, ProbeOutcome, SettingsChoice};
use crate::pace::Stop;

/// Returns true if the failure says nothing about other calls: EMIS can deactivate single calls.
fn concerns_one_call(failure: &Failure) -> bool {
    use ClientErrorKind::{Decode, Forbidden, NotFound, Rejected};
    matches!(
        failure.kind,
        FailureKind::Api(Forbidden | NotFound | Rejected | Decode)
    )
}

/// The observations so far.
#[derive(Default)]
pub(crate) struct Notes(pub(crate) Vec<Observation>);

impl Notes {
    pub(crate) fn add(&mut self, probe: Probe, seen: ProbeOutcome) {
        self.0.push(Observation::new(probe, seen));
    }

    /// Notes a failure, or returns the answer.
    pub(crate) fn fetched<T>(
        &mut self,
        probe: Probe,
        answer: Result<T, Failure>,
    ) -> Result<T, Stop> {
        answer.map_err(|failure| {
            self.add(probe, ProbeOutcome::Failed(failure));
            Stop
        })
    }

    /// Notes a failure, or returns the answer. Returns none if the other calls are still worth
    /// trying.
    pub(crate) fn answered<T>(
        &mut self,
        probe: Probe,
        answer: Result<T, Failure>,
    ) -> Result<Option<T>, Stop> {
        let goes_on = answer.as_ref().is_err_and(concerns_one_call);
        match self.fetched(probe, answer) {
            Ok(answer) => Ok(Some(answer)),
            Err(Stop) if goes_on => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// Returns the operations whose failure a probe has seen.
    pub(crate) fn failed_operations(&self) -> Vec<Operation> {
        let operation = |note: &Observation| match &note.outcome {
            ProbeOutcome::Failed(failure) => failure.operation,
            _ => None,
        };
        self.0.iter().filter_map(operation).collect()
    }

    /// Notes a failure, or notes success and returns the answer.
    pub(crate) fn outcome<T>(
        &mut self,
        probe: Probe,
        answer: Result<T, Failure>,
    ) -> Result<T, Stop> {
        let answer = self.fetched(probe, answer)?;
        self.add(probe, ProbeOutcome::Passed);
        Ok(answer)
    }

    pub(crate) fn password_sent(&mut self, input: &DiagnosisInput<'_>) {
        if let Some(releases) = input.releases {
            // The refusal just now is not among those that were read before.
            let sent = releases.sent.max(releases.used.saturating_add(1));
            let left = releases.left;
            self.add(Probe::Token, ProbeOutcome::PasswordSent { sent, left });
        }
    }

    pub(crate) fn passed(&self, probe: Probe) -> bool {
        let passed =
            |note: &Observation| note.probe == probe && note.outcome == ProbeOutcome::Passed;
        self.0.iter().any(passed)
    }

    pub(crate) fn skipped(&mut self, probe: Probe, records: usize) {
        if records > 0 {
            self.add(probe, ProbeOutcome::RecordsSkipped(records));
        }
    }

    pub(crate) fn gone(
        &mut self,
        probe: Probe,
        choice: SettingsChoice,
        ids: impl IntoIterator<Item = String>,
    ) {
        for id in ids {
            self.add(probe, ProbeOutcome::Gone { choice, id });
        }
    }

    pub(crate) fn has(&self, probe: Probe) -> bool {
        self.0.iter().any(|note| note.probe == probe)
    }

    pub(crate) fn passed_unless_noted(&mut self, probe: Probe) {
        if !self.has(probe) {
            self.add(probe, ProbeOutcome::Passed);
        }
    }

    pub(crate) fn nothing_to_check_unless_noted(&mut self, probe: Probe) {
        if !self.has(probe) {
            self.add(probe, ProbeOutcome::NothingToCheck);
        }
    }

    /// Notes the probes that were not made.
    pub(crate) fn close(&mut self) {
        for &probe in Probe::ALL {
            if !self.has(probe) {
                self.add(probe, ProbeOutcome::NotChecked);
            }
        }
    }
}
