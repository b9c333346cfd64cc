//! Links as patients follow them.

use emis_audit::Label;
use emis_types::Sensitive;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::identity::check::IdentityProof;
use crate::invitation::answer::{
    LinkAnswer, LinkPatient, LinkRefusal, LinkView, PatientAppointmentView,
};
use crate::invitation::record::{DeclineReason, Invitation, LinkChange, LinkPurpose, LinkState};
use crate::invitation::token::LinkToken;
use crate::move_request::MoveRequest;
use crate::outcome::CancelOutcome;
use crate::patient::PatientIdentity;
use crate::request::BookingRequest;
use crate::search::alternatives::{BookingAnswer, MoveAnswer};
use crate::search::query::{FreeSlots, SlotSearch};
use crate::slot::{AppointmentKey, SlotChoice};

/// A link that a patient follows: [`Booking::link`].
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    booking: &'a Booking,
    token: &'a LinkToken,
}

/// A request to book by a link, as a web service takes it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkRequest {
    /// The ID of this attempt, as in [`BookingRequest`].
    pub id: BookingId,
    /// The slot.
    pub slot: SlotChoice,
    /// The date of birth that was typed.
    #[serde(with = "emis_types::exposed")]
    pub date_of_birth: Sensitive<Date>,
    /// The product's id of a person who books or moves for the patient.
    #[serde(default)]
    pub proxy: Option<Label>,
}

impl LinkRequest {
    /// Creates a request with a new ID.
    pub fn new(slot: SlotChoice, date_of_birth: Date) -> Self {
        Self {
            id: BookingId::random(),
            slot,
            date_of_birth: date_of_birth.into(),
            proxy: None,
        }
    }

    /// Books or moves as a person who acts for the patient.
    #[must_use]
    pub fn by_proxy(mut self, proxy: Label) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets an ID that was handed out before, for example with a form.
    #[must_use]
    pub fn with_id(mut self, id: BookingId) -> Self {
        self.id = id;
        self
    }
}

/// Returns the value of an allowed answer, or returns the refusal.
macro_rules! allowed {
    ($answer:expr) => {
        match $answer {
            LinkAnswer::Allowed(value) => value,
            LinkAnswer::Refused(refusal) => return Ok(LinkAnswer::Refused(refusal)),
        }
    };
}

impl Booking {
    /// Returns the operations of a link that a patient follows.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, LinkAnswer, LinkRequest, LinkToken, SlotSearch};
    /// use jiff::civil::Date;
    ///
    /// async fn book(
    ///     booking: &Booking,
    ///     token: &LinkToken,
    ///     week: &SlotSearch,
    ///     date_of_birth: Date,
    /// ) -> Result<String, BookingError> {
    ///     let link = booking.link(token);
    ///     let found = match link.free_slots(week).await? {
    ///         LinkAnswer::Allowed(found) => found,
    ///         LinkAnswer::Refused(refusal) => return Ok(refusal.to_string()),
    ///     };
    ///     let Some(slot) = found.slots.first() else {
    ///         return Ok("There are no appointments.".to_owned());
    ///     };
    ///     let request = LinkRequest::new(slot.choice(), date_of_birth);
    ///     Ok(match link.book(&request, week).await? {
    ///         LinkAnswer::Allowed(answer) => answer.to_string(), // a sentence for the patient
    ///         LinkAnswer::Refused(refusal) => refusal.to_string(), // so is this
    ///     })
    /// }
    /// ```
    pub const fn link<'a>(&'a self, token: &'a LinkToken) -> Link<'a> {
        Link {
            booking: self,
            token,
        }
    }
}

