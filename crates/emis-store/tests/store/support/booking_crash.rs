//! A process that is killed while it books and cancels at a simulated practice, and the checks
//! afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_audit::{AuditStore, verify};
use emis_booking::{
    Booking, BookingId, BookingNotice, BookingNoticeKind, BookingOutcome, BookingRecord,
    BookingRequest, BookingState, BookingStore, CancelOutcome, MoveOutcome, MoveRequest,
    PatientIdentity, SlotChoice,
};
use emis_client::{BreakerPolicy, Client, Limits, RetryPolicy};
use emis_credentials::{FixedToken, OpenIdTokenSource, TokenSource};
use emis_settings::{BookingSettings, MoveOrder, PracticeSettings};
use emis_sim::{PatientKind, Sim, SimOperation, SimPractice};
use emis_test_support::{api_user_grant, token_source_builder};
use emis_types::{BookedBy, Clock, ManualClock, OdsCode, StaffId, uk};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::crash::killed;

/// The variable that tells the child where the practice is.
const PRACTICE: &str = "EMIS_STORE_CRASH_PRACTICE";
/// The number of patients, and of slots that they book. As many others are there to move to.
const PLACES: usize = 20;

/// A practice as a process that books there knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Practice {
    api: String,
    application: String,
    token: String,
    ods: OdsCode,
    staff: i32,
    slot_type: String,
    now: Timestamp,
    /// Session, slot and start.
    slots: Vec<(i32, i32, Timestamp)>,
    /// Number and date of birth.
    patients: Vec<(i32, Date)>,
    /// `true` if a move cancels the earlier appointment first.
    cancels_first: bool,
}

impl Practice {
    /// Returns the practice that the parent process names.
    pub(crate) fn of_child() -> Self {
        serde_json::from_str(&std::env::var(PRACTICE).unwrap()).unwrap()
    }

    /// Returns the clock of the process.
    pub(crate) fn clock(&self) -> Arc<ManualClock> {
        Arc::new(ManualClock::new(self.now))
    }

    fn booking(&self, store: Arc<dyn BookingStore>, clock: Arc<dyn Clock>) -> Booking {
        let (api, application) = (self.api.parse().unwrap(), self.application.parse().unwrap());
        let token = Arc::new(FixedToken::new(self.token.clone()));
        let client = Client::builder(api, application, token)
            .limits(Limits::new(1_000, 1_000_000))
            .retry(RetryPolicy::never())
            .breaker(BreakerPolicy::never())
            .build()
            .unwrap();
        let mut booking = BookingSettings::default();
        booking.enabled = true;
        booking.slot_types = [self.slot_type.parse().unwrap()].into();
        booking.max_future_per_patient = 10;
        booking.max_a_day_per_patient = Some(10);
        booking.move_order = match self.cancels_first {
            true => MoveOrder::CancelFirst,
            false => MoveOrder::BookFirst,
        };
        let staff = StaffId::new(i64::from(self.staff)).unwrap();
        booking.booked_by = Some(BookedBy::Dbid(staff));
        let settings = serde_json::json!({ "ods_code": self.ods, "booking": booking });
        let settings: PracticeSettings = serde_json::from_value(settings).unwrap();
        Booking::new(client, &settings, store, clock)
    }

    fn choice(&self, place: usize) -> SlotChoice {
        let (session, slot, start) = self.slots[place];
        let slot = serde_json::json!({
            "session": session, "slot": slot, "slot_type": self.slot_type, "start": start,
        });
        serde_json::from_value(slot).unwrap()
    }

    fn request(&self, n: usize) -> BookingRequest {
        let (patient, born) = self.patients[n % PLACES];
        let patient = i64::from(patient).try_into().unwrap();
        let slot = self.choice(n % PLACES);
        BookingRequest::new(slot, patient, PatientIdentity::date_of_birth(born))
    }

    fn request_to_move(&self, n: usize, from: BookingId) -> MoveRequest {
        let (_, born) = self.patients[n % PLACES];
        let slot = self.choice(PLACES + n % PLACES);
        MoveRequest::new(from, slot, PatientIdentity::date_of_birth(born))
    }
}

