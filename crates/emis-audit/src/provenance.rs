//! Provenance: the actor, the authority and the origin of an action.

use emis_types::OdsCode;
use serde::{Deserialize, Serialize};

use crate::parse_error::AuditParseError;

emis_types::text_newtype! {
    /// An id, a role or a place in the product: a line of 1 to 200 characters without control
    /// characters. Use ids rather than names: the audit log is kept for years.
    pub struct Label: checked_label -> AuditParseError;
}

fn checked_label(text: &str) -> Result<String, AuditParseError> {
    let text = text.trim();
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or(AuditParseError(
        "label must be a line of 1 to 200 characters without control characters",
    ))
}

/// The kinds of [`Actor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActorKind {
    /// A member of staff of the practice or of the product.
    User,
    /// A patient acting for themselves.
    Patient,
    /// A person who acts for a patient, such as a parent or a carer.
    Proxy,
    /// The product, on its own initiative.
    System,
    /// The actor was not stated.
    Unknown,
}

/// The person or process that did something.
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
    /// Creates a member of staff from the product's id of them.
    ///
    /// # Errors
    /// [`AuditParseError`] if the id is not a [`Label`].
    pub fn user(id: &str) -> Result<Self, AuditParseError> {
        Self::new(ActorKind::User, Some(id))
    }

    /// Creates a patient from the product's id of them: not an NHS number, not a name.
    ///
    /// # Errors
    /// [`AuditParseError`] if the id is not a [`Label`].
    pub fn patient(id: &str) -> Result<Self, AuditParseError> {
        Self::new(ActorKind::Patient, Some(id))
    }

    /// Creates a person who acts for a patient, from the product's id of them: not a name. The
    /// patient is in the event's details.
    ///
    /// # Errors
    /// [`AuditParseError`] if the id is not a [`Label`].
    pub fn proxy(id: &str) -> Result<Self, AuditParseError> {
        Self::new(ActorKind::Proxy, Some(id))
    }

    /// Creates a part of the product, such as "reminders".
    ///
    /// # Errors
    /// [`AuditParseError`] if the part is not a [`Label`].
    pub fn system(part: &str) -> Result<Self, AuditParseError> {
        Self::new(ActorKind::System, Some(part))
    }

    /// Creates an actor that was not stated.
    pub const fn unknown() -> Self {
        Self::unnamed(ActorKind::Unknown)
    }

    /// Creates the product as a whole.
    pub const fn product() -> Self {
        Self::unnamed(ActorKind::System)
    }

    const fn unnamed(kind: ActorKind) -> Self {
        Self {
            kind,
            id: None,
            role: None,
            organisation: None,
        }
    }

    fn new(kind: ActorKind, id: Option<&str>) -> Result<Self, AuditParseError> {
        Ok(Self {
            id: id.map(str::parse).transpose()?,
            ..Self::unnamed(kind)
        })
    }

    /// Adds the role in which they acted, such as "practice manager".
    ///
    /// # Errors
    /// [`AuditParseError`] if the role is not a [`Label`].
    pub fn in_role(mut self, role: &str) -> Result<Self, AuditParseError> {
        self.role = Some(role.parse()?);
        Ok(self)
    }

    /// Adds the organisation for which they acted.
    #[must_use]
    pub fn of_organisation(mut self, organisation: OdsCode) -> Self {
        self.organisation = Some(organisation);
        self
    }

    /// Returns the kind of actor.
    pub fn kind(&self) -> ActorKind {
        self.kind
    }

    /// Returns the id, or `None` for the product as a whole and for an actor that was not stated.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Label::as_str)
    }
}

/// The actor of an action, the authority they acted on, and the place they acted from.
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
    /// Creates the provenance of an action of `actor`.
    pub const fn of(actor: Actor) -> Self {
        Self {
            actor,
            authoriser: None,
            origin: None,
            device: None,
        }
    }

    /// Creates the provenance of an action of the product itself.
    pub const fn product() -> Self {
        Self::of(Actor::product())
    }

    /// Creates the provenance of an action whose actor was not stated.
    pub const fn unknown() -> Self {
        Self::of(Actor::unknown())
    }

    /// Adds the person on whose authority the actor acted.
    #[must_use]
    pub fn authorised_by(mut self, authoriser: Actor) -> Self {
        self.authoriser = Some(authoriser);
        self
    }

    /// Returns the provenance of the same action by a proxy, on the authority of the actor so far.
    #[must_use]
    pub fn for_proxy(mut self, proxy: Label) -> Self {
        let actor = Actor {
            id: Some(proxy),
            ..Actor::unnamed(ActorKind::Proxy)
        };
        let before = std::mem::replace(&mut self.actor, actor);
        if before.kind != ActorKind::Unknown {
            self.authoriser = Some(before);
        }
        self
    }

    /// Returns the person on whose authority the actor acted, if they were stated.
    pub fn authoriser(&self) -> Option<&Actor> {
        self.authoriser.as_ref()
    }

    /// Adds the place in the product, such as "settings page" or "text message".
    ///
    /// # Errors
    /// [`AuditParseError`] if the origin is not a [`Label`].
    pub fn from(mut self, origin: &str) -> Result<Self, AuditParseError> {
        self.origin = Some(origin.parse()?);
        Ok(self)
    }

    /// Adds the id of the device.
    ///
    /// # Errors
    /// [`AuditParseError`] if the device is not a [`Label`].
    pub fn on_device(mut self, device: &str) -> Result<Self, AuditParseError> {
        self.device = Some(device.parse()?);
        Ok(self)
    }

    /// Returns the actor.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the place in the product.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_ref().map(Label::as_str)
    }
}
