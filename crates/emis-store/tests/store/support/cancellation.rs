//! Every write method, with its future dropped after every number of polls.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use emis_audit::{AuditLogId, AuditStore, LogChange};
use emis_booking::{
    AdmissionStore, BookingChange, BookingNoticeKind, BookingState, BookingStore, DayLimits,
    IdentityPolicy, InvitationStore, LinkChange,
};
use emis_credentials::RefusedPasswordStore;
use emis_diagnostics::{DiagnosisStore, LastCallsStore};
use emis_messaging::{AttemptOutcome, MessageStore, MessageTicket, TaskStore};
use emis_reminders::{
    ClaimOwner, ClaimRequest, PollKind, ReminderSettlement, ReminderStore, ToldChanges,
};
use emis_settings::{
    BookingSettings, ExclusionKind, ExclusionStore, PracticeSettings, SettingsRevision,
    SettingsStore,
};
use emis_store::Store;
use emis_types::ManualClock;
use jiff::SignedDuration;

use super::crash::is_long_run;
use super::everything::{
    booking, calls, day, diagnosis, event, fingerprint, invitation, message, planned, practice,
    receipt, reminder, subject, task, verdicts, worker,
};
use super::{author, by_author, ods, second};

type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
pub(crate) type Write<D> = for<'a> fn(&'a Store<D>) -> Work<'a>;

/// Returns a fixed clock.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(second(0)))
}

fn owner() -> ClaimOwner {
    "00000000-0000-4000-8000-000000000001".parse().unwrap()
}

