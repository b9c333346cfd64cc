//! The request of each operation, byte for byte, and by the document's types.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::support::schema::violations;
use crate::support::{id, openapi};
use emis_client::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, NewAttachment, NewCodedValue, NewConsultation,
    NewEntry, OnlineVisibility,
};
use emis_client::model::{
    AppointmentStatus, Code, CodeScheme, DateRange, Dbid, MatchedTerms, MinutesWindow, NewBooking,
    SearchReport,
};
use emis_client::{Client, ClientError, ClientErrorKind, Operation, QueryDateFormat};
use emis_credentials::FixedToken;
use emis_types::BookedBy;
use jiff::civil::date;
use serde_json::Value;
use uuid::Uuid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const GUID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

async fn server() -> MockServer {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let texts = [
            "SetSlotType",
            "FileRecord",
            "UpdateAttachment",
            "UpdateConsultation",
        ];
        let is_text = texts.iter().any(|text| request.url.path().contains(text));
        ResponseTemplate::new(200).set_body_string(if is_text {
            r#""Done""#
        } else {
            r#"{"appointmentInformation": {"slotId": 21}, "registration": {"dbid": "17"},
                "filedata": "SW52ZW50ZWQ=", "slot": [], "appointment": [], "person": [],
                "appointmentSession": [], "bookedList": [], "patientList": [], "dbid": 0,
                "organisationList": [], "siteList": [], "sessionId": 0}"#
        })
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn client(server: &MockServer, dates: QueryDateFormat) -> Client {
    Client::builder(
        format!("{}/partner", server.uri()).parse().unwrap(),
        id("test-application"),
        Arc::new(FixedToken::new("test-bearer")),
    )
    .date_format(dates)
    .build()
    .unwrap()
}

/// Calls every operation, the writes with all that they take.
async fn call_everything(client: &Client) -> Result<(), ClientError> {
    let june = DateRange::new(date(2026, 6, 1), date(2026, 6, 30))?;
    let terms = MatchedTerms::new("01/02/1980 Zoë O'Example")?;
    let by = BookedBy::Guid(guid());
    let mut booking = NewBooking::new(id("21"), id("17"), by, "Booked online & by a patient");
    booking.note = Some("ref=a+b #1 50%".to_owned().into());
    let appointments = client.appointments();

    client.health().await?;
    client.organisation().get_organisation().await?;
    client.organisation().get_organisation_v1().await?;
    client.user().get_user_by_id(id("5")).await?;
    appointments.get_appointment_configuration(june).await?;
    appointments.get_appointment_sessions(june, None).await?;
    appointments
        .get_appointment_sessions(june, Some(&id("GP/1")))
        .await?;
    appointments.get_slots_for_session(id("31")).await?;
    appointments.get_slots_for_session_v1(id("31")).await?;
    let window = MinutesWindow::new(60, 1440)?;
    appointments.get_booked_patients(window).await?;
    appointments.get_booked_patients_v1(window).await?;
    appointments.get_arrived_patients(window).await?;
    appointments.get_sent_in_patients(window).await?;
    appointments
        .get_patient_appointments(id("17"), june)
        .await?;
    appointments
        .get_patient_appointments_v1(id("17"), june)
        .await?;
    client.patient().get_patient_demographics(id("17")).await?;
    let matching = client.patient_matching();
    matching.get_matched_patients(&terms).await?;
    let since = Some(date(2026, 6, 1));
    matching.get_changed_patients(since).await?;
    matching.get_changed_patients(None).await?;
    matching.get_changed_patients_mr(since).await?;
    let size = 50.try_into().unwrap();
    matching.get_patient_sequence(id("17"), size).await?;
    client
        .search()
        .get_patient_searches(guid(), "Site 1", SearchReport::OneMonthLookAhead)
        .await?;
    appointments.book_appointment(&booking).await?;
    appointments.cancel_appointment(id("21"), id("17")).await?;
    let status = AppointmentStatus::QuietSentIn;
    appointments
        .set_appointment_status(id("21"), id("17"), status)
        .await?;
    appointments
        .set_appointment_status_v1(id("21"), AppointmentStatus::Left)
        .await?;
    appointments
        .set_slot_type(id("21"), &id("5"), Some("Type changed"))
        .await?;
    appointments.set_slot_notes(id("21"), Some("Notes")).await?;
    appointments.set_slot_notes(id("21"), None).await?;
    appointments
        .add_slot_comment(id("21"), "Reminder sent")
        .await?;
    call_medical_record(client).await
}

