//! Moves of appointments: never nothing, and never silently two.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, BOOKING_WATCHED_FOR, BookingChange, BookingErrorKind, BookingId, BookingMove,
    BookingNoticeKind as Notice, BookingOutcome, BookingState, BookingStore, CancelCause,
    MoveOutcome, MovePhase, MoveRequest, Rejection, SlotChoice,
};
use emis_messaging::TaskKind;
use emis_settings::MoveOrder;
use emis_sim::{SimFault, SimOperation};
use emis_types::{Clock, ManualClock, OdsCode, PatientNumber};
use jiff::{SignedDuration, Timestamp};

use crate::world::{NOW, World, run_until_await, whole_month};

const ORDERS: [MoveOrder; 2] = [MoveOrder::BookFirst, MoveOrder::CancelFirst];

struct Moving {
    world: World,
    slots: Vec<SlotChoice>,
    patient: PatientNumber,
    from: BookingId,
}

impl Moving {
    /// A patient with one appointment, which is as many as they may have.
    async fn new(order: MoveOrder) -> Self {
        let world = World::with(|settings| {
            settings.max_future_per_patient = 1;
            settings.move_order = order;
        })
        .await;
        let (slots, patient) = (world.offered().await, world.patient());
        let from = world.booked(&slots[0], patient).await.id;
        Self {
            world,
            slots,
            patient,
            from,
        }
    }

    fn request(&self) -> MoveRequest {
        let identity = self.world.identity(self.patient);
        MoveRequest::new(self.from, self.slots[1].clone(), identity)
    }

    async fn reschedule(&self, request: &MoveRequest) -> MoveOutcome {
        self.world.booking.reschedule(request).await.unwrap()
    }

    /// Returns `true` for the earlier and for the new slot if the patient is in it.
    fn stands(&self) -> [bool; 2] {
        [0, 1].map(|n| self.world.patient_in(self.slots[n].slot) == Some(self.patient))
    }

    /// The last notice about the move, whichever of its appointments it is about.
    async fn told(&self) -> Option<Notice> {
        let notices = self.world.booking.notices().await.unwrap();
        let moves = [
            Notice::Moved,
            Notice::NotMoved,
            Notice::BothBooked,
            Notice::Lost,
        ];
        let mut kinds = notices.iter().map(|notice| notice.kind);
        kinds.rfind(|kind| moves.contains(kind))
    }

    /// Lets everything come to an end.
    async fn settle(&self) {
        for _ in 0..5 {
            self.world.clock.advance(SignedDuration::from_mins(10));
            self.world.sim.perform_late_commits();
            self.world.booking.reconcile().await.unwrap();
        }
    }

    /// Checks that the patient has one appointment, or knows and the practice has a task.
    async fn check(&self, context: &str) {
        let tasks = self.world.store.tasks();
        let asked = |kind| tasks.iter().any(|task| task.kind == kind);
        let told = self.told().await;
        let expected = match self.stands() {
            [false, true] => Notice::Moved,
            [true, false] => Notice::NotMoved,
            [true, true] => Notice::BothBooked,
            [false, false] => Notice::Lost,
        };
        assert_eq!(told, Some(expected), "{context}");
        let is_half = expected == Notice::BothBooked;
        assert_eq!(asked(TaskKind::MoveHalfDone), is_half, "{context}");
        assert_eq!(
            asked(TaskKind::MoveLost),
            expected == Notice::Lost,
            "{context}"
        );
    }
}

