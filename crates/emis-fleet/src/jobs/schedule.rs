//! When each kind of job is due at each practice.

use std::collections::BTreeMap;
use std::time::Duration;

use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::Time;

use super::kind::JobKind;

/// The intervals, hours, time limits and retries of jobs.
///
/// Each practice has a fixed place within the interval of a kind, derived from its ODS code, so that
/// the work of all practices is spread evenly and two workers agree without talking.
///
/// | Kind | Every | Time limit |
/// |---|---|---|
/// | reminders | 10 minutes from 07:00 to 21:00 UK time | 4 minutes |
/// | bookings, notices | 5 minutes | 2 minutes |
/// | messages | 5 minutes | 1 minute |
/// | heartbeat | hour | 2 minutes |
/// | diagnosis | day | 2 minutes |
/// | anchoring | 6 hours | 1 hour |
/// | resealing, retention | day | 1 hour |
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use emis_fleet::jobs::{JobKind, Schedule};
///
/// let schedule = Schedule::new()
///     .every(JobKind::Heartbeat, Duration::from_secs(1800))
///     .without(JobKind::Diagnosis);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Schedule {
    plans: BTreeMap<JobKind, Plan>,
    attempts: u32,
    first_retry: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    interval: Duration,
    time_limit: Duration,
    /// UK wall clock.
    hours: Option<(Time, Time)>,
}

impl Schedule {
    /// Returns the schedule of the table above, with four attempts and a first retry after a
    /// minute. Each further retry waits twice as long, and at most the interval of the kind.
    pub fn new() -> Self {
        let plan = |kind: JobKind| {
            let hours = (Time::constant(7, 0, 0, 0), Time::constant(21, 0, 0, 0));
            let plan = Plan {
                interval: kind.default_interval(),
                time_limit: kind.default_time_limit(),
                hours: (kind == JobKind::Reminders).then_some(hours),
            };
            (kind, plan)
        };
        Self {
            plans: JobKind::ALL.into_iter().map(plan).collect(),
            attempts: 4,
            first_retry: Duration::from_secs(60),
        }
    }

    /// Sets the interval of a kind, of at least a second. EMIS should not be asked by sweeps that
    /// are less than five minutes apart.
    pub fn every(mut self, kind: JobKind, interval: Duration) -> Self {
        if let Some(plan) = self.plans.get_mut(&kind) {
            plan.interval = Duration::from_secs(interval.as_secs().max(1));
        }
        self
    }

    /// Sets the time after which a job of a kind is cut off and counts as failed.
    pub fn time_limit(mut self, kind: JobKind, limit: Duration) -> Self {
        if let Some(plan) = self.plans.get_mut(&kind) {
            plan.time_limit = limit;
        }
        self
    }

    /// Sets the hours of a kind by the UK's wall clock: from `from` (inclusive) until `until`
    /// (exclusive).
    pub fn between(mut self, kind: JobKind, from: Time, until: Time) -> Self {
        if let Some(plan) = self.plans.get_mut(&kind) {
            plan.hours = Some((from, until));
        }
        self
    }

    /// Runs every kind at any hour. Practices' own quiet hours still apply to messages.
    pub fn at_any_hour(mut self) -> Self {
        for plan in self.plans.values_mut() {
            plan.hours = None;
        }
        self
    }

    /// Leaves a kind out. Its jobs are neither enqueued nor run by this worker.
    pub fn without(mut self, kind: JobKind) -> Self {
        self.plans.remove(&kind);
        self
    }

    /// Keeps only these kinds.
    pub fn only(mut self, kinds: &[JobKind]) -> Self {
        self.plans.retain(|kind, _| kinds.contains(kind));
        self
    }

    /// Sets the number of attempts before a job becomes a dead letter, and the time before the first
    /// retry.
    pub fn retries(mut self, attempts: u32, first_retry: Duration) -> Self {
        self.attempts = attempts.max(1);
        self.first_retry = first_retry;
        self
    }

    /// Returns the kinds of the schedule.
    pub fn kinds(&self) -> impl Iterator<Item = JobKind> + '_ {
        self.plans.keys().copied()
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(super) fn limit_of(&self, kind: JobKind) -> Duration {
        let plan = self.plans.get(&kind);
        plan.map_or(kind.default_time_limit(), |plan| plan.time_limit)
    }

    pub(super) fn longest_interval(&self) -> Duration {
        let intervals = self.plans.values().map(|plan| plan.interval);
        intervals.max().unwrap_or_default()
    }

