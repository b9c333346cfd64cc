//! Moving a practice from SQLite to PostgreSQL and back.

use emis_audit::{AuditEntry, AuditEventKind, AuditStore, export, seal, verify};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingNotice,
    BookingNoticeKind, BookingRecord, BookingState, BookingStore,
};
use emis_client::Operation;
use emis_credentials::SealingIdentity;
use emis_diagnostics::{CallRefusal, CallVerdict, Capability, LastCalls, LastCallsStore};
use emis_reminders::{
    ClaimOwner, ClaimRequest, DayCounts, PlannedReminder, ReminderEntry, ReminderKey,
    ReminderSettlement, ReminderStore,
};
use emis_settings::{
    Channel, Exclusion, ExclusionKind, ExclusionStore, IdempotencyKey, PracticeSettings,
    SettingsRevision, SettingsStore, StoreErrorKind,
};
use emis_store::SqliteStore;
use jiff::civil::{Date, DateTime, date};

use crate::support::postgres::fresh;
use crate::support::{Directory, author, by_author, ods, save, second};

const KEY: &str = "pressed-once";

fn reminder() -> ReminderKey {
    ReminderKey {
        practice: ods("A20047"),
        slot: "501".parse().unwrap(),
        patient: "41".parse().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
        contact: "00000000000000a1".parse().unwrap(),
    }
}

/// Records something of every kind.
async fn fill<S>(store: &S)
where
    S: SettingsStore + BookingStore + ReminderStore + ExclusionStore + AuditStore + LastCallsStore,
{
    let practice = ods("A20047");
    let mut settings = PracticeSettings::new(practice.clone());
    let recipient = SealingIdentity::generate().recipient();
    settings
        .update_connection("50002", "patchs", "Invented-1".into(), recipient)
        .unwrap();
    let mut revision = SettingsRevision::new(settings, author(), second(1));
    let digest = emis_audit::Digest::of("it");
    revision.key = Some((KEY.parse().unwrap(), digest));
    store.save(&revision).await.unwrap();
    for n in 1..20 {
        let appointment = AppointmentKey {
            session: "70".parse().unwrap(),
            slot: n.try_into().unwrap(),
            patient: n.try_into().unwrap(),
            start: second(100_000),
        };
        let draft = BookingDraft::intended(BookingId::random(), practice.clone(), appointment)
            .of_request(emis_audit::Digest::of("it"));
        let begun = store.begin(&draft, by_author()).await.unwrap();
        let BeginOutcome::Started(begun) = begun else {
            panic!("not begun: {begun:?}")
        };
        if n % 2 == 0 {
            let rejected = BookingState::Rejected(emis_booking::Rejection::NotBooked);
            let change = BookingChange::to(rejected)
                .telling(BookingNoticeKind::NotBooked)
                .watched(emis_booking::BOOKING_WATCHED_FOR);
            BookingStore::settle(store, &begun, &change, by_author())
                .await
                .unwrap();
        }
    }
    let request = ClaimRequest::one(reminder(), ClaimOwner::random(), second(2));
    let claim = ReminderStore::claim(store, &request).await.unwrap();
    let reference = claim.granted().unwrap().reference;
    let sent = ReminderSettlement::Sent;
    let settled = ReminderStore::settle(
        store,
        &practice,
        reference,
        None,
        sent,
        second(3),
        by_author(),
    );
    assert!(settled.await.unwrap());
    let planned = PlannedReminder {
        appointment: reminder().appointment(),
        rule: 0,
        minutes_before: 10_080,
        send_at: date(2026, 5, 26).at(9, 30, 0, 0),
    };
    store.replace_planned(&practice, &[planned]).await.unwrap();
    let day = DayCounts::none(date(2026, 6, 1));
    store.note_run(&practice, &day).await.unwrap();
    let (patient, kind) = ("41".parse().unwrap(), ExclusionKind::OptOut);
    store
        .exclude(&practice, patient, kind, by_author(), second(4))
        .await
        .unwrap();
    store
        .readmit(&practice, patient, kind, by_author(), second(5))
        .await
        .unwrap();
    store
        .exclude(&practice, patient, kind, by_author(), second(6))
        .await
        .unwrap();
    let calls = LastCalls {
        worked_at: Some(second(5)),
        failed_at: Some(second(6)),
        ..LastCalls::none(Capability::Booking)
    };
    store.note_calls(&practice, &[calls]).await.unwrap();
    let verdict = CallVerdict {
        operation: Operation::BookAppointment,
        at: second(6),
        refusal: Some(CallRefusal {
            legacy_outcome: Some(3),
            message_id: None,
            failed: false,
        }),
    };
    store.note_verdicts(&practice, &[verdict]).await.unwrap();
    seal(store, &practice.clone().into(), by_author(), second(7))
        .await
        .unwrap()
        .unwrap();
    save(store, &PracticeSettings::new(ods("Y00001")))
        .await
        .unwrap();
}