/// Books, cancels and moves until the process is killed, and prints what was begun and acknowledged.
pub(crate) async fn work<S: BookingStore + 'static>(store: S, practice: Practice) {
    let booking = practice.booking(Arc::new(store), practice.clock());
    for n in 0.. {
        let request = practice.request(n);
        println!("acknowledged begun {} {}", request.id, n % PLACES);
        match booking.book(&request).await {
            Ok(BookingOutcome::Confirmed(confirmed)) => {
                println!("acknowledged confirmed {}", confirmed.id);
            }
            other => panic!("{other:?}"),
        }
        if n % 2 == 0 {
            println!("acknowledged cancelling {}", request.id);
            match booking.cancel(&request.id).await {
                Ok(CancelOutcome::Cancelled) => println!("acknowledged cancelled {}", request.id),
                other => panic!("{other:?}"),
            }
        } else {
            let request = practice.request_to_move(n, request.id);
            println!("acknowledged moving {} {}", request.id, request.from);
            match booking.reschedule(&request).await {
                Ok(MoveOutcome::Moved(moved)) => println!("acknowledged moved {}", moved.id),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A simulated practice that outlives the processes that book there.
pub(crate) struct Surgery {
    sim: Sim,
    practice: SimPractice,
    clock: ManualClock,
    tokens: OpenIdTokenSource,
    booked: usize,
    pub(crate) counts: KillCounts,
}

/// Counts of the bookings that were in flight when processes were killed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KillCounts {
    begun: usize,
    pub(crate) acknowledged: usize,
    in_flight: usize,
    moves: usize,
    moves_open: usize,
}

impl fmt::Display for KillCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            begun,
            acknowledged,
            in_flight,
            moves,
            moves_open,
        } = self;
        write!(
            f,
            "{begun} bookings begun, {acknowledged} outcomes acknowledged, {in_flight} in flight, \
             {moves} moves, {moves_open} of them carried on"
        )
    }
}

