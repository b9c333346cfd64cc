//! Every write method, with its future dropped after every number of polls.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;

use emis_audit::{AuditEvent, AuditEventKind, AuditLogId, AuditStore, LogChange};
use emis_booking::{Appointment, BookingId, BookingLedger, BookingRecord, BookingState};
use emis_client::Operation;
use emis_credentials::{
    ApiUser, PasswordFingerprint, RefusedPasswords, SealContext, SealingIdentity,
};
use emis_diagnostics::{Capability, LastCalls, LastCallsStore, Verdict};
use emis_reminders::{ReminderKey, ReminderLedger, Settlement};
use emis_settings::{
    Channel, ExclusionKind, ExclusionStore, PracticeSettings, SettingsRevision, SettingsStore,
};
use emis_store::Store;
use emis_types::{ManualClock, OdsCode};
use jiff::Timestamp;
use jiff::civil::date;

use super::{ods, second, somebody, them};

type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
pub(crate) type Write<D> = for<'a> fn(&'a Store<D>) -> Work<'a>;

/// The time of everything that the store itself dates.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(second(0)))
}

/// The contents of a store before one of the writes.
pub(crate) async fn fill<D>(store: &Store<D>) {
    let practice = practice();
    let settings = PracticeSettings::new(practice.clone());
    let mut revision = SettingsRevision::new(settings, somebody(), second(1));
    revision.key = Some(("form-1".parse().unwrap(), emis_audit::Digest::of("it")));
    store.save(&revision).await.unwrap();
    store.begin(&booking(1), them()).await.unwrap();
    let due = reminder(1);
    let claimed = ReminderLedger::claim(store, &due, Timestamp::MAX, second(2));
    claimed.await.unwrap();
    let (patient, opt_out) = (1.try_into().unwrap(), ExclusionKind::OptOut);
    let excluded = store.exclude(&practice, patient, opt_out, them(), second(3));
    excluded.await.unwrap();
    store.remember(&fingerprint(1)).await.unwrap();
    let password = fingerprint(3);
    let claimed = RefusedPasswords::claim(store, &password, second(0), second(60));
    assert!(claimed.await.unwrap());
}

macro_rules! writes {
    ($($name:literal: |$store:ident| $work:block)*) => {
        [$(($name, |$store: &Store<D>| Box::pin(async move { let _ = $work; }) as Work<'_>)),*]
    };
}

/// Every method that writes.
pub(crate) fn writes<D>() -> [(&'static str, Write<D>); 16] {
    writes! {
        "save": |store| {
            let settings = PracticeSettings::new(practice()).at_version(1);
            let revision = SettingsRevision::new(settings, somebody(), second(9));
            store.save(&revision).await
        }
        "forget commands": |store| { store.forget_commands(second(999)).await }
        "begin booking": |store| { store.begin(&booking(2), them()).await }
        "settle booking": |store| {
            let confirmed = BookingState::Confirmed;
            BookingLedger::settle(store, &booking(1).id, confirmed, second(9), them()).await
        }
        "claim reminder": |store| {
            ReminderLedger::claim(store, &reminder(2), Timestamp::MAX, second(9)).await
        }
        "settle reminder": |store| {
            let sent = Settlement::Sent;
            ReminderLedger::settle(store, &reminder(1), sent, second(9), them()).await
        }
        "exclude": |store| {
            let patient = 2.try_into().unwrap();
            store.exclude(&practice(), patient, ExclusionKind::OptOut, them(), second(9)).await
        }
        "readmit": |store| {
            let patient = 1.try_into().unwrap();
            store.readmit(&practice(), patient, ExclusionKind::OptOut, them(), second(9)).await
        }
        "record": |store| { store.record(&practice().into(), &event()).await }
        "record change": |store| {
            let log = AuditLogId::from(practice());
            let head = store.head(&log).await.unwrap().unwrap();
            store.record_change(&log, head, &event(), &LogChange::None).await
        }
        "remember password": |store| { store.remember(&fingerprint(2)).await }
        "forget password": |store| { store.forget(&fingerprint(1)).await }
        "claim password": |store| {
            RefusedPasswords::claim(store, &fingerprint(2), second(0), second(60)).await
        }
        "release password": |store| { store.release(&fingerprint(3), second(60)).await }
        "note calls": |store| {
            let calls = Capability::ALL.iter().map(|it| LastCalls {
                worked_at: Some(second(9)),
                ..LastCalls::none(*it)
            });
            store.note_calls(&practice(), &calls.collect::<Vec<_>>()).await
        }
        "note verdicts": |store| {
            let verdicts = Operation::ALL.iter().take(3).map(|it| Verdict {
                operation: *it,
                at: second(9),
                refusal: None,
            });
            store.note_verdicts(&practice(), &verdicts.collect::<Vec<_>>()).await
        }
    }
}

/// Records an event of another practice: another connection must be able to write at once.
pub(crate) async fn probe<D>(store: &Store<D>) {
    let recorded = store.record(&ods("Y00001").into(), &event()).await;
    recorded.expect("another connection can't write");
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

fn practice() -> OdsCode {
    ods("A20047")
}

fn event() -> AuditEvent {
    AuditEvent::new(AuditEventKind::new("test.happened"), second(9), somebody())
}

fn booking(n: i64) -> BookingRecord {
    let appointment = Appointment {
        session: "70".parse().unwrap(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: second(100_000),
    };
    let id = format!("00000000-0000-4000-8000-00000000000{n}");
    BookingRecord::begun(
        id.parse::<BookingId>().unwrap(),
        practice(),
        appointment,
        second(n),
    )
}

fn reminder(n: i64) -> ReminderKey {
    ReminderKey {
        practice: practice(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
    }
}

fn fingerprint(n: u8) -> PasswordFingerprint {
    static IDENTITY: LazyLock<SealingIdentity> = LazyLock::new(SealingIdentity::generate);
    let context = SealContext::new(practice(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", format!("Invented-{n}").into()).unwrap();
    IDENTITY.fingerprint(&user, &context)
}