/// Calls every operation on the medical record.
async fn call_medical_record(client: &Client) -> Result<(), ClientError> {
    let (records, patient) = (client.medical_record(), id("17"));
    records.get_medical_record(patient).await?;
    records.get_coded_record(patient).await?;
    records.get_events(patient, 30).await?;
    records.get_medication_issues(patient, 7).await?;
    records.get_consultation(patient, guid()).await?;
    records.get_attachments(patient).await?;
    records.get_attachments_v1(patient).await?;
    records.get_base64_attachment_data(patient, guid()).await?;
    records
        .get_base64_attachment_data_v1(patient, guid())
        .await?;

    let code = Code::new("G33..", CodeScheme::Read2, "Angina pectoris");
    let mut coded = NewCodedValue::new(code.clone());
    coded.value = Some(1.5.into());
    coded.units = Some("mmol/L".to_owned());
    coded.text = Some("Invented".to_owned().into());
    let mut letter = NewAttachment::new("Letter", "letter.pdf", b"%PDF-".as_slice());
    letter.code = Some(code);
    let comment = "Invented".to_owned().into();
    for entry in [
        NewEntry::Coded(coded),
        NewEntry::Comment(comment),
        NewEntry::Attachment(letter),
    ] {
        let at = date(2026, 6, 2).at(9, 10, 0, 0);
        let mut consultation = NewConsultation::new(at, id("5"), entry);
        consultation.user_guid = Some(guid());
        consultation.location = Dbid::new(7);
        consultation.visibility = Some(OnlineVisibility::NotVisible);
        records.file_record(patient, &consultation).await?;
    }

    use AttachmentProvisional::{NotProvisional, Provisional};
    use AttachmentVisibility::{NoChange, NotVisible, Visible};
    for (visibility, provisional) in [
        (NoChange, Provisional),
        (NotVisible, NotProvisional),
        (Visible, AttachmentProvisional::NoChange),
    ] {
        records
            .update_attachment(patient, guid(), visibility, provisional)
            .await?;
    }
    for visibility in [OnlineVisibility::NotVisible, OnlineVisibility::Visible] {
        records
            .update_consultation_visibility(patient, guid(), visibility)
            .await?;
    }
    Ok(())
}

fn guid() -> Uuid {
    GUID.parse().unwrap()
}

fn target(request: &Request) -> String {
    let query = request
        .url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    format!("{} {}{query}", request.method, request.url.path())
}

