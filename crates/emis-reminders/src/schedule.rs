//! Decides when a reminder is sent.

use std::collections::BTreeSet;

use emis_client::model::MinutesWindow;
use emis_messaging::SendingHours;
use emis_settings::{Offset, QuietHours, ReminderSettings, WorkingCalendar};
use emis_types::uk;
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::suppression::SuppressionReason;

/// A day by the wall clock: civil times know no other.
pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The time before the quiet hours at which a reminder is sent that would fall into them: enough
/// for several runs.
const BEFORE_QUIET: SignedDuration = SignedDuration::from_hours(1);

/// The lateness up to which a reminder is sent that has a nearer one to follow it. An appointment
/// made the day before gets the day-before reminder, not last week's as well.
const LATE_BY: SignedDuration = DAY;

/// The time before the practice's first reminder from which any sent reminder stands for it.
const AS_GOOD_AS: SignedDuration = SignedDuration::from_hours(12);

/// The longest window of appointments that a run reads. Reminders of those further ahead come from
/// the planned list.
pub(crate) const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// The longest window that is read once a day for the planned list: seven working days over Easter
/// or Christmas.
pub(crate) const LONGEST_PLAN: SignedDuration = SignedDuration::from_hours(24 * 21);

/// The hours for which a sender may be closed at a stretch: five days.
const LONGEST_CLOSED: i64 = 120;

/// The difference that the clocks make at most.
const CLOCK_CHANGE: SignedDuration = SignedDuration::from_hours(2);

/// The state of an appointment's reminders at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    /// This reminder is to be sent; it fell due at `at`.
    Due { offset: Offset, at: DateTime },
    /// Nothing is to be sent before `until`, and this reminder then.
    Wait {
        until: DateTime,
        reason: SuppressionReason,
        next: Offset,
    },
    /// Nothing is to be sent any more.
    Over(SuppressionReason),
}

/// The times by which a practice reminds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule<'a> {
    pub(crate) offsets: &'a BTreeSet<Offset>,
    pub(crate) settings: &'a ReminderSettings,
    pub(crate) calendar: &'a WorkingCalendar,
    /// The hours in which the sender sends.
    pub(crate) hours: SendingHours,
}

impl Schedule<'_> {
    /// Returns what the time says of an appointment at `start`.
    ///
    /// The nearest reminder that is due stands for all that were due before it. One that is late is
    /// not sent if a nearer one follows within the practice's least distance between messages.
    pub(crate) fn timing(&self, now: &Zoned, start: DateTime) -> Timing {
        if let Some(reason) = self.cut_off(now, start) {
            return Timing::Over(reason);
        }
        let local = now.datetime();
        let mut times = [None::<(DateTime, Offset)>; ReminderSettings::MOST_REMINDERS];
        for (time, offset) in times.iter_mut().zip(self.offsets) {
            *time = Some((self.send_at(start, *offset), *offset));
        }
        // From the nearest on. Over a weekend a working day may lie further back than more hours.
        times.sort_by(|one, other| other.cmp(one));
        let mut nearer = None;
        for (due, offset) in times.into_iter().flatten() {
            if local < due {
                nearer = Some((due, offset));
                continue;
            }
            let superseded = nearer.filter(|(nearer, _)| {
                later(due, LATE_BY) < local || *nearer <= later(local, self.least_distance())
            });
            return if let Some((until, next)) = superseded {
                wait(until, SuppressionReason::NotYetDue, next)
            } else if is_quiet(local.time(), self.settings) {
                let until = self.end_of_quiet(local);
                wait(until, SuppressionReason::QuietHours, offset)
            } else if self.hours != SendingHours::ALWAYS && !self.hours.contain(now) {
                let until = self.hours.next(now).datetime();
                wait(until, SuppressionReason::SenderHours, offset)
            } else {
                Timing::Due { offset, at: due }
            };
        }
        match nearer {
            Some((until, next)) => wait(until, SuppressionReason::NotYetDue, next),
            None => Timing::Over(SuppressionReason::RuleWithoutReminders),
        }
    }

    /// Returns why nothing is sent of an appointment any more, if that is so.
    pub(crate) fn cut_off(&self, now: &Zoned, start: DateTime) -> Option<SuppressionReason> {
        let notice = SignedDuration::from_mins(self.settings.minimum_notice_minutes.into());
        // Most appointments are further ahead than any change of the clocks makes a difference.
        let safe = later(later(now.datetime(), notice), CLOCK_CHANGE);
        if start > safe {
            return None;
        }
        let start = uk::zoned(start);
        if start <= *now {
            Some(SuppressionReason::AlreadyStarted)
        } else if start.duration_since(now) < notice {
            Some(SuppressionReason::TooLate)
        } else {
            None
        }
    }

    /// Returns the moment from which nothing is sent of an appointment.
    pub(crate) fn last_moment(&self, start: DateTime) -> Timestamp {
        let notice = SignedDuration::from_mins(self.settings.minimum_notice_minutes.into());
        let start = uk::zoned(start).timestamp();
        start.checked_sub(notice).unwrap_or(Timestamp::MIN)
    }

    /// Returns when the reminder at `offset` before `start` is to be sent: by the wall clock, so
    /// that the time of day is the same when the clocks change, and before the quiet hours rather
    /// than after them.
    pub(crate) fn send_at(&self, start: DateTime, offset: Offset) -> DateTime {
        let wanted = match offset {
            Offset::Hours(hours) => earlier(start, SignedDuration::from_hours(hours.into())),
            Offset::WorkingDays(days) => {
                let day = self.calendar.before(start.date(), days);
                day.to_datetime(start.time())
            }
        };
        let sent = before_quiet(wanted, self.settings.quiet_hours);
        if self.hours == SendingHours::ALWAYS {
            return sent;
        }
        // Before the sender's weekend rather than after it.
        let open = |time: &DateTime| {
            let quiet = is_quiet(time.time(), self.settings);
            !quiet && self.hours.contain(&uk::zoned(*time))
        };
        let mut times = (0..LONGEST_CLOSED).map(|hours| {
            let back = SignedDuration::from_hours(hours);
            earlier(sent, back)
        });
        times.find(open).unwrap_or(sent)
    }

    /// Returns the time from which any reminder of the appointment stands for the one at `offset`
    /// before the start, even if it was sent as another.
    ///
    /// A practice that changes "24 hours" to "25", or back, does not want its patients reminded
    /// again. A reminder sent at the time of this one or later is this one, or one nearer to the
    /// start. The first of the practice's reminders has none before it, so one that was sent shortly
    /// before its time was sent under other settings, and stands for it.
    pub(crate) fn counts_from(&self, start: DateTime, offset: Offset) -> Timestamp {
        let own = self.send_at(start, offset);
        let first = self.offsets.iter();
        let first = first.map(|other| self.send_at(start, *other)).min();
        if first.is_none_or(|first| own <= first) {
            uk::zoned(earlier(own, AS_GOOD_AS)).timestamp()
        } else {
            uk::zoned(own).timestamp()
        }
    }

    /// Returns the least distance between messages to one contact.
    pub(crate) fn least_distance(&self) -> SignedDuration {
        least_distance(self.settings)
    }

    /// Returns when the quiet hours end in which `local` lies.
    fn end_of_quiet(&self, local: DateTime) -> DateTime {
        let mut end = local;
        for quiet in [self.settings.quiet_hours, QuietHours::NIGHT] {
            if quiet.contains(end.time()) {
                end = next(end, quiet.until);
            }
        }
        end
    }
}

