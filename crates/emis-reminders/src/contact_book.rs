//! The recipients of reminders.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;

use emis_client::model::Patient;
use emis_messaging::{Addressing, Contact, SenderCapabilities};
use emis_settings::Channel;
use emis_types::{NhsNumber, OdsCode, PatientNumber, Sensitive};

use crate::key::RecipientDigest;

/// The recipient of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageRecipient {
    /// A contact from EMIS.
    Contact(Contact),
    /// The patient, whose contact the sender looks up.
    Patient {
        /// The patient's NHS number.
        nhs_number: NhsNumber,
        /// The channel of the sender's route.
        channel: Channel,
    },
}

impl MessageRecipient {
    /// Returns the channel.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Contact(contact) => contact.channel(),
            Self::Patient { channel, .. } => *channel,
        }
    }

    /// Returns the digest by which the store recognises the recipient.
    pub fn digest(&self, practice: &OdsCode) -> RecipientDigest {
        match self {
            Self::Contact(contact) => RecipientDigest::of(practice, contact),
            Self::Patient { nhs_number, .. } => {
                RecipientDigest::of_text(practice, &nhs_number.expose())
            }
        }
    }
}

/// A recipient, and whether others share the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addressee {
    /// The recipient.
    pub recipient: MessageRecipient,
    /// True if another patient of the same batch has the same contact. The message then says
    /// "an appointment" rather than "your appointment", and never names the patient.
    pub shared: bool,
}

impl Addressee {
    /// Creates an addressee.
    pub const fn new(recipient: MessageRecipient, shared: bool) -> Self {
        Self { recipient, shared }
    }

    /// Creates the addressee of a contact.
    pub const fn of(contact: Contact, shared: bool) -> Self {
        Self::new(MessageRecipient::Contact(contact), shared)
    }

    /// Returns the channel.
    pub fn channel(&self) -> Channel {
        self.recipient.channel()
    }
}

/// Returns the contact of `patient` for `channel`. The whole field must be the contact: EMIS's
/// fields are free text, and a note in them often says that the number is another person's.
fn contact(patient: &Patient, channel: Channel) -> Option<Contact> {
    fn parse<T: std::str::FromStr>(field: Option<&Sensitive<String>>) -> Option<T> {
        field?.expose().parse().ok()
    }
    match channel {
        Channel::Sms => parse(patient.mobile.as_ref()).map(Contact::Sms),
        Channel::Email => parse(patient.email.as_ref()).map(Contact::Email),
        _ => None,
    }
}

/// Returns the recipients of a patient's message, in the order of `channels`: by contact, or by NHS
/// number for a sender that looks contacts up.
pub(crate) fn recipients(
    patient: &Patient,
    channels: &[Channel],
    sender: &SenderCapabilities,
) -> Vec<MessageRecipient> {
    let served = channels
        .iter()
        .filter(|channel| sender.route(**channel).is_some());
    served
        .filter_map(|channel| match sender.addressing {
            Addressing::NhsNumber => {
                let number = patient.nhs_number?;
                Some(MessageRecipient::Patient {
                    nhs_number: number,
                    channel: *channel,
                })
            }
            _ => contact(patient, *channel).map(MessageRecipient::Contact),
        })
        .collect()
}

/// The contacts of a batch of patients, to tell which are shared.
///
/// Each text is parsed once, and kept as a hash. Families share a telephone. Only patients in the
/// batch are seen, so this is no guarantee: unless the practice wants otherwise, no message names
/// its patient.
#[derive(Debug, Default)]
pub(crate) struct ContactBook {
    hasher: RandomState,
    /// The mailbox of each text, where it is one.
    parsed: HashMap<u64, Option<u64>>,
    /// The patient of each mailbox, or `None` for several.
    users: HashMap<u64, Option<PatientNumber>>,
}

impl ContactBook {
    /// Notes the contacts of a patient. Returns whether the mobile number and the email address
    /// are valid.
    pub(crate) fn note(&mut self, patient: &Patient) -> [bool; 2] {
        let mut valid = [false; 2];
        let fields = [
            (Channel::Sms, patient.mobile.as_ref()),
            (Channel::Email, patient.email.as_ref()),
        ];
        for ((channel, text), valid) in fields.into_iter().zip(&mut valid) {
            let Some(text) = text.filter(|text| !text.expose().is_empty()) else {
                continue;
            };
            let hashed = self.hasher.hash_one((channel, text.expose()));
            let hasher = &self.hasher;
            let mailbox = self
                .parsed
                .entry(hashed)
                .or_insert_with(|| contact(patient, channel).map(|contact| hash(hasher, &contact)));
            let Some(mailbox) = *mailbox else { continue };
            *valid = true;
            match self.users.entry(mailbox) {
                Entry::Vacant(entry) => {
                    entry.insert(Some(patient.number));
                }
                Entry::Occupied(mut entry) => {
                    if *entry.get() != Some(patient.number) {
                        entry.insert(None);
                    }
                }
            }
        }
        valid
    }

    /// Returns the addressee of a recipient.
    pub(crate) fn addressee(
        &self,
        recipient: MessageRecipient,
        patient: PatientNumber,
    ) -> Addressee {
        let shared = match &recipient {
            MessageRecipient::Contact(contact) => {
                let user = self.users.get(&hash(&self.hasher, contact));
                user.is_some_and(|user| *user != Some(patient))
            }
            MessageRecipient::Patient { .. } => false,
        };
        Addressee::new(recipient, shared)
    }
}

fn hash(hasher: &RandomState, contact: &Contact) -> u64 {
    hasher.hash_one((contact.channel(), contact.mailbox_key().expose()))
}
