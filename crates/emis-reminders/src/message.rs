//! A reminder, ready to send.

use emis_settings::Channel;
use emis_types::Sensitive;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::contact::Contact;
use crate::sms::sms_parts;
use crate::store::ReminderKey;

/// A message to one patient. `Debug` shows the channel and the reference only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    to: Contact,
    subject: Option<String>,
    body: Sensitive<String>,
    reference: Reference,
}

impl Message {
    pub(crate) fn new(
        to: Contact,
        subject: Option<String>,
        body: String,
        reference: Reference,
    ) -> Self {
        Self {
            to,
            subject,
            body: body.into(),
            reference,
        }
    }

    /// Returns the contact.
    pub fn to(&self) -> &Contact {
        &self.to
    }

    /// Returns the channel.
    pub fn channel(&self) -> Channel {
        self.to.channel()
    }

    /// Returns the subject of an email, which is fixed and says nothing about the patient; `None`
    /// for a text message.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Returns the body: one line for a text message, lines of plain text for an email.
    pub fn body(&self) -> &Sensitive<String> {
        &self.body
    }

    /// Returns the product's reference of the message.
    pub fn reference(&self) -> Reference {
        self.reference
    }

    /// Returns the number of parts of a text message; `None` for an email.
    pub fn sms_parts(&self) -> Option<usize> {
        (self.channel() == Channel::Sms).then(|| sms_parts(self.body.expose()))
    }
}

/// The name of a message at the service that sends it.
///
/// A UUID derived from the [`ReminderKey`]: a reminder has the same reference in every run, so
/// that after a lost answer the service can be asked for it. The key can't be derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(Uuid);

impl Reference {
    /// Separates these references from every other use of the same text.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f3b_52d0_7c1e_4d0a_9a56_1f0e_8f0d_64c2);

    /// Returns a reference for previews, which are never sent.
    pub const fn sample() -> Self {
        Self(Self::NAMESPACE)
    }

    /// Returns the reference of a reminder.
    pub fn of(key: &ReminderKey) -> Self {
        let name = format!(
            "{}/{}/{}/{}/{}/{}",
            key.practice,
            key.slot,
            key.patient,
            key.start,
            key.minutes_before,
            key.channel.as_str()
        );
        Self(Uuid::new_v5(&Self::NAMESPACE, name.as_bytes()))
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