#[tokio::test]
async fn each_operation_sends_exactly_this() {
    let server = server().await;
    call_everything(&client(&server, QueryDateFormat::default()))
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let targets: Vec<String> = requests.iter().map(target).collect();
    let appointments = "/partner/api/v1/appointments";
    let matching = "/partner/api/v1/patientMatching";
    let record = "/partner/api/v1/medicalRecord";
    let june = "startDate=01%2F06%2F2026&endDate=30%2F06%2F2026";
    let window = "minutesBefore=60&minutesWithin=1440";
    let file_record = format!("POST {record}/FileRecord?patientNumber=17");
    let attachment = format!("PATCH {record}/UpdateAttachment?attachmentGuid={GUID}");
    let consultation =
        format!("PATCH {record}/UpdateConsultationVisibility?consultationGuid={GUID}");
    assert_eq!(
        targets,
        [
            "GET /partner/".to_owned(),
            "GET /partner/api/v1/organisation/GetOrganisationV2".to_owned(),
            "GET /partner/api/v1/organisation/GetOrganisation".to_owned(),
            "GET /partner/api/v1/user/GetUserById?userInRoleId=5".to_owned(),
            format!("GET {appointments}/GetAppointmentConfiguration?{june}"),
            format!("GET {appointments}/GetAppointmentSessions?{june}"),
            format!("GET {appointments}/GetAppointmentSessions?slotType=GP%2F1&{june}"),
            format!("GET {appointments}/GetSlotsForSessionV2?appointmentSessionId=31"),
            format!("GET {appointments}/GetSlotsForSession?appointmentSessionId=31"),
            format!("GET {appointments}/GetBookedPatientsV2?{window}"),
            format!("GET {appointments}/GetBookedPatients?{window}"),
            format!("GET {appointments}/GetArrivedPatients?{window}"),
            format!("GET {appointments}/GetSentInPatients?{window}"),
            format!("GET {appointments}/GetPatientAppointmentsV2?patientNumber=17&{june}"),
            format!("GET {appointments}/GetPatientAppointments?patientNumber=17&{june}"),
            "GET /partner/api/v1/patient/GetPatientDemographics?patientNumber=17".to_owned(),
            format!(
                "GET {matching}/GetMatchedPatients\
                 ?matchedTerms=01%2F02%2F1980%20Zo%C3%AB%20O%27Example"
            ),
            format!("GET {matching}/GetChangedPatients?fromDate=01%2F06%2F2026"),
            format!("GET {matching}/GetChangedPatients"),
            format!("GET {matching}/GetChangedPatientsMR?fromDate=01%2F06%2F2026"),
            format!("GET {matching}/GetPatientSequence?startId=17&batchSize=50"),
            format!(
                "GET /partner/api/v1/search/GetPatientSearches\
                 ?searchGuid={GUID}&site=Site%201&reportType=3"
            ),
            format!(
                "GET {appointments}/BookAppointment?reason=Booked%20online%20%26%20by%20a%20patient\
                 &bookedBy={GUID}&bookingNote=ref%3Da%2Bb%20%231%2050%25&slotId=21&patientNumber=17"
            ),
            format!("GET {appointments}/CancelAppointment?slotId=21&patientNumber=17"),
            format!(
                "PATCH {appointments}/SetAppointmentStatusEx?statusId=12&slotId=21&patientNumber=17"
            ),
            format!("PATCH {appointments}/SetAppointmentStatus?statusId=4&slotId=21"),
            format!(
                "PATCH {appointments}/SetSlotType?slotType=5&bookingNote=Type%20changed&slotId=21"
            ),
            format!("PATCH {appointments}/SetSlotNotes?slotNotes=Notes&slotId=21"),
            format!("PATCH {appointments}/SetSlotNotes?slotId=21"),
            format!("PATCH {appointments}/AddSlotComment?slotComment=Reminder%20sent&slotId=21"),
            format!("GET {record}/GetMedicalRecord?patientNumber=17"),
            format!("GET {record}/GetCodedRecord?patientNumber=17"),
            format!("GET {record}/GetEvents?noOfDays=30&patientNumber=17"),
            format!("GET {record}/GetMedicationIssues?noOfDays=7&patientNumber=17"),
            format!("GET {record}/GetConsultation?consultationGuid={GUID}&patientNumber=17"),
            format!("GET {record}/GetAttachmentsV2?patientNumber=17"),
            format!("GET {record}/GetAttachments?patientNumber=17"),
            format!("GET {record}/GetBase64AttachmentDataV2?documentId={GUID}&patientNumber=17"),
            format!("GET {record}/GetBase64AttachmentData?documentId={GUID}&patientNumber=17"),
            file_record.clone(),
            file_record.clone(),
            file_record,
            format!("{attachment}&pfsVisibility=-1&provisional=1&patientNumber=17"),
            format!("{attachment}&pfsVisibility=0&provisional=0&patientNumber=17"),
            format!("{attachment}&pfsVisibility=1&provisional=-1&patientNumber=17"),
            format!("{consultation}&pfsVisibility=0&patientNumber=17"),
            format!("{consultation}&pfsVisibility=1&patientNumber=17"),
        ]
    );
    for request in &requests {
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("accept"), Some("application/json"));
        assert_eq!(header("applicationId"), Some("test-application"));
        let health = request.url.path() == "/partner/";
        let bearer = (!health).then_some("Bearer test-bearer");
        assert_eq!(header("authorization"), bearer, "{}", request.url.path());
        let length = match request.method.as_str() {
            "GET" => None,
            _ => Some(request.body.len().to_string()),
        };
        assert_eq!(header("content-length"), length.as_deref());
        let files = request.url.path().ends_with("/FileRecord");
        assert_eq!(request.body.is_empty(), !files);
        assert_eq!(header("content-type"), files.then_some("application/json"));
    }
}

#[tokio::test]
async fn dates_are_written_iso_where_that_is_chosen() {
    let server = server().await;
    let client = client(&server, QueryDateFormat::Iso);
    let day = DateRange::day(date(2026, 6, 2));
    client
        .appointments()
        .get_appointment_sessions(day, None)
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let query = requests[0].url.query();
    assert_eq!(query, Some("startDate=2026-06-02&endDate=2026-06-02"));
}

