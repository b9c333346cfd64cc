//! Where a reminder can go.

use std::collections::{HashMap, HashSet};

use emis_client::model::{BookedPatient, Patient};
use emis_settings::Channel;
use emis_types::{EmailAddress, PatientNumber, Sensitive, UkMobile};

/// A contact detail that a message can be sent to. `Debug` is redacted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Contact {
    /// A UK mobile, for a text message.
    Sms(UkMobile),
    /// An email address.
    Email(EmailAddress),
}

impl Contact {
    /// The channel it is reached through.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// The contact of `patient` for `channel`. The whole field must be the contact: EMIS's fields
    /// are free text, and a note in them often says that the number is somebody else's.
    fn of(patient: &Patient, channel: Channel) -> Option<Self> {
        fn parse<T: std::str::FromStr>(field: Option<&Sensitive<String>>) -> Option<T> {
            field?.expose().parse().ok()
        }
        match channel {
            Channel::Sms => parse(patient.mobile.as_ref()).map(Self::Sms),
            Channel::Email => parse(patient.email.as_ref()).map(Self::Email),
            _ => None,
        }
    }

    /// What makes two contacts the same letter box: mail systems do not tell cases apart.
    fn letter_box(&self) -> String {
        match self {
            Self::Sms(mobile) => mobile.expose().to_owned(),
            Self::Email(email) => email.expose().to_lowercase(),
        }
    }
}

/// A contact of a patient, and whether others use it too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addressee {
    /// The contact.
    pub contact: Contact,
    /// Whether another patient of the same batch has the same contact. The message then says
    /// "an appointment" rather than "your appointment", and never names the patient.
    pub shared: bool,
}

impl Addressee {
    /// A contact, and whether others use it too.
    pub const fn new(contact: Contact, shared: bool) -> Self {
        Self { contact, shared }
    }
}

/// The contacts of a batch of patients, to tell which are shared.
///
/// Families share a telephone. Only patients in the batch are seen, so it is a help and not a
/// promise: unless a practice wants otherwise, no message names its patient.
#[derive(Debug, Default)]
pub(crate) struct ContactBook(HashMap<Sensitive<String>, HashSet<PatientNumber>>);

impl ContactBook {
    pub(crate) fn of(booked: &[BookedPatient]) -> Self {
        let mut book = Self::default();
        for patient in booked.iter().map(|booked| &booked.patient) {
            let contacts = [Channel::Sms, Channel::Email]
                .into_iter()
                .filter_map(|channel| Contact::of(patient, channel));
            for contact in contacts {
                let users = book.0.entry(contact.letter_box().into()).or_default();
                users.insert(patient.number);
            }
        }
        book
    }

    /// The patient's valid contacts, in the order of `channels`.
    pub(crate) fn addressees(&self, patient: &Patient, channels: &[Channel]) -> Vec<Addressee> {
        channels
            .iter()
            .filter_map(|channel| Contact::of(patient, *channel))
            .map(|contact| {
                let shared = self.is_shared(&contact, patient.number);
                Addressee::new(contact, shared)
            })
            .collect()
    }

    fn is_shared(&self, contact: &Contact, patient: PatientNumber) -> bool {
        self.0
            .get(&Sensitive::new(contact.letter_box()))
            .is_some_and(|users| users.iter().any(|user| *user != patient))
    }
}
