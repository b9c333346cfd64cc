//! Moves by links at a simulated practice, on a store: within what the link allows, by its patient
//! alone, and found again although a worker died.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use emis_booking::{
    AdmissionStore, Booking, BookingOutcome, BookingStore, CancelOutcome, InvitationBatch,
    InvitationStore, InviteOutcome, IssuedLink, LinkAllowance, LinkAnswer, LinkChange, LinkRefusal,
    LinkRequest, LinkState, MoveAnswer, MoveOutcome, Rejection, SlotChoice, SlotSearch,
};
use emis_client::RetryPolicy;
use emis_settings::{BookingSettings, PracticeSettings};
use emis_sim::{PatientFacts, PatientKind, Sim, SimOperation, SimPractice};
use emis_test_support::{api_user_grant, client_builder, token_source_builder};
use emis_types::{BookedBy, Clock, ManualClock, SlotId, StaffId, uk};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};

/// The number of slots that a session of these tests has.
const PLACES: i16 = 4;

struct World {
    sim: Sim,
    practice: SimPractice,
    clock: ManualClock,
    booking: Booking,
    slot_type: i32,
    people: std::vec::IntoIter<PatientFacts>,
}

/// Returns the moment at which the tests begin, for the clock of the store as well.
pub(crate) fn clock() -> ManualClock {
    ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))
}

impl World {
    async fn new<S>(store: S, clock: ManualClock) -> Self
    where
        S: BookingStore + InvitationStore + AdmissionStore + 'static,
    {
        let shared = Arc::new(clock.clone());
        let sim = Sim::builder().patients(200).clock(shared.clone());
        let sim = sim.start().await.unwrap();
        let practice = sim.practice();
        for slot in practice.slots().iter().filter(|it| it.patient.is_some()) {
            practice.staff_cancel(slot.slot_id).unwrap();
        }
        let types = practice.slot_types();
        let routine = types.iter().find(|it| it.display == "GP Routine").unwrap();
        let slot_type = routine.id;
        let mut settings = BookingSettings::default();
        settings.enabled = true;
        settings.slot_types = [slot_type.to_string().parse().unwrap()].into();
        settings.max_future_per_patient = 1;
        let staff = StaffId::new(i64::from(practice.api_user().unwrap().id)).unwrap();
        settings.booked_by = Some(BookedBy::Dbid(staff));
        let document = serde_json::json!({ "ods_code": practice.ods(), "booking": settings });
        let settings: PracticeSettings = serde_json::from_value(document).unwrap();
        let tokens = token_source_builder(&sim, api_user_grant(&practice), &clock);
        let client = client_builder(&sim, tokens, &clock);
        let client = client.retry(RetryPolicy::never()).build().unwrap();
        let store = Arc::new(store);
        let booking = Booking::new(client, &settings, store.clone(), shared);
        let mut people = practice.patients();
        people.retain(|it| it.kind == PatientKind::Regular);
        Self {
            booking: booking.with_links(store.clone(), store),
            sim,
            practice,
            clock,
            slot_type,
            people: people.into_iter(),
        }
    }

    fn person(&mut self) -> PatientFacts {
        self.people.next().unwrap()
    }

    fn day(&self, days: i64) -> Date {
        uk::at(self.clock.now()).date().saturating_add(days.days())
    }

    /// Opens a session after so many days, and returns its slots.
    fn slots(&self, days: i64) -> Vec<SlotChoice> {
        let start = self.day(days).at(8, 0, 0, 0);
        let opened = self
            .practice
            .staff_open_session(start, 10, PLACES, self.slot_type);
        let slots = opened.unwrap().into_iter().map(|slot| {
            let facts = self.practice.slot(slot).unwrap();
            SlotChoice {
                session: i64::from(facts.session_id).try_into().unwrap(),
                slot: i64::from(slot).try_into().unwrap(),
                slot_type: self.slot_type.to_string().parse().unwrap(),
                start: uk::zoned(facts.start).timestamp(),
            }
        });
        slots.collect()
    }

    /// Invites a patient, who books a slot.
    async fn booked(
        &self,
        person: &PatientFacts,
        slot: &SlotChoice,
        allowance: LinkAllowance,
    ) -> IssuedLink {
        let patient = i64::from(person.patient_number).try_into().unwrap();
        let batch = InvitationBatch::new([patient], allowance).beyond_capacity();
        let InviteOutcome::Invited(mut links) = self.booking.invite(&batch).await.unwrap() else {
            panic!("not invited");
        };
        let link = links.remove(0);
        let request = LinkRequest::new(slot.clone(), person.dob);
        let today = self.day(0).at(0, 0, 0, 0);
        let search = SlotSearch::new(today, today);
        let booked = self.booking.link(&link.token).book(&request, &search).await;
        let booked = booked.unwrap().allowed().unwrap().outcome;
        let BookingOutcome::Confirmed(confirmed) = booked else {
            panic!("{booked:?}");
        };
        let details = confirmed.details.unwrap();
        assert!(details.site.is_some() && !details.session_holders.is_empty());
        link
    }

