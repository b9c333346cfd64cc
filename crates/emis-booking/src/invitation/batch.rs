//! Invitations that practices make, singly or by the hundred.

use std::collections::BTreeSet;

use emis_types::PatientNumber;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::invitation::allowance::LinkAllowance;
use crate::invitation::record::{
    Invitation, InvitationDraft, InvitationId, LinkChange, LinkEvent, LinkPurpose,
};
use crate::invitation::store::StoredInvitations;
use crate::invitation::token::LinkToken;
use crate::slot::AppointmentKey;

/// The time for which an invitation is valid, unless stated otherwise.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Patients to be invited to book, and to what.
///
/// # Examples
/// ```
/// use emis_booking::{InvitationBatch, LinkAllowance};
/// use emis_types::PatientNumber;
/// use jiff::SignedDuration;
///
/// let reviews = LinkAllowance::any().of_types(["7".parse()?]);
/// let batch = InvitationBatch::new([PatientNumber::new(501)?], reviews)
///     .valid_for(SignedDuration::from_hours(14 * 24));
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvitationBatch {
    /// The patients.
    pub patients: Vec<PatientNumber>,
    /// The slots that the invitations allow.
    pub allowance: LinkAllowance,
    /// The time for which they are valid. Default: 7 days.
    #[serde(default = "valid_for")]
    pub valid_for: SignedDuration,
    /// True to invite more patients than there are free slots. Default: false.
    #[serde(default)]
    pub beyond_capacity: bool,
}

const fn valid_for() -> SignedDuration {
    VALID_FOR
}

impl InvitationBatch {
    /// Creates a batch for these patients.
    pub fn new(
        patients: impl IntoIterator<Item = PatientNumber>,
        allowance: LinkAllowance,
    ) -> Self {
        Self {
            patients: patients.into_iter().collect(),
            allowance,
            valid_for: VALID_FOR,
            beyond_capacity: false,
        }
    }

    /// Sets the time for which the invitations are valid.
    #[must_use]
    pub const fn valid_for(mut self, time: SignedDuration) -> Self {
        self.valid_for = time;
        self
    }

    /// Invites more patients than there are free slots.
    #[must_use]
    pub const fn beyond_capacity(mut self) -> Self {
        self.beyond_capacity = true;
        self
    }
}

/// The outcome of [`Booking::invite`].
///
/// In JSON: `{"outcome": "invited", "detail": […]}`, with the tokens.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InviteOutcome {
    /// The links, in the order of the patients: send them.
    Invited(Vec<IssuedLink>),
    /// No patient was invited: there are fewer free slots than invitations.
    NotEnoughSlots(InvitationCapacity),
}

/// A link that was made: the only place where its token is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct IssuedLink {
    /// The ID, for [`note_sent`](Booking::note_sent) and [`revoke`](Booking::revoke).
    pub id: InvitationId,
    /// The patient.
    pub patient: PatientNumber,
    /// The token for the link. Only JSON for the sender of the link shows it.
    #[serde(serialize_with = "exposed_token")]
    pub token: LinkToken,
    /// The end of its validity.
    pub expires_at: Timestamp,
}

/// The free slots of an allowance beside the invitations that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvitationCapacity {
    /// The slots that are free now.
    pub free: u64,
    /// The practice's open invitations to book whose allowances overlap: each may take one.
    pub open: u64,
}

impl InvitationCapacity {
    /// Returns the number of patients who can be invited.
    pub const fn spare(&self) -> u64 {
        self.free.saturating_sub(self.open)
    }
}

impl Booking {
    /// Counts the free slots of an allowance, and the open invitations that compete for them.
    ///
    /// # Errors
    /// If EMIS or the store can't be read.
    pub async fn capacity(
        &self,
        allowance: &LinkAllowance,
    ) -> Result<InvitationCapacity, BookingError> {
        let mut free = 0;
        let mut next = Some(allowance.search(self.now()));
        while let Some(search) = next {
            let found = self.free_slots(&search).await?;
            next = search.after(&found);
            free += count(found.slots.len());
        }
        let open = self.links()?.open_invitations(&self.practice).await?;
        let competing = open.iter().filter(|it| it.allowance.overlaps(allowance));
        let open = count(competing.count());
        Ok(InvitationCapacity { free, open })
    }

