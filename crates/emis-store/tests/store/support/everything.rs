//! A store with something in every table, and every way to read it.

use std::sync::LazyLock;

use emis_audit::{AuditEvent, AuditEventKind, Digest};
use emis_booking::{
    AdmissionStore, AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId,
    BookingMove, BookingNoticeKind, BookingRecord, BookingState, BookingStore, CancelCause,
    DayLimits, IdentityAttemptOutcome, IdentityPolicy, IdentitySubject, InvitationDraft,
    InvitationStore, LinkAllowance, LinkChange, LinkPurpose, MovePhase, PlaceOutcome, Rejection,
};
use emis_client::Operation;
use emis_credentials::{
    ApiUser, PasswordFingerprint, RefusedPasswordStore, SealContext, SealingIdentity,
};
use emis_diagnostics::{
    CallVerdict, Capability, Cause, DiagnosisRecord, DiagnosisStore, LastCalls, LastCallsStore,
};
use emis_messaging::{
    Contact, DeliveryReceipt, LeaseOwner, Message, MessageBody, MessageEntry, MessageKind,
    MessageReference, MessageState, MessageStore, MessageTopic, PracticeTask, TaskKind, TaskStore,
    TaskSubject,
};
use emis_reminders::{
    ClaimOwner, ClaimRequest, DayCounts, PlannedReminder, PollKind, ReminderKey, ReminderStore,
};
use emis_settings::{
    BookingSettings, Channel, ExclusionKind, ExclusionStore, PracticeSettings, SettingsRevision,
    SettingsStore, StoreError,
};
use emis_store::Store;
use emis_types::OdsCode;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};

use super::{author, by_author, ods, second};

/// Writes something to every table.
pub(crate) async fn fill<D>(store: &Store<D>) {
    let practice = practice();
    let settings = PracticeSettings::new(practice.clone());
    let mut revision = SettingsRevision::new(settings, author(), second(1));
    revision.key = Some(("form-1".parse().unwrap(), emis_audit::Digest::of("it")));
    store.save(&revision).await.unwrap();
    let mut cancelling = BookingDraft::cancelling(practice.clone(), booking(9).appointment);
    cancelling.id = booking(9).id;
    store.begin(&cancelling, by_author()).await.unwrap();
    let told = begun(store, 8).await;
    let change = BookingChange::to(BookingState::Rejected(Rejection::NotBooked))
        .telling(BookingNoticeKind::NotBooked)
        .because(CancelCause::Requested)
        .watched(emis_booking::BOOKING_WATCHED_FOR);
    let settled = BookingStore::settle(store, &told, &change, by_author());
    settled.await.unwrap();
    let first = begun(store, 1).await;
    let moving = BookingMove::new(
        booking(7).id,
        practice.clone(),
        first.id,
        MovePhase::BookFirst,
    );
    assert!(store.begin_move(&moving, by_author()).await.unwrap());
    let owner: ClaimOwner = "00000000-0000-4000-8000-000000000002".parse().unwrap();
    let mut due = ClaimRequest::one(reminder(1), owner, second(2));
    due.lease = SignedDuration::ZERO; // to be taken over
    ReminderStore::claim(store, &due).await.unwrap();
    let (kind, least) = (PollKind::Sending, SignedDuration::ZERO);
    store
        .begin_poll(&practice, kind, least, second(2))
        .await
        .unwrap();
    store
        .replace_planned(&practice, &[planned(1)])
        .await
        .unwrap();
    store.note_run(&practice, &day()).await.unwrap();
    let (patient, opt_out) = (1.try_into().unwrap(), ExclusionKind::OptOut);
    let excluded = store.exclude(&practice, patient, opt_out, by_author(), second(3));
    excluded.await.unwrap();
    let lease = SignedDuration::from_hours(1);
    for (n, lease) in [(1, lease), (3, SignedDuration::ZERO)] {
        let (message, worker) = (message(n), worker());
        let claimed = store.claim_message(&message, &worker, lease, second(3));
        claimed.await.unwrap();
    }
    store.open_tasks(&[task(1)]).await.unwrap();
    store.remember(&fingerprint(1)).await.unwrap();
    let password = fingerprint(3);
    let claimed = RefusedPasswordStore::claim(store, &password, second(0), second(60));
    assert!(claimed.await.unwrap());
    store.note_calls(&practice, &calls(1)).await.unwrap();
    store.note_verdicts(&practice, &verdicts(1)).await.unwrap();
    store
        .note_diagnosis(&practice, &diagnosis(4))
        .await
        .unwrap();
    store
        .invite(&practice, &[invitation(1), overdue()], None, by_author())
        .await
        .unwrap();
    let (id, opened) = (invitation(1).id, LinkChange::Opened);
    assert!(
        store
            .change(&practice, &id, &opened, by_author())
            .await
            .unwrap()
            .unwrap()
            .1
    );
    let (subjects, policy) = ([subject(1)], IdentityPolicy::default());
    assert_eq!(
        store
            .begin_attempt(&practice, &subjects, &policy, by_author())
            .await
            .unwrap(),
        IdentityAttemptOutcome::Allowed
    );
    let (id, limits) = (booking(1).id, DayLimits::of(&BookingSettings::default()));
    assert_eq!(
        store
            .take_place(&practice, 1.try_into().unwrap(), &id, limits)
            .await
            .unwrap(),
        PlaceOutcome::Taken
    );
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
        store.watched(&practice).await.err(),
        store.notices(&practice).await.err(),
        store.open_moves(&practice).await.err(),
        store
            .find_move(&emis_booking::BookingId::from(
                *self::booking(7).id.as_uuid(),
            ))
            .await
            .err(),
        store.confirmed(&practice, &booking.appointment).await.err(),
        store
            .reminders(&practice, DateTime::MIN, DateTime::MAX)
            .await
            .err(),
        store.open_claims(&practice).await.err(),
        store
            .planned(&practice, DateTime::MIN, DateTime::MAX)
            .await
            .err(),
        store.days(&practice, Date::MIN).await.err(),
        store.message(&practice, message(1).reference).await.err(),
        store.message_of(&receipt(1)).await.err(),
        store.open_messages(&practice).await.err(),
        store.tasks(&practice).await.err(),
        store.active(&practice).await.err(),
        store.history(&practice, 1.try_into().unwrap()).await.err(),
        store.last_calls(&practice).await.err(),
        store.verdicts(&practice).await.err(),
        store.diagnoses(&practice).await.err(),
        store.invitation(&practice, &invitation(1).id).await.err(),
        store.find(&practice, &invitation(1).digest).await.err(),
        store.open_invitations(&practice).await.err(),
        store.link_history(&practice, &invitation(1).id).await.err(),
        store.locks(&practice).await.err(),
    ];
    errors.into_iter().flatten().collect()
}

