//! Decides when a reminder is sent.

use emis_client::model::MinutesWindow;
use emis_settings::{Offset, QuietHours, ReminderSettings, WorkingCalendar};
use emis_types::uk;
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::suppression::SuppressionReason;

/// A day by the wall clock: civil times know no other.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The time before the quiet hours at which a reminder is sent that would fall into them: enough
/// for several runs.
const BEFORE_QUIET: SignedDuration = SignedDuration::from_hours(1);

/// The lateness up to which a reminder is sent that has a nearer one to follow it. An appointment
/// made the day before gets the day-before reminder, not last week's as well.
const LATE_BY: SignedDuration = DAY;

/// The time before the practice's first reminder from which any sent reminder stands for it.
const AS_GOOD_AS: SignedDuration = SignedDuration::from_hours(12);

/// Returns which of the practice's reminders is to be sent at `now`, or why none is.
pub(crate) fn due(
    now: &Zoned,
    start: DateTime,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
) -> Result<Offset, SuppressionReason> {
    let start_moment = uk::zoned(start);
    if start_moment <= *now {
        return Err(SuppressionReason::AlreadyStarted);
    }
    let seconds_left = start_moment.duration_since(now).as_secs();
    if seconds_left < i64::from(settings.minimum_notice_minutes) * 60 {
        return Err(SuppressionReason::TooLate);
    }
    // From the nearest on: the first that is due stands for all that were due before it. Over a
    // weekend a working day may lie further back than more hours do.
    let mut times: Vec<_> = settings
        .offsets
        .iter()
        .map(|offset| {
            (
                send_at(start, *offset, settings.quiet_hours, calendar),
                *offset,
            )
        })
        .collect();
    times.sort_by(|(one, _), (other, _)| other.cmp(one));
    for (n, (due, offset)) in times.iter().enumerate() {
        if now < due {
            continue;
        }
        let too_late = n > 0 && later(due.datetime(), LATE_BY) < now.datetime();
        return if too_late {
            Err(SuppressionReason::NotYetDue)
        } else if is_quiet(now, settings) {
            Err(SuppressionReason::QuietHours)
        } else {
            Ok(*offset)
        };
    }
    Err(SuppressionReason::NotYetDue)
}

/// Returns whether nothing may be sent at `now`. The night is always quiet: settings from a store
/// may be unchecked.
fn is_quiet(now: &Zoned, settings: &ReminderSettings) -> bool {
    [settings.quiet_hours, QuietHours::NIGHT]
        .iter()
        .any(|quiet| quiet.contains(now.time()))
}

/// Returns the time from which any reminder of the appointment stands for the one at `offset`
/// before the start, even if it was sent as another.
///
/// A practice that changes "24 hours" to "25", or back, does not want its patients reminded again.
/// A reminder sent at the time of this one or later is this one, or one nearer to the start. The
/// first of the practice's reminders has none before it, so one that was sent shortly before its
/// time was sent under other settings, and stands for it.
pub(crate) fn counts_from(
    start: DateTime,
    offset: Offset,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
) -> Timestamp {
    let time = |offset| send_at(start, offset, settings.quiet_hours, calendar);
    let own = time(offset);
    if settings.offsets.iter().all(|other| own <= time(*other)) {
        uk::zoned(earlier(own.datetime(), AS_GOOD_AS)).timestamp()
    } else {
        own.timestamp()
    }
}

/// Returns when the reminder at `offset` before `start` is to be sent: by the wall clock, so that
/// the time of day is the same when the clocks change, and before the quiet hours rather than after
/// them.
pub(crate) fn send_at(
    start: DateTime,
    offset: Offset,
    quiet: QuietHours,
    calendar: &WorkingCalendar,
) -> Zoned {
    let wanted = match offset {
        Offset::Hours(hours) => earlier(start, SignedDuration::from_hours(hours.into())),
        Offset::WorkingDays(days) => calendar
            .before(start.date(), days)
            .to_datetime(start.time()),
    };
    if !quiet.contains(wanted.time()) {
        return uk::zoned(wanted);
    }
    let day = if quiet.from <= wanted.time() {
        wanted.date()
    } else {
        earlier(wanted, DAY).date()
    };
    uk::zoned(earlier(day.to_datetime(quiet.from), BEFORE_QUIET))
}

/// Returns the smallest window of appointments in which [`plan`](crate::plan) finds every one
/// whose reminder is due at `now`; `None` if nothing can be due, because reminders are off or these
/// are the quiet hours.
///
/// `GetBookedPatients` is a heavy call for the practice's system: ask for no more, and not more
/// often than every quarter of an hour.
///
/// # Examples
/// ```
/// use emis_reminders::window;
/// use emis_settings::{ReminderSettings, WorkingCalendar};
/// use emis_types::uk;
/// use jiff::civil::date;
///
/// let mut settings = ReminderSettings::default();
/// settings.enabled = true;
/// let calendar = WorkingCalendar::default();
/// let morning = uk::zoned(date(2026, 6, 2).at(10, 0, 0, 0));
/// assert!(window(&morning, &settings, &calendar).is_some());
/// let night = uk::zoned(date(2026, 6, 2).at(23, 0, 0, 0));
/// assert!(window(&night, &settings, &calendar).is_none());
/// ```
pub fn window(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
) -> Option<MinutesWindow> {
    let quiet = settings.quiet_hours;
    if !settings.enabled || is_quiet(now, settings) {
        return None;
    }
    // Towards evening, what falls into the night is due as well.
    let mut wanted_until = now.datetime();
    if quiet.from != quiet.until {
        let night = next(wanted_until, quiet.from);
        if earlier(night, BEFORE_QUIET) <= wanted_until {
            wanted_until = next(night, quiet.until);
        }
    }
    let furthest = settings.offsets.iter().map(|offset| match offset {
        Offset::Hours(hours) => later(wanted_until, SignedDuration::from_hours((*hours).into())),
        Offset::WorkingDays(days) => {
            let day = wanted_until.date();
            // On a day off, all of the appointment's day was due on the working day before.
            let time = if calendar.is_working_day(day) {
                wanted_until.time()
            } else {
                Time::MAX
            };
            calendar.after(day, *days).to_datetime(time)
        }
    });
    let last_start = uk::zoned(furthest.max()?);
    let seconds = last_start.duration_since(now).as_secs();
    let minutes = u32::try_from(seconds / 60 + 1).unwrap_or(MinutesWindow::MAX_WITHIN);
    MinutesWindow::new(0, minutes.min(MinutesWindow::MAX_WITHIN)).ok()
}

/// Returns the next time after `now` that a wall clock shows `time`.
fn next(now: DateTime, time: Time) -> DateTime {
    if now.time() < time {
        now.date().to_datetime(time)
    } else {
        later(now, DAY).date().to_datetime(time)
    }
}

fn earlier(time: DateTime, by: SignedDuration) -> DateTime {
    time.saturating_sub(by)
}

fn later(time: DateTime, by: SignedDuration) -> DateTime {
    time.saturating_add(by)
}