fn wait(until: DateTime, reason: SuppressionReason, next: Offset) -> Timing {
    Timing::Wait {
        until,
        reason,
        next,
    }
}

/// Returns `wanted`, or the time before the quiet hours in which it lies.
fn before_quiet(wanted: DateTime, quiet: QuietHours) -> DateTime {
    if !quiet.contains(wanted.time()) {
        return wanted;
    }
    let day = if quiet.from <= wanted.time() {
        wanted.date()
    } else {
        earlier(wanted, DAY).date()
    };
    earlier(day.to_datetime(quiet.from), BEFORE_QUIET)
}

/// Returns the least distance between messages to one contact.
pub(crate) fn least_distance(settings: &ReminderSettings) -> SignedDuration {
    SignedDuration::from_mins(settings.least_minutes_between.into())
}

/// Returns whether nothing may be sent at `time`. The night is always quiet: settings from a store
/// may be unchecked.
pub(crate) fn is_quiet(time: Time, settings: &ReminderSettings) -> bool {
    [settings.quiet_hours, QuietHours::NIGHT]
        .iter()
        .any(|quiet| quiet.contains(time))
}

/// Returns the window of appointments that a run reads: the smallest in which
/// [`plan`](crate::plan) finds every one whose reminder is due at `now` or within the least
/// distance between messages, and at most 72 hours. `None` if nothing can be due, because reminders
/// are off or these are the quiet hours.
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
    window_for(now, settings, calendar, SendingHours::ALWAYS)
}

/// Returns the window for a sender that sends in these hours.
pub(crate) fn window_for(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
    hours: SendingHours,
) -> Option<MinutesWindow> {
    if !settings.enabled || is_quiet(now.time(), settings) {
        return None;
    }
    minutes(furthest(now, settings, calendar, hours)?.min(LONGEST_WINDOW))
}

/// Returns the window of the planned list, which is read once a day; `None` if the window of each
/// run suffices.
pub(crate) fn planning_window(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
    hours: SendingHours,
) -> Option<MinutesWindow> {
    let tomorrow = now.checked_add(DAY).ok()?;
    let ahead = furthest(&tomorrow, settings, calendar, hours)?.saturating_add(DAY);
    (ahead > LONGEST_WINDOW).then(|| minutes(ahead.min(LONGEST_PLAN)))?
}

pub(crate) fn minutes(ahead: SignedDuration) -> Option<MinutesWindow> {
    let minutes = u32::try_from(ahead.as_secs() / 60 + 1).unwrap_or(MinutesWindow::MAX_WITHIN);
    MinutesWindow::new(0, minutes.min(MinutesWindow::MAX_WITHIN)).ok()
}

/// Returns the time to the last appointment whose reminder may be due.
fn furthest(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
    hours: SendingHours,
) -> Option<SignedDuration> {
    let quiet = settings.quiet_hours;
    let mut wanted_until = later(now.datetime(), least_distance(settings));
    // Towards evening, what falls into the night is due as well.
    if quiet.from != quiet.until {
        let night = next(now.datetime(), quiet.from);
        if earlier(night, BEFORE_QUIET) <= wanted_until {
            wanted_until = wanted_until.max(next(night, quiet.until));
        }
    }
    // And towards the sender's weekend, what falls into that.
    let soon = uk::zoned(later(wanted_until, BEFORE_QUIET));
    if !hours.contain(&soon) {
        wanted_until = wanted_until.max(hours.next(&soon).datetime());
    }
    let by_rule = settings.rules.iter().flat_map(|rule| &rule.offsets);
    let furthest = settings
        .offsets
        .iter()
        .chain(by_rule)
        .map(|offset| match offset {
            Offset::Hours(hours) => {
                later(wanted_until, SignedDuration::from_hours((*hours).into()))
            }
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
    Some(uk::zoned(furthest.max()?).duration_since(now))
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
