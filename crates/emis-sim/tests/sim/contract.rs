//! Every operation's answers against EMIS's published document.

use emis_sim::{Sim, SimOperation};
use serde_json::Value;

use crate::common::{Caller, send, small, token};
use crate::schema::Document;

const ERROR: &str = "PartnerApi.Service.Model.ErrorResponse";

type Parameters = Vec<(&'static str, String)>;

/// An operation of the document, parameters with which it succeeds, and the expected answer.
struct Success {
    operation: SimOperation,
    query: Parameters,
    status: u16,
    body: Option<Value>,
}

async fn successes(sim: &Sim, caller: &Caller) -> Vec<Success> {
    let practice = sim.practice();
    let free = practice.free_slot().expect("a free slot").slot_id;
    let slots = practice.slots();
    let taken = slots.iter().find(|slot| slot.patient.is_some());
    let taken = taken.expect("somebody is booked");
    let family_name = practice.patients()[0].family_name.clone();
    let api_user = practice.api_user().expect("an API user").guid;

    let patient = (
        "patientNumber",
        taken.patient.expect("a patient").to_string(),
    );
    let in_slot = vec![("slotId", taken.slot_id.to_string()), patient.clone()];
    let dates = vec![
        ("startDate", "01/06/2026".to_owned()),
        ("endDate", "30/06/2026".to_owned()),
    ];
    let one = |name, value: &str| vec![(name, value.to_owned())];
    let and = |some: &Parameters, more: Parameters| [some.clone(), more].concat();
    let window = and(&one("minutesBefore", "60"), one("minutesWithin", "43200"));
    let session = one("appointmentSessionId", &taken.session_id.to_string());
    let booking = vec![
        ("slotId", free.to_string()),
        patient.clone(),
        ("reason", "Review".to_owned()),
        ("bookedBy", api_user.to_string()),
    ];
    let comment = and(
        &one("slotComment", "Reminder sent"),
        vec![in_slot[0].clone()],
    );
    let arrived = and(&in_slot, one("statusId", "2"));

    let success = |operation, query| Success {
        operation,
        query,
        status: match operation {
            SimOperation::AddSlotComment
            | SimOperation::FileRecord
            | SimOperation::SetAppointmentStatus
            | SimOperation::SetSlotType
            | SimOperation::UpdateAttachment => 204,
            _ => 200,
        },
        body: (operation == SimOperation::FileRecord).then(comment_to_file),
    };
    let path = "/api/v1/medicalRecord/GetMedicalRecord";
    let record = caller.get(path, &[(patient.0, &patient.1)]).await.json();
    let of_record = |name, list: &str, key: &str| {
        let value = record[list][0][key].as_str().expect("a GUID");
        and(&vec![patient.clone()], one(name, value))
    };
    let document = of_record("documentId", "attachmentList", "ddsIdentifier");
    let update = and(
        &of_record("attachmentGuid", "attachmentList", "guid"),
        and(&one("pfsVisibility", "0"), one("provisional", "-1")),
    );
    let consultation = of_record("consultationGuid", "consultationList", "guid");
    let hide = and(&consultation, one("pfsVisibility", "0"));
    let days = and(&vec![patient.clone()], one("noOfDays", "3650"));
    let search = vec![
        ("searchGuid", practice.searches()[0].guid.to_string()),
        ("site", practice.sites()[0].name.clone()),
        ("reportType", "1".to_owned()),
    ];
    let whose = vec![patient.clone()];
    let in_this_slot = in_slot[..1].to_vec();
    let notes = and(&in_this_slot, one("slotNotes", "Interpreter booked"));
    let slot_type = and(&in_this_slot, one("slotType", "303"));
    let sequence = and(&one("startId", "2001"), one("batchSize", "7"));
    vec![
        success(SimOperation::GetOrganisation, vec![]),
        success(SimOperation::GetOrganisationV2, vec![]),
        success(SimOperation::GetUserById, one("userInRoleId", "1101")),
        success(SimOperation::GetAppointmentConfiguration, dates.clone()),
        success(SimOperation::GetAppointmentSessions, dates.clone()),
        success(SimOperation::GetSlotsForSession, session.clone()),
        success(SimOperation::GetSlotsForSessionV2, session),
        success(SimOperation::GetBookedPatients, window.clone()),
        success(SimOperation::GetBookedPatientsV2, window.clone()),
        success(
            SimOperation::GetPatientAppointments,
            and(&dates, vec![patient.clone()]),
        ),
        success(
            SimOperation::GetPatientAppointmentsV2,
            and(&dates, vec![patient.clone()]),
        ),
        success(SimOperation::GetPatientDemographics, vec![patient]),
        success(
            SimOperation::GetMatchedPatients,
            one("matchedTerms", &family_name),
        ),
        success(
            SimOperation::GetChangedPatients,
            one("fromDate", "01/01/2020"),
        ),
        success(
            SimOperation::GetChangedPatientsMR,
            one("fromDate", "01/01/2020"),
        ),
        success(SimOperation::GetPatientSequence, sequence),
        success(SimOperation::GetPatientSearches, search),
        success(SimOperation::GetMedicalRecord, whose.clone()),
        success(SimOperation::GetCodedRecord, whose.clone()),
        success(SimOperation::GetEvents, days.clone()),
        success(SimOperation::GetMedicationIssues, days),
        success(SimOperation::GetConsultation, consultation),
        success(SimOperation::GetAttachments, whose.clone()),
        success(SimOperation::GetAttachmentsV2, whose.clone()),
        success(SimOperation::GetBase64AttachmentData, document.clone()),
        success(SimOperation::GetBase64AttachmentDataV2, document),
        success(SimOperation::FileRecord, whose),
        success(SimOperation::UpdateAttachment, update),
        success(SimOperation::UpdateConsultationVisibility, hide),
        success(SimOperation::BookAppointment, booking),
        success(
            SimOperation::SetAppointmentStatus,
            and(&in_this_slot, one("statusId", "3")),
        ),
        success(SimOperation::GetSentInPatients, window.clone()),
        success(SimOperation::SetAppointmentStatusEx, arrived),
        success(SimOperation::GetArrivedPatients, window),
        success(SimOperation::SetSlotType, slot_type),
        success(SimOperation::SetSlotNotes, notes),
        success(SimOperation::AddSlotComment, comment),
        success(SimOperation::CancelAppointment, in_slot),
    ]
}

/// The smallest valid message of `FileRecord`.
fn comment_to_file() -> Value {
    serde_json::json!({
        "consultationList": [{
            "assignedDate": "02/06/2026 09:10:00",
            "userID": { "dbid": "1900" },
            "elementList": [{ "item": { "refID": "1" } }]
        }],
        "eventList": [{ "refID": "1", "descriptiveText": "Telephoned" }]
    })
}

async fn call(
    caller: &Caller,
    document: &Document,
    operation: SimOperation,
    query: &[(&'static str, String)],
    body: Option<&Value>,
) -> (crate::common::Answer, Value) {
    let (path, method, description) = document.operation(operation.as_str());
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut request = caller.request(method.parse().expect("a method"), &path, &query);
    if let Some(body) = body {
        let json = request.header("content-type", "application/json");
        request = json.body(body.to_string());
    }
    (send(request).await, description.clone())
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let Some(document) = Document::find() else {
        return;
    };
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let successes = successes(&sim, &caller).await;
    let unchecked = |operation: &&SimOperation| {
        !successes
            .iter()
            .any(|success| success.operation == **operation)
    };
    let unchecked: Vec<_> = SimOperation::ALL.iter().filter(unchecked).collect();
    // Health has no body, and the identity service is not in the document.
    let expected = [
        SimOperation::GetHealth,
        SimOperation::Discovery,
        SimOperation::Jwks,
        SimOperation::Authorize,
        SimOperation::SignIn,
        SimOperation::Token,
    ];
    assert_eq!(unchecked, expected.iter().collect::<Vec<_>>());
    for Success {
        operation,
        query,
        status,
        body,
    } in &successes
    {
        let (answer, description) =
            call(&caller, &document, *operation, query, body.as_ref()).await;
        assert_eq!(answer.status, *status, "{operation}: {}", answer.text);
        if *status == 204 {
            assert_eq!(answer.text, "", "{operation}");
            continue;
        }
        let body = answer.json();
        let says_something = body.as_object().is_some_and(|body| !body.is_empty());
        assert!(says_something || body.is_string(), "{operation}");
        let wrong = document.check_answer(&description, *status, &body);
        assert!(
            wrong.is_empty(),
            "{operation}: {:#?}",
            &wrong[..wrong.len().min(5)]
        );
    }
}

#[tokio::test]
async fn every_operation_needs_its_documented_scope_and_parameters() {
    let Some(document) = Document::find() else {
        return;
    };
    let sim = small().start().await.expect("started");
    let full = Caller::first(&sim).await;
    for Success {
        operation,
        query,
        body,
        ..
    } in successes(&sim, &full).await
    {
        let (_, _, description) = document.operation(operation.as_str());
        let scope = description["security"][1]["OAuth2CodeEMIS-X-GP-PAPI"][0]
            .as_str()
            .expect("a scope");
        for held in [
            "papi-cr.read",
            "papi-cr.write",
            "papi-searches.read",
            "papi-appt.read",
            "papi-appt.write",
            "papi-subjects.read",
            "papi-config.read",
        ] {
            let fields = [("grant_type", "client_credentials"), ("scope", held)];
            let granted = token(&sim, &fields).await.json();
            let caller = Caller::with_token(&sim, granted["access_token"].as_str().expect("token"));
            // Without parameters nothing is written: the refusal is about the scope or about them.
            let (answer, _) = call(&caller, &document, operation, &[], None).await;
            assert_eq!(
                answer.status == 403,
                held != scope,
                "{operation} with {held}"
            );
        }
        for required in description["parameters"].as_array().expect("parameters") {
            if required["in"] != "query" || required["required"] != true {
                continue;
            }
            let name = required["name"].as_str().expect("a name");
            let without: Vec<_> = query
                .iter()
                .filter(|(given, _)| *given != name)
                .cloned()
                .collect();
            assert_eq!(
                without.len() + 1,
                query.len(),
                "{operation} is called with {name}"
            );
            let (answer, _) = call(&full, &document, operation, &without, body.as_ref()).await;
            assert_eq!(answer.refusal().0, 400, "{operation} without {name}");
            let wrong = document.check_answer(description, 400, &answer.json());
            assert!(wrong.is_empty(), "{operation}: {wrong:?}");
        }
    }
}

#[tokio::test]
async fn every_refusal_has_the_documented_body() {
    let Some(document) = Document::find() else {
        return;
    };
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let taken = sim
        .practice()
        .slots()
        .into_iter()
        .find(|slot| slot.patient.is_some());
    let taken = taken.expect("somebody is booked").slot_id;
    let patient = sim.practice().patients()[0].patient_number;
    let stranger = Caller::with_token(&sim, "no.such.token");
    let keyless = caller.clone().with_application_id("somebody else");
    for (answer, status) in [
        (caller.slots(-1).await, 404),
        (caller.booked(61, 0).await, 400),
        (stranger.slots(1).await, 401),
        (keyless.slots(1).await, 403),
        (caller.book(taken, patient).await, 409),
        (caller.get("/api/v1/nowhere", &[]).await, 404),
        (
            caller
                .patch("/api/v1/appointments/BookAppointment", &[])
                .await,
            405,
        ),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text);
        let wrong = document.check_named(ERROR, &answer.json());
        assert!(wrong.is_empty(), "{status}: {wrong:?}");
    }
}