macro_rules! writes {
    ($($name:literal: |$store:ident| $work:block)*) => {
        [$(($name, |$store: &Store<D>| Box::pin(async move { let _ = $work; }) as Work<'_>)),*]
    };
}

/// Every method that writes.
pub(crate) fn writes<D>() -> [(&'static str, Write<D>); 37] {
    writes! {
        "save": |store| {
            let settings = PracticeSettings::new(practice()).at_version(1);
            let revision = SettingsRevision::new(settings, author(), second(9));
            store.save(&revision).await
        }
        "forget commands": |store| { store.forget_commands(second(999)).await }
        "begin booking": |store| { store.begin(&booking(2), by_author()).await }
        "settle booking": |store| {
            let Ok(Some(begun)) = store.get(&booking(1).id).await else {
                return;
            };
            let sending = BookingChange::to(BookingState::Sending).telling(BookingNoticeKind::Booked);
            BookingStore::settle(store, &begun, &sending, by_author()).await
        }
        "acknowledge notice": |store| {
            let notices = store.notices(&practice()).await.unwrap_or_default();
            match notices.first() {
                Some(notice) => store.acknowledge_notice(&practice(), &notice.id, by_author()).await,
                None => Ok(false),
            }
        }
        "claim reminder": |store| {
            let request = ClaimRequest::one(reminder(2), owner(), second(9));
            ReminderStore::claim(store, &request).await
        }
        "settle reminder": |store| {
            let (sent, practice) = (ReminderSettlement::Sent, practice());
            let (at, by) = (second(9), by_author());
            match store.open_claims(&practice).await {
                Ok(claims) => {
                    let reference = claims[0].reference;
                    ReminderStore::settle(store, &practice, reference, None, sent, at, by).await
                }
                Err(error) => Err(error),
            }
        }
        "take over reminders": |store| {
            let (owner, lease) = (owner(), SignedDuration::ZERO);
            store.take_over_expired(&practice(), owner, lease, second(9_999)).await
        }
        "note told appointments": |store| {
            let changes = ToldChanges {
                gone: vec![reminder(1).appointment()],
                ..ToldChanges::default()
            };
            store.note_changes(&practice(), &changes, &[], second(9)).await
        }
        "begin poll": |store| {
            let least = SignedDuration::ZERO;
            store.begin_poll(&practice(), PollKind::Planning, least, second(9)).await
        }
        "plan reminders": |store| {
            store.replace_planned(&practice(), &[planned(2)]).await
        }
        "note run": |store| { store.note_run(&practice(), &day()).await }
        "exclude": |store| {
            let patient = 2.try_into().unwrap();
            store.exclude(&practice(), patient, ExclusionKind::OptOut, by_author(), second(9)).await
        }
        "readmit": |store| {
            let patient = 1.try_into().unwrap();
            store.readmit(&practice(), patient, ExclusionKind::OptOut, by_author(), second(9)).await
        }
        "record": |store| { store.record(&practice().into(), &event()).await }
        "record change": |store| {
            let log = AuditLogId::from(practice());
            let head = store.head(&log).await.unwrap().unwrap();
            store.record_change(&log, head, &event(), &LogChange::None).await
        }
        "claim message": |store| {
            store.claim_message(&message(2), &worker(), SignedDuration::ZERO, second(9)).await
        }
        "take message over": |store| {
            let (reference, lease) = (message(3).reference, SignedDuration::from_hours(1));
            store.take_over(&practice(), reference, &worker(), lease, second(9)).await
        }
        "settle message": |store| {
            let ticket = MessageTicket::new(practice(), message(1).reference, 1);
            let not_sent = AttemptOutcome::NotSent;
            store.settle_attempt(&ticket, &not_sent, &[task(2)], by_author(), second(9)).await
        }
        "record receipt": |store| {
            store.record_receipt(&receipt(1), &[task(3)], second(9)).await
        }
        "open tasks": |store| { store.open_tasks(&[task(4), task(5)]).await }
        "acknowledge task": |store| {
            store.acknowledge_task(&practice(), task(1).id, by_author(), second(9)).await
        }
        "remember password": |store| { store.remember(&fingerprint(2)).await }
        "forget password": |store| { store.forget(&fingerprint(1)).await }
        "claim password": |store| {
            RefusedPasswordStore::claim(store, &fingerprint(2), second(0), second(60)).await
        }
        "release password": |store| { store.release(&fingerprint(3), second(60)).await }
        "note calls": |store| {
            store.note_calls(&practice(), &calls(9)).await
        }
        "invite": |store| { store.invite(&practice(), &[invitation(2)], None, by_author()).await }
        "change invitation": |store| {
            store.change(&practice(), &invitation(1).id, &LinkChange::Revoked, by_author()).await
        }
        "expire invitations": |store| { store.expire(&practice()).await }
        "begin attempt": |store| {
            let policy = IdentityPolicy::default();
            store.begin_attempt(&practice(), &[subject(2)], &policy, by_author()).await
        }
        "forget attempts": |store| { store.forget_attempts(&practice(), &[subject(1)]).await }
        "return attempt": |store| { store.return_attempt(&practice(), &[subject(1)]).await }
        "unlock": |store| { store.unlock(&practice(), &subject(1), by_author()).await }
        "take place": |store| {
            let limits = DayLimits::of(&BookingSettings::default());
            store.take_place(&practice(), 2.try_into().unwrap(), &booking(2).id, limits).await
        }
        "note verdicts": |store| {
            store.note_verdicts(&practice(), &verdicts(9)).await
        }
        "note diagnosis": |store| {
            store.note_diagnosis(&practice(), &diagnosis(9)).await
        }
    }
}

/// Records an event of another practice: another connection must be able to write at once.
pub(crate) async fn probe<D>(store: &Store<D>) {
    let recorded = store.record(&ods("Y00001").into(), &event()).await;
    recorded.expect("another connection can't write");
}

/// Returns the numbers of polls after which a write is dropped: every one in a long run, and else with
/// ever more left out.
pub(crate) fn numbers_of_polls() -> impl Iterator<Item = usize> {
    let is_long = is_long_run();
    let next = move |polls: &usize| Some(polls + 1 + if is_long { 0 } else { polls / 2 });
    std::iter::successors(Some(0), next)
}

/// Polls a future at most so often and drops it. Returns `true` if it was done before.
pub(crate) async fn drop_after(mut work: Work<'_>, polls: usize) -> bool {
    let mut polled = 0;
    std::future::poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(false);
        }
        polled += 1;
        match work.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if polled == polls => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