    async fn reschedule(
        &self,
        link: &IssuedLink,
        request: &LinkRequest,
    ) -> LinkAnswer<MoveOutcome> {
        match self.reschedule_or_suggest(link, request).await {
            LinkAnswer::Allowed(answer) => LinkAnswer::Allowed(answer.outcome),
            LinkAnswer::Refused(refusal) => LinkAnswer::Refused(refusal),
        }
    }

    async fn reschedule_or_suggest(
        &self,
        link: &IssuedLink,
        request: &LinkRequest,
    ) -> LinkAnswer<MoveAnswer> {
        let days = [0, 14].map(|days| self.day(days).at(0, 0, 0, 0));
        let search = SlotSearch::new(days[0], days[1]);
        let link = self.booking.link(&link.token);
        link.reschedule(request, &search).await.unwrap()
    }

    fn is_in(&self, person: &PatientFacts, slot: SlotId) -> bool {
        self.practice.booking_of(slot.get()) == Some(person.patient_number)
    }

    /// Returns the slot that the link shows.
    async fn shown(&self, link: &IssuedLink, person: &PatientFacts) -> Option<SlotId> {
        let link = self.booking.link(&link.token);
        let shown = link.appointment(person.dob).await.unwrap().allowed();
        shown.map(|view| view.appointment.slot)
    }

    async fn moves(&self, link: &IssuedLink) -> u8 {
        self.booking
            .invitation(&link.id)
            .await
            .unwrap()
            .unwrap()
            .moves
    }
}

/// Checks that a link moves what it booked, within what it allows.
pub(crate) async fn move_within_what_is_allowed<S>(store: S, clock: ManualClock)
where
    S: BookingStore + InvitationStore + AdmissionStore + 'static,
{
    let mut world = World::new(store, clock).await;
    let (near, far) = (world.slots(7), world.slots(8));
    let person = world.person();
    let allowance = LinkAllowance::any().on_days(world.day(0), world.day(7));
    let link = world.booked(&person, &near[0], allowance).await;
    let writes = |world: &World| {
        world.sim.count(SimOperation::BookAppointment)
            + world.sim.count(SimOperation::CancelAppointment)
    };

    let outside = LinkRequest::new(far[0].clone(), person.dob);
    let refused = world.reschedule_or_suggest(&link, &outside).await;
    let refused = refused.allowed().unwrap();
    let expected = MoveOutcome::NotMoved(Rejection::NotOffered);
    assert_eq!(refused.outcome, expected);
    let last = world.day(7);
    let mut nearest = refused.alternatives.iter().map(|it| it.start.date());
    assert!(refused.alternatives.len() == 5 && nearest.all(|day| day <= last));
    let wrong = LinkRequest::new(near[1].clone(), date(1901, 1, 1));
    let refused = world.reschedule(&link, &wrong).await.refusal();
    assert_eq!(refused, Some(LinkRefusal::WrongIdentity));
    assert_eq!(writes(&world), 1, "only the booking");

    let request = LinkRequest::new(near[1].clone(), person.dob);
    for copy in [false, true] {
        // The same request again has the same answer.
        let moved = world.reschedule(&link, &request).await.allowed();
        let Some(MoveOutcome::Moved(confirmed)) = moved else {
            panic!("{moved:?}");
        };
        assert_eq!(confirmed.id, request.id);
        assert!(copy || confirmed.details.is_some());
    }
    assert_eq!((writes(&world), world.moves(&link).await), (3, 1));
    assert!(world.is_in(&person, near[1].slot) && !world.is_in(&person, near[0].slot));
    let again = LinkRequest::new(near[2].clone(), person.dob);
    let refused = world.reschedule(&link, &again).await.refusal();
    assert_eq!(refused, Some(LinkRefusal::MovedTooOften));

    assert_eq!(world.shown(&link, &person).await, Some(near[1].slot));
    let cancelled = world.booking.link(&link.token).cancel(person.dob).await;
    assert_eq!(cancelled.unwrap().allowed(), Some(CancelOutcome::Cancelled));
    let history = world.booking.link_history(&link.id).await.unwrap();
    let history: Vec<_> = history.iter().map(|event| event.change).collect();
    let to = request.id;
    let expected = [
        LinkChange::Booked,
        LinkChange::Moved { to },
        LinkChange::Cancelled,
    ];
    assert_eq!(history, expected);
}

