//! A patient's own appointments, and what they can do about them here.

use emis_client::model::{DateRange, PatientAppointment, Site};
use emis_types::{PatientNumber, SiteId, uk};
use jiff::{SignedDuration, ToSpan};

use crate::booking::Booking;
use crate::checks::APPOINTMENTS_AHEAD_DAYS;
use crate::error::BookingError;
use crate::invitation::answer::{PatientAppointmentView, PatientAppointments};
use crate::outcome::CancelRefusal;
use crate::search::details::AppointmentDetails;
use crate::slot::AppointmentKey;

impl Booking {
    /// Returns a patient's appointments ahead as EMIS lists them, those that reception made
    /// included, the next one first. The patient must have proved who they are. Rows of EMIS that
    /// could not be read are counted: the patient may have more appointments.
    ///
    /// # Errors
    /// If EMIS or the store can't be read.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError};
    /// use emis_types::PatientNumber;
    ///
    /// async fn show(booking: &Booking, patient: PatientNumber) -> Result<(), BookingError> {
    ///     let found = booking.appointments_of(patient).await?;
    ///     for own in &found.appointments {
    ///         println!("{}", own.appointment.starts());
    ///         if own.not_cancelled.is_none() {
    ///             println!("  can be cancelled here");
    ///         }
    ///     }
    ///     if found.unread > 0 {
    ///         println!("There may be more. Contact your GP practice.");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn appointments_of(
        &self,
        patient: PatientNumber,
    ) -> Result<PatientAppointments, BookingError> {
        let now = self.now();
        let today = uk::at(now).date();
        let ahead = DateRange::new(today, today.saturating_add(APPOINTMENTS_AHEAD_DAYS.days()))?;
        let emis = self.emis().await?;
        let list = emis
            .appointments()
            .get_patient_appointments(patient, ahead)
            .await?;
        let (mut views, mut unread) = (Vec::new(), list.skipped.len());
        for item in &list.items {
            // Without its session it can't be told from others of its slot.
            let Some(session) = item.session else {
                unread += usize::from(uk::zoned(item.start).timestamp() > now);
                continue;
            };
            let appointment = AppointmentKey {
                session,
                slot: item.slot,
                patient,
                start: uk::zoned(item.start).timestamp(),
            };
            if appointment.start > now {
                views.push(self.view(appointment, item).await?);
            }
        }
        views.sort_by_key(|view| (view.appointment.start, view.appointment.slot));
        Ok(PatientAppointments {
            appointments: views,
            unread,
        })
    }

    async fn view(
        &self,
        appointment: AppointmentKey,
        item: &PatientAppointment,
    ) -> Result<PatientAppointmentView, BookingError> {
        let booking = self.confirmed(&appointment).await?.map(|record| record.id);
        let notice = appointment.start.duration_since(self.now());
        let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        let too_late = notice < minutes(self.settings.cancel_cut_off_minutes);
        let mode = item.slot_type.as_ref().and_then(|it| self.mode_of(it));
        Ok(PatientAppointmentView {
            details: Some(AppointmentDetails {
                minutes: item.minutes,
                site: item.site.map(|site| self.site(site, &appointment)),
                session_holders: item.session_holders.clone(),
                mode,
            }),
            booking,
            not_cancelled: too_late.then_some(CancelRefusal::TooLate),
            can_be_moved: self.settings.enabled
                && notice >= minutes(self.settings.move_cut_off_minutes()),
            appointment,
        })
    }

    /// Returns a site with the name that patients know: EMIS gives only its ID here.
    fn site(&self, id: SiteId, appointment: &AppointmentKey) -> Site {
        let session = self
            .cache()
            .session(&self.practice, appointment.session, self.now());
        let site = session.and_then(|it| it.site);
        self.named(site.unwrap_or_else(|| Site::new(id, None)))
    }

    /// Returns a site with the practice's own name of it, if it has one.
    pub(crate) fn named(&self, mut site: Site) -> Site {
        let mut own = self.sites.iter();
        if let Some(own) = own.find(|own| own.id == site.id) {
            site.name = Some(own.name.clone());
        }
        site
    }
}
