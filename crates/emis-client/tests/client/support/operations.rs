//! A uniform call of every operation.

use std::fmt::Debug;

use emis_client::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, NewConsultation, NewEntry, OnlineVisibility,
};
use emis_client::model::{
    AppointmentStatus, BookedPatients, DateRange, Listing, MatchedTerms, MinutesWindow, NewBooking,
    SearchReport, SkippedRecord,
};
use emis_client::{Client, ClientError, Operation, Response, RetryPolicy};
use jiff::civil::date;
use serde_json::Value;

use super::{Scripted, Step, builder, id};

/// The result of a response.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    /// The number of records, if the response consists of them.
    pub(crate) records: usize,
    pub(crate) skipped: Vec<SkippedRecord>,
    /// The `Debug` output.
    pub(crate) shown: String,
}

impl<T: Debug> From<Listing<T>> for Read {
    fn from(listing: Listing<T>) -> Self {
        Self {
            records: listing.items.len(),
            shown: format!("{listing:?}"),
            skipped: listing.skipped,
        }
    }
}

fn one(value: impl Debug) -> Read {
    Read {
        records: 1,
        skipped: Vec::new(),
        shown: format!("{value:?}"),
    }
}

/// Calls an operation and returns its result.
pub(crate) async fn call(client: &Client, operation: Operation) -> Result<Read, ClientError> {
    let appointments = client.appointments();
    let matching = client.patient_matching();
    let days = DateRange::day(date(2026, 6, 2));
    let window = MinutesWindow::new(60, 1440)?;
    let (slot, patient) = (id("21"), id("17"));
    let status = AppointmentStatus::Arrive;
    let read = match operation {
        Operation::GetHealth => one(client.health().await?),
        Operation::GetOrganisation | Operation::GetOrganisationV2 => {
            let practice = if operation == Operation::GetOrganisation {
                client.organisation().get_organisation_v1().await?
            } else {
                client.organisation().get_organisation().await?
            };
            Read {
                skipped: practice.skipped.clone(),
                ..one(practice)
            }
        }
        Operation::GetUserById => client.user().get_user_by_id(id("5")).await?.into(),
        Operation::GetAppointmentConfiguration => {
            let configuration = appointments.get_appointment_configuration(days).await?;
            Read {
                skipped: configuration.skipped.clone(),
                ..one(configuration)
            }
        }
        Operation::GetAppointmentSessions => appointments
            .get_appointment_sessions(days, None)
            .await?
            .into(),
        Operation::GetSlotsForSession => appointments
            .get_slots_for_session_v1(id("31"))
            .await?
            .into(),
        Operation::GetSlotsForSessionV2 => {
            appointments.get_slots_for_session(id("31")).await?.into()
        }
        Operation::GetBookedPatients => appointments.get_booked_patients_v1(window).await?.into(),
        Operation::GetBookedPatientsV2 => appointments.get_booked_patients(window).await?.into(),
        Operation::GetArrivedPatients => appointments.get_arrived_patients(window).await?.into(),
        Operation::GetSentInPatients => appointments.get_sent_in_patients(window).await?.into(),
        Operation::GetPatientAppointments => appointments
            .get_patient_appointments_v1(patient, days)
            .await?
            .into(),
        Operation::GetPatientAppointmentsV2 => appointments
            .get_patient_appointments(patient, days)
            .await?
            .into(),
        Operation::BookAppointment => {
            let booking = NewBooking::new(slot, patient, id("5"), "Booked online");
            one(appointments.book_appointment(&booking).await?)
        }
        Operation::CancelAppointment => one(appointments.cancel_appointment(slot, patient).await?),
        Operation::SetAppointmentStatus => {
            one(appointments.set_appointment_status_v1(slot, status).await?)
        }
        Operation::SetAppointmentStatusEx => one(appointments
            .set_appointment_status(slot, patient, status)
            .await?),
        Operation::SetSlotType => one(appointments.set_slot_type(slot, &id("5"), None).await?),
        Operation::SetSlotNotes => one(appointments.set_slot_notes(slot, Some("Note")).await?),
        Operation::AddSlotComment => one(appointments.add_slot_comment(slot, "Comment").await?),
        Operation::GetPatientDemographics => {
            one(client.patient().get_patient_demographics(patient).await?)
        }
        Operation::GetMatchedPatients => {
            let terms = MatchedTerms::new("999 000 0018")?;
            matching.get_matched_patients(&terms).await?.into()
        }
        Operation::GetChangedPatients => matching.get_changed_patients(None).await?.into(),
        Operation::GetChangedPatientsMR => matching.get_changed_patients_mr(None).await?.into(),
        Operation::GetPatientSequence => {
            let size = 50.try_into().unwrap();
            matching.get_patient_sequence(patient, size).await?.into()
        }
        Operation::GetPatientSearches => {
            let (search, report) = (uuid::Uuid::nil(), SearchReport::HowAmIDriving);
            let search = client.search().get_patient_searches(search, "1", report);
            search.await?.into()
        }
        other => call_medical_record(client, other).await?,
    };
    Ok(read)
}

