//! Sends the messages of a run, so that no patient's trouble holds up the others.

use std::collections::VecDeque;

use emis_messaging::NotifyErrorKind;
use tracing::warn;

use crate::batch::Batch;
use crate::error::{ReminderError, ReminderErrorKind};
use crate::failure::FailureCause;
use crate::group::Group;
use crate::reminders::Reminders;
use crate::report::RunReport;
use crate::setback::Setback;

/// The failures in a row after which it is asked whether EMIS fails for all: fewer than open the
/// client's circuit breaker.
const TROUBLES_IN_A_ROW: usize = 3;

impl Reminders {
    /// Sends each message; what fails comes back once, after all others.
    pub(crate) async fn send_all(
        &self,
        batch: &Batch<'_>,
        groups: Vec<Group>,
        report: &mut RunReport,
    ) {
        let mut queue = VecDeque::from(groups);
        let mut last = Vec::new();
        let mut is_second = false;
        let (mut emis, mut notifier) = (0, 0);
        loop {
            let Some(group) = queue.pop_front() else {
                if is_second || last.is_empty() {
                    return;
                }
                // What failed comes back once, after all others.
                queue = std::mem::take(&mut last).into();
                is_second = true;
                continue;
            };
            if report.halted.is_some() {
                for reminder in &group.members {
                    report.fail(reminder.appointment(), FailureCause::NotAttempted);
                }
                continue;
            }
            let told = self.remind(batch, group).await;
            if told.looked {
                emis = 0;
            }
            if !told.sent.is_empty() {
                notifier = 0;
            }
            report.sent.extend(told.sent);
            for reminder in told.apart.into_iter().rev() {
                queue.push_front(reminder.into());
            }
            for (reminder, setback) in told.setbacks {
                let appointment = reminder.appointment();
                if let Some(failure) = setback.failure() {
                    let (practice, slot) = (&self.identity.ods_code, appointment.slot);
                    warn!(%practice, %slot, "a reminder was not sent: {failure}");
                }
                match &setback {
                    Setback::Emis(error) if setback.may_pass() => {
                        emis += 1;
                        if error.kind().is_about_the_connection() || emis >= TROUBLES_IN_A_ROW {
                            // Does EMIS fail for all, or for this patient?
                            let neutral = self.client.organisation().get_organisation().await;
                            emis = 0;
                            report.halted = neutral.err().map(ReminderError::from);
                        }
                    }
                    Setback::Notifier(error) if error.is_of_sender() => notifier = usize::MAX,
                    Setback::Notifier(error)
                        if matches!(
                            error.kind(),
                            NotifyErrorKind::Temporary | NotifyErrorKind::Unknown
                        ) =>
                    {
                        notifier = notifier.saturating_add(1);
                    }
                    _ => {}
                }
                if notifier >= TROUBLES_IN_A_ROW && report.halted.is_none() {
                    report.halted = Some(ReminderError::new(
                        ReminderErrorKind::TooManyFailures,
                        "several messages in a row failed",
                    ));
                }
                if setback.may_pass() && !is_second && report.halted.is_none() {
                    last.push(reminder.into());
                    continue;
                }
                report.note(appointment, &setback, self.clock.now());
                if let Setback::Store(error) | Setback::Unsettled(error) = setback {
                    report.halted = Some(error.into());
                }
            }
        }
    }
}
