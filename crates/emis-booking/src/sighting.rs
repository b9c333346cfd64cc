//! Reading back: what stands in the appointment book, and what follows from it.

use emis_client::model::{DateRange, KnownSlotStatus, Listing, Slot, SlotStatus};
use emis_client::{Client, ClientErrorKind};
use emis_types::uk;

use crate::record::BookingState;
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;

/// What the appointment book shows of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// The patient is in the slot, at that time.
    Booked,
    /// Somebody else is in the slot.
    OtherPatient,
    /// Nobody is in the slot, or it is gone.
    Empty,
    /// It can't be told: a record could not be read, two answers contradict each other, or the
    /// patient is in the slot at another time.
    Unclear,
}

/// What EMIS answered to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, it says.
    Done,
    /// Not done, it says, for the slot is not in the state that this needs.
    NotPossible,
    /// Nothing that can be relied on.
    Unknown,
}

impl Answer {
    /// Reads the result of a write. Only what provably was not done is an error.
    pub(crate) fn of<T>(
        result: Result<T, emis_client::ClientError>,
    ) -> Result<Self, emis_client::ClientError> {
        let Err(error) = result else {
            return Ok(Self::Done);
        };
        match error.kind() {
            ClientErrorKind::Conflict | ClientErrorKind::NotFound => Ok(Self::NotPossible),
            ClientErrorKind::InvalidRequest
            | ClientErrorKind::Credentials
            | ClientErrorKind::Unreachable
            | ClientErrorKind::Unauthenticated
            | ClientErrorKind::Forbidden
            | ClientErrorKind::RateLimited
            | ClientErrorKind::Busy
            | ClientErrorKind::Suspended
            | ClientErrorKind::Rejected => Err(error),
            _ => Ok(Self::Unknown),
        }
    }
}

/// Looks an appointment up in its session and, unless that shows the patient not to be in the
/// slot, in the patient's own list. A slot has no date, so only the list can confirm the time.
pub(crate) async fn look(
    emis: &Client,
    appointment: &AppointmentKey,
) -> Result<Sighting, emis_client::ClientError> {
    let slots = match emis
        .appointments()
        .get_slots_for_session(appointment.session)
        .await
    {
        Ok(slots) => slots,
        // The practice deleted the session, its slots with it.
        Err(error) if error.kind() == ClientErrorKind::NotFound => Listing::default(),
        Err(error) => return Err(error),
    };
    let slot = slots.items.iter().find(|slot| slot.id == appointment.slot);
    let in_session = slot.map(|slot| in_slot(slot, appointment));
    if let Some(seen @ (Sighting::OtherPatient | Sighting::Empty)) = in_session {
        return Ok(seen);
    }
    let day = DateRange::day(appointment.starts().date());
    let list = emis
        .appointments()
        .get_patient_appointments(appointment.patient, day)
        .await?;
    let listed = list.items.iter().find(|item| item.slot == appointment.slot);
    let complete = slots.skipped.is_empty() && list.skipped.is_empty();
    Ok(match (in_session, listed) {
        (_, Some(item)) if uk::zoned(item.start).timestamp() == appointment.start => {
            Sighting::Booked
        }
        (None, None) if complete => Sighting::Empty,
        _ => Sighting::Unclear,
    })
}

fn in_slot(slot: &Slot, appointment: &AppointmentKey) -> Sighting {
    match slot.patient {
        Some(patient) if patient == appointment.patient => Sighting::Booked,
        Some(_) => Sighting::OtherPatient,
        None if holds_nobody(&slot.status) => Sighting::Empty,
        None => Sighting::Unclear,
    }
}

/// Whether a slot without a patient is empty by its status too.
fn holds_nobody(status: &SlotStatus) -> bool {
    matches!(
        status.known(),
        Some(
            KnownSlotStatus::SlotAvailable | KnownSlotStatus::Blocked | KnownSlotStatus::Embargoed
        )
    )
}

/// Where a booking stands right after it was sent.
///
/// Who is seen in the slot decides, whatever EMIS answered: a machine between us and EMIS may
/// have repeated the call, and then "not possible" answers our own booking. An empty slot is a
/// refusal only where EMIS refused. After anything else the booking may still be on its way.
pub(crate) fn after_booking(answer: Answer, seen: Sighting) -> BookingState {
    match (answer, seen) {
        (_, Sighting::Booked) => BookingState::Confirmed,
        (_, Sighting::OtherPatient) => BookingState::Rejected(Rejection::SlotTaken),
        (Answer::NotPossible, Sighting::Empty) => BookingState::Rejected(Rejection::Refused),
        _ => BookingState::Unknown,
    }
}

/// Where a booking stands right after its cancellation was sent.
pub(crate) fn after_cancelling(answer: Answer, seen: Sighting) -> BookingState {
    match (answer, seen) {
        (_, Sighting::OtherPatient | Sighting::Empty) => BookingState::Cancelled,
        (Answer::NotPossible, Sighting::Booked) => BookingState::Confirmed,
        _ => BookingState::Cancelling,
    }
}

/// What an unsettled booking turns out to be when it is looked at later. `None`: still not known.
///
/// `overdue` says that nothing can be on its way any more, so that what is not there now was not
/// done, and what is still there was not cancelled.
pub(crate) fn later(state: BookingState, seen: Sighting, overdue: bool) -> Option<BookingState> {
    match (state, seen) {
        (BookingState::Cancelling, Sighting::OtherPatient | Sighting::Empty) => {
            Some(BookingState::Cancelled)
        }
        (BookingState::Cancelling, Sighting::Booked) if overdue => Some(BookingState::Confirmed),
        (BookingState::Intended | BookingState::Unknown, Sighting::Booked) => {
            Some(BookingState::Confirmed)
        }
        // The worker that intends it may be about to send it, and has yet to look for itself.
        (BookingState::Unknown, Sighting::OtherPatient) => {
            Some(BookingState::Rejected(Rejection::SlotTaken))
        }
        (
            BookingState::Intended | BookingState::Unknown,
            Sighting::OtherPatient | Sighting::Empty,
        ) if overdue => Some(BookingState::Rejected(Rejection::NotBooked)),
        _ => None,
    }
}
