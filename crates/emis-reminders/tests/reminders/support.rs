//! Synthetic patients and appointments, and a practice in the simulator with few of them.

use std::fmt;
use std::sync::{Arc, Mutex};

use emis_client::model::{BookedPatient, Patient, PatientName};
use emis_client::{Client, RetryPolicy};
use emis_messaging::{
    Delivery, DeliveryFailure, DeliveryLeg, DeliveryMeans, DeliveryReceipt, DeliveryRoute,
    MemoryMessageStore, Message, MessageState, Messenger, Notifier, NotifierFuture, Outbox,
    SenderCapabilities,
};
use emis_reminders::{
    MemoryReminderStore, Plan, Reminders, RunReport, SuppressionReason, record_receipt,
};
use emis_settings::{Channel, MemoryExclusionStore, PracticeSettings, ReminderSettings};
use emis_sim::{PatientKind, Sim, SimPractice};
use emis_test_support::{LeakGuard, api_user_grant, client_builder, token_source_builder};
use emis_types::{Clock, ManualClock, PatientNumber, Sensitive, SlotId, uk};
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Zoned};

/// A time on Tuesday 2 June 2026.
pub(crate) fn tuesday_at(hour: i8, minute: i8) -> DateTime {
    date(2026, 6, 2).at(hour, minute, 0, 0)
}

pub(crate) fn wednesday_at(hour: i8, minute: i8) -> DateTime {
    date(2026, 6, 3).at(hour, minute, 0, 0)
}

pub(crate) fn london(local: DateTime) -> Zoned {
    uk::zoned(local)
}

/// An adult with a mobile and an email address of their own.
pub(crate) fn adult(number: i64) -> Patient {
    let mut patient = Patient::new(PatientNumber::new(number).unwrap());
    let mut name = PatientName::default();
    name.first_names = Some(Sensitive::new("Morwen Ada".into()));
    name.family_name = Some(Sensitive::new("Testby".into()));
    patient.name = Sensitive::new(name);
    patient.date_of_birth = Some(Sensitive::new(date(1980, 5, 17)));
    patient.mobile = Some(Sensitive::new(format!("07700 900{:03}", number % 1000)));
    patient.email = Some(Sensitive::new(format!("patient.{number}@example.com")));
    patient
}

pub(crate) fn booked(slot: i64, start: DateTime, patient: Patient) -> BookedPatient {
    BookedPatient::new(SlotId::new(slot).unwrap(), start, patient)
}

/// Returns the reason for which the only appointment of a plan was suppressed.
pub(crate) fn only_reason(plan: &Plan) -> Option<SuppressionReason> {
    assert_eq!(plan.due.len() + plan.suppressed.len(), 1);
    plan.suppressed.first().map(|passed| passed.reason)
}

/// The lease of a message that is being sent.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(6);

/// An action that runs once while the first message is being sent.
type Interlude = Box<dyn FnOnce() + Send>;

/// An outbox that runs an action during the first message.
#[derive(Default)]
pub(crate) struct Interrupted {
    pub(crate) outbox: Outbox,
    interlude: Mutex<Option<Interlude>>,
}

impl Interrupted {
    pub(crate) fn by(interlude: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            outbox: Outbox::new(),
            interlude: Mutex::new(Some(Box::new(interlude))),
        })
    }
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupted")
    }
}

impl Notifier for Interrupted {
    fn capabilities(&self) -> &SenderCapabilities {
        self.outbox.capabilities()
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        if let Some(interlude) = self.interlude.lock().unwrap().take() {
            interlude();
        }
        self.outbox.send(message)
    }
}

/// A sender whose receipt comes before its answer.
#[derive(Debug)]
pub(crate) struct Hasty {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) ledger: Arc<MemoryMessageStore>,
    pub(crate) store: Arc<MemoryReminderStore>,
    pub(crate) clock: ManualClock,
}

impl Notifier for Hasty {
    fn capabilities(&self) -> &SenderCapabilities {
        self.outbox.capabilities()
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            let failed = DeliveryReceipt::of_reference(message.reference(), MessageState::Failed)
                .failed(DeliveryFailure::Refused);
            let messenger = messenger(self.outbox.clone(), &self.ledger, &self.clock);
            let recorded = record_receipt(&messenger, &*self.store, &failed, self.clock.now());
            assert!(recorded.await.unwrap());
            Ok(Delivery::new())
        })
    }
}

/// A simulated practice without appointments until a test books some, on Tuesday 2 June 2026 at
/// 10:00.
pub(crate) struct Story {
    pub(crate) sim: Sim,
    pub(crate) practice: SimPractice,
    pub(crate) clock: ManualClock,
    pub(crate) settings: PracticeSettings,
    pub(crate) client: Client,
    pub(crate) register: Arc<MemoryExclusionStore>,
    pub(crate) store: Arc<MemoryReminderStore>,
    pub(crate) ledger: Arc<MemoryMessageStore>,
    pub(crate) outbox: Arc<Outbox>,
    _listening: LeakGuard,
}

