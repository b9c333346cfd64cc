//! Failures of EMIS, the notifier and the store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_client::ClientErrorKind;
use emis_messaging::{
    Delivery, MemoryMessageStore, Message, MessageReference, Notifier, NotifierFuture,
    NotifyErrorKind, Outbox, PracticeTask, RepeatSafety, SenderCapabilities,
};
use emis_reminders::{
    ClaimOutcome, ClaimOwner, ClaimRequest, DayCounts, FailureCause, MemoryReminderStore,
    OpenClaim, PlannedReminder, PollKind, ReminderEntry, ReminderErrorKind, ReminderSettlement,
    ReminderStore, Reminders, SuppressionReason, ToldChanges,
};
use emis_settings::{Channel, StoreError, StoreErrorKind};
use emis_sim::{Distortion, FalseAnswer, SimFault, SimOperation};
use emis_types::{ManualClock, OdsCode};
use insta::assert_snapshot;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::emis::{PureEmis, settings};
use crate::recheck::Emis;
use crate::support::{Interrupted, LEASE, Story, messenger, reason_for, tuesday_at, wednesday_at};

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported_and_the_others_reminded() {
    let story = Story::begin().await;
    story.book_regulars(3);
    let faults = story.sim.faults();
    faults.next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    let report = story.run().await;
    assert_eq!(report.sent.len(), 2);
    assert_eq!(report.skipped_records.len(), 1);
    assert!(!report.is_clean());
}

#[tokio::test]
async fn a_failure_for_one_patient_does_not_affect_the_others() {
    let story = Story::begin().await;
    story.book_regulars(4);
    let faults = story.sim.faults();
    faults.next(SimOperation::GetPatientDemographics, SimFault::Status(500));
    faults.next(
        SimOperation::GetPatientAppointmentsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    // Both come back last, and succeed.
    let report = story.run().await;
    assert_eq!(report.sent.len(), 4);
    assert!(report.is_clean() && report.halted.is_none());
    assert_eq!(story.outbox.messages().len(), 4);
}

#[tokio::test]
async fn tokens_that_expire_during_a_run_are_renewed() {
    let story = Arc::new(Story::begin().await);
    story.book_regulars(4);
    let behind = story.clone();
    let notifier = Interrupted::by(move || behind.sim.expire_tokens());
    let report = story.reminders_through(notifier).run().await.unwrap();
    assert_eq!(report.sent.len(), 4);
    assert!(report.is_clean());
}

#[tokio::test]
async fn access_revoked_during_a_run_stops_it() {
    let story = Story::begin().await;
    story.book_regulars(4);
    let emas = story.practice.emas();
    let notifier = Interrupted::by(move || emas.deactivate_application());
    let report = story.reminders_through(notifier).run().await.unwrap();
    assert_eq!(report.sent.len(), 1);
    let causes: Vec<_> = report.failed.iter().map(|failed| failed.cause).collect();
    let left = FailureCause::NotAttempted;
    assert_eq!(
        causes,
        [FailureCause::Emis(ClientErrorKind::Forbidden), left, left]
    );
    let halted = report.halted.unwrap();
    assert_eq!(halted.kind(), ReminderErrorKind::Emis);
    assert_eq!(halted.emis().unwrap().kind(), ClientErrorKind::Forbidden);

    let error = story.reminders().run().await.unwrap_err();
    assert_eq!(error.emis().unwrap().http_status(), Some(403));
    assert_snapshot!(error.report(), @"the call of EMIS failed: GetBookedPatientsV2: EMIS does not allow it (HTTP 403)");

    story.practice.emas().activate_application();
    let later = story.run().await;
    assert_eq!((later.sent.len(), later.already_sent.len()), (3, 1));
}

#[tokio::test]
async fn a_failed_appointment_list_is_an_error() {
    let story = Story::begin().await;
    story.sim.faults().next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Instead(FalseAnswer::HtmlPage),
    );
    let error = story.reminders().run().await.unwrap_err();
    assert_eq!(error.kind(), ReminderErrorKind::Emis);
    assert_eq!(error.emis().unwrap().kind(), ClientErrorKind::Decode);
}

#[tokio::test]
async fn an_unsent_reminder_is_sent_by_the_next_run() {
    let story = Story::begin().await;
    story.book_regulars(2);
    // The first fails, the second is sent, and the first fails again when it comes back.
    story.outbox.fail_next(NotifyErrorKind::Temporary);
    let notifier = story.outbox.clone();
    let again = Interrupted::by(move || notifier.fail_next(NotifyErrorKind::Temporary));
    drop(again);
    let report = story.run().await;
    assert_eq!((report.sent.len(), report.failed.len()), (2, 0));
    let next = story.run().await;
    assert_eq!((next.sent.len(), next.already_sent.len()), (0, 2));
}

