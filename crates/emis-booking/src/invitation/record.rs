//! The stored form of a link: IDs, times and the digest of its token.

use std::fmt;
use std::str::FromStr;

use emis_audit::Digest;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::BookingId;
use crate::invitation::allowance::LinkAllowance;
use crate::rejection::BookingCodeError;
use crate::slot::AppointmentKey;
use crate::state::codes;

/// The ID of an invitation or of another link. It opens nothing, and may be logged and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvitationId(Uuid);

impl InvitationId {
    /// Creates a random, and therefore unique, ID.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for InvitationId {
    type Err = BookingCodeError;

    fn from_str(text: &str) -> Result<Self, BookingCodeError> {
        let id = Uuid::try_parse(text.trim());
        id.map(Self).map_err(|_| BookingCodeError)
    }
}

impl TryFrom<String> for InvitationId {
    type Error = BookingCodeError;
    fn try_from(text: String) -> Result<Self, BookingCodeError> {
        text.parse()
    }
}

impl From<InvitationId> for String {
    fn from(id: InvitationId) -> String {
        id.to_string()
    }
}

/// The purpose of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkPurpose {
    /// Invites the patient to book one appointment, and then to see, move or cancel it.
    Book,
    /// Lets the patient see, move or cancel an appointment, such as one that a reminder tells of.
    Manage(AppointmentKey),
}

/// Why a patient declined an invitation. There is no free text: it would hold clinical details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclineReason {
    /// The patient does not want the appointment.
    NotWanted,
    /// The patient has had it, or has one already.
    AlreadyDone,
    /// No time suits the patient.
    NoSuitableTime,
    /// The patient would rather speak to the practice.
    ContactMe,
    /// The invitation reached another person.
    NotMe,
}

/// The state of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkState {
    /// It may be used.
    Open,
    /// It was used for this booking, whose record has the outcome.
    Used(BookingId),
    /// The patient declined.
    Declined(DeclineReason),
    /// A member of staff revoked it.
    Revoked,
    /// It was not used in time.
    Expired,
}

impl LinkState {
    /// Returns the state without its details.
    pub const fn status(self) -> LinkStatus {
        match self {
            Self::Open => LinkStatus::Open,
            Self::Used(_) => LinkStatus::Used,
            Self::Declined(_) => LinkStatus::Declined,
            Self::Revoked => LinkStatus::Revoked,
            Self::Expired => LinkStatus::Expired,
        }
    }

    /// Returns a stable word, for storage and for programs.
    pub const fn word(self) -> &'static str {
        self.status().code()
    }
}

codes! {
    /// The state of a link without its details, for a person who has not proved who they are.
    LinkStatus {
        /// It may be used.
        Open "open";
        /// It was used to book.
        Used "used";
        /// The patient declined.
        Declined "declined";
        /// A member of staff revoked it.
        Revoked "revoked";
        /// It was not used in time.
        Expired "expired";
    }
}

/// One invitation or other link as it is stored. All times are those of the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invitation {
    /// The ID.
    pub id: InvitationId,
    /// The practice.
    pub practice: OdsCode,
    /// The patient.
    pub patient: PatientNumber,
    /// The digest of the token.
    pub digest: Digest,
    /// The purpose.
    pub purpose: LinkPurpose,
    /// The slots that it lets the patient book.
    pub allowance: LinkAllowance,
    /// The state.
    pub state: LinkState,
    /// The number of times that the appointment was moved by it.
    pub moves: u8,
    /// True once the patient opened it.
    pub opened: bool,
    /// True once its booking was confirmed.
    pub booked: bool,
    /// The booking for which it was used last, and which was not made.
    #[serde(default)]
    pub released: Option<BookingId>,
    /// The time at which it was made.
    pub made_at: Timestamp,
    /// The end of its validity.
    pub expires_at: Timestamp,
    /// The time of its last change.
    pub changed_at: Timestamp,
}

impl Invitation {
    /// Returns the state at a moment of the store's clock: an open one may have expired. A used one
    /// does not expire before its appointment, so that it can still be cancelled.
    pub fn state_at(&self, now: Timestamp) -> LinkState {
        match self.state {
            LinkState::Open if now >= self.expires_at => LinkState::Expired,
            state => state,
        }
    }

    /// Returns the booking that the link made or moved to.
    pub const fn booking(&self) -> Option<BookingId> {
        match self.state {
            LinkState::Used(booking) => Some(booking),
            _ => None,
        }
    }

