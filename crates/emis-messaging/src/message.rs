//! A message to one patient.

use std::collections::BTreeMap;

use emis_settings::Channel;
use emis_types::{NhsNumber, OdsCode, Sensitive};
use jiff::Timestamp;

use crate::contact::Contact;
use crate::kind::MessageKind;
use crate::reference::MessageReference;
use crate::topic::MessageTopic;

/// A message to one patient. `Debug` shows neither the addressee nor the text.
///
/// # Examples
/// ```
/// use emis_messaging::{Contact, Message, MessageBody, MessageKind, MessageReference};
///
/// let to = Contact::Sms("07700 900123".parse()?);
/// let body = MessageBody::text("Your appointment is on Tuesday 2 June at 9:30am.");
/// let reference = MessageReference::derive(["reminder", "A20047", "501"]);
/// let message = Message::new("A20047".parse()?, MessageKind::Reminder, to, body, reference)
///     .not_after("2026-06-02T08:30:00Z".parse()?);
/// assert!(!format!("{message:?}").contains("07700"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    practice: OdsCode,
    kind: MessageKind,
    channel: Channel,
    contact: Option<Contact>,
    nhs_number: Option<NhsNumber>,
    body: MessageBody,
    reference: MessageReference,
    topics: Vec<MessageTopic>,
    not_after: Option<Timestamp>,
}

impl Message {
    /// Creates a message to a contact.
    pub fn new(
        practice: OdsCode,
        kind: MessageKind,
        to: Contact,
        body: MessageBody,
        reference: MessageReference,
    ) -> Self {
        Self {
            practice,
            kind,
            channel: to.channel(),
            contact: Some(to),
            nhs_number: None,
            body,
            reference,
            topics: Vec::new(),
            not_after: None,
        }
    }

    /// Creates a message to a patient whose contact details the sender looks up by NHS number.
    /// `channel` chooses the sender's [route](crate::DeliveryRoute).
    pub fn to_patient(
        practice: OdsCode,
        kind: MessageKind,
        nhs_number: NhsNumber,
        channel: Channel,
        body: MessageBody,
        reference: MessageReference,
    ) -> Self {
        Self {
            practice,
            kind,
            channel,
            contact: None,
            nhs_number: Some(nhs_number),
            body,
            reference,
            topics: Vec::new(),
            not_after: None,
        }
    }

    /// Adds the patient's NHS number, for senders that need it.
    #[must_use]
    pub fn with_nhs_number(mut self, number: NhsNumber) -> Self {
        self.nhs_number = Some(number);
        self
    }

    /// Adds a patient or appointment that the message is about: a reply is understood by it.
    #[must_use]
    pub fn about(mut self, topic: MessageTopic) -> Self {
        self.topics.push(topic);
        self
    }

    /// Sets the time after which the message must not be sent: it would be wrong then.
    #[must_use]
    pub fn not_after(mut self, time: Timestamp) -> Self {
        self.not_after = Some(time);
        self
    }

    /// Returns the practice in whose name it is sent.
    pub fn practice(&self) -> &OdsCode {
        &self.practice
    }

    /// Returns the kind.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Returns the channel.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// Returns the contact; `None` if the sender looks it up.
    pub fn contact(&self) -> Option<&Contact> {
        self.contact.as_ref()
    }

    /// Returns the patient's NHS number, if it is known.
    pub fn nhs_number(&self) -> Option<NhsNumber> {
        self.nhs_number
    }

    /// Returns the body.
    pub fn body(&self) -> &MessageBody {
        &self.body
    }

    /// Returns the product's reference of the message.
    pub fn reference(&self) -> MessageReference {
        self.reference
    }

    /// Returns the patients and appointments that it is about.
    pub fn topics(&self) -> &[MessageTopic] {
        &self.topics
    }

    /// Returns the time after which it must not be sent.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.not_after
    }

    /// Returns whether it must not be sent any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|last| last < now)
    }
}

/// The body of a message, in the terms of its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageBody {
    /// Free text.
    Text {
        /// The subject of an email. It says nothing about the patient.
        subject: Option<String>,
        /// The text: plain, with line feeds.
        text: Sensitive<String>,
    },
    /// A template that the sender keeps, with the values of its placeholders.
    Template {
        /// The sender's ID of the template.
        id: String,
        /// The values by placeholder.
        personalisation: BTreeMap<String, Sensitive<String>>,
    },
}

impl MessageBody {
    /// Creates free text without a subject.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            subject: None,
            text: Sensitive::new(text.into()),
        }
    }

    /// Creates free text with a subject, for an email.
    pub fn email(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text {
            subject: Some(subject.into()),
            text: Sensitive::new(text.into()),
        }
    }

    /// Returns the subject of free text.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Text { subject, .. } => subject.as_deref(),
            Self::Template { .. } => None,
        }
    }

    /// Returns free text, to send or to show; `None` for a template, whose words the sender has.
    pub fn expose_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text.expose()),
            Self::Template { .. } => None,
        }
    }
}
