//! A simulated practice, a manual clock, and self-booking with both.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use emis_booking::{
    BOOKING_INTENT_EXPIRES_AFTER, BOOKING_SETTLES_AFTER, Booking, BookingId, BookingNoticeKind,
    BookingOutcome, BookingRequest, BookingState, Confirmation, MemoryBookingStore,
    PatientIdentity, Reconciliation, SlotChoice, SlotSearch,
};
use emis_client::{Client, RetryPolicy};
use emis_credentials::Grant;
use emis_settings::{BookingSettings, PracticeDetails, PracticeSettings};
use emis_sim::{PatientKind, Sim, SimFault, SimOperation, SimPractice, SlotFacts};
use emis_test_support::{LeakGuard, api_user_grant, client_builder, token_source_builder};
use emis_types::{BookedBy, Clock, ManualClock, PatientNumber, SlotId, StaffId};
use jiff::civil::{DateTime, date};

/// Tuesday 2 June 2026, 10:00.
pub(crate) const NOW: DateTime = date(2026, 6, 2).at(10, 0, 0, 0);

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) practice: SimPractice,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<MemoryBookingStore>,
    pub(crate) settings: BookingSettings,
    pub(crate) client: Client,
    pub(crate) booking: Booking,
    _listening: LeakGuard,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A practice that offers "GP Routine" slots, with further settings.
    pub(crate) async fn with(change: impl FnOnce(&mut BookingSettings)) -> Self {
        Self::build(change, true, Duration::from_secs(20)).await
    }

    /// A client with a short timeout, for calls that are never answered.
    pub(crate) async fn impatient() -> Self {
        Self::build(|_| {}, true, Duration::from_secs(2)).await
    }

    /// A client with application tokens, which name no practice.
    pub(crate) async fn with_application_token() -> Self {
        Self::build(|_| {}, false, Duration::from_secs(20)).await
    }

    /// A practice at another time.
    pub(crate) async fn at(now: DateTime) -> Self {
        Self::build_at(now, 200, |_| {}, true, Duration::from_secs(20)).await
    }

    /// A practice with so many patients that a crowd of them can book.
    pub(crate) async fn crowded() -> Self {
        let all_day = |settings: &mut BookingSettings| settings.max_future_per_patient = 10;
        Self::build_at(NOW, 600, all_day, true, Duration::from_secs(20)).await
    }

    async fn build(
        change: impl FnOnce(&mut BookingSettings),
        as_api_user: bool,
        attempt_timeout: Duration,
    ) -> Self {
        Self::build_at(NOW, 200, change, as_api_user, attempt_timeout).await
    }

    async fn build_at(
        now: DateTime,
        patients: usize,
        change: impl FnOnce(&mut BookingSettings),
        as_api_user: bool,
        attempt_timeout: Duration,
    ) -> Self {
        let clock = ManualClock::at_uk(now);
        let sim = Sim::builder()
            .patients(patients)
            .practices(2)
            .clock(Arc::new(clock.clone()))
            .start()
            .await
            .unwrap();
        let listening = LeakGuard::for_sim(&sim);
        let practice = sim.practice();
        for patient in regular_patients(&practice) {
            for slot in practice.bookings_for(patient.get()) {
                practice.staff_cancel(slot.slot_id).unwrap();
            }
        }
        let client = connect(&sim, &practice, &clock, as_api_user, attempt_timeout);
        let mut settings = settings(&practice);
        change(&mut settings);
        let store = Arc::new(MemoryBookingStore::with_clock(Arc::new(clock.clone())));
        let booking = Booking::new(
            client.clone(),
            &of_practice(practice.ods(), &settings),
            store.clone(),
            Arc::new(clock.clone()),
        )
        // No test waits: a copy of a request is answered as the store has it.
        .wait_for_twin(Duration::ZERO);
        Self {
            sim,
            practice,
            clock,
            store,
            settings,
            client,
            booking,
            _listening: listening,
        }
    }

    /// Self-booking by another worker, with other settings and another clock.
    pub(crate) fn worker(
        &self,
        clock: Arc<dyn Clock>,
        change: impl FnOnce(&mut BookingSettings),
    ) -> Booking {
        let mut settings = self.settings.clone();
        change(&mut settings);
        let settings = of_practice(self.practice.ods(), &settings);
        Booking::new(self.client.clone(), &settings, self.store.clone(), clock)
            .wait_for_twin(Duration::ZERO)
    }

    /// Self-booking by another client of the same practice.
    pub(crate) fn booking_over(&self, client: Client) -> Booking {
        let settings = of_practice(self.practice.ods(), &self.settings);
        let clock = Arc::new(self.clock.clone());
        Booking::new(client, &settings, self.store.clone(), clock).wait_for_twin(Duration::ZERO)
    }

    /// The state of a booking in the store.
    pub(crate) async fn state(&self, id: BookingId) -> BookingState {
        self.booking.record(&id).await.unwrap().unwrap().state
    }

    /// The kinds of the notices of a booking, the oldest coming first.
    pub(crate) async fn told(&self, id: BookingId) -> Vec<BookingNoticeKind> {
        let notices = self.booking.notices().await.unwrap();
        let of_booking = notices.iter().filter(|notice| notice.booking == id);
        of_booking.map(|notice| notice.kind).collect()
    }

    /// Lets the next call of an operation meet a fault.
    pub(crate) fn fail(&self, operation: SimOperation, fault: SimFault) {
        self.sim.faults().next(operation, fault);
    }

    /// Advances the clock until no call can be in flight, and reconciles.
    pub(crate) async fn settle(&self) -> Reconciliation {
        self.clock.advance(BOOKING_SETTLES_AFTER);
        self.booking.reconcile().await.unwrap()
    }

    /// Self-booking with other details of the practice.
    pub(crate) fn booking_with(&self, change: impl FnOnce(&mut PracticeDetails)) -> Booking {
        let mut settings = of_practice(self.practice.ods(), &self.settings);
        let mut details = settings.details();
        change(&mut details);
        settings.set_details(details).unwrap();
        let clock = Arc::new(self.clock.clone());
        Booking::new(self.client.clone(), &settings, self.store.clone(), clock)
    }

    /// The slots that the practice offers to patients.
    pub(crate) async fn offered(&self) -> Vec<SlotChoice> {
        let found = self.booking.free_slots(&whole_month()).await.unwrap();
        assert!(found.slots.len() > 10, "the practice has slots to offer");
        found.slots.iter().map(|slot| slot.choice()).collect()
    }

    /// The first offered slot.
    pub(crate) async fn slot(&self) -> SlotChoice {
        self.offered().await.remove(0)
    }

    /// Registered adults, who have no appointment at the start.
    pub(crate) fn patients(&self) -> Vec<PatientNumber> {
        regular_patients(&self.practice)
    }

    pub(crate) fn patient(&self) -> PatientNumber {
        self.patients().remove(0)
    }

    /// The identity on record of a patient.
    pub(crate) fn identity(&self, patient: PatientNumber) -> PatientIdentity {
        let facts = self.practice.patient(patient.get()).unwrap();
        match facts.nhs_number {
            Some(nhs) => {
                PatientIdentity::nhs_number(nhs.parse().unwrap()).and_date_of_birth(facts.dob)
            }
            None => PatientIdentity::date_of_birth(facts.dob),
        }
    }

    pub(crate) fn request(&self, slot: &SlotChoice, patient: PatientNumber) -> BookingRequest {
        BookingRequest::new(slot.clone(), patient, self.identity(patient))
    }

    /// Books a slot successfully.
    pub(crate) async fn booked(&self, slot: &SlotChoice, patient: PatientNumber) -> Confirmation {
        match self.booking.book(&self.request(slot, patient)).await {
            Ok(BookingOutcome::Confirmed(confirmation)) => confirmation,
            other => panic!("not confirmed: {other:?}"),
        }
    }

    /// Starts to book and drops the future at its `waits`th await. Returns false if the booking
    /// finished before that.
    pub(crate) async fn book_interrupted_at(&self, request: &BookingRequest, waits: usize) -> bool {
        let booking = pin!(self.booking.book(request));
        run_until_await(booking, waits).await.is_none()
    }

    /// Begins requests and drops their futures, until one was dropped in this state.
    pub(crate) async fn stopped_in(
        &self,
        state: BookingState,
        request: impl Fn() -> BookingRequest,
    ) -> BookingRequest {
        for waits in 1..100 {
            let request = request();
            self.book_interrupted_at(&request, waits).await;
            let record = self.booking.record(&request.id).await.unwrap();
            if record.is_some_and(|record| record.state == state) {
                return request;
            }
            self.clock.advance(BOOKING_INTENT_EXPIRES_AFTER);
        }
        panic!("never stopped in {state}")
    }

    /// Lets EMIS finish requests whose caller did not wait for the answer: it answers in order of
    /// arrival.
    pub(crate) async fn drain_requests(&self) {
        for _ in 0..20 {
            self.client.health().await.unwrap();
        }
    }

    /// The patient in a slot, as reception sees it.
    pub(crate) fn patient_in(&self, slot: SlotId) -> Option<PatientNumber> {
        self.practice.booking_of(slot.get()).map(patient_number)
    }

    pub(crate) fn facts(&self, slot: SlotId) -> SlotFacts {
        self.practice.slot(slot.get()).unwrap()
    }

    /// The number of bookings that reached EMIS.
    pub(crate) fn bookings_sent(&self) -> usize {
        self.sim.count(SimOperation::BookAppointment)
    }

    /// The number of cancellations that reached EMIS.
    pub(crate) fn cancellations_sent(&self) -> usize {
        self.sim.count(SimOperation::CancelAppointment)
    }
}

