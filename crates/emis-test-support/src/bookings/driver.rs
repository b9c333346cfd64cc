//! The code under test, as the model calls it: the one place that knows the API of `emis-booking`.

use std::sync::Arc;
use std::time::Duration;

use emis_booking::{
    AdmissionStore, AppointmentKey, Booking, BookingError, BookingId, BookingNotice,
    BookingNoticeId, BookingNoticeKind, BookingOutcome, BookingRequest, BookingStore,
    CancelOutcome, MoveOutcome, MoveRequest, PatientIdentity, SlotChoice,
};
use emis_client::{BreakerPolicy, Client, ClientBuilder, Limits, RetryPolicy};
use emis_credentials::FixedToken;
use emis_settings::{BookingSettings, LateArrivalPolicy, MoveOrder, PracticeSettings};
use emis_types::{BookedBy, Clock, ManualClock, StaffId, uk};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::cast::{Cast, Person};
use super::diary::ModelSlot;
use super::step::RunOptions;

/// The answer to one call, as far as it must be the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Confirmed(BookingId),
    Rejected(String),
    Unknown,
    Cancelled,
    NotCancelled(String),
    Moved(BookingId),
    NotMoved(String),
    BothBooked(BookingId),
    Lost,
    Failed(String),
    Told(Vec<Told>),
    Done,
}

/// A worker's clock: the store's, and so much ahead.
#[derive(Debug, Clone)]
struct WorkerClock {
    base: ManualClock,
    ahead: SignedDuration,
}

impl Clock for WorkerClock {
    fn now(&self) -> Timestamp {
        self.base.now() + self.ahead
    }
}

/// The stores of a worker.
pub(super) type WorkerStores = (Arc<dyn BookingStore>, Arc<dyn AdmissionStore>);

/// A process that serves the practice.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    client: Client,
    clock: WorkerClock,
    stores: WorkerStores,
    cast: Cast,
    twin_wait: Duration,
    pub(super) booking: Booking,
}

/// Returns a client of the model.
pub(super) fn client() -> ClientBuilder {
    let url = "http://127.0.0.1:9/partner".parse().expect("a URL");
    let application = "a-product-under-test".parse().expect("an ID");
    let tokens = Arc::new(FixedToken::new("a-token-of-the-model"));
    Client::builder(url, application, tokens)
        .limits(Limits::new(1_000, 100_000))
        .retry(RetryPolicy::never())
        .breaker(BreakerPolicy::never())
}

impl Worker {
    pub(super) fn new(
        client: Client,
        stores: WorkerStores,
        clock: &ManualClock,
        cast: &Cast,
        ahead: i32,
        twin_wait: Duration,
        options: &RunOptions,
    ) -> Self {
        let clock = WorkerClock {
            base: clock.clone(),
            ahead: SignedDuration::from_secs(i64::from(ahead)),
        };
        let settings = settings(cast, options, true);
        let own = Arc::new(clock.clone());
        let booking = Booking::new(client.clone(), &settings, Arc::clone(&stores.0), own)
            .with_admissions(Arc::clone(&stores.1));
        Self {
            client,
            clock,
            stores,
            cast: cast.clone(),
            twin_wait,
            booking: booking.wait_for_twin(twin_wait),
        }
    }

    /// Reads the settings again.
    pub(super) fn switch(&mut self, options: &RunOptions, on: bool) {
        let settings = settings(&self.cast, options, on);
        let clock = Arc::new(self.clock.clone());
        let (store, admissions) = self.stores.clone();
        let booking =
            Booking::new(self.client.clone(), &settings, store, clock).with_admissions(admissions);
        self.booking = booking.wait_for_twin(self.twin_wait);
    }
}

fn settings(cast: &Cast, options: &RunOptions, on: bool) -> PracticeSettings {
    let mut booking = BookingSettings::default();
    booking.enabled = on;
    booking.slot_types = [cast.slot_type.parse().expect("a slot type")].into();
    booking.minimum_notice_minutes = 0;
    booking.cancel_cut_off_minutes = 0;
    booking.max_future_per_patient = options.limit;
    booking.max_a_day_per_patient = Some(options.patient_day);
    booking.max_a_day = Some(options.practice_day);
    booking.emis_returns_notes = !options.hides_notes;
    booking.late_arrivals = match options.keeps_late {
        true => LateArrivalPolicy::Keep,
        false => LateArrivalPolicy::Cancel,
    };
    booking.move_order = match options.cancels_first {
        true => MoveOrder::CancelFirst,
        false => MoveOrder::BookFirst,
    };
    let staff = StaffId::new(cast.staff).expect("a member of staff");
    booking.booked_by = Some(BookedBy::Dbid(staff));
    let document = serde_json::json!({ "ods_code": cast.practice, "booking": booking });
    serde_json::from_value(document).expect("settings")
}

/// A request of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) id: BookingId,
    pub(super) slot: i64,
    pub(super) patient: Person,
    /// `true` if the date of birth is right.
    pub(super) known: bool,
    /// The booking that is moved, if it is a request to move.
    pub(super) from: Option<BookingId>,
}