#[tokio::test]
async fn an_appointment_is_moved_in_either_order() {
    for order in ORDERS {
        let moving = Moving::new(order).await;
        let request = moving.request();
        let outcome = moving.reschedule(&request).await;
        let MoveOutcome::Moved(confirmation) = &outcome else {
            panic!("{order:?}: {outcome:?}")
        };
        assert_eq!(confirmation.id, request.id);
        assert_eq!(moving.stands(), [false, true]);
        moving.check("moved").await;
        let note = moving.world.facts(moving.slots[1].slot).note;
        assert_eq!(note, Some(request.id.reference().to_string()));
        let calls = moving.world.sim.journal();
        let writes: Vec<_> = calls.iter().map(|call| call.operation).collect();
        let last = writes.iter().rev().find(|it| {
            matches!(
                it,
                SimOperation::BookAppointment | SimOperation::CancelAppointment
            )
        });
        let expected = match order {
            MoveOrder::CancelFirst => SimOperation::BookAppointment,
            _ => SimOperation::CancelAppointment,
        };
        assert_eq!(last, Some(&expected));

        // The same request again moves nothing.
        assert_eq!(moving.reschedule(&request).await, outcome);
        assert_eq!(moving.world.bookings_sent(), 2);
        assert_eq!(moving.world.cancellations_sent(), 1);
        // The new booking is one like any other.
        moving.world.booking.cancel(&request.id).await.unwrap();
        assert_eq!(moving.stands(), [false, false]);
        let cancelled = MoveOutcome::Cancelled(request.id);
        assert_eq!(moving.reschedule(&request).await, cancelled);
    }
}

#[tokio::test]
async fn what_cannot_be_moved_stays() {
    for order in ORDERS {
        let moving = Moving::new(order).await;
        let rival = moving.world.patients()[1];
        moving
            .world
            .practice
            .staff_book(moving.slots[1].slot.get(), rival.get())
            .unwrap();
        let request = moving.request();
        let taken = MoveOutcome::NotMoved(Rejection::SlotTaken);
        assert_eq!(moving.reschedule(&request).await, taken);
        assert_eq!(moving.reschedule(&request).await, taken);
        moving.check("taken").await;

        let movable = MoveOutcome::NotMoved(Rejection::NotMovable);
        let mut other = moving.request();
        other.slot = moving.slots[2].clone();
        moving.world.clock.set(moving.slots[0].start);
        assert_eq!(moving.reschedule(&other).await, movable, "too late");
        moving.world.clock.set_uk(NOW);
        assert_eq!(moving.reschedule(&other).await, movable, "as before");

        // Booked by reception in the meantime: not ours any more.
        let slot = moving.slots[0].slot.get();
        moving.world.practice.staff_cancel(slot).unwrap();
        moving
            .world
            .practice
            .staff_book(slot, moving.patient.get())
            .unwrap();
        let mut another = moving.request();
        another.slot = moving.slots[2].clone();
        assert_eq!(moving.reschedule(&another).await, movable);
        assert_eq!(moving.world.cancellations_sent(), 0);

        let mut unknown = moving.request();
        unknown.from = BookingId::random();
        let error = moving.world.booking.reschedule(&unknown).await.unwrap_err();
        assert_eq!(error.kind(), BookingErrorKind::UnknownBooking);
    }
}

/// The open move may still cancel what it booked.
#[tokio::test]
async fn the_booking_of_an_open_move_is_not_moved_on() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let cancel = SimOperation::CancelAppointment;
    moving.world.fail(cancel, SimFault::DropBeforeCommit);
    let request = moving.request();
    let unknown = MoveOutcome::Unknown(request.id);
    assert_eq!(moving.reschedule(&request).await, unknown);
    let record = moving.world.booking.record(&request.id).await.unwrap();
    assert_eq!(record.unwrap().state, BookingState::Confirmed);

    let identity = moving.world.identity(moving.patient);
    let on = MoveRequest::new(request.id, moving.slots[2].clone(), identity);
    let refused = MoveOutcome::NotMoved(Rejection::BookingInProgress);
    assert_eq!(moving.reschedule(&on).await, refused);
    moving.settle().await;
    moving.check("settled").await;
    assert_eq!(moving.reschedule(&on).await, refused, "as before");
}

