//! Reads from EMIS and checks before a booking is sent.

use emis_client::Client;
use emis_client::model::{DateRange, PatientAppointment};
use emis_settings::BookingSettings;
use emis_types::uk;
use jiff::{Timestamp, ToSpan};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::slot::{AppointmentKey, FreeSlot};

/// The number of days ahead in which a patient's appointments count against their limit: as many
/// as EMIS lists at once, and more than any horizon.
pub(crate) const APPOINTMENTS_AHEAD_DAYS: i64 = 89;

/// Why a booking is not sent.
pub(crate) enum Stop {
    /// The rules or EMIS are against it.
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

/// Counts the patient's appointments ahead, without the one that is moved. One that could not be
/// decoded counts as well.
pub(crate) async fn check_limit(
    emis: &Client,
    settings: &BookingSettings,
    now: Timestamp,
    wanted: &AppointmentKey,
    moved: Option<&AppointmentKey>,
) -> Result<(), Stop> {
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
        return Err(Rejection::AlreadyBooked.into());
    }
    let is_moved = |item: &&PatientAppointment| {
        moved.is_some_and(|moved| item.slot == moved.slot && start(item) == moved.start)
    };
    let counted = list.items.iter().filter(|item| !is_moved(item));
    let future = counted.filter(|item| start(item) > now).count();
    if future + list.skipped.len() < usize::from(settings.max_future_per_patient) {
        Ok(())
    } else {
        Err(Rejection::PatientLimit.into())
    }
}

impl Booking {
    /// Returns the slot if it is offered and unchanged, as it is read now, and allowed by the
    /// invitation.
    pub(crate) async fn check_slot(&self, request: &BookingRequest) -> Result<FreeSlot, Stop> {
        let chosen = &request.slot;
        let found = self.find_slot(chosen.session, chosen.slot, chosen.start, true);
        let (session, slot) = found.await?.ok_or(Rejection::SlotChanged)?;
        let offered = self.offer(self.now(), &session, &slot);
        let offered = offered.map_err(|reason| reason.rejection())?;
        if !chosen.matches(&offered) {
            return Err(Rejection::SlotChanged.into());
        }
        self.check_allowance(request, &offered).await?;
        Ok(offered)
    }
}
