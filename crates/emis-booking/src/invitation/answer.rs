//! Answers to a patient who follows a link.

use std::fmt;

use emis_types::{PatientNumber, StaffId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::invitation::allowance::LinkAllowance;
use crate::invitation::record::{Invitation, InvitationId, LinkPurpose, LinkState, LinkStatus};
use crate::outcome::CancelRefusal;
use crate::search::details::AppointmentDetails;
use crate::slot::AppointmentKey;

/// The answer to a patient who follows a link: what they asked for, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "detail", rename_all = "snake_case")]
pub enum LinkAnswer<T> {
    /// The result of the request.
    Allowed(T),
    /// Nothing was done.
    Refused(LinkRefusal),
}

impl<T> LinkAnswer<T> {
    /// Returns what was asked for, if it was allowed.
    pub fn allowed(self) -> Option<T> {
        match self {
            Self::Allowed(value) => Some(value),
            Self::Refused(_) => None,
        }
    }

    /// Returns the refusal, if it is one.
    pub const fn refusal(&self) -> Option<LinkRefusal> {
        match self {
            Self::Allowed(_) => None,
            Self::Refused(refusal) => Some(*refusal),
        }
    }
}

/// Why a link does not do what was asked. `Display` is a sentence for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkRefusal {
    /// No link has this token, or not at this practice.
    Unknown,
    /// It was not used in time.
    Expired,
    /// It was used to book.
    Used,
    /// The patient declined.
    Declined,
    /// A member of staff revoked it.
    Revoked,
    /// The link is for another purpose, such as to book where an appointment is to be managed.
    OtherPurpose,
    /// The date of birth is not the one on record.
    WrongIdentity,
    /// Too many dates of birth were wrong. The next can be tried after this time.
    Wait(SignedDuration),
    /// Far too many dates of birth were wrong: locked for this time, or until a member of staff
    /// unlocks.
    Locked(SignedDuration),
    /// Nothing is booked by the link.
    NothingBooked,
    /// Some of the patient's appointments could not be read, and that of the link is not among the
    /// others.
    Unread,
    /// The appointment was moved as often as the link allows.
    MovedTooOften,
    /// It is too late to move the appointment.
    TooLateToMove,
}

impl LinkRefusal {
    /// Returns a sentence for the patient.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown | Self::OtherPurpose => {
                "This link does not work. Check that you copied all of it, or contact your GP \
                 practice."
            }
            Self::Expired => "This link has expired. Contact your GP practice.",
            Self::Used => "You have already used this link to book an appointment.",
            Self::Declined => "You told us that you do not need this appointment.",
            Self::Revoked => "This link can no longer be used. Contact your GP practice.",
            Self::WrongIdentity => "The date of birth is not the one on your record. Try again.",
            Self::Wait(_) => "You have tried too many times. Wait a few minutes, then try again.",
            Self::Locked(_) => "You have tried too many times. Contact your GP practice.",
            Self::Unread => "We could not read your appointment. Contact your GP practice.",
            Self::NothingBooked => "You do not have an appointment with this link.",
            Self::MovedTooOften | Self::TooLateToMove => {
                "You cannot move this appointment online. Contact your GP practice."
            }
        }
    }

    /// Returns the refusal of a link in this state that is to be booked by.
    pub(crate) const fn of(state: LinkState) -> Option<Self> {
        match state {
            LinkState::Open => None,
            LinkState::Used(_) => Some(Self::Used),
            LinkState::Declined(_) => Some(Self::Declined),
            LinkState::Revoked => Some(Self::Revoked),
            LinkState::Expired => Some(Self::Expired),
        }
    }
}

impl fmt::Display for LinkRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// A link as it may be shown before the patient has proved who they are: nothing of the patient or
/// of an appointment is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkView {
    /// The ID.
    pub id: InvitationId,
    /// True if it invites to book; false if it manages an appointment.
    pub books: bool,
    /// The state.
    pub state: LinkStatus,
    /// The slots that it lets the patient book.
    pub allowance: LinkAllowance,
    /// The end of its validity.
    pub expires_at: Timestamp,
}

impl LinkView {
    pub(crate) fn of(invitation: &Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id,
            books: invitation.purpose == LinkPurpose::Book,
            state: invitation.state_at(now).status(),
            allowance: invitation.allowance.clone(),
            expires_at: invitation.expires_at,
        }
    }
}

/// The patient of a link, who has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkPatient {
    /// The patient.
    pub patient: PatientNumber,
    /// The patient's usual GP, if EMIS names one: for [`SlotSearch::first`](crate::SlotSearch::first).
    pub usual_gp: Option<StaffId>,
}

/// The appointments of a patient that are ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PatientAppointments {
    /// Those that could be read, the next one first.
    pub appointments: Vec<PatientAppointmentView>,
    /// The number of EMIS's rows that could not be read: the patient may have more appointments.
    pub unread: usize,
}

/// An appointment of a patient, and what they can do about it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PatientAppointmentView {
    /// The appointment.
    pub appointment: AppointmentKey,
    /// The site, the staff and the mode, if they can be read.
    pub details: Option<AppointmentDetails>,
    /// The booking, if it was made or moved here: cancel and move it by this ID.
    pub booking: Option<BookingId>,
    /// Why it can't be cancelled here; `None` if it can.
    pub not_cancelled: Option<CancelRefusal>,
    /// True if it can be moved here.
    pub can_be_moved: bool,
}
