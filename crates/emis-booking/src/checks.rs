//! What is read from EMIS and checked before a booking is sent.

use emis_client::model::{DateRange, PatientAppointment, Session, Slot};
use emis_client::{Client, ClientErrorKind};
use emis_settings::BookingSettings;
use emis_types::uk;
use jiff::{Timestamp, ToSpan};

use crate::book::BookingRequest;
use crate::error::BookingError;
use crate::patient::may_book;
use crate::rejection::Rejection;
use crate::rules::offer;
use crate::slot::{AppointmentKey, SlotChoice};

/// How many days of a patient's appointments count against their limit: as many as EMIS lists
/// at once, and more than any horizon.
const APPOINTMENTS_AHEAD_DAYS: i64 = 89;

/// Why a booking is not sent.
pub(crate) enum Stop {
    /// The rules are against it, or EMIS refused it.
    Rejected(Rejection),
    /// It could not be checked or sent.
    Failed(BookingError),
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl<E: Into<BookingError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Reads the patient's record and checks that it is theirs, and that they can be booked for.
pub(crate) async fn check_patient(emis: &Client, request: &BookingRequest) -> Result<(), Stop> {
    let number = request.patient;
    match emis.patient().get_patient_demographics(number).await {
        Ok(patient) => {
            let day = uk::at(request.slot.start).date();
            Ok(may_book(&patient, number, &request.identity, day)?)
        }
        Err(error) if error.kind() == ClientErrorKind::NotFound => {
            Err(Rejection::PatientNotFound.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a patient may have another appointment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// They may.
    Room,
    /// They have this very one already.
    HasThisOne,
}

/// Counts the patient's appointments ahead. One that could not be read counts too: it is an
/// appointment, whatever else is wrong with it.
pub(crate) async fn check_limit(
    emis: &Client,
    settings: &BookingSettings,
    now: Timestamp,
    wanted: &AppointmentKey,
) -> Result<Limit, Stop> {
    let today = uk::at(now).date();
    let ahead = DateRange::new(today, today.saturating_add(APPOINTMENTS_AHEAD_DAYS.days()))?;
    let list = emis
        .appointments()
        .get_patient_appointments(wanted.patient, ahead)
        .await?;
    let start = |item: &PatientAppointment| uk::zoned(item.start).timestamp();
    let is_wanted =
        |item: &PatientAppointment| item.slot == wanted.slot && start(item) == wanted.start;
    if list.items.iter().any(is_wanted) {
        return Ok(Limit::HasThisOne);
    }
    let future = list.items.iter().filter(|item| start(item) > now).count();
    if future + list.skipped.len() < usize::from(settings.max_future_per_patient) {
        Ok(Limit::Room)
    } else {
        Err(Rejection::PatientLimit.into())
    }
}

/// Reads the slot and its session afresh and checks that it is offered, and unchanged.
pub(crate) async fn check_slot(
    emis: &Client,
    settings: &BookingSettings,
    now: Timestamp,
    chosen: &SlotChoice,
) -> Result<(), Stop> {
    let (session, slot) = find_slot(emis, chosen)
        .await?
        .ok_or(Rejection::SlotChanged)?;
    let offered = offer(settings, now, &session, &slot).map_err(|reason| reason.rejection())?;
    if chosen.is(&offered) {
        Ok(())
    } else {
        Err(Rejection::SlotChanged.into())
    }
}

/// Looks for a slot in its session, on the day on which it was to be. The slots are read last,
/// so that what is known of the slot is as new as can be.
async fn find_slot(
    emis: &Client,
    chosen: &SlotChoice,
) -> Result<Option<(Session, Slot)>, emis_client::ClientError> {
    let appointments = emis.appointments();
    let day = DateRange::day(uk::at(chosen.start).date());
    let sessions = appointments.get_appointment_sessions(day, None).await?;
    let mut sessions = sessions.items.into_iter();
    let Some(session) = sessions.find(|session| session.id == chosen.session) else {
        return Ok(None);
    };
    let slots = match appointments.get_slots_for_session(session.id).await {
        Ok(slots) => slots,
        Err(error) if error.kind() == ClientErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut slots = slots.items.into_iter();
    let slot = slots.find(|slot| slot.id == chosen.slot);
    Ok(slot.map(|slot| (session, slot)))
}