type Everything = (
    PracticeSettings,
    Vec<BookingRecord>,
    Vec<BookingRecord>,
    Vec<BookingNotice>,
    (Vec<ReminderEntry>, Vec<PlannedReminder>, Vec<DayCounts>),
    Vec<Exclusion>,
    Option<emis_settings::CommandRecord>,
    Vec<AuditEntry>,
    Vec<LastCalls>,
    Vec<CallVerdict>,
);

async fn everything<S>(store: &S) -> Everything
where
    S: SettingsStore + BookingStore + ReminderStore + ExclusionStore + AuditStore + LastCallsStore,
{
    let practice = ods("A20047");
    let key: IdempotencyKey = KEY.parse().unwrap();
    (
        store.load(&practice).await.unwrap().unwrap(),
        store.unsettled(&practice).await.unwrap(),
        store.watched(&practice).await.unwrap(),
        BookingStore::notices(store, &practice).await.unwrap(),
        (
            store
                .reminders(&practice, DateTime::MIN, DateTime::MAX)
                .await
                .unwrap(),
            store
                .planned(&practice, DateTime::MIN, DateTime::MAX)
                .await
                .unwrap(),
            store.days(&practice, Date::MIN).await.unwrap(),
        ),
        store
            .history(&practice, "41".parse().unwrap())
            .await
            .unwrap(),
        store.command(&practice, &key).await.unwrap(),
        store
            .entries(&practice.clone().into(), 0, 999)
            .await
            .unwrap(),
        store.last_calls(&practice).await.unwrap(),
        store.verdicts(&practice).await.unwrap(),
    )
}

#[tokio::test]
async fn a_practice_moves_with_everything_and_back() {
    let Some(postgres) = fresh().await else {
        return;
    };
    let directory = Directory::new();
    let sqlite = SqliteStore::open(directory.file()).unwrap();
    fill(&sqlite).await;
    let (practice, chain) = (ods("A20047"), ods("A20047").into());
    let before = everything(&sqlite).await;

    let moved = sqlite
        .move_practice(&postgres, &practice, by_author(), second(9))
        .await
        .unwrap();
    assert!(!moved.resumed && moved.records > 40);
    let mut after = everything(&postgres).await;
    let last = after.7.pop().unwrap().event().unwrap();
    assert_eq!(last.kind(), &AuditEventKind::PRACTICE_MOVED);
    assert!(after == before, "something was lost");
    verify(&postgres, &chain, &[]).await.unwrap();
    // It is gone from the old store, and the other practice is not.
    assert_eq!(sqlite.list().await.unwrap(), [ods("Y00001")]);
    assert_eq!(verify(&sqlite, &chain, &[]).await.unwrap().entries, 0);

    let there = everything(&postgres).await;
    postgres
        .move_practice(&sqlite, &practice, by_author(), second(10))
        .await
        .unwrap();
    let mut back = everything(&sqlite).await;
    back.7.pop();
    assert!(back == there, "something was lost on the way back");
    let mut out = Vec::new();
    assert_eq!(
        export(&sqlite, &chain, &mut out).await.unwrap(),
        there.7.len() as u64 + 1
    );
}

#[tokio::test]
async fn an_interrupted_move_is_completed() {
    let Some(postgres) = fresh().await else {
        return;
    };
    let directory = Directory::new();
    let (file, copy) = (directory.file(), directory.0.join("copy.db"));
    let sqlite = SqliteStore::open(&file).unwrap();
    fill(&sqlite).await;
    // The state of a move that died after copying and before removing.
    sqlite.back_up(&copy).await.unwrap();
    let practice = ods("A20047");
    sqlite
        .move_practice(&postgres, &practice, by_author(), second(9))
        .await
        .unwrap();
    let there = everything(&postgres).await;

    let cut_off = SqliteStore::open(&copy).unwrap();
    let moved = cut_off
        .move_practice(&postgres, &practice, by_author(), second(11))
        .await
        .unwrap();
    assert!(moved.resumed);
    assert!(everything(&postgres).await == there);
    assert_eq!(cut_off.list().await.unwrap(), [ods("Y00001")]);
}

#[tokio::test]
async fn a_practice_in_both_stores_is_not_moved() {
    let Some(postgres) = fresh().await else {
        return;
    };
    let sqlite = SqliteStore::in_memory().unwrap();
    let practice = ods("A20047");
    save(&sqlite, &PracticeSettings::new(practice.clone()))
        .await
        .unwrap();
    let mut other = PracticeSettings::new(practice.clone());
    other.set_name(Some("Another Surgery")).unwrap();
    let kept = save(&postgres, &other).await.unwrap();
    let refused = sqlite
        .move_practice(&postgres, &practice, by_author(), second(9))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Conflict);
    assert_eq!(postgres.load(&practice).await.unwrap(), Some(kept));
    assert!(sqlite.load(&practice).await.unwrap().is_some());
}