async fn call_medical_record(client: &Client, operation: Operation) -> Result<Read, ClientError> {
    let records = client.medical_record();
    let (patient, guid) = (id("17"), uuid::Uuid::nil());
    let record = match operation {
        Operation::GetMedicalRecord => records.get_medical_record(patient).await?,
        Operation::GetCodedRecord => records.get_coded_record(patient).await?,
        Operation::GetEvents => records.get_events(patient, 30).await?,
        Operation::GetMedicationIssues => records.get_medication_issues(patient, 30).await?,
        Operation::GetConsultation => records.get_consultation(patient, guid).await?,
        Operation::GetAttachments => records.get_attachments_v1(patient).await?,
        Operation::GetAttachmentsV2 => records.get_attachments(patient).await?,
        Operation::GetBase64AttachmentData => {
            return Ok(one(records
                .get_base64_attachment_data_v1(patient, guid)
                .await?));
        }
        Operation::GetBase64AttachmentDataV2 => {
            return Ok(one(records
                .get_base64_attachment_data(patient, guid)
                .await?));
        }
        Operation::FileRecord => {
            let at = date(2026, 6, 2).at(9, 10, 0, 0);
            let comment = NewEntry::Comment("Invented".to_owned().into());
            let consultation = NewConsultation::new(at, id("5"), comment);
            return Ok(one(records.file_record(patient, &consultation).await?));
        }
        Operation::UpdateAttachment => {
            let (shown, settled) = (
                AttachmentVisibility::Visible,
                AttachmentProvisional::NoChange,
            );
            let update = records.update_attachment(patient, guid, shown, settled);
            return Ok(one(update.await?));
        }
        Operation::UpdateConsultationVisibility => {
            let shown = OnlineVisibility::NotVisible;
            let update = records.update_consultation_visibility(patient, guid, shown);
            return Ok(one(update.await?));
        }
        other => panic!("{other} is not in this test"),
    };
    Ok(Read {
        skipped: record.skipped.clone(),
        ..one(record)
    })
}

/// Calls an operation for all that EMIS says, where there is such a way.
pub(crate) async fn call_in_full(
    client: &Client,
    operation: Operation,
) -> Result<Option<Read>, ClientError> {
    let (appointments, matching) = (client.appointments(), client.patient_matching());
    let window = MinutesWindow::new(60, 1440)?;
    let patient = id("17");
    let matches = match operation {
        Operation::GetMatchedPatients => {
            let terms = MatchedTerms::new("999 000 0018")?;
            matching.get_matched_patients_in_full(&terms).await?
        }
        Operation::GetChangedPatients => matching.get_changed_patients_in_full(None).await?,
        Operation::GetChangedPatientsMR => matching.get_changed_patients_mr_in_full(None).await?,
        Operation::GetPatientSequence => {
            let size = 50.try_into().unwrap();
            matching.get_patient_sequence_in_full(patient, size).await?
        }
        Operation::GetPatientDemographics => {
            let demographics = client.patient().get_patient_demographics_in_full(patient);
            let record = demographics.await?;
            return Ok(Some(Read {
                skipped: record.skipped.clone(),
                ..one(record)
            }));
        }
        Operation::GetOrganisationV2 => {
            let practice = client.organisation().get_organisation_in_full().await?;
            return Ok(Some(Read {
                skipped: practice.skipped.clone(),
                ..one(practice)
            }));
        }
        Operation::GetBookedPatientsV2 => {
            let booked = appointments.get_booked_patients_in_full(window).await?;
            return Ok(Some(booked_in_full(booked)));
        }
        Operation::GetArrivedPatients => {
            let booked = appointments.get_arrived_patients_in_full(window).await?;
            return Ok(Some(booked_in_full(booked)));
        }
        Operation::GetSentInPatients => {
            let booked = appointments.get_sent_in_patients_in_full(window).await?;
            return Ok(Some(booked_in_full(booked)));
        }
        Operation::GetUserById => {
            let users = client.user().get_user_by_id_in_full(id("5")).await?;
            return Ok(Some(users.into()));
        }
        _ => return Ok(None),
    };
    Ok(Some(Read {
        records: matches.patients.len(),
        skipped: matches.skipped.clone(),
        shown: format!("{matches:?}"),
    }))
}

fn booked_in_full(booked: BookedPatients) -> Read {
    Read {
        records: booked.appointments.len(),
        skipped: booked.skipped.clone(),
        shown: format!("{booked:?}"),
    }
}

/// Returns the result of an operation for this response.
pub(crate) fn answered(
    operation: Operation,
    status: u16,
    body: impl Into<Vec<u8>>,
) -> Result<Read, ClientError> {
    let client = client(status, body.into());
    runtime().block_on(call(&client, operation))
}

/// Returns the results of each form of an operation for this body with a 200.
pub(crate) fn answered_each_way(
    operation: Operation,
    body: &str,
) -> Vec<Result<Read, ClientError>> {
    let client = client(200, body.into());
    runtime().block_on(async {
        let plain = call(&client, operation).await;
        let in_full = call_in_full(&client, operation).await.transpose();
        std::iter::once(plain).chain(in_full).collect()
    })
}

/// A client that is answered twice, because to a 401 it asks once more.
fn client(status: u16, body: Vec<u8>) -> Client {
    let answer = Step::Answer(Response::new(status, body));
    builder()
        .retry(RetryPolicy::never())
        .build_with_transport(Scripted::new(vec![answer; 2]))
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap()
}

/// The status and the schema of an operation's success.
pub(crate) fn success(document: &Value, operation: Operation) -> (u16, Option<&Value>) {
    let spec = operation.spec();
    let verbs = document["paths"][spec.path].as_object().unwrap();
    let documented = verbs.values().find(|verb| verb["operationId"] == spec.name);
    let answers = documented.unwrap()["responses"].as_object().unwrap();
    let (status, answer) = answers
        .iter()
        .find(|(status, _)| status.starts_with('2'))
        .unwrap();
    let schema = answer.pointer("/content/application~1json/schema");
    (status.parse().unwrap(), schema)
}