impl Surgery {
    pub(crate) async fn open() -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let sim = Sim::builder()
            .patients(100)
            .clock(Arc::new(clock.clone()))
            .start()
            .await
            .unwrap();
        let practice = sim.practice();
        // Nobody is at a limit.
        for slot in practice
            .slots()
            .iter()
            .filter(|slot| slot.patient.is_some())
        {
            practice.staff_cancel(slot.slot_id).unwrap();
        }
        let tokens = token_source_builder(&sim, api_user_grant(&practice), &clock);
        Self {
            tokens: tokens.build().unwrap(),
            sim,
            practice,
            clock,
            booked: 0,
            counts: KillCounts::default(),
        }
    }

    /// Opens a new session, and returns how to book there.
    async fn facts(&self, round: u32) -> Practice {
        let routine = self.practice.slot_types();
        let routine = routine
            .iter()
            .find(|it| it.display == "GP Routine")
            .unwrap();
        let start = uk::at(self.clock.now())
            .date()
            .saturating_add(jiff::Span::new().days(7));
        let places = i16::try_from(2 * PLACES).unwrap();
        let opened = self
            .practice
            .staff_open_session(start.at(8, 0, 0, 0), 10, places, routine.id);
        let slots = opened.unwrap().into_iter().map(|slot| {
            let facts = self.practice.slot(slot).unwrap();
            (facts.session_id, slot, uk::zoned(facts.start).timestamp())
        });
        let patients = self.practice.patients();
        let patients = patients.iter().filter(|it| it.kind == PatientKind::Regular);
        Practice {
            api: self.sim.api_url().to_owned(),
            application: self.sim.application_id().to_owned(),
            token: self.token().await,
            ods: self.practice.ods().parse().unwrap(),
            staff: self.practice.api_user().unwrap().id,
            slot_type: routine.id.to_string(),
            now: self.clock.now(),
            slots: slots.collect(),
            patients: patients
                .take(PLACES)
                .map(|facts| (facts.patient_number, facts.dob))
                .collect(),
            cancels_first: round % 4 >= 2,
        }
    }

    async fn token(&self) -> String {
        self.tokens.token().await.unwrap().expose().to_owned()
    }

    /// Runs this test program with the test `child` alone, kills it, and returns what it said.
    pub(crate) async fn killed(&self, child: &str, store: &str, round: u32) -> (Practice, Said) {
        let facts = self.facts(round).await;
        let (child, store) = (child.to_owned(), store.to_owned());
        let told = serde_json::to_string(&facts).unwrap();
        let lines = tokio::task::spawn_blocking(move || {
            killed(&child, &store, round, &[(PRACTICE, &told)])
        });
        (facts, Said::of(&lines.await.unwrap()))
    }

    /// Returns the time from which no call of the killed process can be in flight.
    pub(crate) fn pass_time(&self) -> Arc<ManualClock> {
        self.clock.advance(SignedDuration::from_mins(11));
        Arc::new(self.clock.clone())
    }

    /// Checks that nothing acknowledged is lost, settles the rest, and checks that the store says
    /// what the appointment book shows, that each patient is told, and that the log verifies.
    pub(crate) async fn check<S>(&mut self, store: S, practice: &Practice, said: &Said)
    where
        S: BookingStore + AuditStore + Clone + 'static,
    {
        for (id, state) in &said.acknowledged {
            let kept = store
                .get(id)
                .await
                .unwrap()
                .expect("a booking is lost")
                .state;
            let was_moved = said.moving.values().any(|from| from == id);
            let kept_or_later = kept == *state
                || (*state == BookingState::Confirmed
                    && (said.cancelling.contains(id) || was_moved)
                    && matches!(kept, BookingState::Cancelling | BookingState::Cancelled));
            assert!(kept_or_later, "{id} was {state}, and is {kept}");
        }
        self.end_calls().await;
        self.counts.in_flight += store.unsettled(&practice.ods).await.unwrap().len();
        self.counts.moves_open += store.open_moves(&practice.ods).await.unwrap().len();
        self.counts.moves += said.moving.len();
        self.counts.begun += said.begun.len();
        self.counts.acknowledged += said.acknowledged.len();
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let practice = Practice {
            token: self.token().await,
            ..practice.clone()
        };
        let booking = practice.booking(Arc::new(store.clone()), clock);
        let found = booking.reconcile().await.unwrap();
        assert!(
            found.stopped_by.is_none() && found.waiting.is_empty(),
            "{found:?}"
        );
        assert!(found.unresolved.is_empty(), "{found:?}");

        let notices = booking.notices().await.unwrap();
        let mut told_by_moves = Vec::new();
        for (id, from) in &said.moving {
            told_by_moves.extend(self.check_move(&store, &notices, (id, from)).await);
        }
        assert!(store.open_moves(&practice.ods).await.unwrap().is_empty());
        for id in said.begun.keys().chain(said.moving.keys()) {
            let Some(record) = store.get(id).await.unwrap() else {
                continue;
            };
            let told =
                notices.iter().any(|notice| notice.booking == *id) || told_by_moves.contains(id);
            let settled = match record.state {
                BookingState::Confirmed => self.holds(&record) == 1 && told,
                BookingState::Cancelled => self.holds(&record) == 0 && told,
                BookingState::Rejected(_) => self.holds(&record) == 0,
                _ => false,
            };
            assert!(settled, "{record:?}, told: {told}");
        }
        for notice in notices {
            booking.acknowledge(&notice.id).await.unwrap();
        }
        self.count_sent(said);
        verify(&store, &practice.ods.clone().into(), &[])
            .await
            .unwrap();
        for (_, slot, _) in &practice.slots {
            let _ = self.practice.staff_cancel(*slot);
        }
    }

    /// Checks that a move left one appointment of its patient, who is told of it. Returns the bookings
    /// that its notice tells of.
    async fn check_move<S: BookingStore>(
        &self,
        store: &S,
        notices: &[BookingNotice],
        (id, from): (&BookingId, &BookingId),
    ) -> Vec<BookingId> {
        let Some(moved) = store.find_move(id).await.unwrap() else {
            return Vec::new();
        };
        let ids = [*from, *id, moved.rebooked()];
        let mut standing = Vec::new();
        for id in &ids {
            if let Some(record) = store.get(id).await.unwrap()
                && self.holds(&record) > 0
            {
                standing.push(record.id);
            }
        }
        let told = notices.iter().find(|notice| {
            use BookingNoticeKind::{Moved, NotMoved};
            matches!(notice.kind, Moved | NotMoved) && ids.contains(&notice.booking)
        });
        let told = told.unwrap_or_else(|| panic!("nothing tells of {moved:?}"));
        assert_eq!(standing, [told.booking], "{moved:?}");
        ids.into()
    }

    /// Returns the number of slots that hold the booking.
    fn holds(&self, record: &BookingRecord) -> usize {
        let reference = record.id.reference();
        let carries = |note: &String| reference.is_in(note);
        let slots = self.practice.slots();
        let mut slots = slots.iter().filter(|slot| slot.patient.is_some());
        slots
            .by_ref()
            .filter(|slot| slot.note.as_ref().is_some_and(carries))
            .count()
    }

    /// Checks that each request was sent at most once.
    fn count_sent(&mut self, said: &Said) {
        let sent = self.sim.count(SimOperation::BookAppointment);
        // That of a move that could not be made is booked again.
        let most = said.begun.len() + 2 * said.moving.len();
        assert!(sent - self.booked <= most, "a booking was sent twice");
        let mut in_slot: BTreeMap<i32, usize> = BTreeMap::new();
        let calls = self.sim.journal();
        let books = calls
            .iter()
            .filter(|call| call.operation == SimOperation::BookAppointment);
        for call in books.rev().take(sent - self.booked) {
            *in_slot.entry(call.slot.unwrap()).or_default() += 1;
        }
        let most = said.begun.len().div_ceil(PLACES) + said.moving.len();
        assert!(in_slot.values().all(|times| *times <= most), "{in_slot:?}");
        self.booked = sent;
    }

    /// Lets EMIS end the calls of the killed process: it answers in order of arrival.
    async fn end_calls(&self) {
        let (api, application) = (self.sim.api_url(), self.sim.application_id());
        let token = Arc::new(FixedToken::new("none"));
        let client = Client::builder(api.parse().unwrap(), application.parse().unwrap(), token);
        let client = client
            .attempt_timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        for _ in 0..5 {
            client.health().await.unwrap();
        }
    }
}