#[tokio::test]
async fn a_message_refused_by_one_channel_is_sent_by_the_other() {
    let story = Story::begin().await;
    let (patient, _) = story.book_regulars(1)[0];
    story
        .practice
        .set_email(patient, "someone@example.com")
        .unwrap();
    story.outbox.fail_next(NotifyErrorKind::Permanent);
    let report = story.run().await;
    assert_eq!(report.sent[0].channel, Channel::Email);
    assert!(report.failed.is_empty());
    let next = story.run().await;
    assert_eq!(next.already_sent.len(), 1);
    assert_eq!(story.outbox.messages().len(), 1);
}

#[tokio::test]
async fn a_message_refused_by_every_channel_is_given_up() {
    let story = Story::begin().await;
    let (patient, _) = story.book_regulars(1)[0];
    story.practice.set_email(patient, "").unwrap();
    story.outbox.fail_next(NotifyErrorKind::Permanent);
    let report = story.run().await;
    assert_eq!(
        report.failed[0].cause,
        FailureCause::Notifier(NotifyErrorKind::Permanent)
    );
    let next = story.run().await;
    assert_eq!(
        reason_for(&next, patient),
        Some(SuppressionReason::ContactRefused)
    );
    assert!(story.outbox.messages().is_empty());
}

/// A sender that can be searched settles the doubt as soon as the lease of the claim is over.
#[tokio::test]
async fn a_doubt_is_settled_by_asking_the_sender() {
    let story = Story::begin().await;
    story.book_regulars(1);
    story.outbox.fail_next(NotifyErrorKind::Unknown);
    let report = story.run().await;
    assert_eq!(report.in_doubt.len(), 1);
    let while_leased = story.run().await;
    assert_eq!(while_leased.in_flight.len(), 1);
    assert!(while_leased.is_clean(), "rival workers are no doubt");

    story.clock.advance(LEASE);
    let next = story.run().await;
    assert_eq!(next.settled.len(), 1);
    assert_eq!(next.settled[0].outcome, ReminderSettlement::Sent);
    assert_eq!(next.already_sent.len(), 1);
    assert_eq!(story.outbox.messages().len(), 1, "the message was sent");
    assert_eq!(
        story
            .store
            .open_claims(story.settings.ods_code())
            .await
            .unwrap(),
        []
    );
}

/// An outbox that states how a message may be repeated, and keeps nothing of the next message.
fn sender(repeat: RepeatSafety) -> Arc<Outbox> {
    let mut capabilities = SenderCapabilities::new("outbox");
    capabilities.repeat = repeat;
    Arc::new(Outbox::with_capabilities(capabilities))
}

/// An idempotent sender gets the message again, under the same reference.
#[tokio::test]
async fn a_doubt_is_settled_by_sending_again_where_that_is_safe() {
    let story = Story::begin().await;
    story.book_regulars(2);
    let outbox = sender(RepeatSafety::Idempotent);
    outbox.fail_next(NotifyErrorKind::Unknown);
    let first = story.reminders_through(outbox.clone()).run().await.unwrap();
    assert_eq!((first.sent.len(), first.in_doubt.len()), (1, 1));
    story.clock.advance(LEASE);
    let next = story.reminders_through(outbox.clone()).run().await.unwrap();
    assert_eq!((next.sent.len(), next.already_sent.len()), (1, 1));
    assert_eq!(outbox.messages().len(), 2, "each was kept once");
    assert_eq!(
        story
            .store
            .open_claims(story.settings.ods_code())
            .await
            .unwrap(),
        []
    );
}

/// A sender that can do neither leaves the doubt to a person, until the appointment has begun.
#[tokio::test]
async fn a_doubt_that_nothing_settles_is_a_task_and_not_sent_again() {
    let story = Story::begin().await;
    story.book_regulars(1);
    let outbox = sender(RepeatSafety::None);
    outbox.fail_next(NotifyErrorKind::Unknown);
    let run = async || story.reminders_through(outbox.clone()).run().await.unwrap();
    assert_eq!(run().await.in_doubt.len(), 1);
    assert!(story.ledger.tasks().all().is_empty());
    for _ in 0..3 {
        story.clock.advance(SignedDuration::from_mins(15));
        run().await;
    }
    assert_eq!(outbox.messages().len(), 1);
    let tasks = story.ledger.tasks().all();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].kind, emis_messaging::TaskKind::MessageInDoubt);
    story.clock.advance(SignedDuration::from_hours(24));
    let over = run().await;
    assert_eq!(over.settled[0].outcome, ReminderSettlement::Unknown);
    assert_eq!(
        story
            .store
            .open_claims(story.settings.ods_code())
            .await
            .unwrap(),
        []
    );
}