impl Link<'_> {
    /// Opens the link: what may be shown before the patient has proved who they are.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn open(self) -> Result<LinkAnswer<LinkView>, BookingError> {
        let Some((link, now)) = self.find().await? else {
            return Ok(LinkAnswer::Refused(LinkRefusal::Unknown));
        };
        if !link.opened {
            self.note(&link, &LinkChange::Opened).await?;
        }
        Ok(LinkAnswer::Allowed(LinkView::of(&link, now)))
    }

    /// Checks the patient's date of birth. Wrong ones are counted, slowed and locked, for the link
    /// and for the patient.
    ///
    /// # Errors
    /// If EMIS or the store fails.
    pub async fn verify(
        self,
        date_of_birth: Date,
    ) -> Result<LinkAnswer<LinkPatient>, BookingError> {
        let link = allowed!(self.usable().await?);
        self.prove(&link, date_of_birth).await
    }

    /// Searches for the free slots that the link allows.
    ///
    /// # Errors
    /// As [`Booking::free_slots`].
    pub async fn free_slots(
        self,
        search: &SlotSearch,
    ) -> Result<LinkAnswer<FreeSlots>, BookingError> {
        let link = allowed!(self.usable().await?);
        let search = link.allowance.narrow(search);
        let found = self.booking.free_slots(&search).await?;
        Ok(LinkAnswer::Allowed(found))
    }

    /// Books a slot. If it can't be booked, the answer has the nearest free ones of `search` that
    /// the link allows; the link can then be used again.
    ///
    /// # Errors
    /// As [`Booking::book`].
    ///
    /// # Cancel safety
    /// As [`Booking::book`].
    pub async fn book(
        self,
        request: &LinkRequest,
        search: &SlotSearch,
    ) -> Result<LinkAnswer<BookingAnswer>, BookingError> {
        let link = allowed!(self.usable().await?);
        if link.purpose != LinkPurpose::Book {
            return Ok(LinkAnswer::Refused(LinkRefusal::OtherPurpose));
        }
        if let LinkState::Used(booking) = link.state
            && booking != request.id
            && !self.booking.is_rejected(&booking).await?
        {
            return Ok(LinkAnswer::Refused(LinkRefusal::Used));
        }
        let identity = PatientIdentity::date_of_birth(request.date_of_birth.into_exposed());
        let mut asked = BookingRequest::new(request.slot.clone(), link.patient, identity)
            .with_id(request.id)
            .by_invitation(link.id);
        asked.proxy.clone_from(&request.proxy);
        let search = link.allowance.narrow(search);
        let answer = self.booking.book_or_suggest(&asked, &search).await?;
        // An answer that a worker left behind is noted now.
        let noted = self.booking.caught_up(link).await;
        self.log_unless_noted(noted);
        Ok(LinkAnswer::Allowed(answer))
    }

    /// Returns the appointment that was booked by the link, or that it was made for.
    ///
    /// # Errors
    /// If EMIS or the store fails.
    pub async fn appointment(
        self,
        date_of_birth: Date,
    ) -> Result<LinkAnswer<PatientAppointmentView>, BookingError> {
        let (_, view) = allowed!(self.proved_appointment(date_of_birth).await?);
        Ok(LinkAnswer::Allowed(view))
    }

    /// Cancels that appointment.
    ///
    /// # Errors
    /// As [`Booking::cancel`].
    ///
    /// # Cancel safety
    /// As [`Booking::cancel`].
    pub async fn cancel(
        self,
        date_of_birth: Date,
    ) -> Result<LinkAnswer<CancelOutcome>, BookingError> {
        let (link, view) = allowed!(self.proved_appointment(date_of_birth).await?);
        let outcome = match view.booking {
            Some(booking) => self.booking.cancel(&booking).await?,
            None => self.booking.cancel_appointment(&view.appointment).await?,
        };
        // That of a booking is noted with its settlement.
        if outcome == CancelOutcome::Cancelled && view.booking.is_none() {
            let noted = self.note(&link, &LinkChange::Cancelled).await;
            self.log_unless_noted(noted);
        }
        Ok(LinkAnswer::Allowed(outcome))
    }

    /// Moves that appointment to another slot that the link allows, as often as it allows. One that
    /// the practice booked is moved like one that was booked here. If that slot can't be booked, the
    /// answer has the nearest free ones of `search` that the link allows.
    ///
    /// # Errors
    /// As [`Booking::reschedule`].
    ///
    /// # Cancel safety
    /// As [`Booking::reschedule`].
    pub async fn reschedule(
        self,
        request: &LinkRequest,
        search: &SlotSearch,
    ) -> Result<LinkAnswer<MoveAnswer>, BookingError> {
        let date_of_birth = request.date_of_birth.into_exposed();
        let identity = PatientIdentity::date_of_birth(date_of_birth);
        let link = allowed!(self.usable().await?);
        allowed!(self.prove(&link, date_of_birth).await?);
        let link = self.booking.caught_up(link).await?;
        let earlier = match self.booking.record(&request.id).await? {
            // The same request again is answered as it was, whatever became of the appointment.
            Some(kept) if kept.appointment.patient == link.patient => kept.replaces,
            _ => None,
        };
        let from = match earlier {
            Some(from) => from,
            None => allowed!(self.to_be_moved(&link).await?),
        };
        let asked = MoveRequest::new(from, request.slot.clone(), identity).with_id(request.id);
        let mut asked = asked.within(link.allowance.clone());
        asked.proxy.clone_from(&request.proxy);
        let search = link.allowance.narrow(search);
        let answer = Box::pin(self.booking.reschedule_or_suggest(&asked, &search)).await?;
        let noted = self.booking.caught_up(link).await;
        self.log_unless_noted(noted);
        Ok(LinkAnswer::Allowed(answer))
    }

    /// Logs that what was done is not noted at the link yet: the next use of the link notes it, and
    /// an error would deny what was done.
    fn log_unless_noted(self, noted: Result<Invitation, BookingError>) {
        if let Err(error) = noted {
            let (practice, error) = (&self.booking.practice, error.report());
            tracing::warn!(%practice, error, "use of a link not noted");
        }
    }

    /// Returns the booking that is to be moved. An appointment that the practice booked becomes one.
    async fn to_be_moved(self, link: &Invitation) -> Result<LinkAnswer<BookingId>, BookingError> {
        let refused = |refusal| Ok(LinkAnswer::Refused(refusal));
        let view = allowed!(self.appointment_of(link).await?);
        if !view.can_be_moved {
            return refused(LinkRefusal::TooLateToMove);
        }
        if link.moves >= link.allowance.moves {
            return refused(LinkRefusal::MovedTooOften);
        }
        if let Some(booking) = view.booking {
            return Ok(LinkAnswer::Allowed(booking));
        }
        match self.booking.adopt(view.appointment).await? {
            Some(booking) => Ok(LinkAnswer::Allowed(booking)),
            None => refused(LinkRefusal::NothingBooked),
        }
    }

    /// Declines the invitation, for a reason. It needs no date of birth, as the invitation may have
    /// reached another person.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: it is declined or not.
    pub async fn decline(self, reason: DeclineReason) -> Result<LinkAnswer<()>, BookingError> {
        let link = allowed!(self.usable().await?);
        if let Some(refusal) = LinkRefusal::of(link.state) {
            return Ok(LinkAnswer::Refused(refusal));
        }
        let declined = self.note(&link, &LinkChange::Declined(reason)).await?;
        let is_declined = declined.state == LinkState::Declined(reason);
        Ok(match LinkRefusal::of(declined.state) {
            Some(refusal) if !is_declined => LinkAnswer::Refused(refusal),
            _ => LinkAnswer::Allowed(()),
        })
    }

    /// Returns the link if it is open or was used to book.
    async fn usable(self) -> Result<LinkAnswer<Invitation>, BookingError> {
        let Some((link, now)) = self.find().await? else {
            return Ok(LinkAnswer::Refused(LinkRefusal::Unknown));
        };
        let state = link.state_at(now);
        Ok(match LinkRefusal::of(state) {
            None | Some(LinkRefusal::Used) => LinkAnswer::Allowed(Invitation { state, ..link }),
            Some(refusal) => LinkAnswer::Refused(refusal),
        })
    }

    async fn prove(
        self,
        link: &Invitation,
        date_of_birth: Date,
    ) -> Result<LinkAnswer<LinkPatient>, BookingError> {
        let identity = PatientIdentity::date_of_birth(date_of_birth);
        let proof = self
            .booking
            .prove(link.patient, Some(link.id), &identity)
            .await?;
        Ok(match proof {
            IdentityProof::Proved(patient) => LinkAnswer::Allowed(LinkPatient {
                patient: patient.number,
                usual_gp: patient.usual_gp,
            }),
            IdentityProof::Wrong(_) => LinkAnswer::Refused(LinkRefusal::WrongIdentity),
            IdentityProof::Wait(time) => LinkAnswer::Refused(LinkRefusal::Wait(time)),
            IdentityProof::Locked(time) => LinkAnswer::Refused(LinkRefusal::Locked(time)),
        })
    }

    /// Returns the link and its appointment, of a patient who has proved who they are.
    async fn proved_appointment(
        self,
        date_of_birth: Date,
    ) -> Result<LinkAnswer<(Invitation, PatientAppointmentView)>, BookingError> {
        let link = allowed!(self.usable().await?);
        allowed!(self.prove(&link, date_of_birth).await?);
        let link = self.booking.caught_up(link).await?;
        let view = allowed!(self.appointment_of(&link).await?);
        Ok(LinkAnswer::Allowed((link, view)))
    }

    /// Returns the appointment that the link was used for, as EMIS has it.
    async fn appointment_of(
        self,
        link: &Invitation,
    ) -> Result<LinkAnswer<PatientAppointmentView>, BookingError> {
        let Some(wanted) = self.appointment_key(link).await? else {
            return Ok(LinkAnswer::Refused(LinkRefusal::NothingBooked));
        };
        let all = self.booking.appointments_of(link.patient).await?;
        let mut views = all.appointments.into_iter();
        Ok(match views.find(|view| view.appointment == wanted) {
            Some(view) => LinkAnswer::Allowed(view),
            None if all.unread > 0 => LinkAnswer::Refused(LinkRefusal::Unread),
            None => LinkAnswer::Refused(LinkRefusal::NothingBooked),
        })
    }

    async fn appointment_key(
        self,
        link: &Invitation,
    ) -> Result<Option<AppointmentKey>, BookingError> {
        match (link.booking(), link.purpose) {
            (Some(booking), _) => {
                let record = self.booking.record(&booking).await?;
                Ok(record.map(|record| record.appointment))
            }
            (None, LinkPurpose::Manage(appointment)) => Ok(Some(appointment)),
            (None, _) => Ok(None),
        }
    }

    async fn find(self) -> Result<Option<(Invitation, jiff::Timestamp)>, BookingError> {
        let (links, digest) = (self.booking.links()?, self.token.digest());
        Ok(links.find(&self.booking.practice, &digest).await?)
    }

    async fn note(
        self,
        link: &Invitation,
        change: &LinkChange,
    ) -> Result<Invitation, BookingError> {
        self.booking.change_link(&link.id, change).await
    }
}
