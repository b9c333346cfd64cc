//! `MedicalRecordType`: one message, of which each operation fills a part.

mod base;
mod consultation;
mod entries;
mod event;
mod medication;
mod problem;

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use serde::Serialize;

use super::ident::Ident;
use super::organisation::{Location, LocationKind, location_kinds, surgery};
use super::person::Person;
use super::registration::Registration;
use super::status::RegistrationStatus;
use crate::formats;
use crate::model::record::{Consultation as Encounter, ElementKind, Record};
use crate::model::{Model, Patient};
use consultation::Consultation;
use entries::{Allergy, Attachment, Diary, Referral};
use event::Event;
use medication::{Issue, Medication};

/// The parts in the order of the schema. Those that an operation does not return are left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MedicalRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    registration: Option<FullRegistration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_list: Option<Vec<Event>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consultation_list: Option<Vec<Consultation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral_list: Option<Vec<Referral>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allergy_list: Option<Vec<Allergy>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    medication_list: Option<Vec<Medication>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_list: Option<Vec<Issue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_list: Option<Vec<Attachment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diary_list: Option<Vec<Diary>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_status: Option<RegistrationStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    people_list: Option<Vec<Person>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_list: Option<Vec<Location>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_type_list: Option<Vec<LocationKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<Originator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_information: Option<MessageInformation>,
    #[serde(rename = "patientID")]
    patient_id: Option<String>,
}

/// A registration with the members that only this message has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FullRegistration {
    #[serde(flatten)]
    registration: Registration,
    #[serde(rename = "organisationNACS")]
    organisation_nacs: Option<String>,
    policy_id: Option<String>,
    archived: Option<String>,
    scn: Option<String>,
}

#[derive(Debug, Serialize)]
struct Originator {
    system: System,
    organisation: Ident,
}

#[derive(Debug, Serialize)]
struct System {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageInformation {
    date_created: Option<String>,
    time_created: Option<String>,
}

impl MedicalRecord {
    fn about(patient: &Patient) -> Self {
        Self {
            patient_id: Some(patient.id.to_string()),
            ..Self::default()
        }
    }

    /// Returns the registration and its status.
    pub(crate) fn demographics(patient: &Patient, model: &Model) -> Self {
        Self {
            registration: Some(FullRegistration {
                registration: Registration::of(patient, model),
                organisation_nacs: Some(model.organisation.ods.clone()),
                policy_id: None,
                archived: None,
                scn: None,
            }),
            registration_status: Some(RegistrationStatus::of(patient)),
            ..Self::about(patient)
        }
    }

    /// Returns the whole record.
    pub(crate) fn whole(patient: &Patient, record: &Record, model: &Model, now: DateTime) -> Self {
        let coded = Self::coded(patient, record, model);
        Self {
            consultation_list: Some(all(&record.consultations, Consultation::of)),
            medication_list: Some(all(&record.medication, Medication::of)),
            issue_list: Some(issues(record, Date::MIN)),
            attachment_list: Some(all(&record.attachments, Attachment::of)),
            people_list: Some(people(authors(record), model)),
            location_list: Some(all(&model.sites, surgery)),
            location_type_list: Some(location_kinds()),
            originator: Some(Originator {
                system: System {
                    name: Some("EMIS Web".to_owned()),
                    version: None,
                },
                organisation: Ident::of(model.organisation.id, model.organisation.guid),
            }),
            message_information: Some(MessageInformation {
                date_created: Some(formats::date(now.date())),
                time_created: Some(formats::time(now.time())),
            }),
            event_list: coded.event_list,
            referral_list: coded.referral_list,
            allergy_list: coded.allergy_list,
            diary_list: coded.diary_list,
            ..Self::demographics(patient, model)
        }
    }

