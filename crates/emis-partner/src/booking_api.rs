//! Self-booking at a practice.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, Booking, BookingAnswer, BookingId, BookingNotice, BookingNoticeId,
    BookingOutcome, BookingRecord, BookingRequest, BookingState, CancelOutcome, FreeSlot,
    FreeSlots, MoveAnswer, MoveOutcome, MoveRequest, PatientAppointments, PatientMatch,
    PatientQuery, Reconciliation, SlotSearch,
};
use emis_settings::PracticeSettings;
use emis_types::{PatientNumber, StaffId};

use crate::{Action, Error, Practice};

/// Self-booking at a practice: [`Practice::booking`].
///
/// Without an [author](Action::by) the audit trail names an unknown one.
#[derive(Debug, Clone, Copy)]
pub struct BookingApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations of self-booking.
    pub fn booking(&self) -> BookingApi<'_> {
        BookingApi(self)
    }
}

impl<'a> BookingApi<'a> {
    /// Searches for slots that patients may book now. Nothing is found while self-booking is
    /// switched off.
    ///
    /// ```
    /// use emis_partner::booking::{BookingRequest, PatientIdentity, SlotSearch};
    /// use emis_partner::jiff::civil::date;
    /// use emis_partner::types::PatientNumber;
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice, patient: PatientNumber) -> Result<(), Box<dyn std::error::Error>> {
    /// let week = SlotSearch::new(
    ///     date(2026, 6, 1).at(0, 0, 0, 0),
    ///     date(2026, 6, 8).at(0, 0, 0, 0),
    /// );
    /// let found = practice.booking().free_slots(&week).await?;
    /// let slot = found.slots.first().ok_or("nothing is free")?;
    /// let known = PatientIdentity::date_of_birth(date(1957, 5, 9));
    /// let request = BookingRequest::new(slot.choice(), patient, known);
    /// println!("{}", practice.booking().book(&request).await?); // a sentence for the patient
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the practice is not set up, the search is invalid or EMIS can't be read.
    pub async fn free_slots(self, search: &SlotSearch) -> Result<FreeSlots, Error> {
        let search = async { Ok(self.api(unnamed()).await?.free_slots(search).await?) };
        Box::pin(self.0.at_work(search)).await
    }

    /// Returns the first free slot of a search.
    ///
    /// # Errors
    /// As [`free_slots`](Self::free_slots).
    pub async fn next_available(self, search: &SlotSearch) -> Result<Option<FreeSlot>, Error> {
        let search = async { Ok(self.api(unnamed()).await?.next_available(search).await?) };
        Box::pin(self.0.at_work(search)).await
    }

    /// Finds the one patient that is meant by an NHS number, or by a telephone number, and a date of
    /// birth; never a guess.
    ///
    /// ```
    /// use emis_partner::booking::{MatchedPatient, PatientMatch, PatientQuery};
    /// use emis_partner::jiff::civil::date;
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let query = PatientQuery::nhs_number("999 000 0018".parse()?, date(1957, 5, 9));
    /// match practice.booking().find_patient(&query).await? {
    ///     PatientMatch::One(matched) => println!("patient {}", matched.patient),
    ///     PatientMatch::Refused(refusal) => println!("{refusal}"), // a sentence for the patient
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails.
    pub fn find_patient(self, query: &'a PatientQuery) -> Action<'a, PatientMatch> {
        self.action(async move |booking: Booking| Ok(booking.find_patient(query).await?))
    }

    /// Returns a patient's appointments ahead, with those that can be cancelled or moved here. The
    /// patient must have proved who they are.
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::types::PatientNumber;
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice, patient: PatientNumber) -> Result<(), Error> {
    /// let ahead = practice.booking().appointments_of(patient).await?;
    /// println!("{} appointments", ahead.appointments.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn appointments_of(self, patient: PatientNumber) -> Action<'a, PatientAppointments> {
        self.action(async move |booking: Booking| Ok(booking.appointments_of(patient).await?))
    }

    /// Returns the patient's usual GP, whose slots a search can list
    /// [first](SlotSearch::first_with).
    ///
    /// # Errors
    /// If the practice is not set up or EMIS can't be read.
    pub async fn usual_gp(self, patient: PatientNumber) -> Result<Option<StaffId>, Error> {
        let read = async { Ok(self.api(unnamed()).await?.usual_gp(patient).await?) };
        self.0.at_work(read).await
    }

    /// Books a slot as [`book`](Self::book) does. If that slot can't be booked, the answer has the
    /// nearest free ones of `search`.
    ///
    /// # Errors
    /// As [`book`](Self::book).
    ///
    /// # Cancel safety
    /// As [`book`](Self::book).
    pub fn book_or_suggest(
        self,
        request: &'a BookingRequest,
        search: &'a SlotSearch,
    ) -> Action<'a, BookingAnswer> {
        self.action(async move |booking: Booking| {
            Ok(booking.book_or_suggest(request, search).await?)
        })
    }

    /// Books a slot for a patient, once, and reads the appointment back. See [`Booking::book`].
    ///
    /// # Errors
    /// If nothing was booked because something failed. A slot that is taken, or a patient who may
    /// not book, is a [`BookingOutcome`].
    ///
    /// # Examples
    /// ```
    /// use emis_partner::booking::{BookingOutcome, BookingRequest};
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(practice: Practice, request: BookingRequest) -> Result<(), Error> {
    /// match practice.booking().book(&request).await? {
    ///     BookingOutcome::Confirmed(booked) => println!("{}", booked.id), // what `cancel` takes
    ///     BookingOutcome::Rejected(why) => println!("{why}"), // a sentence for the patient
    ///     BookingOutcome::Unknown(id) => println!("{id} is settled by reconcile()"),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: [`reconcile`](Self::reconcile) settles a booking that was begun.
    pub fn book(self, request: &'a BookingRequest) -> Action<'a, BookingOutcome> {
        self.action(async move |booking: Booking| Ok(booking.book(request).await?))
    }

    /// Returns a booking as the store has it, without asking EMIS.
    /// [`BookingOutcome::of`](emis_booking::BookingOutcome::of) is what the patient is told.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub async fn find(self, id: &BookingId) -> Result<Option<BookingRecord>, Error> {
        Ok(self.api(unnamed()).await?.record(id).await?)
    }

    /// Cancels a booking that was made here, once, and reads back that the patient is no longer
    /// in the slot. See [`Booking::cancel`]. Of a person who acts for the patient, the
    /// [author](Action::by) is a [proxy](Provenance::for_proxy).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such booking, and if nothing was
    /// cancelled because something failed.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::booking::BookingId;
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(practice: Practice, id: BookingId) -> Result<(), Error> {
    /// println!("{}", practice.booking().cancel(&id).await?); // a sentence for the patient
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// As [`book`](Self::book).
    pub fn cancel(self, id: &'a BookingId) -> Action<'a, CancelOutcome> {
        self.action(async move |booking: Booking| Ok(booking.cancel(id).await?))
    }

    /// Cancels an appointment that was not booked here, such as one that reception made.
    ///
    /// # Errors
    /// If nothing was cancelled because something failed.
    ///
    /// # Cancel safety
    /// As [`book`](Self::book).
    pub fn cancel_appointment(self, appointment: &'a AppointmentKey) -> Action<'a, CancelOutcome> {
        self.action(async move |booking: Booking| {
            Ok(booking.cancel_appointment(appointment).await?)
        })
    }

    /// Moves an appointment that was booked here to another slot. See [`Booking::reschedule`].
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such booking, and if nothing was
    /// changed because something failed.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::booking::{BookingId, MoveRequest, PatientIdentity, SlotChoice};
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(
    /// #     practice: Practice, id: BookingId, chosen: SlotChoice, known: PatientIdentity,
    /// # ) -> Result<(), Error> {
    /// let request = MoveRequest::new(id, chosen, known);
    /// println!("{}", practice.booking().reschedule(&request).await?); // a sentence for the patient
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: [`reconcile`](Self::reconcile) carries the move on.
    pub fn reschedule(self, request: &'a MoveRequest) -> Action<'a, MoveOutcome> {
        self.action(async move |booking: Booking| Ok(booking.reschedule(request).await?))
    }

    /// Moves an appointment as [`reschedule`](Self::reschedule) does. If the new slot can't be booked,
    /// the answer has the nearest free ones of `search`.
    ///
    /// # Errors
    /// As [`reschedule`](Self::reschedule).
    ///
    /// # Cancel safety
    /// As [`reschedule`](Self::reschedule).
    pub fn reschedule_or_suggest(
        self,
        request: &'a MoveRequest,
        search: &'a SlotSearch,
    ) -> Action<'a, MoveAnswer> {
        self.action(async move |booking: Booking| {
            Ok(booking.reschedule_or_suggest(request, search).await?)
        })
    }

    /// Returns the outcomes that patients must be told, until they are
    /// [acknowledged](Self::acknowledge).
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// for notice in practice.booking().notices().await? {
    ///     // Tell the patient by a channel of the product's own, then:
    ///     practice.booking().acknowledge(&notice.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn notices(self) -> Action<'a, Vec<BookingNotice>> {
        self.action(async move |booking: Booking| Ok(booking.notices().await?))
    }

    /// Removes a notice that the patient was told. Returns `false` if it was removed before.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the notice is removed or not.
    pub fn acknowledge(self, notice: &'a BookingNoticeId) -> Action<'a, bool> {
        self.action(async move |booking: Booking| Ok(booking.acknowledge(notice).await?))
    }

    /// Settles bookings whose outcome was unknown, by reading only. Run it every few minutes.
    ///
    /// # Errors
    /// If the store or EMIS can't be read.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let report = practice.booking().reconcile().await?;
    /// println!("{report:?}"); // ids and states
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: each booking is settled in one step.
    pub async fn reconcile(self) -> Result<Reconciliation, Error> {
        let work = async { Ok(self.api(unnamed()).await?.reconcile().await?) };
        Box::pin(self.0.at_work(work)).await
    }

    /// Settles an unresolved booking as a person found it in EMIS. Returns the record as it
    /// stands then. See [`Booking::settle_by_hand`].
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such booking, and if the store
    /// fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the booking is settled in one step.
    pub fn settle_by_hand(
        self,
        id: &'a BookingId,
        found: BookingState,
    ) -> Action<'a, BookingRecord> {
        self.action(async move |booking: Booking| {
            Ok(booking.settle_by_hand(id, found).await?.record)
        })
    }

    pub(crate) fn action<T, F>(self, work: impl FnOnce(Booking) -> F + Send + 'a) -> Action<'a, T>
    where
        F: Future<Output = Result<T, Error>> + Send + 'a,
        T: Send + 'a,
    {
        Action::new(move |author| {
            self.0
                .at_work(async move { work(self.api(author).await?).await })
        })
    }

    async fn api(self, author: Provenance) -> Result<Booking, Error> {
        let settings = self.0.load().await?;
        self.0.booking_of(&settings, author)
    }
}

impl Practice {
    pub(crate) fn booking_of(
        &self,
        settings: &PracticeSettings,
        author: Provenance,
    ) -> Result<Booking, Error> {
        let parts = &self.parts;
        let client = parts.connections.client(settings)?;
        let (store, clock) = (Arc::clone(&parts.bookings), Arc::clone(&parts.clock));
        Ok(Booking::new(client, settings, store, clock)
            .with_links(Arc::clone(&parts.links), Arc::clone(&parts.admissions))
            .with_cache(Arc::clone(&parts.slots))
            .acting_for(author))
    }
}

/// The author of what writes nothing.
fn unnamed() -> Provenance {
    Provenance::unknown()
}
