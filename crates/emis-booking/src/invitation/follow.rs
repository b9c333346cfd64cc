//! Links follow their bookings: the outcome of each is noted at its link, also when a reconciler
//! concluded it.

use std::collections::BTreeSet;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::invitation::record::{Invitation, LinkChange, LinkPurpose, LinkState};
use crate::record::BookingRecord;
use crate::state::{BookingState, CancelCause};

impl Booking {
    /// Notes a change of a booking at the links that it concerns: booked, moved, cancelled, or not
    /// made, so that the link may be used again.
    pub(crate) async fn note_at_links(&self, record: &BookingRecord) -> Result<(), BookingError> {
        let Some(links) = &self.links else {
            return Ok(());
        };
        if record.state.is_in_flight() {
            return Ok(());
        }
        let (practice, patient) = (&self.practice, record.appointment.patient);
        for link in links.links_of_patient(practice, patient).await? {
            let link = self.caught_up(link).await?;
            let concerned = match (link.booking(), link.purpose) {
                (Some(booking), _) => booking == record.id,
                (None, LinkPurpose::Manage(appointment)) => appointment == record.appointment,
                (None, _) => false,
            };
            // A move tells its own end, and a late arrival was never told as booked.
            let by_itself = matches!(record.cancel_cause, None | Some(CancelCause::Requested));
            if concerned && by_itself && record.state == BookingState::Cancelled {
                self.change_link(&link.id, &LinkChange::Cancelled).await?;
            }
        }
        Ok(())
    }

    /// Notes at the links of patients who are to be told an outcome what a worker that died did not
    /// note.
    pub(crate) async fn catch_up_links(&self) -> Result<(), BookingError> {
        let Some(links) = &self.links else {
            return Ok(());
        };
        let notices = self.store.notices(&self.practice).await?;
        let patients = notices.iter().map(|notice| notice.appointment.patient);
        for patient in patients.collect::<BTreeSet<_>>() {
            for link in links.links_of_patient(&self.practice, patient).await? {
                self.caught_up(link).await?;
            }
        }
        Ok(())
    }

    /// Returns a link as its bookings and the moves that it began left it: the worker that concluded
    /// them may be another, or may have died before it noted them.
    pub(crate) async fn caught_up(&self, link: Invitation) -> Result<Invitation, BookingError> {
        let link = self.booked_or_released(link).await?;
        self.moved(link).await
    }

    async fn booked_or_released(&self, link: Invitation) -> Result<Invitation, BookingError> {
        if link.purpose != LinkPurpose::Book || link.booked {
            return Ok(link);
        }
        let used = match link.state {
            LinkState::Used(booking) => Some(booking),
            LinkState::Open => link.released,
            _ => None,
        };
        let Some(booking) = used else {
            return Ok(link);
        };
        let state = self.store.get(&booking).await?.map(|record| record.state);
        let link = match (state, link.state) {
            (Some(BookingState::Rejected(_)), LinkState::Used(_)) => {
                let released = LinkChange::Released { booking };
                self.change_link(&link.id, &released).await?
            }
            // It arrived late and is kept.
            (Some(BookingState::Confirmed), LinkState::Open) => {
                let claimed = LinkChange::Claimed {
                    booking,
                    instead_of: None,
                };
                self.change_link(&link.id, &claimed).await?
            }
            _ => link,
        };
        match (state, link.booking()) {
            (Some(BookingState::Confirmed), Some(used)) if used == booking => {
                self.change_link(&link.id, &LinkChange::Booked).await
            }
            _ => Ok(link),
        }
    }

    async fn moved(&self, link: Invitation) -> Result<Invitation, BookingError> {
        if !matches!(link.state, LinkState::Used(_) | LinkState::Open) {
            return Ok(link);
        }
        if link.booking().is_none() && link.purpose == LinkPurpose::Book {
            return Ok(link);
        }
        let records = self.of_patient(link.patient).await?;
        let mut link = link;
        for _ in 0..records.len() {
            let is_from = |id: &BookingId| match (link.booking(), link.purpose) {
                (Some(booking), _) => booking == *id,
                (None, LinkPurpose::Manage(appointment)) => records
                    .iter()
                    .any(|it| it.id == *id && it.appointment == appointment),
                (None, _) => false,
            };
            let next = records.iter().find(|it| {
                it.state == BookingState::Confirmed && it.replaces.as_ref().is_some_and(is_from)
            });
            let Some(next) = next else { break };
            let change = match self.has_moved(&next.id).await? {
                Some(true) => LinkChange::Moved { to: next.id },
                // A move that has not ended.
                Some(false) => break,
                // The earlier appointment was booked again.
                None => LinkChange::Claimed {
                    booking: next.id,
                    instead_of: link.booking(),
                },
            };
            let before = link.booking();
            link = self.change_link(&link.id, &change).await?;
            if link.booking() == before {
                break;
            }
        }
        Ok(link)
    }
}