/// A claim of several appointments stays open until the last of them has begun.
#[tokio::test(start_paused = true)]
async fn a_doubt_about_two_appointments_stays_until_both_have_begun() {
    let emis = PureEmis::at(tuesday_at(10, 0));
    emis.book(1, 1, wednesday_at(9, 0));
    emis.book(2, 1, wednesday_at(9, 10));
    let (settings, store) = (settings(|_| ()), Arc::new(MemoryReminderStore::default()));
    let outbox = sender(RepeatSafety::None);
    outbox.fail_next(NotifyErrorKind::Unknown);
    let run = async || {
        let reminders = emis.reminders(&settings, store.clone(), outbox.clone());
        reminders.run().await.unwrap()
    };
    assert_eq!(run().await.in_doubt.len(), 2);
    emis.clock.set_uk(wednesday_at(9, 5));
    assert!(run().await.settled.is_empty());
    emis.clock.set_uk(wednesday_at(9, 15));
    let settled = run().await.settled;
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0].outcome, ReminderSettlement::Unknown);
    assert_eq!(outbox.messages().len(), 1);
}

/// Of a message whose time is over, only a sender that can be searched tells that it was not sent.
#[tokio::test]
async fn a_doubt_that_outlives_its_time_is_settled_as_the_sender_can_tell() {
    for (repeat, outcome) in [
        (RepeatSafety::Searchable, ReminderSettlement::NotSent),
        (RepeatSafety::Idempotent, ReminderSettlement::Unknown),
    ] {
        let story = Story::begin().await;
        story.book_regulars(1);
        let endless = Arc::new(Endless(Notify::new(), sender(repeat)));
        let doomed = story.reminders_through(endless.clone());
        let worker = tokio::spawn(async move { doomed.run().await.map(drop) });
        endless.0.notified().await;
        worker.abort();
        assert!(worker.await.unwrap_err().is_cancelled());
        story.clock.advance(SignedDuration::from_hours(24));
        let reminders = story.reminders_through(sender(repeat));
        let report = reminders.run().await.unwrap();
        assert_eq!(report.settled[0].outcome, outcome);
        assert!(report.sent.is_empty());
    }
}

#[tokio::test]
async fn a_notifier_that_keeps_failing_stops_the_run() {
    let story = Story::begin().await;
    story.book_regulars(7);
    for _ in 0..7 {
        story.outbox.fail_next(NotifyErrorKind::Unknown);
    }
    let report = story.run().await;
    assert_eq!(report.in_doubt.len(), 3);
    assert_eq!(report.failed.len(), 4);
    assert_eq!(
        report.halted.unwrap().kind(),
        ReminderErrorKind::TooManyFailures
    );
}

/// A notifier that signals its start and never returns.
#[derive(Debug, Default)]
struct Endless(Notify, Arc<Outbox>);

impl Notifier for Endless {
    fn capabilities(&self) -> &SenderCapabilities {
        self.1.capabilities()
    }

