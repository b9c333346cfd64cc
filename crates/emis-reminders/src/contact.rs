//! Contacts that a reminder can be sent to.

use std::collections::{HashMap, HashSet};

use emis_client::model::{BookedPatient, Patient};
use emis_messaging::Contact;
use emis_settings::Channel;
use emis_types::{PatientNumber, Sensitive};

/// Returns the contact of `patient` for `channel`. The whole field must be the contact: EMIS's
/// fields are free text, and a note in them often says that the number is another person's.
fn contact_of(patient: &Patient, channel: Channel) -> Option<Contact> {
    fn parse<T: std::str::FromStr>(field: Option<&Sensitive<String>>) -> Option<T> {
        field?.expose().parse().ok()
    }
    match channel {
        Channel::Sms => parse(patient.mobile.as_ref()).map(Contact::Sms),
        Channel::Email => parse(patient.email.as_ref()).map(Contact::Email),
        _ => None,
    }
}

/// A contact of a patient, and whether others share it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addressee {
    /// The contact.
    pub contact: Contact,
    /// True if another patient of the same batch has the same contact. The message then says
    /// "an appointment" rather than "your appointment", and never names the patient.
    pub shared: bool,
}

impl Addressee {
    /// Creates an addressee.
    pub const fn new(contact: Contact, shared: bool) -> Self {
        Self { contact, shared }
    }
}

/// The contacts of a batch of patients, to tell which are shared.
///
/// Families share a telephone. Only patients in the batch are seen, so this is no guarantee:
/// unless the practice wants otherwise, no message names its patient.
#[derive(Debug, Default)]
pub(crate) struct ContactBook(HashMap<Sensitive<String>, HashSet<PatientNumber>>);

impl ContactBook {
    pub(crate) fn of(booked: &[BookedPatient]) -> Self {
        let mut book = Self::default();
        for patient in booked.iter().map(|booked| &booked.patient) {
            let contacts = [Channel::Sms, Channel::Email]
                .into_iter()
                .filter_map(|channel| contact_of(patient, channel));
            for contact in contacts {
                let users = book.0.entry(contact.mailbox_key()).or_default();
                users.insert(patient.number);
            }
        }
        book
    }

    /// Returns the patient's valid contacts, in the order of `channels`.
    pub(crate) fn addressees(&self, patient: &Patient, channels: &[Channel]) -> Vec<Addressee> {
        channels
            .iter()
            .filter_map(|channel| contact_of(patient, *channel))
            .map(|contact| {
                let shared = self.is_shared(&contact, patient.number);
                Addressee::new(contact, shared)
            })
            .collect()
    }

    fn is_shared(&self, contact: &Contact, patient: PatientNumber) -> bool {
        self.0
            .get(&contact.mailbox_key())
            .is_some_and(|users| users.iter().any(|user| *user != patient))
    }
}
