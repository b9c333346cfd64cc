//! A store with something in every table, and every way to read it.

use std::sync::LazyLock;

use emis_audit::{AuditEvent, AuditEventKind};
use emis_booking::{AppointmentKey, BookingId, BookingRecord, BookingStore};
use emis_client::Operation;
use emis_credentials::{
    ApiUser, PasswordFingerprint, RefusedPasswordStore, SealContext, SealingIdentity,
};
use emis_diagnostics::{CallVerdict, Capability, LastCalls, LastCallsStore};
use emis_reminders::{ReminderKey, ReminderStore};
use emis_settings::{
    Channel, ExclusionKind, ExclusionStore, PracticeSettings, SettingsRevision, SettingsStore,
    StoreError,
};
use emis_store::Store;
use emis_types::OdsCode;
use jiff::Timestamp;
use jiff::civil::date;

use super::{author, by_author, ods, second};

/// Writes something to every table.
pub(crate) async fn fill<D>(store: &Store<D>) {
    let practice = practice();
    let settings = PracticeSettings::new(practice.clone());
    let mut revision = SettingsRevision::new(settings, author(), second(1));
    revision.key = Some(("form-1".parse().unwrap(), emis_audit::Digest::of("it")));
    store.save(&revision).await.unwrap();
    store.begin(&booking(1), by_author()).await.unwrap();
    let due = reminder(1);
    let claimed = ReminderStore::claim(store, &due, Timestamp::MAX, second(2));
    claimed.await.unwrap();
    let (patient, opt_out) = (1.try_into().unwrap(), ExclusionKind::OptOut);
    let excluded = store.exclude(&practice, patient, opt_out, by_author(), second(3));
    excluded.await.unwrap();
    store.remember(&fingerprint(1)).await.unwrap();
    let password = fingerprint(3);
    let claimed = RefusedPasswordStore::claim(store, &password, second(0), second(60));
    assert!(claimed.await.unwrap());
    store.note_calls(&practice, &calls(1)).await.unwrap();
    store.note_verdicts(&practice, &verdicts(1)).await.unwrap();
}

/// Reads everything in every way and returns the errors. Claims of passwords are only written.
pub(crate) async fn read<D>(store: &Store<D>) -> Vec<StoreError> {
    let practice = practice();
    let (booking, key) = (booking(1), "form-1".parse().unwrap());
    let errors = [
        store.load(&practice).await.err(),
        store.list().await.err(),
        store.command(&practice, &key).await.err(),
        store.get(&booking.id).await.err(),
        store.unsettled(&practice).await.err(),
        store.confirmed(&practice, &booking.appointment).await.err(),
        store.peek(&reminder(1), Timestamp::MIN).await.err(),
        store.in_doubt(&practice).await.err(),
        store.active(&practice).await.err(),
        store.history(&practice, 1.try_into().unwrap()).await.err(),
        store.last_calls(&practice).await.err(),
        store.verdicts(&practice).await.err(),
    ];
    errors.into_iter().flatten().collect()
}

pub(crate) fn practice() -> OdsCode {
    ods("A20047")
}

pub(crate) fn event() -> AuditEvent {
    AuditEvent::new(AuditEventKind::new("test.happened"), second(9), author())
}

pub(crate) fn booking(n: i64) -> BookingRecord {
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: second(100_000),
    };
    let id: BookingId = format!("00000000-0000-4000-8000-00000000000{n}")
        .parse()
        .unwrap();
    BookingRecord::begun(id, practice(), appointment, second(n))
}

pub(crate) fn reminder(n: i64) -> ReminderKey {
    ReminderKey {
        practice: practice(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
    }
}

pub(crate) fn fingerprint(n: u8) -> PasswordFingerprint {
    static IDENTITY: LazyLock<SealingIdentity> = LazyLock::new(SealingIdentity::generate);
    let context = SealContext::new(practice(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", format!("Invented-{n}").into()).unwrap();
    IDENTITY.fingerprint(&user, &context)
}

pub(crate) fn calls(n: i64) -> Vec<LastCalls> {
    let calls = Capability::ALL.iter().map(|it| LastCalls {
        worked_at: Some(second(n)),
        failed_at: Some(second(n)),
        ..LastCalls::none(*it)
    });
    calls.collect()
}

pub(crate) fn verdicts(n: i64) -> Vec<CallVerdict> {
    let verdicts = Operation::ALL.iter().take(3).map(|it| CallVerdict {
        operation: *it,
        at: second(n),
        refusal: None,
    });
    verdicts.collect()
}
