//! Who did something, and from where.

use std::fmt;
use std::str::FromStr;

use emis_types::OdsCode;
use serde::{Deserialize, Serialize};

/// An id, a role or a place as the product writes it: a line of 1 to 200 characters without
/// control characters. Ids instead of names: what is in the audit trail stays there for years.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a [`Label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("label must be a line of 1 to 200 characters without control characters")]
pub struct InvalidLabel;

impl FromStr for Label {
    type Err = InvalidLabel;

    fn from_str(text: &str) -> Result<Self, InvalidLabel> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidLabel)
        }
    }
}

impl TryFrom<String> for Label {
    type Error = InvalidLabel;

    fn try_from(text: String) -> Result<Self, InvalidLabel> {
        text.parse()
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of actor it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActorKind {
    /// A member of staff, of the practice or of the product.
    User,
    /// A patient, for themselves.
    Patient,
    /// The product, of its own accord.
    System,
    /// Nobody said.
    Unknown,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    kind: ActorKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<OdsCode>,
}

impl Actor {
    /// A member of staff, by the product's id of them.
    ///
    /// # Errors
    /// Where the id is no [`Label`].
    pub fn user(id: &str) -> Result<Self, InvalidLabel> {
        Self::new(ActorKind::User, id)
    }

    /// A patient, by the product's id of them: not an NHS number, not a name.
    ///
    /// # Errors
    /// Where the id is no [`Label`].
    pub fn patient(id: &str) -> Result<Self, InvalidLabel> {
        Self::new(ActorKind::Patient, id)
    }

    /// The product itself; `part` says which part of it, such as "reminders".
    ///
    /// # Errors
    /// Where the part is no [`Label`].
    pub fn system(part: &str) -> Result<Self, InvalidLabel> {
        Self::new(ActorKind::System, part)
    }

    /// Nobody said who.
    pub const fn unknown() -> Self {
        Self {
            kind: ActorKind::Unknown,
            id: None,
            role: None,
            organisation: None,
        }
    }

    /// The product itself.
    pub const fn product() -> Self {
        Self {
            kind: ActorKind::System,
            id: None,
            role: None,
            organisation: None,
        }
    }

    fn new(kind: ActorKind, id: &str) -> Result<Self, InvalidLabel> {
        Ok(Self {
            kind,
            id: Some(id.parse()?),
            role: None,
            organisation: None,
        })
    }

    /// Acting in a role, such as "practice manager".
    ///
    /// # Errors
    /// Where the role is no [`Label`].
    pub fn in_role(mut self, role: &str) -> Result<Self, InvalidLabel> {
        self.role = Some(role.parse()?);
        Ok(self)
    }

    /// Acting for an organisation.
    #[must_use]
    pub fn of_organisation(mut self, organisation: OdsCode) -> Self {
        self.organisation = Some(organisation);
        self
    }

    /// What kind of actor it is.
    pub fn kind(&self) -> ActorKind {
        self.kind
    }

    /// Their id; none for the product itself, and where nobody said.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Label::as_str)
    }
}

/// Who did something, on whose authority, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authoriser: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Label>,
}

impl Provenance {
    /// Done by somebody.
    pub const fn of(actor: Actor) -> Self {
        Self {
            actor,
            authoriser: None,
            origin: None,
            device: None,
        }
    }

    /// Done by the product of its own accord.
    pub const fn product() -> Self {
        Self::of(Actor::product())
    }

    /// Nobody said by whom.
    pub const fn unknown() -> Self {
        Self::of(Actor::unknown())
    }

    /// On somebody else's authority.
    #[must_use]
    pub fn authorised_by(mut self, authoriser: Actor) -> Self {
        self.authoriser = Some(authoriser);
        self
    }

    /// From a place in the product, such as "settings page" or "text message".
    ///
    /// # Errors
    /// Where the origin is no [`Label`].
    pub fn from(mut self, origin: &str) -> Result<Self, InvalidLabel> {
        self.origin = Some(origin.parse()?);
        Ok(self)
    }

    /// On a device, by an id of it.
    ///
    /// # Errors
    /// Where the device is no [`Label`].
    pub fn on_device(mut self, device: &str) -> Result<Self, InvalidLabel> {
        self.device = Some(device.parse()?);
        Ok(self)
    }

    /// Who did it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// From where.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_ref().map(Label::as_str)
    }
}