/// Runs a future up to its `waits`th await. Returns its result if it finishes before that; otherwise
/// it can be polled further.
pub(crate) async fn run_until_await<F: Future>(
    mut work: Pin<&mut F>,
    waits: usize,
) -> Option<F::Output> {
    let mut left = waits;
    poll_fn(|context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

pub(crate) fn patient_number(number: i32) -> PatientNumber {
    PatientNumber::new(i64::from(number)).unwrap()
}

fn regular_patients(practice: &SimPractice) -> Vec<PatientNumber> {
    let patients = practice.patients();
    let regular = patients
        .iter()
        .filter(|patient| patient.kind == PatientKind::Regular && patient.nhs_number.is_some());
    let numbers = regular.map(|patient| patient_number(patient.patient_number));
    numbers.take(10).collect()
}

/// Every slot of the four weeks that the simulator has.
pub(crate) fn whole_month() -> SlotSearch {
    SlotSearch::new(NOW, date(2026, 7, 1).at(0, 0, 0, 0))
}

fn connect(
    sim: &Sim,
    practice: &SimPractice,
    clock: &ManualClock,
    as_api_user: bool,
    attempt_timeout: Duration,
) -> Client {
    let grant = match as_api_user {
        true => api_user_grant(practice),
        false => Grant::ClientCredentials,
    };
    client_builder(sim, token_source_builder(sim, grant, clock), clock)
        .attempt_timeout(attempt_timeout)
        // No retries: one fault is one failure.
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

fn settings(practice: &SimPractice) -> BookingSettings {
    let routine = practice
        .slot_types()
        .into_iter()
        .find(|slot_type| slot_type.display == "GP Routine")
        .unwrap();
    let api_user = practice.api_user().unwrap();
    let mut settings = BookingSettings::default();
    settings.enabled = true;
    settings.slot_types = [routine.id.to_string().parse().unwrap()].into();
    settings.booked_by = Some(BookedBy::Dbid(
        StaffId::new(i64::from(api_user.id)).unwrap(),
    ));
    settings
}

/// The settings of a practice with these booking settings, unchecked: a stored document may contain
/// anything.
pub(crate) fn of_practice(ods_code: &str, booking: &BookingSettings) -> PracticeSettings {
    serde_json::from_value(serde_json::json!({ "ods_code": ods_code, "booking": booking })).unwrap()
}
