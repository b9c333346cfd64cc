//! A reminder, ready to send.

use emis_settings::Channel;
use emis_types::Sensitive;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::contact::Contact;
use crate::ledger::ReminderKey;
use crate::sms::sms_parts;

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

    /// Where it goes.
    pub fn to(&self) -> &Contact {
        &self.to
    }

    /// How it goes.
    pub fn channel(&self) -> Channel {
        self.to.channel()
    }

    /// The subject of an email: fixed words, with nothing of the patient. None for a text.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The text: one line for a text message, lines of plain text for an email.
    pub fn body(&self) -> &Sensitive<String> {
        &self.body
    }

    /// Our reference of it.
    pub fn reference(&self) -> Reference {
        self.reference
    }

    /// How many parts it takes as a text message; none for an email.
    pub fn sms_parts(&self) -> Option<usize> {
        (self.channel() == Channel::Sms).then(|| sms_parts(self.body.expose()))
    }
}

/// What a message is called at the service that sends it.
///
/// A UUID made from the [`ReminderKey`], so that the same reminder has the same reference in
/// every run: after a lost answer the sender can be asked for it. It cannot be turned back into
/// the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(Uuid);

impl Reference {
    /// Sets our references apart from every other use of the same text.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f3b_52d0_7c1e_4d0a_9a56_1f0e_8f0d_64c2);

    /// A reference for messages that are made to be looked at, and never sent.
    pub const fn sample() -> Self {
        Self(Self::NAMESPACE)
    }

    /// The reference of a reminder.
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
