//! The store of invitations and links.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::{Digest, Provenance};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use crate::invitation::record::{Invitation, InvitationDraft, InvitationId, LinkChange, LinkEvent};

/// Keeps invitations and links with their history.
///
/// It has the digest of a token, never the token, and dates everything by its own clock.
#[async_trait]
pub trait InvitationStore: Debug + Send + Sync {
    /// Stores links, all or none. If `most_open` is stated and the practice's open, unexpired
    /// invitations to book whose allowances [overlap](crate::LinkAllowance::overlaps) those of the
    /// drafts would be more with the drafts, none is stored: the check and the write are atomic, so
    /// that two batches at once do not invite to the same slots.
    ///
    /// # Errors
    /// If the store could not be written. Nothing is stored then.
    ///
    /// # Cancel safety
    /// An implementation must store all of them or none.
    async fn invite(
        &self,
        practice: &OdsCode,
        drafts: &[InvitationDraft],
        most_open: Option<u64>,
        author: &Provenance,
    ) -> Result<StoredInvitations, StoreError>;

    /// Returns the link with this digest, with the time by the store's clock.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn find(
        &self,
        practice: &OdsCode,
        digest: &Digest,
    ) -> Result<Option<(Invitation, Timestamp)>, StoreError>;

    /// Returns one link, with the time by the store's clock.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn invitation(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
    ) -> Result<Option<(Invitation, Timestamp)>, StoreError>;

    /// Returns every link of a patient.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn links_of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Invitation>, StoreError>;

    /// Returns the practice's open, unexpired invitations to book, the oldest first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn open_invitations(&self, practice: &OdsCode) -> Result<Vec<Invitation>, StoreError>;

    /// Changes a link as [`Invitation::changed`] decides, and adds the row of its history,
    /// atomically. Returns the link as it is stored then, and whether this call changed it; `None`
    /// if there is no such link.
    ///
    /// # Errors
    /// If the store could not be read or written.
    ///
    /// # Cancel safety
    /// An implementation must leave the link either changed or not.
    async fn change(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
        change: &LinkChange,
        author: &Provenance,
    ) -> Result<Option<(Invitation, bool)>, StoreError>;

    /// Marks every open link of the practice whose time is over as expired, and returns them.
    ///
    /// # Errors
    /// If the store could not be written.
    ///
    /// # Cancel safety
    /// An implementation must mark each or leave it.
    async fn expire(&self, practice: &OdsCode) -> Result<Vec<Invitation>, StoreError>;

    /// Returns the history of a link, the oldest row first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn link_history(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
    ) -> Result<Vec<LinkEvent>, StoreError>;
}

/// The outcome of [`InvitationStore::invite`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredInvitations {
    /// The links, in the order of the drafts.
    Stored(Vec<Invitation>),
    /// None was stored: so many are open already.
    TooManyOpen(u64),
}