    /// Invites patients to book: a link for each. All of them are made or none.
    ///
    /// Unless the batch may go [beyond capacity](InvitationBatch::beyond_capacity), the free slots
    /// are counted first, and no more invitations that compete for them are open at once, those of
    /// other batches included. A patient who is in the batch twice is invited once.
    ///
    /// # Errors
    /// If EMIS can't be read or the store can't be written. No patient is invited then.
    ///
    /// # Cancel safety
    /// Safe to drop: the links are made or not. Those whose tokens are lost expire.
    pub async fn invite(&self, batch: &InvitationBatch) -> Result<InviteOutcome, BookingError> {
        let capacity = match batch.beyond_capacity {
            true => None,
            false => Some(self.capacity(&batch.allowance).await?),
        };
        let mut seen = BTreeSet::new();
        let patients = batch.patients.iter().copied();
        let patients: Vec<_> = patients.filter(|it| seen.insert(*it)).collect();
        let tokens: Vec<_> = patients.iter().map(|_| LinkToken::random()).collect();
        let drafts = patients.into_iter().zip(&tokens).map(|(patient, token)| {
            let (digest, allowance) = (token.digest(), batch.allowance.clone());
            InvitationDraft::new(
                patient,
                digest,
                LinkPurpose::Book,
                allowance,
                batch.valid_for,
            )
        });
        let drafts: Vec<_> = drafts.collect();
        let most = capacity.map(|capacity| capacity.free);
        let stored = self
            .links()?
            .invite(&self.practice, &drafts, most, &self.author);
        Ok(match stored.await? {
            StoredInvitations::Stored(links) => {
                let issued = links.iter().zip(tokens);
                InviteOutcome::Invited(issued.map(|(link, token)| issue(link, token)).collect())
            }
            StoredInvitations::TooManyOpen(open) => {
                let free = most.unwrap_or_default();
                InviteOutcome::NotEnoughSlots(InvitationCapacity { free, open })
            }
        })
    }

    /// Makes a link by which a patient can see, move or cancel an appointment, for a reminder or a
    /// confirmation. It is valid until the appointment starts.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// Safe to drop: the link is made or not.
    pub async fn link_to(
        &self,
        appointment: &AppointmentKey,
        allowance: LinkAllowance,
    ) -> Result<IssuedLink, BookingError> {
        let token = LinkToken::random();
        let valid_for = appointment.start.duration_since(self.now());
        let draft = InvitationDraft::new(
            appointment.patient,
            token.digest(),
            LinkPurpose::Manage(*appointment),
            allowance,
            valid_for,
        );
        let links = self.links()?;
        let drafts = [draft];
        let stored = links.invite(&self.practice, &drafts, None, &self.author);
        let made = match stored.await? {
            StoredInvitations::Stored(links) => links.into_iter().next(),
            StoredInvitations::TooManyOpen(_) => None,
        };
        let made = made.ok_or_else(BookingError::unknown_link)?;
        Ok(issue(&made, token))
    }

    /// Notes that an invitation was sent to its patient.
    ///
    /// # Errors
    /// If the store can't be written, or the invitation is
    /// [unknown](crate::BookingErrorKind::UnknownLink).
    pub async fn note_sent(&self, id: &InvitationId) -> Result<Invitation, BookingError> {
        self.change_link(id, &LinkChange::Sent).await
    }

    /// Revokes an invitation or another link, for a member of staff. What was booked by it stays.
    ///
    /// # Errors
    /// As [`note_sent`](Self::note_sent).
    ///
    /// # Cancel safety
    /// Safe to drop: it is revoked or not.
    pub async fn revoke(&self, id: &InvitationId) -> Result<Invitation, BookingError> {
        self.change_link(id, &LinkChange::Revoked).await
    }

    /// Returns an invitation or another link as it is stored.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn invitation(&self, id: &InvitationId) -> Result<Option<Invitation>, BookingError> {
        let found = self.links()?.invitation(&self.practice, id).await?;
        Ok(found.map(|(link, _)| link))
    }

    /// Returns the history of an invitation or another link, the oldest event first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn link_history(&self, id: &InvitationId) -> Result<Vec<LinkEvent>, BookingError> {
        Ok(self.links()?.link_history(&self.practice, id).await?)
    }

    /// Marks the invitations whose time is over as expired, and returns them. Run it daily.
    ///
    /// # Errors
    /// If the store can't be written.
    pub async fn expire_invitations(&self) -> Result<Vec<Invitation>, BookingError> {
        Ok(self.links()?.expire(&self.practice).await?)
    }

    pub(crate) async fn change_link(
        &self,
        id: &InvitationId,
        change: &LinkChange,
    ) -> Result<Invitation, BookingError> {
        let links = self.links()?;
        let changed = links.change(&self.practice, id, change, &self.author);
        let (link, _) = changed.await?.ok_or_else(BookingError::unknown_link)?;
        Ok(link)
    }
}

fn issue(link: &Invitation, token: LinkToken) -> IssuedLink {
    IssuedLink {
        id: link.id,
        patient: link.patient,
        token,
        expires_at: link.expires_at,
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

fn exposed_token<S: Serializer>(token: &LinkToken, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&token.expose())
}
