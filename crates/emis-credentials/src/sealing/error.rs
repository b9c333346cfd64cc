//! Why something could not be sealed or opened.

use std::fmt;

use crate::ResponsibleParty;

/// Why an API user could not be sealed or opened. Says nothing of what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealError {
    kind: SealErrorKind,
}

/// The kinds of [`SealError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// A text that is not an age recipient or identity, or a list without any.
    InvalidKey,
    /// It was sealed to other keys than those at hand, or the part that says to whom is damaged.
    WrongIdentity,
    /// It was sealed for another practice or another organisation ID.
    WrongPractice,
    /// It was changed or cut short after sealing, or is not a sealed API user at all.
    Damaged,
    /// It would be sealed to recipients of whom none is ours, and we could not open it again.
    NotForUs,
    /// Sealing itself failed.
    Failed,
}

impl SealError {
    pub(super) fn new(kind: SealErrorKind) -> Self {
        Self { kind }
    }

    pub(super) fn damaged() -> Self {
        Self::new(SealErrorKind::Damaged)
    }

    /// What went wrong.
    pub fn kind(&self) -> SealErrorKind {
        self.kind
    }

    /// Who has to do something about it. Keys are the product's; what can't be opened by any of
    /// them has to be typed in again by the practice.
    pub fn responsible_party(&self) -> ResponsibleParty {
        match self.kind {
            SealErrorKind::InvalidKey | SealErrorKind::WrongIdentity => ResponsibleParty::Product,
            SealErrorKind::NotForUs | SealErrorKind::Failed => ResponsibleParty::Product,
            SealErrorKind::WrongPractice | SealErrorKind::Damaged => ResponsibleParty::Practice,
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SealErrorKind::InvalidKey => "the sealing key is not an age x25519 key",
            SealErrorKind::WrongIdentity => "the API user was sealed to another key",
            SealErrorKind::WrongPractice => {
                "the API user was sealed for another practice or organisation ID"
            }
            SealErrorKind::Damaged => "the sealed API user is damaged",
            SealErrorKind::NotForUs => "none of the recipients is a key of ours",
            SealErrorKind::Failed => "the API user could not be sealed",
        })
    }
}

impl std::error::Error for SealError {}