    /// Returns the link after a change at a moment of the store's clock; `None` if it may not be
    /// changed so.
    pub fn changed(&self, change: &LinkChange, now: Timestamp) -> Option<Self> {
        let mut changed = self.clone();
        changed.changed_at = now;
        let state = self.state_at(now);
        match (change, state) {
            (LinkChange::Sent, LinkState::Open) => {}
            (LinkChange::Opened, _) if !self.opened => changed.opened = true,
            (LinkChange::Claimed { booking, .. }, LinkState::Open) => {
                changed.state = LinkState::Used(*booking);
            }
            (
                LinkChange::Claimed {
                    booking,
                    instead_of,
                },
                LinkState::Used(used),
            ) if *instead_of == Some(used) || *booking == used => {
                changed.state = LinkState::Used(*booking);
            }
            (LinkChange::Booked, LinkState::Used(_)) if !self.booked => changed.booked = true,
            (LinkChange::Released { booking }, LinkState::Used(used))
                if *booking == used && !self.booked =>
            {
                changed.state = LinkState::Open;
                changed.released = Some(*booking);
            }
            (LinkChange::Moved { to }, LinkState::Used(_) | LinkState::Open)
                if self.moves < self.allowance.moves && state != LinkState::Used(*to) =>
            {
                changed.state = LinkState::Used(*to);
                changed.moves += 1;
            }
            (LinkChange::Cancelled, LinkState::Used(_) | LinkState::Open) => {}
            (LinkChange::Declined(reason), LinkState::Open) => {
                changed.state = LinkState::Declined(*reason);
            }
            (LinkChange::Revoked, LinkState::Open | LinkState::Used(_)) => {
                changed.state = LinkState::Revoked;
            }
            (LinkChange::Expired, LinkState::Expired) if self.state == LinkState::Open => {
                changed.state = LinkState::Expired;
            }
            _ => return None,
        }
        Some(changed)
    }
}

/// A link that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvitationDraft {
    /// The ID.
    pub id: InvitationId,
    /// The patient.
    pub patient: PatientNumber,
    /// The digest of the token.
    pub digest: Digest,
    /// The purpose.
    pub purpose: LinkPurpose,
    /// The slots that it lets the patient book.
    pub allowance: LinkAllowance,
    /// The time for which it is valid.
    pub valid_for: jiff::SignedDuration,
}

impl InvitationDraft {
    /// Creates the draft of a link with a new ID.
    pub fn new(
        patient: PatientNumber,
        digest: Digest,
        purpose: LinkPurpose,
        allowance: LinkAllowance,
        valid_for: jiff::SignedDuration,
    ) -> Self {
        Self {
            id: InvitationId::random(),
            patient,
            digest,
            purpose,
            allowance,
            valid_for,
        }
    }

    /// Returns the link that is made of it at a moment of the store's clock.
    pub fn made(&self, practice: &OdsCode, now: Timestamp) -> Invitation {
        Invitation {
            id: self.id,
            practice: practice.clone(),
            patient: self.patient,
            digest: self.digest,
            purpose: self.purpose,
            allowance: self.allowance.clone(),
            state: LinkState::Open,
            moves: 0,
            opened: false,
            booked: false,
            released: None,
            made_at: now,
            expires_at: now.checked_add(self.valid_for).unwrap_or(Timestamp::MAX),
            changed_at: now,
        }
    }
}

/// A change of a link, which becomes a row of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkChange {
    /// It was sent to the patient.
    Sent,
    /// The patient opened it, for the first time.
    Opened,
    /// A booking is about to be sent by it. Compare-and-set: it must be open, or used for
    /// `instead_of`, which was rejected.
    Claimed {
        /// The booking.
        booking: BookingId,
        /// The rejected booking.
        instead_of: Option<BookingId>,
    },
    /// The booking was confirmed.
    Booked,
    /// The booking was not made: the link may be used again.
    Released {
        /// The booking.
        booking: BookingId,
    },
    /// The appointment was moved.
    Moved {
        /// The new booking.
        to: BookingId,
    },
    /// The appointment was cancelled.
    Cancelled,
    /// The patient declined.
    Declined(DeclineReason),
    /// A member of staff revoked it.
    Revoked,
    /// It expired.
    Expired,
}

impl LinkChange {
    /// Returns a stable word, for the audit trail.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Opened => "opened",
            Self::Claimed { .. } => "claimed",
            Self::Booked => "booked",
            Self::Released { .. } => "released",
            Self::Moved { .. } => "rescheduled",
            Self::Cancelled => "cancelled",
            Self::Declined(_) => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// A row of the history of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkEvent {
    /// The change.
    pub change: LinkChange,
    /// The time.
    pub at: Timestamp,
}

impl LinkEvent {
    /// Creates a row. For stores.
    pub const fn new(change: LinkChange, at: Timestamp) -> Self {
        Self { change, at }
    }
}