#[tokio::test]
async fn a_move_whose_worker_died_is_carried_on() {
    for order in ORDERS {
        let (mut moved, mut stayed) = (0, 0);
        for waits in 1.. {
            let moving = Moving::new(order).await;
            let request = moving.request();
            let work = pin!(moving.world.booking.reschedule(&request));
            let done = run_until_await(work, waits).await.is_some();
            moving.world.drain_requests().await;
            moving.settle().await;
            let context = format!("{order:?} at {waits}");
            let [earlier, new] = moving.stands();
            assert!(earlier != new, "{context}: {earlier}, {new}");
            let begun = moving.world.booking.record(&request.id).await.unwrap();
            if begun.is_some() {
                moving.check(&context).await;
            }
            moved += u32::from(new);
            stayed += u32::from(earlier);
            if done {
                break;
            }
        }
        assert!(moved > 0 && stayed > 0, "{order:?}: {moved}, {stayed}");
    }
}

#[tokio::test]
async fn a_move_of_a_fast_clock_ends() {
    for order in ORDERS {
        for waits in (1..).step_by(5) {
            let moving = Moving::new(order).await;
            let request = moving.request();
            moving.world.clock.advance(SignedDuration::from_mins(30));
            let work = pin!(moving.world.booking.reschedule(&request));
            let done = run_until_await(work, waits).await.is_some();
            moving.world.drain_requests().await;
            moving.world.clock.set_uk(NOW);
            moving.settle().await;
            let begun = moving.world.booking.record(&request.id).await.unwrap();
            if begun.is_some() {
                let (told, tasks) = (moving.told().await, moving.world.store.tasks());
                let stands = match moving.stands() {
                    [false, true] => Notice::Moved,
                    [true, false] => Notice::NotMoved,
                    [true, true] => Notice::BothBooked,
                    [false, false] => Notice::Lost,
                };
                // What the clock hid, a person finds out.
                let notices = moving.world.booking.notices().await.unwrap();
                let in_doubt = notices.iter().any(|it| it.kind == Notice::Unresolved);
                let is_told =
                    told == Some(stands) || (told.is_some() || in_doubt) && !tasks.is_empty();
                assert!(is_told, "{order:?} at {waits}: {told:?}, {tasks:?}");
            }
            if done {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_move_ends_with_one_appointment_or_a_task_whatever_emis_answers() {
    let after = SignedDuration::from_mins(5);
    let faults = [
        SimFault::DropBeforeCommit,
        SimFault::StatusAfterCommit(409),
        SimFault::Status(503),
        SimFault::CommitLater {
            after,
            status: Some(500),
        },
    ];
    for order in ORDERS {
        for (n, book) in faults.into_iter().enumerate() {
            for cancel in [Some(faults[n]), Some(faults[(n + 1) % 4]), None] {
                let moving = Moving::new(order).await;
                moving.world.fail(SimOperation::BookAppointment, book);
                if let Some(cancel) = cancel {
                    moving.world.fail(SimOperation::CancelAppointment, cancel);
                }
                let request = moving.request();
                let outcome = moving.reschedule(&request).await;
                moving.settle().await;
                let context = format!("{order:?}, {book:?}, {cancel:?}: {outcome:?}");
                moving.check(&context).await;
                let open = moving.world.booking.reconcile().await.unwrap();
                assert!(open.waiting.is_empty(), "{context}");
            }
        }
    }
}

#[tokio::test]
async fn an_earlier_appointment_that_cannot_be_cancelled_is_told_and_a_task() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let (cancel, busy) = (SimOperation::CancelAppointment, SimFault::Status(503));
    moving.world.sim.faults().times(cancel, 10, busy);
    let request = moving.request();
    let outcome = moving.reschedule(&request).await;
    assert_eq!(outcome, MoveOutcome::Unknown(request.id));
    moving.settle().await;
    assert_eq!(moving.stands(), [true, true]);
    moving.check("both").await;
    let both = moving.reschedule(&request).await;
    assert!(matches!(both, MoveOutcome::BothBooked(_)), "{both:?}");
}

#[tokio::test]
async fn a_patient_who_cancels_the_new_appointment_too_early_is_told_that_both_are_gone() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let cancel = SimOperation::CancelAppointment;
    moving.world.fail(cancel, SimFault::StatusAfterCommit(400));
    let request = moving.request();
    let outcome = moving.reschedule(&request).await;
    assert_eq!(outcome, MoveOutcome::Unknown(request.id));
    moving.world.booking.cancel(&request.id).await.unwrap();
    moving.settle().await;
    assert_eq!(moving.stands(), [false, false]);
    moving.check("both cancelled").await;
}

#[tokio::test]
async fn a_patient_who_cancels_the_earlier_appointment_too_early_is_told_that_both_are_gone() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let (book, lost) = (SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    moving.world.fail(book, lost);
    let request = moving.request();
    let outcome = moving.reschedule(&request).await;
    assert_eq!(outcome, MoveOutcome::Unknown(request.id));
    moving.world.booking.cancel(&moving.from).await.unwrap();
    moving.settle().await;
    assert_eq!(moving.stands(), [false, false]);
    moving.check("neither").await;
}

#[tokio::test]
async fn an_appointment_that_was_cancelled_first_is_booked_again() {
    let moving = Moving::new(MoveOrder::CancelFirst).await;
    moving
        .world
        .fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    let request = moving.request();
    moving.reschedule(&request).await;
    assert_eq!(moving.stands(), [false, false]);
    moving.settle().await;
    assert_eq!(moving.stands(), [true, false]);
    moving.check("booked again").await;
    let again = moving
        .world
        .booking
        .of_patient(moving.patient)
        .await
        .unwrap();
    let again = again
        .iter()
        .find(|it| it.state == BookingState::Confirmed)
        .unwrap();
    moving.world.booking.cancel(&again.id).await.unwrap();
    assert_eq!(moving.stands(), [false, false]);
}

#[tokio::test]
async fn an_appointment_that_cannot_be_booked_again_is_told_and_a_task() {
    let moving = Moving::new(MoveOrder::CancelFirst).await;
    moving
        .world
        .fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    moving.reschedule(&moving.request()).await;
    let (slot, rival) = (moving.slots[0].slot.get(), moving.world.patients()[1]);
    moving.world.practice.staff_book(slot, rival.get()).unwrap();
    moving.settle().await;
    assert_eq!(moving.stands(), [false, false]);
    moving.check("lost").await;
}

/// A clock that leaps four minutes ahead once, at its `at`th reading.
#[derive(Debug)]
struct LeapOnce {
    clock: ManualClock,
    at: usize,
    readings: AtomicUsize,
}

impl Clock for LeapOnce {
    fn now(&self) -> Timestamp {
        if self.readings.fetch_add(1, Ordering::SeqCst) == self.at {
            self.clock.advance(SignedDuration::from_mins(4));
        }
        self.clock.now()
    }
}

#[tokio::test]
async fn a_move_whose_worker_stood_still_is_undone_or_done() {
    for order in ORDERS {
        let mut undone = 0;
        for at in 0..60 {
            let moving = Moving::new(order).await;
            let clock = Arc::new(LeapOnce {
                clock: moving.world.clock.clone(),
                at,
                readings: AtomicUsize::new(0),
            });
            let slow = moving.world.worker(clock.clone(), |_| {});
            let request = moving.request();
            let outcome = slow.reschedule(&request).await.unwrap();
            let cancelled = moving.world.cancellations_sent();
            undone += u32::from(matches!(outcome, MoveOutcome::NotMoved(_)) && cancelled > 0);
            moving.settle().await;
            let [earlier, new] = moving.stands();
            assert!(earlier != new, "{order:?} at {at}: {outcome:?}");
            moving.check(&format!("{order:?} at {at}")).await;
            if clock.readings.load(Ordering::SeqCst) <= at {
                break;
            }
        }
        assert!(undone > 0, "{order:?}: something was undone");
    }
}

#[tokio::test]
async fn a_late_cancellation_of_a_move_in_progress_ends_it_without_alarm() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let world = &moving.world;
    let both = world.worker(Arc::new(world.clock.clone()), |settings| {
        settings.max_future_per_patient = 2;
    });
    let request = world.request(&moving.slots[1], moving.patient);
    assert!(matches!(
        both.book(&request).await.unwrap(),
        BookingOutcome::Confirmed(_)
    ));
    // A move whose cancellation was given up, and then arrives.
    let practice: OdsCode = world.practice.ods().parse().unwrap();
    let by = Provenance::product();
    let new = BookingMove::new(request.id, practice, moving.from, MovePhase::BookFirst);
    assert!(world.store.begin_move(&new, &by).await.unwrap());
    let mut earlier = world.booking.record(&moving.from).await.unwrap().unwrap();
    for change in [
        BookingChange::to(BookingState::Cancelling).because(CancelCause::Moved),
        BookingChange::to(BookingState::Confirmed).watched(BOOKING_WATCHED_FOR),
    ] {
        let settled = world.store.settle(&earlier, &change, &by).await;
        earlier = settled.unwrap().unwrap().record;
    }
    let slot = moving.slots[0].slot.get();
    world.practice.staff_cancel(slot).unwrap();
    world.booking.reconcile().await.unwrap();
    moving.check("moved").await;
    assert_eq!(world.told(moving.from).await, [Notice::Booked]);
}

#[tokio::test]
async fn a_move_to_a_slot_that_is_taken_is_answered_with_the_nearest() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let world = &moving.world;
    let (taken, rival) = (moving.slots[1].slot, world.patients()[1]);
    world.practice.staff_book(taken.get(), rival.get()).unwrap();
    let (request, month) = (moving.request(), whole_month());
    let answer = world.booking.reschedule_or_suggest(&request, &month);
    let answer = answer.await.unwrap();
    let expected = MoveOutcome::NotMoved(Rejection::SlotTaken);
    assert_eq!(answer.outcome, expected);
    assert_eq!(answer.to_string(), expected.to_string());
    let nearest: Vec<_> = answer.alternatives.iter().map(|it| it.slot).collect();
    assert_eq!(nearest.len(), 5);
    assert!(!nearest.contains(&taken) && !nearest.contains(&moving.slots[0].slot));

    // The nearest can be had.
    let mut second = moving.request();
    second.slot = answer.alternatives[0].choice();
    let answer = world.booking.reschedule_or_suggest(&second, &month);
    let answer = answer.await.unwrap();
    assert!(matches!(answer.outcome, MoveOutcome::Moved(_)));
    assert!(answer.alternatives.is_empty());
}

#[tokio::test]
async fn a_booking_is_moved_once_at_a_time() {
    let moving = Moving::new(MoveOrder::BookFirst).await;
    let (one, mut other) = (moving.request(), moving.request());
    other.slot = moving.slots[2].clone();
    let work = [one, other].map(|request| {
        let booking = moving.world.booking.clone();
        tokio::spawn(async move { booking.reschedule(&request).await.unwrap() })
    });
    let mut moved = 0;
    for outcome in work {
        moved += u32::from(matches!(outcome.await.unwrap(), MoveOutcome::Moved(_)));
    }
    assert_eq!(moved, 1);
    let appointment = |slot: &SlotChoice| AppointmentKey {
        session: slot.session,
        slot: slot.slot,
        patient: moving.patient,
        start: slot.start,
    };
    let mut standing = 0;
    for slot in &moving.slots[..3] {
        let is_there = moving.world.patient_in(slot.slot) == Some(moving.patient);
        let practice = moving.world.practice.ods().parse().unwrap();
        let appointment = appointment(slot);
        let found = moving.world.store.confirmed(&practice, &appointment).await;
        assert_eq!(found.unwrap().is_some(), is_there);
        standing += u32::from(is_there);
    }
    assert_eq!(standing, 1);
}