    /// Returns the time from a failed attempt to the next.
    pub(super) fn backoff(&self, kind: JobKind, attempt: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1));
        let wait = self.first_retry.saturating_mul(doubled.unwrap_or(u32::MAX));
        wait.min(self.interval_of(kind))
    }

    /// Returns the interval of a kind, which no job of it waits longer than.
    pub(super) fn interval_of(&self, kind: JobKind) -> Duration {
        let plan = self.plans.get(&kind);
        plan.map_or(kind.default_interval(), |plan| plan.interval)
    }

    /// Returns the latest time in `(after, until]` at which a job is due, in seconds since 1970. For
    /// a kind that is not in the schedule, and outside its hours, there is none.
    pub(super) fn due(&self, kind: JobKind, key: &str, after: i64, until: i64) -> Option<i64> {
        let plan = self.plans.get(&kind)?;
        let interval = i64::try_from(plan.interval.as_secs()).unwrap_or(i64::MAX);
        let place = i64::try_from(hash(kind, key) >> 1).unwrap_or(0) % interval;
        let slot = until - (until - place).rem_euclid(interval);
        // Of work that rests longer than its interval, only the present slot is of use.
        let after = after.max(until.saturating_sub(interval));
        (slot > after && plan.is_open(slot)).then_some(slot)
    }
}

impl Plan {
    fn is_open(&self, at: i64) -> bool {
        let Some((from, until)) = self.hours else {
            return true;
        };
        let Ok(at) = Timestamp::from_second(at) else {
            return false;
        };
        let time = uk::at(at).time();
        from <= time && time < until
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::new()
    }
}

/// FNV-1a, which is the same in every release and process, with its bits mixed: codes differ in
/// their last letters alone.
fn hash(kind: JobKind, key: &str) -> u64 {
    let bytes = kind.code().bytes().chain([b'/']).chain(key.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_780_398_000; // 2 June 2026, 12:00 UK time

    fn codes() -> impl Iterator<Item = String> {
        (0..1_000).map(|n| format!("A{n:05}"))
    }

    #[test]
    fn each_practice_is_due_once_an_interval() {
        let schedule = Schedule::new();
        for code in codes() {
            let mut due = Vec::new();
            for tick in 0..60 {
                let until = NOON + tick * 15;
                due.extend(schedule.due(JobKind::Bookings, &code, until - 15, until));
            }
            assert_eq!(due.len(), 3, "{code}");
            assert!(due.windows(2).all(|it| it[1] - it[0] == 300));
        }
    }

    #[test]
    fn practices_are_spread_over_the_interval() {
        let schedule = Schedule::new();
        let mut minutes = [0; 10];
        for code in codes() {
            let slot = schedule.due(JobKind::Reminders, &code, NOON - 600, NOON);
            minutes[usize::try_from((NOON - slot.unwrap()) / 60).unwrap()] += 1;
        }
        assert!(
            minutes.iter().all(|count| (70..130).contains(count)),
            "{minutes:?}"
        );
    }

    #[test]
    fn reminders_rest_at_night_by_the_wall_clock() {
        let schedule = Schedule::new();
        let due = |hours: i64| {
            let until = NOON + hours * 3_600;
            schedule.due(JobKind::Reminders, "A20047", until - 600, until)
        };
        assert_eq!((-4..=8).filter_map(due).count(), 13);
        assert_eq!([-11, -6, 10, 11].into_iter().filter_map(due).count(), 0);
        let winter = "2026-12-01T07:30:00Z"
            .parse::<Timestamp>()
            .unwrap()
            .as_second();
        assert!(
            schedule
                .due(JobKind::Reminders, "A20047", winter - 600, winter)
                .is_some()
        );
    }

    #[test]
    fn after_a_day_off_each_job_is_due_once() {
        let schedule = Schedule::new();
        let slot = schedule.due(JobKind::Messages, "A20047", NOON - 86_400, NOON);
        assert!(NOON - slot.unwrap() < 300);
        assert_eq!(
            schedule.due(JobKind::Messages, "A20047", NOON, NOON - 50),
            None
        );
    }

    #[test]
    fn retries_back_off_to_the_interval() {
        let schedule = Schedule::new();
        let waits = (1..=5).map(|attempt| schedule.backoff(JobKind::Bookings, attempt).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [60, 120, 240, 300, 300]);
    }
}
