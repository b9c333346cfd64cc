//! The code under test, as the model calls it: the one place that knows the API of `emis-booking`.

use std::sync::Arc;
use std::time::Duration;

use emis_booking::{
    Booking, BookingId, BookingNotice, BookingNoticeKind, BookingOutcome, BookingRequest,
    BookingStore, CancelOutcome, PatientIdentity, SlotChoice,
};
use emis_client::{BreakerPolicy, Client, ClientBuilder, Limits, RetryPolicy};
use emis_credentials::FixedToken;
use emis_settings::{BookingSettings, LateArrivalPolicy, PracticeSettings};
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

/// A process that serves the practice.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    client: Client,
    clock: WorkerClock,
    store: Arc<dyn BookingStore>,
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
        store: Arc<dyn BookingStore>,
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
        let booking = Booking::new(client.clone(), &settings, Arc::clone(&store), own);
        Self {
            client,
            clock,
            store,
            cast: cast.clone(),
            twin_wait,
            booking: booking.wait_for_twin(twin_wait),
        }
    }

    /// Reads the settings again.
    pub(super) fn switch(&mut self, options: &RunOptions, on: bool) {
        let settings = settings(&self.cast, options, on);
        let clock = Arc::new(self.clock.clone());
        let store = Arc::clone(&self.store);
        let booking = Booking::new(self.client.clone(), &settings, store, clock);
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
    booking.max_a_day_per_patient = Some(10);
    booking.emis_returns_notes = !options.hides_notes;
    booking.late_arrivals = match options.keeps_late {
        true => LateArrivalPolicy::Keep,
        false => LateArrivalPolicy::Cancel,
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
}

impl Asked {
    fn request(&self, slot: &ModelSlot, slot_type: &str) -> BookingRequest {
        let choice = serde_json::json!({
            "session": slot.session,
            "slot": slot.id,
            "slot_type": slot_type,
            "start": moment(slot.start),
        });
        let choice: SlotChoice = serde_json::from_value(choice).expect("a choice");
        let born = match self.known {
            true => self.patient.born,
            false => self.patient.born - jiff::Span::new().days(1),
        };
        let patient = self.patient.number.try_into().expect("a patient");
        BookingRequest::new(choice, patient, PatientIdentity::date_of_birth(born)).with_id(self.id)
    }
}

pub(super) fn moment(start: DateTime) -> Timestamp {
    uk::zoned(start).timestamp()
}

pub(super) async fn book(
    booking: Booking,
    asked: Asked,
    slot: ModelSlot,
    slot_type: String,
) -> Answer {
    match booking.book(&asked.request(&slot, &slot_type)).await {
        Ok(BookingOutcome::Confirmed(confirmation)) => Answer::Confirmed(confirmation.id),
        Ok(BookingOutcome::Rejected(rejection)) => Answer::Rejected(rejection.code().to_owned()),
        Ok(BookingOutcome::Cancelled(_)) => Answer::Cancelled,
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
    pub(super) booking: BookingId,
    pub(super) kind: BookingNoticeKind,
    pub(super) at: Timestamp,
}

impl Told {
    pub(super) fn of(notice: &BookingNotice) -> Self {
        Self {
            booking: notice.booking,
            kind: notice.kind,
            at: notice.at,
        }
    }
}

pub(super) async fn cancel(booking: Booking, id: BookingId) -> Answer {
    match booking.cancel(&id).await {
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
