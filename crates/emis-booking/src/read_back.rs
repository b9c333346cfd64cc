//! Reads back what the appointment book shows, and concludes from it. The conclusions are pure.

use emis_client::model::{DateRange, KnownSlotStatus, Listing, Slot, SlotStatus};
use emis_client::{Client, ClientError, ClientErrorKind};
use emis_types::uk;

use crate::record::BookingState;
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;

/// The state of an appointment in the appointment book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// The patient is in the slot, at that time.
    Booked,
    /// Another patient is in the slot.
    OtherPatient,
    /// The slot is empty or gone.
    Empty,
    /// Undecided: a record could not be decoded, two answers contradict each other, or the patient
    /// is in the slot at another time.
    Unclear,
}

/// EMIS's answer to a write that was, or may have been, sent.
#[derive(Debug)]
pub(crate) enum WriteAnswer {
    /// EMIS answered that it is done.
    Done,
    /// EMIS answered that it is not done.
    Refused(ClientError),
    /// No answer, or one that leaves the outcome unknown.
    Unknown,
}

impl WriteAnswer {
    /// Classifies the result of a write. Returns an error only if the write was provably not
    /// sent.
    pub(crate) fn of<T>(result: Result<T, ClientError>) -> Result<Self, ClientError> {
        match result {
            Ok(_) => Ok(Self::Done),
            Err(error) if !error.is_ambiguous() => Err(error),
            Err(error) if is_refusal(&error) => Ok(Self::Refused(error)),
            Err(_) => Ok(Self::Unknown),
        }
    }

    /// Returns the error of a refusal that is not about the state of the slot.
    pub(crate) fn into_failure(self) -> Option<ClientError> {
        use ClientErrorKind::{Conflict, NotFound};
        match self {
            Self::Refused(error) if !matches!(error.kind(), Conflict | NotFound) => Some(error),
            _ => None,
        }
    }
}

/// Returns whether the answer comes from a machine that has finished with the call. A gateway's timeout
/// does not: the call may still be in flight behind it.
fn is_refusal(error: &ClientError) -> bool {
    const REQUEST_TIMEOUT: u16 = 408;
    matches!(error.http_status(), Some(400..=451) if error.http_status() != Some(REQUEST_TIMEOUT))
}

/// Looks an appointment up in its session and, unless that shows the patient not to be in the
/// slot, in the patient's own list. A slot has no date, so only the list can confirm the time.
pub(crate) async fn look(
    emis: &Client,
    appointment: &AppointmentKey,
) -> Result<Sighting, ClientError> {
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
        None if is_empty(&slot.status) => Sighting::Empty,
        None => Sighting::Unclear,
    }
}

/// Returns whether a slot without a patient is empty by its status too.
fn is_empty(status: &SlotStatus) -> bool {
    matches!(
        status.known(),
        Some(
            KnownSlotStatus::SlotAvailable | KnownSlotStatus::Blocked | KnownSlotStatus::Embargoed
        )
    )
}

/// Returns the state of a booking right after it was sent.
///
/// The patient who is seen in the slot decides, and not EMIS's answer: a machine between us and
/// EMIS may have repeated the call, and then a refusal answers our own booking. An empty slot is a
/// rejection only if EMIS refused. After anything else the booking may still be in flight.
pub(crate) fn after_booking(answer: &WriteAnswer, seen: Sighting) -> BookingState {
    match (answer, seen) {
        (_, Sighting::Booked) => BookingState::Confirmed,
        (_, Sighting::OtherPatient) => BookingState::Rejected(Rejection::SlotTaken),
        (WriteAnswer::Refused(_), Sighting::Empty) => BookingState::Rejected(Rejection::Refused),
        _ => BookingState::Unknown,
    }
}

/// Returns the state of a booking right after its cancellation was sent.
pub(crate) fn after_cancelling(answer: &WriteAnswer, seen: Sighting) -> BookingState {
    match (answer, seen) {
        (_, Sighting::OtherPatient | Sighting::Empty) => BookingState::Cancelled,
        (WriteAnswer::Refused(_), Sighting::Booked) => BookingState::Confirmed,
        _ => BookingState::Cancelling,
    }
}

/// Returns the state to which a later look settles a booking; `None` if it is still unknown.
///
/// `overdue` says that no call can be in flight any more: what is not there was not done, and what
/// is still there was not cancelled.
pub(crate) fn later(state: BookingState, seen: Sighting, overdue: bool) -> Option<BookingState> {
    use BookingState::{Cancelled, Cancelling, Confirmed, Intended, Rejected, Unknown};
    use Sighting::{Booked, Empty, OtherPatient};
    match (state, seen) {
        (Cancelling, OtherPatient | Empty) => Some(Cancelled),
        (Cancelling, Booked) if overdue => Some(Confirmed),
        (Intended | Unknown, Booked) => Some(Confirmed),
        // The worker that intends it may be about to send it, and has yet to look for itself.
        (Unknown, OtherPatient) => Some(Rejected(Rejection::SlotTaken)),
        (Intended | Unknown, OtherPatient | Empty) if overdue => {
            Some(Rejected(Rejection::NotBooked))
        }
        _ => None,
    }
}
