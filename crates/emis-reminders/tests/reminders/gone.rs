//! The patients of a session that is gone are told on a person's yes, once, and only if it is gone.

use std::sync::Arc;

use emis_messaging::{MessageKind, NotifyErrorKind, Outbox, TaskKind};
use emis_reminders::{GoneReport, MemoryReminderStore, Reminders};
use emis_settings::{Channel, PracticeSettings};
use jiff::{SignedDuration, Timestamp};

use crate::emis::{PureEmis, settings};
use crate::support::{Hasty, falling_back_after, tuesday_at, wednesday_at};

/// A session of six patients who were reminded. It is gone.
struct Session {
    emis: PureEmis,
    settings: PracticeSettings,
    store: Arc<MemoryReminderStore>,
    outbox: Arc<Outbox>,
}

impl Session {
    async fn gone() -> Self {
        let session = Self {
            emis: PureEmis::at(tuesday_at(10, 0)),
            settings: settings(|_| ()),
            store: Arc::default(),
            outbox: Arc::default(),
        };
        for n in 1..=6 {
            session.book(n);
        }
        session.emis.set_email(1, "first@example.com");
        // The first patient's reminder goes by email, after a text that was refused.
        session.outbox.fail_next(NotifyErrorKind::Permanent);
        assert_eq!(session.reminders().run().await.unwrap().sent.len(), 6);
        for n in 1..=6 {
            session.emis.cancel(n);
        }
        session.emis.clock.advance(SignedDuration::from_mins(15));
        session.reminders().run().await.unwrap();
        session
    }

    fn book(&self, n: i64) {
        let minute = i8::try_from(n * 5).unwrap();
        self.emis.book(n, n, wednesday_at(9, minute));
    }

    fn reminders(&self) -> Reminders {
        let (store, outbox) = (self.store.clone(), self.outbox.clone());
        self.emis.reminders(&self.settings, store, outbox)
    }

    fn since(&self) -> Timestamp {
        let tasks = self.store.all_tasks();
        let task = tasks.iter().find(|it| it.kind == TaskKind::SessionGone);
        task.unwrap()
            .subject
            .cause
            .as_ref()
            .unwrap()
            .parse()
            .unwrap()
    }

    async fn tell(&self) -> GoneReport {
        self.reminders().tell_gone(self.since()).await.unwrap()
    }

    /// The channels of the messages about the cancellation.
    fn told(&self) -> Vec<Channel> {
        let messages = self.outbox.messages();
        let told = messages
            .iter()
            .filter(|it| it.kind() == MessageKind::BookingCancelled);
        told.map(|it| it.channel()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_names_each_appointment_once_and_those_of_its_time_alone() {
    let session = Session::gone().await;
    let reminders = session.reminders();
    let draft = reminders.gone_draft(session.since()).await.unwrap();
    let slots: Vec<_> = draft.appointments.iter().map(|it| it.slot.get()).collect();
    assert_eq!(slots, [1, 2, 3, 4, 5, 6]);
    assert!(draft.text.is_some());
    let other = reminders.gone_draft(Timestamp::MIN).await.unwrap();
    assert_eq!((other.appointments.len(), other.text), (0, None));
    assert!(session.told().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_patient_of_a_gone_session_is_told_once() {
    let session = Session::gone().await;
    for _ in 0..2 {
        let report = session.tell().await;
        assert_eq!((report.told.len(), report.is_complete()), (6, true));
        assert_eq!(session.told(), [Channel::Sms; 6]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_patient_whose_appointment_stands_is_told_nothing() {
    let session = Session::gone().await;
    session.book(3);
    let report = session.tell().await;
    assert_eq!((report.told.len(), report.standing.len()), (5, 1));
    assert_eq!(report.standing[0].slot.get(), 3);
    assert_eq!(session.told().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_a_gone_session_at_night() {
    let session = Session::gone().await;
    session.emis.clock.set_uk(tuesday_at(22, 0));
    let report = session.tell().await;
    assert_eq!((report.left.len(), session.told().len()), (6, 0));
    session.emis.clock.set_uk(wednesday_at(8, 15));
    assert_eq!(session.tell().await.told.len(), 6);
}

/// A number that refused the message is not tried again, and a failure that may pass is.
#[tokio::test(start_paused = true)]
async fn a_refusal_leads_to_the_next_contact_and_a_failure_to_the_next_call() {
    let session = Session::gone().await;
    session.outbox.fail_next(NotifyErrorKind::Permanent);
    session.outbox.fail_next(NotifyErrorKind::Temporary);
    let report = session.tell().await;
    assert_eq!((report.told.len(), report.left.len()), (5, 1));
    assert_eq!(report.left[0].patient.get(), 1);
    assert_eq!(session.tell().await.told.len(), 6);
    let mut told = session.told();
    assert_eq!(told.pop(), Some(Channel::Email));
    assert_eq!(told, [Channel::Sms; 5]);
}

/// A record that can't be read may be the very appointment.
#[tokio::test(start_paused = true)]
async fn a_patient_with_an_unreadable_appointment_is_told_nothing() {
    let session = Session::gone().await;
    session.emis.garble(3);
    let report = session.tell().await;
    assert_eq!((report.told.len(), report.standing.len()), (5, 1));
    assert_eq!(report.standing[0].patient.get(), 3);
}

/// A message whose receipt says that it failed was not told.
#[tokio::test(start_paused = true)]
async fn a_patient_whose_message_failed_at_once_is_not_counted_as_told() {
    let session = Session::gone().await;
    let hasty = Hasty {
        outbox: session.outbox.clone(),
        ledger: session.emis.ledger.clone(),
        store: session.store.clone(),
        clock: session.emis.clock.clone(),
    };
    let store = session.store.clone();
    let reminders = session
        .emis
        .reminders(&session.settings, store, Arc::new(hasty));
    let report = reminders.tell_gone(session.since()).await.unwrap();
    assert_eq!((report.told.len(), report.not_told.len()), (0, 6));
}

/// Nothing is told by a leg that fires after the appointment, nor by one that fires at night.
#[tokio::test(start_paused = true)]
async fn a_gone_session_is_told_by_no_leg_that_comes_too_late() {
    for (hours, left, not_told) in [(24, 0, 6), (12, 6, 0)] {
        let session = Session::gone().await;
        let notifier = Arc::new(Outbox::with_capabilities(falling_back_after(hours)));
        let store = session.store.clone();
        let reminders = session
            .emis
            .reminders(&session.settings, store, notifier.clone());
        let report = reminders.tell_gone(session.since()).await.unwrap();
        assert_eq!((report.left.len(), report.not_told.len()), (left, not_told));
        assert!(notifier.messages().is_empty());
    }
}