/// Checks that a link moves an appointment that the practice booked.
pub(crate) async fn move_what_reception_booked<S>(store: S, clock: ManualClock)
where
    S: BookingStore + InvitationStore + AdmissionStore + 'static,
{
    let mut world = World::new(store, clock).await;
    let (slots, person) = (world.slots(7), world.person());
    let number = person.patient_number;
    world
        .practice
        .staff_book(slots[0].slot.get(), number)
        .unwrap();
    let patient = i64::from(number).try_into().unwrap();
    let own = world
        .booking
        .appointments_of(patient)
        .await
        .unwrap()
        .appointments
        .remove(0);
    let allowance = LinkAllowance::any();
    let link = world.booking.link_to(&own.appointment, allowance).await;
    let link = link.unwrap();
    let request = LinkRequest::new(slots[1].clone(), person.dob);
    let moved = world.reschedule(&link, &request).await.allowed();
    assert!(matches!(moved, Some(MoveOutcome::Moved(_))), "{moved:?}");
    assert!(world.is_in(&person, slots[1].slot) && !world.is_in(&person, slots[0].slot));
    assert_eq!(world.shown(&link, &person).await, Some(slots[1].slot));
    assert_eq!(world.moves(&link).await, 1);
}

/// Runs a future up to its `waits`th await. Returns whether it finished before that.
async fn runs_to(work: impl Future, waits: usize) -> bool {
    let mut work = pin!(work);
    let mut left = waits;
    poll_fn(|context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Checks that a link shows what its patient has, wherever a worker died that moved it.
pub(crate) async fn find_what_a_worker_left<S>(store: S, clock: ManualClock)
where
    S: BookingStore + InvitationStore + AdmissionStore + 'static,
{
    let mut world = World::new(store, clock).await;
    let (mut moved, mut stayed) = (0, 0);
    for waits in (1..).step_by(5) {
        let (slots, person) = (world.slots(7), world.person());
        let link = world.booked(&person, &slots[0], LinkAllowance::any()).await;
        let request = LinkRequest::new(slots[1].clone(), person.dob);
        let done = runs_to(world.reschedule(&link, &request), waits).await;
        for _ in 0..5 {
            world.clock.advance(SignedDuration::from_mins(10));
            world.booking.reconcile().await.unwrap();
        }
        let [earlier, new] = [0, 1].map(|n| world.is_in(&person, slots[n].slot));
        assert!(earlier != new, "at {waits}: {earlier}, {new}");
        // The reconciler notes the move, before the link is used again.
        assert_eq!(world.moves(&link).await, u8::from(new), "at {waits}");
        let stands = slots[usize::from(new)].slot;
        assert_eq!(
            world.shown(&link, &person).await,
            Some(stands),
            "at {waits}"
        );
        moved += u32::from(new);
        stayed += u32::from(earlier);
        if done {
            break;
        }
    }
    assert!(moved > 1 && stayed > 1, "{moved}, {stayed}");
}

/// Checks that a link knows what became of its booking, wherever a worker died that booked by it.
pub(crate) async fn follow_what_a_worker_left<S>(store: S, clock: ManualClock)
where
    S: BookingStore + InvitationStore + AdmissionStore + 'static,
{
    let mut world = World::new(store, clock).await;
    let (mut booked, mut released) = (0, 0);
    for waits in 1.. {
        let (slots, person) = (world.slots(7), world.person());
        let patient = i64::from(person.patient_number).try_into().unwrap();
        let batch = InvitationBatch::new([patient, patient], LinkAllowance::any());
        let invited = world.booking.invite(&batch.beyond_capacity()).await;
        let InviteOutcome::Invited(links) = invited.unwrap() else {
            panic!("not invited");
        };
        let [link] = links.as_slice() else {
            panic!("a patient is invited once: {}", links.len());
        };
        let today = world.day(0).at(0, 0, 0, 0);
        let search = SlotSearch::new(today, today);
        let request = LinkRequest::new(slots[0].clone(), person.dob);
        let booking = world.booking.link(&link.token);
        let done = Box::pin(runs_to(booking.book(&request, &search), waits)).await;
        for _ in 0..3 {
            world.clock.advance(SignedDuration::from_mins(10));
            world.booking.reconcile().await.unwrap();
        }
        let is_in = world.is_in(&person, slots[0].slot);
        let kept = world.booking.invitation(&link.id).await.unwrap().unwrap();
        let history = world.booking.link_history(&link.id).await.unwrap();
        let changes: Vec<_> = history.iter().map(|event| event.change).collect();
        if is_in {
            assert_eq!(kept.state, LinkState::Used(request.id), "at {waits}");
            assert_eq!(changes, [LinkChange::Booked], "at {waits}");
        } else {
            assert_eq!(kept.state, LinkState::Open, "at {waits}");
            assert!(changes.is_empty(), "at {waits}: {changes:?}");
        }
        booked += u32::from(is_in);
        released += u32::from(kept.released.is_some());
        if done {
            break;
        }
    }
    assert!(booked > 1 && released > 0, "{booked}, {released}");
}