impl Story {
    pub(crate) async fn begin() -> Self {
        let story = Self::begin_with_bookings().await;
        for slot in story.practice.slots() {
            if slot.patient.is_some() {
                story.practice.staff_cancel(slot.slot_id).unwrap();
            }
        }
        story
    }

    /// Creates a practice with the bookings that the simulator generates.
    pub(crate) async fn begin_with_bookings() -> Self {
        let clock = ManualClock::at_uk(tuesday_at(10, 0));
        let builder = Sim::builder().patients(200).practices(2);
        let sim = builder
            .clock(Arc::new(clock.clone()))
            .start()
            .await
            .unwrap();
        let practice = sim.practice();
        let mut settings = PracticeSettings::new(practice.ods().parse().unwrap());
        settings.update_organisation_id(practice.cdb()).unwrap();
        settings.set_name(Some("Willow Practice")).unwrap();
        Self {
            client: client(&sim, &practice, &clock),
            practice,
            ledger: Arc::new(MemoryMessageStore::new(Arc::new(clock.clone()))),
            clock,
            settings,
            _listening: LeakGuard::for_sim(&sim),
            sim,
            register: Arc::default(),
            store: Arc::default(),
            outbox: Arc::default(),
        }
    }

    pub(crate) fn set_reminders(&mut self, change: impl FnOnce(&mut ReminderSettings)) {
        let mut reminders = ReminderSettings::default();
        reminders.least_minutes_between = 0;
        change(&mut reminders);
        self.settings.set_reminders(reminders).unwrap();
    }

    /// The patients of a kind.
    pub(crate) fn of_kind(&self, kind: PatientKind) -> Vec<i32> {
        let patients = self.practice.patients().into_iter();
        patients
            .filter(|patient| patient.kind == kind)
            .map(|patient| patient.patient_number)
            .collect()
    }

    /// Books a patient for tomorrow before 10:00. Returns the slot.
    pub(crate) fn book(&self, patient: i32) -> i32 {
        self.book_between(patient, tuesday_at(10, 0), wednesday_at(10, 0))
    }

    /// Books a patient into the first slot from `from` until before `until`. Returns the slot.
    pub(crate) fn book_between(&self, patient: i32, from: DateTime, until: DateTime) -> i32 {
        let slots = self.practice.free_slots();
        let slot = slots
            .iter()
            .find(|slot| from <= slot.start && slot.start < until)
            .unwrap()
            .slot_id;
        self.practice.staff_book(slot, patient).unwrap();
        slot
    }

    /// Books the first `count` regular patients for tomorrow. Returns each patient and slot.
    pub(crate) fn book_regulars(&self, count: usize) -> Vec<(i32, i32)> {
        self.of_kind(PatientKind::Regular)
            .into_iter()
            .take(count)
            .map(|patient| (patient, self.book(patient)))
            .collect()
    }

    pub(crate) fn reminders(&self) -> Reminders {
        self.reminders_through(self.outbox.clone())
    }

    pub(crate) fn reminders_through(&self, notifier: Arc<dyn Notifier>) -> Reminders {
        Reminders::new(
            self.client.clone(),
            &self.settings,
            self.register.clone(),
            self.store.clone(),
            messenger(notifier, &self.ledger, &self.clock),
            Arc::new(self.clock.clone()),
        )
        .least_between_polls(SignedDuration::ZERO)
    }

    pub(crate) async fn run(&self) -> RunReport {
        self.reminders().run().await.unwrap()
    }
}

/// A messenger whose doubts become tasks of the ledger's own store.
pub(crate) fn messenger(
    notifier: Arc<dyn Notifier>,
    ledger: &Arc<MemoryMessageStore>,
    clock: &ManualClock,
) -> Messenger {
    let tasks = Arc::clone(ledger.tasks());
    Messenger::new(notifier, ledger.clone(), tasks, Arc::new(clock.clone()))
}

/// A client that does not wait between attempts.
fn client(sim: &Sim, practice: &SimPractice, clock: &ManualClock) -> Client {
    let tokens = token_source_builder(sim, api_user_grant(practice), clock);
    client_builder(sim, tokens, clock)
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

/// The patients of a report's list, by number.
pub(crate) fn numbers<'a>(
    appointments: impl IntoIterator<Item = &'a emis_reminders::RemindedAppointment>,
) -> Vec<i32> {
    let mut numbers: Vec<_> = appointments.into_iter().map(|a| a.patient.get()).collect();
    numbers.sort_unstable();
    numbers
}

pub(crate) fn reason_for(report: &RunReport, patient: i32) -> Option<SuppressionReason> {
    let mut passed = report.suppressed.iter();
    passed
        .find(|passed| passed.appointment.patient.get() == patient)
        .map(|passed| passed.reason)
}

/// A sender whose text messages follow after so many hours, where a first leg did not arrive.
pub(crate) fn falling_back_after(hours: u32) -> SenderCapabilities {
    let mut later = DeliveryLeg::new(DeliveryMeans::Sms);
    later.after_minutes = hours * 60;
    let legs = vec![DeliveryLeg::new(DeliveryMeans::NhsApp), later];
    let mut sender = SenderCapabilities::new("outbox");
    sender.routes = vec![DeliveryRoute::new(Channel::Sms, legs)];
    sender
}
