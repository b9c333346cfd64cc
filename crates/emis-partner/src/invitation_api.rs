//! Invitations and links, part of self-booking.

use emis_booking::{
    AppointmentKey, Booking, BookingAnswer, CancelOutcome, DeclineReason, FreeSlots, IdentityLock,
    IdentitySubject, Invitation, InvitationBatch, InvitationCapacity, InvitationId, InviteOutcome,
    IssuedLink, LinkAllowance, LinkAnswer, LinkEvent, LinkPatient, LinkRequest, LinkToken,
    LinkView, MoveAnswer, PatientAppointmentView, SlotSearch,
};
use jiff::civil::Date;

use crate::{Action, BookingApi};

impl<'a> BookingApi<'a> {
    /// Counts the free slots of an allowance beside the open invitations.
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store can't be read.
    pub fn capacity(self, allowance: &'a LinkAllowance) -> Action<'a, InvitationCapacity> {
        self.action(async move |booking: Booking| Ok(booking.capacity(allowance).await?))
    }

    /// Invites patients to book: a link for each, which the product sends. See
    /// [`Booking::invite`].
    ///
    /// ```
    /// use emis_partner::audit::{Actor, Provenance};
    /// use emis_partner::booking::{InvitationBatch, InviteOutcome, LinkAllowance};
    /// use emis_partner::types::PatientNumber;
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let reviews = LinkAllowance::any().of_types(["7".parse()?]);
    /// let batch = InvitationBatch::new([PatientNumber::new(501)?], reviews);
    /// let manager = Provenance::of(Actor::user("u-117")?);
    /// match practice.booking().invite(&batch).by(manager).await? {
    ///     InviteOutcome::Invited(links) => {
    ///         for link in links {
    ///             println!("https://book.example.com/{}", link.token.expose());
    ///             practice.booking().note_sent(&link.id).await?;
    ///         }
    ///     }
    ///     InviteOutcome::NotEnoughSlots(capacity) => println!("{} are free", capacity.free),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails. No patient is invited then.
    ///
    /// # Cancel safety
    /// Safe to drop: the links are made or not. Those whose tokens are lost expire.
    pub fn invite(self, batch: &'a InvitationBatch) -> Action<'a, InviteOutcome> {
        self.action(async move |booking: Booking| Ok(booking.invite(batch).await?))
    }

    /// Makes a link by which a patient can see, move or cancel an appointment, for a reminder.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the link is made or not.
    pub fn link_to(
        self,
        appointment: &'a AppointmentKey,
        allowance: LinkAllowance,
    ) -> Action<'a, IssuedLink> {
        self.action(async move |booking: Booking| {
            Ok(booking.link_to(appointment, allowance).await?)
        })
    }

    /// Notes that an invitation was sent to its patient.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such invitation, and if the store
    /// fails.
    pub fn note_sent(self, id: &'a InvitationId) -> Action<'a, Invitation> {
        self.action(async move |booking: Booking| Ok(booking.note_sent(id).await?))
    }

    /// Revokes an invitation or another link. What was booked by it stays.
    ///
    /// # Errors
    /// As [`note_sent`](Self::note_sent).
    ///
    /// # Cancel safety
    /// Safe to drop: it is revoked or not.
    pub fn revoke(self, id: &'a InvitationId) -> Action<'a, Invitation> {
        self.action(async move |booking: Booking| Ok(booking.revoke(id).await?))
    }

    /// Returns an invitation as it is stored; `None` if there is none with this ID.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub fn find_invitation(self, id: &'a InvitationId) -> Action<'a, Option<Invitation>> {
        self.action(async move |booking: Booking| Ok(booking.invitation(id).await?))
    }

    /// Returns the history of an invitation or another link, the oldest event first.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub fn link_history(self, id: &'a InvitationId) -> Action<'a, Vec<LinkEvent>> {
        self.action(async move |booking: Booking| Ok(booking.link_history(id).await?))
    }

    /// Marks the invitations whose time is over as expired, and returns them. Run it daily.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub fn expire_invitations(self) -> Action<'a, Vec<Invitation>> {
        self.action(async move |booking: Booking| Ok(booking.expire_invitations().await?))
    }