    fn send<'a>(&'a self, _: &'a Message) -> NotifierFuture<'a, Delivery> {
        self.0.notify_one();
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_notifier_that_never_answers_times_out_after_thirty_seconds() {
    let outbox = Arc::new(Endless::default());
    let reminders = Emis::default().reminders(outbox);
    let began = tokio::time::Instant::now();
    let report = reminders.run().await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!((report.in_doubt.len(), report.sent.len()), (1, 0));

    let began = tokio::time::Instant::now();
    let clock = ManualClock::at_uk(tuesday_at(10, 0));
    let ledger = Arc::new(MemoryMessageStore::new(Arc::new(clock.clone())));
    let messenger = messenger(Arc::new(Endless::default()), &ledger, &clock);
    let hasty = messenger.send_timeout(Duration::from_secs(2));
    let hasty = Emis::default().reminders_by(hasty, clock);
    assert_eq!(hasty.run().await.unwrap().in_doubt.len(), 1);
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test]
async fn a_worker_killed_while_sending_delays_the_reminder_by_its_lease() {
    let story = Story::begin().await;
    story.book_regulars(1);
    let endless = Arc::new(Endless::default());
    let doomed = story.reminders_through(endless.clone());
    let worker = tokio::spawn(async move { doomed.run().await.map(|report| report.sent.len()) });
    endless.0.notified().await;
    worker.abort();
    assert!(worker.await.unwrap_err().is_cancelled());

    let report = story.run().await;
    assert_eq!(report.in_flight.len(), 1);
    assert!(story.outbox.messages().is_empty());

    // Once its lease is over the sender is asked, and has nothing.
    story.clock.advance(LEASE);
    let report = story.run().await;
    assert_eq!(report.settled[0].outcome, ReminderSettlement::NotSent);
    assert_eq!(report.sent.len(), 1);
}

/// A store whose writes fail from one step on.
#[derive(Debug, Default)]
struct BrokenStore {
    store: MemoryReminderStore,
    claims_too: bool,
}

fn broken() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the disk is full")
}

#[async_trait]
impl ReminderStore for BrokenStore {
    async fn reminders(
        &self,
        practice: &OdsCode,
        from: DateTime,
        until: DateTime,
    ) -> Result<Vec<ReminderEntry>, StoreError> {
        self.store.reminders(practice, from, until).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome, StoreError> {
        if self.claims_too {
            return Err(broken());
        }
        self.store.claim(request).await
    }

    async fn settle(
        &self,
        _: &OdsCode,
        _: MessageReference,
        _: Option<ClaimOwner>,
        _: ReminderSettlement,
        _: Timestamp,
        _: &Provenance,
    ) -> Result<bool, StoreError> {
        Err(broken())
    }

    async fn take_over_expired(
        &self,
        practice: &OdsCode,
        owner: ClaimOwner,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<OpenClaim>, StoreError> {
        self.store
            .take_over_expired(practice, owner, lease, now)
            .await
    }

    async fn open_claims(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        self.store.open_claims(practice).await
    }

    async fn note_undelivered(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.store.note_undelivered(practice, reference, now).await
    }

    async fn note_changes(
        &self,
        practice: &OdsCode,
        changes: &ToldChanges,
        tasks: &[PracticeTask],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.note_changes(practice, changes, tasks, now).await
    }

    async fn begin_poll(
        &self,
        practice: &OdsCode,
        poll: PollKind,
        least: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.store.begin_poll(practice, poll, least, now).await
    }

    async fn replace_planned(
        &self,
        practice: &OdsCode,
        planned: &[PlannedReminder],
    ) -> Result<(), StoreError> {
        self.store.replace_planned(practice, planned).await
    }

    async fn planned(
        &self,
        practice: &OdsCode,
        after: DateTime,
        until: DateTime,
    ) -> Result<Vec<PlannedReminder>, StoreError> {
        self.store.planned(practice, after, until).await
    }

    async fn note_run(&self, practice: &OdsCode, counts: &DayCounts) -> Result<(), StoreError> {
        self.store.note_run(practice, counts).await
    }

    async fn days(&self, practice: &OdsCode, from: Date) -> Result<Vec<DayCounts>, StoreError> {
        self.store.days(practice, from).await
    }
}

fn with_store(story: &Story, store: BrokenStore) -> Reminders {
    Reminders::new(
        story.client.clone(),
        &story.settings,
        story.register.clone(),
        Arc::new(store),
        messenger(story.outbox.clone(), &story.ledger, &story.clock),
        Arc::new(story.clock.clone()),
    )
    .least_between_polls(SignedDuration::ZERO)
}

#[tokio::test]
async fn a_reminder_that_cannot_be_claimed_is_not_sent() {
    let story = Story::begin().await;
    story.book_regulars(3);
    let store = BrokenStore {
        claims_too: true,
        ..BrokenStore::default()
    };
    let report = with_store(&story, store).run().await.unwrap();
    assert_eq!(report.failed[0].cause, FailureCause::Store);
    assert_eq!(report.failed.len(), 3);
    let halted = report.halted.unwrap();
    assert_eq!(halted.kind(), ReminderErrorKind::Store);
    assert!(halted.report().ends_with(": the disk is full"));
    assert!(story.outbox.messages().is_empty());
}

#[tokio::test]
async fn a_sent_reminder_that_cannot_be_settled_is_in_doubt_and_stops_the_run() {
    let story = Story::begin().await;
    story.book_regulars(3);
    let reminders = with_store(&story, BrokenStore::default());
    let report = reminders.run().await.unwrap();
    assert_eq!((report.in_doubt.len(), report.failed.len()), (1, 2));
    assert_eq!(report.halted.unwrap().kind(), ReminderErrorKind::Store);
    reminders.run().await.unwrap();
    let references: std::collections::HashSet<_> = story
        .outbox
        .messages()
        .iter()
        .map(|message| message.reference())
        .collect();
    let sent = story.outbox.messages().len();
    assert_eq!(references.len(), sent, "each was sent at most once");
}