    /// Returns the coded entries, without medication and registration.
    pub(crate) fn coded(patient: &Patient, record: &Record, model: &Model) -> Self {
        let authors = authors(record);
        Self {
            event_list: Some(all(&record.events, Event::of)),
            referral_list: Some(all(&record.referrals, Referral::of)),
            allergy_list: Some(all(&record.allergies, Allergy::of)),
            diary_list: Some(all(&record.diary, Diary::of)),
            people_list: Some(people(authors, model)),
            ..Self::about(patient)
        }
    }

    /// Returns coded events since a day.
    pub(crate) fn events(patient: &Patient, record: &Record, model: &Model, since: Date) -> Self {
        let recent = || record.events.iter().filter(|it| it.at.date() >= since);
        let coded = || recent().filter(|it| it.code.is_some());
        Self {
            event_list: Some(coded().map(Event::of).collect()),
            people_list: Some(people(coded().map(|it| it.author).collect(), model)),
            ..Self::about(patient)
        }
    }

    /// Returns prescriptions since a day.
    pub(crate) fn issues(patient: &Patient, record: &Record, model: &Model, since: Date) -> Self {
        let authors = record.medication.iter().map(|course| course.author);
        Self {
            issue_list: Some(issues(record, since)),
            people_list: Some(people(authors.collect(), model)),
            ..Self::about(patient)
        }
    }

    pub(crate) fn attachments(patient: &Patient, record: &Record, model: &Model) -> Self {
        let authors = record.attachments.iter().map(|entry| entry.author);
        Self {
            attachment_list: Some(all(&record.attachments, Attachment::of)),
            people_list: Some(people(authors.collect(), model)),
            ..Self::about(patient)
        }
    }

    /// Returns a consultation with its entries.
    pub(crate) fn consultation(
        patient: &Patient,
        record: &Record,
        model: &Model,
        consultation: &Encounter,
    ) -> Self {
        let is_in = |kind, id| {
            let mut elements = consultation.elements.iter();
            elements.any(|element| element.kind == kind && element.entry == id)
        };
        let events = record.events.iter();
        let events = events.filter(|it| is_in(ElementKind::Event, it.id));
        let referrals = record.referrals.iter();
        let referrals = referrals.filter(|it| is_in(ElementKind::Referral, it.id));
        let attachments = record.attachments.iter();
        let attachments = attachments.filter(|it| is_in(ElementKind::Attachment, it.id));
        let site = model.site(consultation.site);
        Self {
            event_list: Some(events.map(Event::of).collect()),
            consultation_list: Some(vec![Consultation::of(consultation)]),
            referral_list: Some(referrals.map(Referral::of).collect()),
            attachment_list: Some(attachments.map(Attachment::of).collect()),
            people_list: Some(people(BTreeSet::from([consultation.user]), model)),
            location_list: Some(site.map(surgery).into_iter().collect()),
            location_type_list: Some(location_kinds()),
            ..Self::about(patient)
        }
    }
}

fn all<T, U>(list: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    list.iter().map(of).collect()
}

fn issues(record: &Record, since: Date) -> Vec<Issue> {
    let recent = record.issues.iter().filter(|issue| issue.on >= since);
    recent
        .filter_map(|issue| {
            let mut courses = record.medication.iter();
            let course = courses.find(|course| course.id == issue.medication)?;
            Some(Issue::of(issue, course))
        })
        .collect()
}

/// Returns the ids of the record's authors.
fn authors(record: &Record) -> BTreeSet<i32> {
    let events = record.events.iter().map(|it| it.author);
    events
        .chain(record.referrals.iter().map(|it| it.author))
        .chain(record.allergies.iter().map(|it| it.author))
        .chain(record.diary.iter().map(|it| it.author))
        .chain(record.attachments.iter().map(|it| it.author))
        .chain(record.medication.iter().map(|it| it.author))
        .chain(record.consultations.iter().map(|it| it.user))
        .collect()
}

fn people(ids: BTreeSet<i32>, model: &Model) -> Vec<Person> {
    ids.into_iter()
        .filter_map(|id| model.staff.get(&id))
        .map(|member| Person::of(member, model))
        .collect()
}
