//! The identity of a reminder, and of the message that carries it.

use std::fmt;
use std::str::FromStr;

use emis_audit::Digest;
use emis_messaging::{Contact, MessageReference};
use emis_settings::Channel;
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::appointment::RemindedAppointment;

/// The key of a reminder: one appointment, one time before it, one contact.
///
/// A slot may be given to another patient, an appointment may be moved, and a number may be
/// corrected, so all of them belong to the key. It holds EMIS's IDs and a digest of the contact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReminderKey {
    /// The practice.
    pub practice: OdsCode,
    /// The slot.
    pub slot: SlotId,
    /// The patient booked into it.
    pub patient: PatientNumber,
    /// The start of the appointment, UK wall clock.
    pub start: DateTime,
    /// The time before the start in minutes: one of the practice's reminders.
    pub minutes_before: u32,
    /// The channel.
    pub channel: Channel,
    /// The digest of the contact.
    pub contact: RecipientDigest,
}

impl ReminderKey {
    /// Returns whether both remind the same patient of the same appointment, even at different
    /// times or through different channels.
    pub fn same_appointment(&self, other: &Self) -> bool {
        self.practice == other.practice && self.appointment() == other.appointment()
    }

    /// Returns the appointment.
    pub const fn appointment(&self) -> RemindedAppointment {
        RemindedAppointment {
            slot: self.slot,
            patient: self.patient,
            start: self.start,
        }
    }
}

/// Returns the reference of the message that carries these reminders, each in its generation: it is
/// equal in every run, so that after a lost answer the sender can be asked for it.
pub(crate) fn reference<'a>(
    reminders: impl IntoIterator<Item = (&'a ReminderKey, u32)>,
) -> MessageReference {
    let mut parts = vec!["reminder".to_owned()];
    for (key, generation) in reminders {
        parts.push(key.practice.to_string());
        parts.push(key.slot.to_string());
        parts.push(key.patient.to_string());
        parts.push(key.start.to_string());
        parts.push(key.minutes_before.to_string());
        parts.push(key.channel.as_str().to_owned());
        parts.push(key.contact.to_string());
        parts.push(generation.to_string());
    }
    MessageReference::derive(parts.iter().map(String::as_str))
}

/// A digest of a telephone number or email address, to recognise a contact without keeping it.
///
/// The numbers in use can be tried out one by one, so it is personal data all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RecipientDigest(u64);

emis_types::serde_as_text!(RecipientDigest);

impl RecipientDigest {
    /// Returns the digest of a contact at a practice. Mail systems ignore case, and so does it.
    pub fn of(practice: &OdsCode, contact: &Contact) -> Self {
        Self::of_text(practice, contact.mailbox_key().expose())
    }

    pub(crate) fn of_text(practice: &OdsCode, text: &str) -> Self {
        let digest = Digest::of(format!("{practice}/{text}")).to_string();
        let leading = digest.get(..16).unwrap_or_default();
        Self(u64::from_str_radix(leading, 16).unwrap_or_default())
    }
}

impl fmt::Display for RecipientDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is not a [`RecipientDigest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("contact digest must be 16 hexadecimal digits")]
pub struct RecipientDigestError;

impl FromStr for RecipientDigest {
    type Err = RecipientDigestError;

    fn from_str(text: &str) -> Result<Self, RecipientDigestError> {
        let whole = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let parsed = whole.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        parsed.map(Self).ok_or(RecipientDigestError)
    }
}

/// The process that sends, or one of its workers: a claim is its owner's until the lease ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimOwner(Uuid);

emis_types::serde_as_text!(ClaimOwner);

impl ClaimOwner {
    /// Returns an owner that differs from every other.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for ClaimOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ClaimOwner {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}
