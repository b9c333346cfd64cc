//! What this process remembers of practices' work, for diagnoses.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emis_diagnostics::heartbeat::Pulse;
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};

/// The time for which a diagnosis goes by the last heartbeat.
const PULSE_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What this process remembers of practices' work.
#[derive(Debug, Default)]
pub(crate) struct WorkMemory(Mutex<HashMap<OdsCode, Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    /// The work as the last heartbeat has seen it, and when.
    pulse: Option<(Timestamp, Pulse)>,
    /// True if the last work on reminders failed as a whole.
    reminders_failed: bool,
}

impl WorkMemory {
    /// Keeps what a heartbeat has seen, in place of what an earlier one saw.
    pub(crate) fn keep_pulse(&self, practice: &OdsCode, now: Timestamp, pulse: Option<Pulse>) {
        let pulse = pulse.map(|pulse| (now, pulse));
        self.all().entry(practice.clone()).or_default().pulse = pulse;
    }

    /// Returns what the last heartbeat has seen, if that was not too long ago.
    pub(crate) fn pulse(&self, practice: &OdsCode, now: Timestamp) -> Pulse {
        let all = self.all();
        let kept = all.get(practice).and_then(|known| known.pulse.as_ref());
        let fresh = kept.filter(|(seen_at, _)| now.duration_since(*seen_at) <= PULSE_LASTS);
        fresh.map(|(_, pulse)| pulse.clone()).unwrap_or_default()
    }

    /// Forgets that reminders wait, because some were sent: the next heartbeat counts again.
    pub(crate) fn forget_waiting(&self, practice: &OdsCode) {
        let mut all = self.all();
        let known = all.get_mut(practice);
        if let Some((_, pulse)) = known.and_then(|known| known.pulse.as_mut()) {
            pulse.reminders_silent_since = None;
            pulse.reminders_waiting.clear();
        }
    }

    /// Sets whether the last work on reminders failed as a whole, and returns whether the work before
    /// it did.
    pub(crate) fn note_reminders_failed(&self, practice: &OdsCode, failed: bool) -> bool {
        let mut all = self.all();
        let known = all.entry(practice.clone()).or_default();
        std::mem::replace(&mut known.reminders_failed, failed)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<OdsCode, Remembered>> {
        // Each entry is changed in one step, so a panic elsewhere cannot leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