pub(crate) fn practice() -> OdsCode {
    ods("A20047")
}

pub(crate) fn event() -> AuditEvent {
    AuditEvent::new(AuditEventKind::new("test.happened"), second(9), author())
}

/// Begins booking `n`.
pub(crate) async fn begun<D>(store: &Store<D>, n: i64) -> BookingRecord {
    match store.begin(&booking(n), by_author()).await.unwrap() {
        BeginOutcome::Started(record) => record,
        other => panic!("not begun: {other:?}"),
    }
}

pub(crate) fn booking(n: i64) -> BookingDraft {
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: second(100_000),
    };
    let id: BookingId = format!("00000000-0000-4000-8000-00000000000{n}")
        .parse()
        .unwrap();
    let request = emis_audit::Digest::of("it");
    BookingDraft::intended(id, practice(), appointment).of_request(request)
}

pub(crate) fn invitation(n: i64) -> InvitationDraft {
    let (patient, digest) = (n.try_into().unwrap(), Digest::of(n.to_string()));
    let (allowance, week) = (LinkAllowance::any(), SignedDuration::from_hours(168));
    let mut draft = InvitationDraft::new(patient, digest, LinkPurpose::Book, allowance, week);
    draft.id = format!("00000000-0000-4000-8000-00000000000{n}")
        .parse()
        .unwrap();
    draft
}

/// An invitation that was over as soon as it was made.
fn overdue() -> InvitationDraft {
    let mut draft = invitation(3);
    draft.valid_for = SignedDuration::ZERO;
    draft
}

pub(crate) fn subject(n: i64) -> IdentitySubject {
    IdentitySubject::Patient(n.try_into().unwrap())
}

pub(crate) fn reminder(n: i64) -> ReminderKey {
    ReminderKey {
        practice: practice(),
        slot: n.try_into().unwrap(),
        patient: n.try_into().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
        contact: "00000000000000a1".parse().unwrap(),
    }
}

pub(crate) fn message(n: i64) -> MessageEntry {
    let to = Contact::Sms("07700 900123".parse().unwrap());
    let reference = MessageReference::derive([n.to_string().as_str()]);
    let (kind, body) = (MessageKind::Reminder, MessageBody::text("a text"));
    let topic = MessageTopic::patient(n.try_into().unwrap());
    MessageEntry::from(&Message::new(practice(), kind, to, body, reference).about(topic))
}

pub(crate) fn receipt(n: i64) -> DeliveryReceipt {
    DeliveryReceipt::of_reference(message(n).reference, MessageState::Delivered)
}

pub(crate) fn worker() -> LeaseOwner {
    "worker-1".parse().unwrap()
}

pub(crate) fn task(n: i64) -> PracticeTask {
    let mut subject = TaskSubject::default();
    subject.patient = Some(n.try_into().unwrap());
    PracticeTask::new(practice(), TaskKind::ReplyNotUnderstood, subject, second(n))
}

pub(crate) fn planned(n: i64) -> PlannedReminder {
    PlannedReminder {
        appointment: reminder(n).appointment(),
        rule: 0,
        minutes_before: 10_080,
        send_at: date(2026, 5, 26).at(9, 30, 0, 0),
    }
}

pub(crate) fn day() -> DayCounts {
    let mut day = DayCounts::none(date(2026, 6, 1));
    (day.runs, day.listed) = (1, 30);
    day
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

pub(crate) fn diagnosis(n: i64) -> DiagnosisRecord {
    let evidence = vec!["EMIS failed.".to_owned()];
    DiagnosisRecord::new(second(n), false, vec![Cause::EmisFailed], evidence)
}