    /// Returns the patients and links that too many wrong dates of birth have locked.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub fn identity_locks(self) -> Action<'a, Vec<IdentityLock>> {
        self.action(async move |booking: Booking| Ok(booking.identity_locks().await?))
    }

    /// Lifts such a lock, for a member of staff who has made sure of the patient. Returns `false`
    /// if it was not locked.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the lock is lifted or not.
    pub fn unlock(self, subject: &'a IdentitySubject) -> Action<'a, bool> {
        self.action(async move |booking: Booking| Ok(booking.unlock(subject).await?))
    }

    /// Returns the operations of a link that a patient follows.
    ///
    /// ```
    /// use emis_partner::booking::{LinkAnswer, LinkRequest, LinkToken, SlotSearch};
    /// use emis_partner::jiff::civil::Date;
    /// use emis_partner::{Error, Practice};
    ///
    /// /// Returns what the patient reads.
    /// async fn book_first(
    ///     practice: &Practice,
    ///     token: &LinkToken,
    ///     week: &SlotSearch,
    ///     date_of_birth: Date,
    /// ) -> Result<String, Error> {
    ///     let booking = practice.booking();
    ///     let found = match booking.invitation(token).free_slots(week).await? {
    ///         LinkAnswer::Allowed(found) => found,
    ///         LinkAnswer::Refused(refusal) => return Ok(refusal.to_string()),
    ///     };
    ///     let Some(slot) = found.slots.first() else {
    ///         return Ok("There are no appointments.".to_owned());
    ///     };
    ///     let request = LinkRequest::new(slot.choice(), date_of_birth);
    ///     Ok(match booking.invitation(token).book(&request, week).await? {
    ///         LinkAnswer::Allowed(answer) => answer.to_string(),
    ///         LinkAnswer::Refused(refusal) => refusal.to_string(),
    ///     })
    /// }
    /// ```
    pub fn invitation(self, token: &'a LinkToken) -> LinkApi<'a> {
        LinkApi {
            booking: self,
            token,
        }
    }
}

/// A link that a patient follows: [`BookingApi::invitation`].
///
/// Every answer is for the patient: a [`LinkRefusal`](emis_booking::LinkRefusal) is a sentence.
#[derive(Debug, Clone, Copy)]
pub struct LinkApi<'a> {
    booking: BookingApi<'a>,
    token: &'a LinkToken,
}

impl<'a> LinkApi<'a> {
    /// Opens the link: what may be shown before the patient has proved who they are.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    pub fn open(self) -> Action<'a, LinkAnswer<LinkView>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| Ok(booking.link(token).open().await?))
    }

    /// Checks the patient's date of birth. Wrong ones are counted, slowed and locked.
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails.
    pub fn verify(self, date_of_birth: Date) -> Action<'a, LinkAnswer<LinkPatient>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).verify(date_of_birth).await?)
        })
    }

    /// Searches for the free slots that the link allows.
    ///
    /// # Errors
    /// As [`BookingApi::free_slots`].
    pub fn free_slots(self, search: &'a SlotSearch) -> Action<'a, LinkAnswer<FreeSlots>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).free_slots(search).await?)
        })
    }

    /// Books a slot, or offers the nearest free ones of `search`.
    ///
    /// # Errors
    /// As [`BookingApi::book`].
    ///
    /// # Cancel safety
    /// As [`BookingApi::book`].
    pub fn book(
        self,
        request: &'a LinkRequest,
        search: &'a SlotSearch,
    ) -> Action<'a, LinkAnswer<BookingAnswer>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).book(request, search).await?)
        })
    }

    /// Returns the appointment that was booked by the link, or that it was made for.
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails.
    pub fn appointment(
        self,
        date_of_birth: Date,
    ) -> Action<'a, LinkAnswer<PatientAppointmentView>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).appointment(date_of_birth).await?)
        })
    }

    /// Cancels that appointment.
    ///
    /// # Errors
    /// As [`BookingApi::cancel`].
    ///
    /// # Cancel safety
    /// As [`BookingApi::cancel`].
    pub fn cancel(self, date_of_birth: Date) -> Action<'a, LinkAnswer<CancelOutcome>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).cancel(date_of_birth).await?)
        })
    }

    /// Moves that appointment to another slot, as often as the link allows, or offers the nearest
    /// free ones of `search`.
    ///
    /// # Errors
    /// As [`BookingApi::reschedule`].
    ///
    /// # Cancel safety
    /// As [`BookingApi::reschedule`].
    pub fn reschedule(
        self,
        request: &'a LinkRequest,
        search: &'a SlotSearch,
    ) -> Action<'a, LinkAnswer<MoveAnswer>> {
        let Self { booking, token } = self;
        booking.action(async move |booking: Booking| {
            Ok(booking.link(token).reschedule(request, search).await?)
        })
    }

    /// Declines the invitation, for a reason.
    ///
    /// # Errors
    /// If the practice is not set up or the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: it is declined or not.
    pub fn decline(self, reason: DeclineReason) -> Action<'a, LinkAnswer<()>> {
        let Self { booking, token } = self;
        booking
            .action(async move |booking: Booking| Ok(booking.link(token).decline(reason).await?))
    }
}