impl Asked {
    fn choice(slot: &ModelSlot, slot_type: &str) -> SlotChoice {
        let choice = serde_json::json!({
            "session": slot.session,
            "slot": slot.id,
            "slot_type": slot_type,
            "start": moment(slot.start),
        });
        serde_json::from_value(choice).expect("a choice")
    }

    fn identity(&self) -> PatientIdentity {
        PatientIdentity::date_of_birth(match self.known {
            true => self.patient.born,
            // Nobody's: with the day of another patient, two requests to move are the same.
            false => self.patient.born - jiff::Span::new().years(1),
        })
    }
}

pub(super) fn moment(start: DateTime) -> Timestamp {
    uk::zoned(start).timestamp()
}

/// Books, or moves.
pub(super) async fn ask(
    booking: Booking,
    asked: Asked,
    slot: ModelSlot,
    slot_type: String,
) -> Answer {
    let choice = Asked::choice(&slot, &slot_type);
    match asked.from {
        None => book(&booking, &asked, choice).await,
        Some(from) => reschedule(&booking, &asked, from, choice).await,
    }
}

async fn book(booking: &Booking, asked: &Asked, choice: SlotChoice) -> Answer {
    let patient = asked.patient.number.try_into().expect("a patient");
    let request = BookingRequest::new(choice, patient, asked.identity()).with_id(asked.id);
    match booking.book(&request).await {
        Ok(BookingOutcome::Confirmed(confirmation)) => Answer::Confirmed(confirmation.id),
        Ok(BookingOutcome::Rejected(rejection)) => Answer::Rejected(rejection.code().to_owned()),
        Ok(BookingOutcome::Cancelled(_)) => Answer::Cancelled,
        Ok(_) => Answer::Unknown,
        Err(error) => Answer::Failed(format!("{:?}", error.kind())),
    }
}

async fn reschedule(
    booking: &Booking,
    asked: &Asked,
    from: BookingId,
    choice: SlotChoice,
) -> Answer {
    let request = MoveRequest::new(from, choice, asked.identity()).with_id(asked.id);
    match booking.reschedule(&request).await {
        Ok(MoveOutcome::Moved(confirmation)) => Answer::Moved(confirmation.id),
        Ok(MoveOutcome::NotMoved(rejection)) => Answer::NotMoved(rejection.code().to_owned()),
        Ok(MoveOutcome::BothBooked(confirmation)) => Answer::BothBooked(confirmation.id),
        Ok(MoveOutcome::Lost) => Answer::Lost,
        Ok(MoveOutcome::Cancelled(_)) => Answer::Cancelled,
        Ok(_) => Answer::Unknown,
        Err(error) => Answer::Failed(format!("{:?}", error.kind())),
    }
}

/// Reads the notices, and acknowledges the first so many. Returns those.
pub(super) async fn deliver(booking: Booking, acknowledge: usize) -> Answer {
    let Ok(notices) = booking.notices().await else {
        return Answer::Told(Vec::new());
    };
    let mut told = Vec::new();
    for notice in notices.into_iter().take(acknowledge) {
        // Told before it is acknowledged: at least once.
        told.push(Told::of(&notice));
        if booking.acknowledge(&notice.id).await.is_err() {
            break;
        }
    }
    Answer::Told(told)
}

/// The content of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) id: BookingNoticeId,
    pub(super) booking: BookingId,
    pub(super) kind: BookingNoticeKind,
    pub(super) at: Timestamp,
}

impl Told {
    pub(super) fn of(notice: &BookingNotice) -> Self {
        Self {
            id: notice.id,
            booking: notice.booking,
            kind: notice.kind,
            at: notice.at,
        }
    }
}

pub(super) async fn cancel(booking: Booking, id: BookingId) -> Answer {
    answer(booking.cancel(&id).await)
}

/// Cancels the appointment of a patient in a slot.
pub(super) async fn cancel_appointment(booking: Booking, slot: ModelSlot, patient: i64) -> Answer {
    let appointment = AppointmentKey {
        session: slot.session.try_into().expect("a session"),
        slot: slot.id.try_into().expect("a slot"),
        patient: patient.try_into().expect("a patient"),
        start: moment(slot.start),
    };
    answer(booking.cancel_appointment(&appointment).await)
}

fn answer(outcome: Result<CancelOutcome, BookingError>) -> Answer {
    match outcome {
        Ok(CancelOutcome::Cancelled) => Answer::Cancelled,
        Ok(CancelOutcome::Refused(refusal)) => Answer::NotCancelled(format!("{refusal:?}")),
        Ok(_) => Answer::Unknown,
        Err(error) => Answer::Failed(format!("{:?}", error.kind())),
    }
}

pub(super) async fn reconcile(booking: Booking) -> Answer {
    match booking.reconcile().await {
        Ok(_) => Answer::Done,
        Err(error) => Answer::Failed(format!("{:?}", error.kind())),
    }
}
