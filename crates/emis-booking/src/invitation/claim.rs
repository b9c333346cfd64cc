//! Limits of a booking, and the single use of an invitation, taken right before it is sent.

use std::sync::Arc;

use crate::booking::Booking;
use crate::checks::Stop;
use crate::error::{BookingError, BookingErrorKind};
use crate::id::BookingId;
use crate::identity::admission::{DayLimits, PlaceOutcome};
use crate::invitation::record::{Invitation, LinkChange, LinkPurpose, LinkState};
use crate::invitation::store::InvitationStore;
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::slot::FreeSlot;
use crate::state::BookingState;

impl Booking {
    pub(crate) fn links(&self) -> Result<&Arc<dyn InvitationStore>, BookingError> {
        self.links.as_ref().ok_or_else(|| {
            let message = "no store of invitations was given";
            BookingError::new(BookingErrorKind::NoInvitationStore, message)
        })
    }

    /// Returns the invitation that a request comes by, if it can be used.
    pub(crate) async fn link_of(
        &self,
        request: &BookingRequest,
    ) -> Result<Option<Invitation>, Stop> {
        let Some(id) = &request.invitation else {
            return Ok(None);
        };
        let found = self.links()?.invitation(&self.practice, id).await?;
        let (link, now) = found.ok_or(Rejection::LinkUnusable)?;
        let usable = link.patient == request.patient
            && link.purpose == LinkPurpose::Book
            && match link.state_at(now) {
                LinkState::Open => true,
                LinkState::Used(booking) => {
                    booking == request.id || self.is_rejected(&booking).await?
                }
                _ => false,
            };
        if usable {
            Ok(Some(link))
        } else {
            Err(Rejection::LinkUnusable.into())
        }
    }

    /// Returns whether a booking was certainly not made, so that its invitation can be used again.
    pub(crate) async fn is_rejected(&self, id: &BookingId) -> Result<bool, BookingError> {
        let record = self.store.get(id).await?;
        Ok(record.is_some_and(|it| matches!(it.state, BookingState::Rejected(_))))
    }

    /// Checks that the invitation of a request, if it has one, allows the slot.
    pub(crate) async fn check_allowance(
        &self,
        request: &BookingRequest,
        slot: &FreeSlot,
    ) -> Result<(), Stop> {
        match self.link_of(request).await? {
            Some(link) if !link.allowance.allows(slot) => Err(Rejection::NotOffered.into()),
            _ => Ok(()),
        }
    }

    /// Takes a place for a booking within the limits of the day, and the single use of its
    /// invitation. The last step before it is sent.
    pub(crate) async fn take_place(&self, request: &BookingRequest) -> Result<(), Stop> {
        let (practice, patient) = (&self.practice, request.patient);
        let limits = DayLimits::of(&self.settings);
        let place = self
            .admissions
            .take_place(practice, patient, &request.id, limits);
        match place.await? {
            PlaceOutcome::Taken => {}
            PlaceOutcome::PatientLimit => return Err(Rejection::PatientDayLimit.into()),
            PlaceOutcome::PracticeLimit => return Err(Rejection::PracticeDayLimit.into()),
        }
        let Some(link) = self.link_of(request).await? else {
            return Ok(());
        };
        let claim = LinkChange::Claimed {
            booking: request.id,
            instead_of: link.booking(),
        };
        let links = self.links()?;
        let claimed = links.change(practice, &link.id, &claim, &self.author);
        match claimed.await? {
            Some((_, true)) => Ok(()),
            _ => Err(Rejection::LinkUnusable.into()),
        }
    }
}
