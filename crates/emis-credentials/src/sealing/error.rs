//! Errors of sealing and opening.

use emis_types::ResponsibleParty;

/// The error of an API user that could not be sealed or opened. Says nothing of the contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", kind.text())]
pub struct SealError {
    kind: SealErrorKind,
}

/// The kind of a [`SealError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// A text that is not a recipient or identity, or a list without any.
    InvalidKey,
    /// It was sealed to other keys than those at hand, or the list of its recipients is damaged.
    WrongIdentity,
    /// It was sealed for another practice or another organisation ID.
    WrongPractice,
    /// It was changed or cut short after sealing, or is not a sealed API user at all.
    Damaged,
    /// None of the recipients is a key of ours, so the API user could not be opened again.
    NotForUs,
    /// Sealing itself failed.
    Failed,
}

impl SealErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::InvalidKey => "the sealing key is not a key of this kind, or was mistyped",
            Self::WrongIdentity => "the API user was sealed to another key",
            Self::WrongPractice => {
                "the API user was sealed for another practice or organisation ID"
            }
            Self::Damaged => "the sealed API user is damaged",
            Self::NotForUs => "none of the recipients is a key of ours",
            Self::Failed => "the API user could not be sealed",
        }
    }
}

impl SealError {
    pub(super) fn new(kind: SealErrorKind) -> Self {
        Self { kind }
    }

    pub(super) fn damaged() -> Self {
        Self::new(SealErrorKind::Damaged)
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> SealErrorKind {
        self.kind
    }

    /// Returns the party that has to act. Keys are the product's; an API user that none of them can
    /// open has to be entered again by the practice.
    pub fn responsible_party(&self) -> ResponsibleParty {
        match self.kind {
            SealErrorKind::InvalidKey
            | SealErrorKind::WrongIdentity
            | SealErrorKind::NotForUs
            | SealErrorKind::Failed => ResponsibleParty::Product,
            SealErrorKind::WrongPractice | SealErrorKind::Damaged => ResponsibleParty::Practice,
        }
    }

    /// Returns the error in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}