#[tokio::test]
async fn every_request_is_one_that_the_document_allows() {
    let Some(document) = openapi() else { return };
    let server = server().await;
    call_everything(&client(&server, QueryDateFormat::default()))
        .await
        .unwrap();
    let mut called = BTreeMap::new();
    for request in server.received_requests().await.unwrap() {
        let path = request.url.path().strip_prefix("/partner").unwrap();
        let verb = request.method.as_str().to_lowercase();
        let documented = &document["paths"][path][&verb];
        let name = documented["operationId"]
            .as_str()
            .expect("a documented path and verb");
        *called.entry(name.to_owned()).or_insert(0) += 1;

        let takes = &documented["requestBody"]["content"]["application/json"]["schema"];
        if takes.is_null() {
            assert_eq!(request.body, b"", "{name} takes no body");
        } else {
            let body = serde_json::from_slice(&request.body).expect("a body in JSON");
            assert_eq!(violations(&document, takes, &body), [""; 0], "{name}");
        }

        let sent: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let parameters: Vec<&Value> = documented["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        for parameter in &parameters {
            let key = parameter["name"].as_str().unwrap();
            match sent.get(key) {
                Some(value) => check_value(&document, &parameter["schema"], value, key),
                None => assert_ne!(parameter["required"], true, "{name} lacks {key}"),
            }
        }
        let known = |key: &String| {
            parameters
                .iter()
                .any(|parameter| parameter["name"] == **key)
        };
        assert!(
            sent.keys().all(known),
            "{name} sends what is not documented"
        );
    }
    let names: Vec<&str> = Operation::ALL
        .iter()
        .map(|operation| operation.name())
        .collect();
    assert!(
        names.iter().all(|name| called.contains_key(*name)),
        "{called:?}"
    );
}

fn check_value(document: &Value, schema: &Value, value: &str, key: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            let number: i32 = value
                .parse()
                .unwrap_or_else(|_| panic!("{key} is an int32"));
            let allowed = schema["enum"].as_array();
            let listed = allowed.is_none_or(|allowed| allowed.contains(&number.into()));
            assert!(listed, "{key} has a documented value");
        }
        (Some("string"), Some("uuid")) => {
            assert!(uuid::Uuid::try_parse(value).is_ok(), "{key} is a UUID");
        }
        // Declared as a date-time and described as dd/mm/yyyy: the description is followed.
        (Some("string"), Some("date-time")) => {
            assert!(
                jiff::civil::Date::strptime("%d/%m/%Y", value).is_ok(),
                "{key} is a date"
            );
        }
        (Some("string"), None) => {}
        other => panic!("{key} has a type that this test does not know: {other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    for status in [301, 302, 303, 307, 308] {
        let answer = ResponseTemplate::new(status).insert_header("location", elsewhere.as_str());
        server.reset().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let client = client(&server, QueryDateFormat::default());
        let read = client.appointments().get_slots_for_session(id("31")).await;
        assert_eq!(read.unwrap_err().kind(), ClientErrorKind::Decode);
        let write = client
            .appointments()
            .cancel_appointment(id("21"), id("17"))
            .await;
        assert_eq!(write.unwrap_err().kind(), ClientErrorKind::Ambiguous);
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            2,
            "{status}"
        );
    }
}

#[test]
fn a_base_url_must_be_one_that_keeps_patients_private() {
    let build = |url: &str| {
        let tokens = Arc::new(FixedToken::new("test-bearer"));
        Client::builder(url.parse().unwrap(), id("test-application"), tokens).build()
    };
    for url in [
        "https://api.example.com/partner",
        "https://api.example.com/partner/",
        "http://127.0.0.1:8080/partner",
        "http://[::1]:8080",
        "http://localhost:8080/partner",
    ] {
        assert!(build(url).is_ok(), "{url}");
    }
    for url in [
        "http://api.example.com/partner",
        "http://localhost.example.com",
        "http://10.0.0.1/partner",
        "ftp://127.0.0.1/partner",
        "https://user:secret@api.example.com/partner",
        "https://user@api.example.com/partner",
        "https://api.example.com/partner?key=value",
        "https://api.example.com/partner#part",
    ] {
        let error = build(url).unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Configuration, "{url}");
        assert!(!error.report().contains("example"), "{url}");
    }
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_broken_off() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200)
        .set_body_string("{}")
        .set_delay(Duration::from_secs(3600));
    Mock::given(any()).respond_with(slow).mount(&server).await;
    let client = Client::builder(
        server.uri().parse().unwrap(),
        id("test-application"),
        Arc::new(FixedToken::new("test-bearer")),
    )
    .attempt_timeout(Duration::from_millis(500))
    .retry(emis_client::RetryPolicy::never())
    .build()
    .unwrap();
    let read = client.appointments().get_slots_for_session(id("31")).await;
    assert_eq!(read.unwrap_err().kind(), ClientErrorKind::Interrupted);
    let write = client
        .appointments()
        .cancel_appointment(id("21"), id("17"))
        .await;
    assert_eq!(write.unwrap_err().kind(), ClientErrorKind::Ambiguous);
}