/// The bookings that a killed process reported.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The requests that it began, each with the place of its slot.
    begun: BTreeMap<BookingId, usize>,
    cancelling: Vec<BookingId>,
    /// The moves that it began, each with the booking that was to be moved.
    moving: BTreeMap<BookingId, BookingId>,
    /// The last state of each booking that it acknowledged.
    acknowledged: BTreeMap<BookingId, BookingState>,
}

impl Said {
    fn of(lines: &[String]) -> Self {
        let mut said = Self::default();
        for line in lines {
            let mut words = line.split(' ');
            let what = words.next().unwrap();
            // The last line may be cut off.
            let Some(Ok(id)) = words.next().map(str::parse::<BookingId>) else {
                continue;
            };
            match what {
                "begun" => {
                    let place = words.next().and_then(|place| place.parse().ok());
                    said.begun.insert(id, place.unwrap_or_default());
                }
                "cancelling" => said.cancelling.push(id),
                "moving" => {
                    if let Some(Ok(from)) = words.next().map(str::parse) {
                        said.moving.insert(id, from);
                    }
                }
                "moved" => {
                    said.acknowledged.insert(id, BookingState::Confirmed);
                }
                state => {
                    said.acknowledged.insert(id, state.parse().unwrap());
                }
            }
        }
        said
    }
}
