//! Medical records: a change by one call shows in the answers of the others.

use emis_sim::{Sim, SimPractice};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, Caller, send, small};

struct Desk {
    sim: Sim,
    practice: SimPractice,
    caller: Caller,
    patient: String,
}

impl Desk {
    async fn open() -> Self {
        let sim = small().start().await.expect("started");
        let practice = sim.practice();
        Self {
            caller: Caller::first(&sim).await,
            patient: practice.patients()[0].patient_number.to_string(),
            practice,
            sim,
        }
    }

    async fn read(&self, operation: &str, more: &[(&str, &str)]) -> Answer {
        let query = [&[("patientNumber", self.patient.as_str())], more].concat();
        let path = format!("/api/v1/medicalRecord/{operation}");
        self.caller.get(&path, &query).await
    }

    async fn change(&self, operation: &str, more: &[(&str, &str)]) -> Answer {
        let query = [&[("patientNumber", self.patient.as_str())], more].concat();
        let path = format!("/api/v1/medicalRecord/{operation}");
        self.caller.patch(&path, &query).await
    }

    async fn record(&self) -> Value {
        let answer = self.read("GetMedicalRecord", &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn file(&self, content_type: &str, body: &str) -> Answer {
        let query = [("patientNumber", self.patient.as_str())];
        let path = "/api/v1/medicalRecord/FileRecord";
        let request = self.caller.request(Method::POST, path, &query);
        let request = request.header("content-type", content_type);
        send(request.body(body.to_owned())).await
    }

    async fn changed_since(&self, operation: &str, day: &str) -> usize {
        let path = format!("/api/v1/patientMatching/{operation}");
        let answer = self.caller.get(&path, &[("fromDate", day)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["patientList"]
            .as_array()
            .expect("a list")
            .len()
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

fn a_document() -> Value {
    json!({
        "consultationList": [{
            "refID": "1", "fileStatus": "0",
            "assignedDate": "02/06/2026 09:10:00", "datePart": 4, "datePartSpecified": true,
            "userID": { "refID": "7" },
            "elementList": [{ "item": { "refID": "1", "fileStatus": "3" } }],
            "pfsVisible": false, "pfsVisibleSpecified": true
        }],
        "attachmentList": [{
            "refID": "1", "title": "Care plan", "address": "plan.txt",
            "attachmentData": "SW52ZW50ZWQ="
        }],
        "peopleList": [{ "refID": "7", "dbid": "1101" }]
    })
}

#[tokio::test]
async fn all_parts_show_the_same_record() {
    let desk = Desk::open().await;
    let whole = desk.record().await;
    assert_eq!(desk.record().await, whole);
    assert_eq!(whole["patientID"], *desk.patient);
    let born = text(&whole["registration"], "dateOfBirth");
    assert_eq!(born.len(), 10);

    let coded = desk.read("GetCodedRecord", &[]).await.json();
    for part in ["eventList", "allergyList", "referralList", "diaryList"] {
        assert_eq!(coded[part], whole[part], "{part}");
    }
    for absent in ["medicationList", "issueList", "registration"] {
        assert!(coded.get(absent).is_none(), "{absent}");
    }
    let attachments = desk.read("GetAttachmentsV2", &[]).await.json();
    assert_eq!(attachments["attachmentList"], whole["attachmentList"]);
    assert_eq!(desk.read("GetAttachments", &[]).await.json(), attachments);
    for consultation in list(&whole, "consultationList") {
        let guid = [("consultationGuid", text(consultation, "guid"))];
        let alone = desk.read("GetConsultation", &guid).await.json();
        assert_eq!(list(&alone, "consultationList").len(), 1);
        assert_eq!(alone["consultationList"][0], *consultation);
        // Each of its elements refers to an entry in the answer.
        let entries = ["eventList", "referralList", "attachmentList"];
        let ids: Vec<_> = entries
            .iter()
            .flat_map(|part| list(&alone, part))
            .map(|entry| &entry["refID"])
            .collect();
        let elements = list(consultation, "elementList");
        assert_eq!(elements.len(), ids.len());
        for element in elements {
            assert!(ids.contains(&&element["item"]["refID"]));
        }
    }
}

#[tokio::test]
async fn no_of_days_limits_events_and_prescriptions() {
    let mut desk = Desk::open().await;
    let (mut older, mut issued) = (0, 0);
    for patient in desk.practice.patients().iter().take(40) {
        desk.patient = patient.patient_number.to_string();
        let within =
            async |operation, days| desk.read(operation, &[("noOfDays", days)]).await.json();
        let all = within("GetEvents", "2147483647").await;
        let year = within("GetEvents", "365").await;
        assert!(list(&within("GetEvents", "0").await, "eventList").is_empty());
        assert!(all.get("medicationList").is_none());
        older += list(&all, "eventList").len() - list(&year, "eventList").len();
        let issues = within("GetMedicationIssues", "3650").await;
        issued += list(&issues, "issueList").len();
    }
    assert!(older > 0 && issued > 0);
    let days = [("noOfDays", "-1")];
    assert_eq!(desk.read("GetEvents", &days).await.refusal().0, 400);
}

#[tokio::test]
async fn a_filed_document_is_read_back() {
    let desk = Desk::open().await;
    let before = desk.record().await;
    let (day, records) = ("02/06/2026", "GetChangedPatientsMR");
    assert_eq!(desk.changed_since(records, day).await, 0);
    let answer = desk
        .file("application/json", &a_document().to_string())
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(desk.changed_since(records, day).await, 1);

    let after = desk.record().await;
    let filed = list(&after, "consultationList").last().expect("one");
    assert_eq!(
        list(&after, "consultationList").len(),
        list(&before, "consultationList").len() + 1
    );
    assert_eq!(filed["assignedDate"], "02/06/2026 09:10:00");
    assert_eq!(filed["userID"]["dbid"], "1101");
    assert_eq!(filed["pfsVisible"], false);
    let document = list(&after, "attachmentList").last().expect("one");
    assert_eq!(document["title"], "Care plan");
    assert_eq!(filed["elementList"][0]["item"]["guid"], document["guid"]);

    for id in ["ddsIdentifier", "guid"] {
        let query = [("documentId", text(document, id))];
        let file = desk.read("GetBase64AttachmentData", &query).await.json();
        assert_eq!(
            file,
            json!({ "filedata": "SW52ZW50ZWQ=", "filename": "plan.txt" })
        );
        let file = desk.read("GetBase64AttachmentDataV2", &query).await.json();
        assert_eq!(file["patientNHS"], after["registration"]["nhsNumber"]);
        assert_eq!(file["organisationNACS"], *desk.practice.ods());
    }

    // Shown with its consultation, then hidden alone.
    let guid = text(filed, "guid");
    let show = [("consultationGuid", guid), ("pfsVisibility", "1")];
    let path = "UpdateConsultationVisibility";
    assert_eq!(desk.change(path, &show).await.status, 200);
    let seen = async || {
        let record = desk.record().await;
        let document = list(&record, "attachmentList").last().expect("one").clone();
        let consultation = list(&record, "consultationList")
            .last()
            .expect("one")
            .clone();
        [
            consultation["pfsVisible"].as_bool(),
            document["pfsVisible"].as_bool(),
            document["provisional"].as_bool(),
        ]
    };
    assert_eq!(seen().await, [Some(true), Some(true), Some(false)]);
    let update = [
        ("attachmentGuid", text(document, "guid")),
        ("pfsVisibility", "0"),
        ("provisional", "1"),
    ];
    assert_eq!(desk.change("UpdateAttachment", &update).await.status, 204);
    assert_eq!(seen().await, [Some(true), Some(false), Some(true)]);
    let update = [update[0], ("pfsVisibility", "-1"), ("provisional", "-1")];
    assert_eq!(desk.change("UpdateAttachment", &update).await.status, 204);
    assert_eq!(seen().await, [Some(true), Some(false), Some(true)]);
}

#[tokio::test]
async fn a_consultation_filed_in_xml_is_read_in_both_encodings() {
    let desk = Desk::open().await;
    let user = desk.practice.staff()[0].guid;
    let xml = format!(
        r#"<?xml version="1.0"?>
        <m:MedicalRecord xmlns:m="http://www.e-mis.com/emisopen/MedicalRecord" PatientID="{}">
          <m:ConsultationList><m:Consultation>
            <m:RefID>1</m:RefID><m:FileStatus>0</m:FileStatus>
            <m:AssignedDate>01/06/2026</m:AssignedDate>
            <m:UserID><m:GUID>{user}</m:GUID></m:UserID>
            <m:LocationID><m:DBID>502</m:DBID></m:LocationID>
            <m:ElementList><m:ConsultationElement>
              <m:DisplayOrder>1</m:DisplayOrder>
              <m:Event>
                <m:DescriptiveText>Home reading &lt;one of three&gt;</m:DescriptiveText>
                <m:Code><m:Value>271649006</m:Value><m:Scheme>SNOMED</m:Scheme>
                  <m:Term>Systolic blood pressure</m:Term></m:Code>
                <m:NumericValue><m:Value>121.5</m:Value><m:Units>mmHg</m:Units></m:NumericValue>
                <m:EventType>5</m:EventType>
              </m:Event>
            </m:ConsultationElement></m:ElementList>
            <m:PfsVisible>true</m:PfsVisible>
          </m:Consultation></m:ConsultationList>
        </m:MedicalRecord>"#,
        desk.patient
    );
    let answer = desk.file("text/xml; charset=utf-8", &xml).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let record = desk.record().await;
    let event = list(&record, "eventList").last().expect("one");
    assert_eq!(event["descriptiveText"], "Home reading <one of three>");
    // SNOMED is the ninth of the schemes, and 5 the fifth of the event types.
    assert_eq!(
        (&event["code"]["scheme"], &event["eventType1"]),
        (&json!(8), &json!(4))
    );
    assert_eq!(event["numericValue"]["value"], 121.5);
    let consultation = list(&record, "consultationList").last().expect("one");
    assert_eq!(consultation["locationID"]["dbid"], "502");

    let guid = text(consultation, "guid");
    let query = [
        ("patientNumber", desk.patient.as_str()),
        ("consultationGuid", guid),
    ];
    let path = "/api/v1/medicalRecord/GetConsultation";
    let request = desk
        .caller
        .request_in("application/xml", Method::GET, path, &query);
    let shown = send(request).await.text;
    for part in [
        "<Scheme>SNOMED</Scheme>",
        "<EventType>5</EventType>",
        "<NumericValue><Value>121.5</Value><Units>mmHg</Units></NumericValue>",
        "<DescriptiveText>Home reading &lt;one of three&gt;</DescriptiveText>",
        "<PfsVisible>true</PfsVisible>",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    // The element is named after its entry.
    let id = text(event, "dbid");
    assert!(shown.contains(&format!("</Header><Event><DBID>{id}</DBID>")));
}

#[tokio::test]
async fn the_whole_record_in_xml() {
    let desk = Desk::open().await;
    let mut parts = std::collections::BTreeSet::new();
    for patient in desk.practice.patients().iter().take(60) {
        let query = [("patientNumber", &*patient.patient_number.to_string())];
        let path = "/api/v1/medicalRecord/GetMedicalRecord";
        let request = desk
            .caller
            .request_in("text/xml", Method::GET, path, &query);
        let text = send(request).await.text;
        for part in [
            "<ProblemStatus>1</ProblemStatus><GroupingStatus>0</GroupingStatus><ProblemType>1</ProblemType>",
            "<IssueMethod>P</IssueMethod>",
            "<PrescriptionType>REPEAT</PrescriptionType>",
            "<Drug><PreparationID><Value>",
            "<Status>C</Status>",
            "<AllergyType>1</AllergyType>",
            "<DDSIdentifier>",
            "<MedicationLink><GUID>",
            "<ReminderType>L</ReminderType>",
            "<Urgency>0</Urgency>",
            "<LocationTypeList><LocationType><DBID>",
            "<PeopleList><Person><DBID>",
            "<Originator><System><Name>EMIS Web</Name></System>",
        ] {
            if text.contains(part) {
                parts.insert(part);
            }
        }
        for wrong in ["Specified", "null", "Type1>", "<Episodicity>"] {
            assert!(!text.contains(wrong), "{wrong}");
        }
    }
    assert_eq!(parts.len(), 13, "{parts:#?}");
}

#[tokio::test]
async fn invalid_filings_are_refused_without_a_change() {
    let desk = Desk::open().await;
    let before = desk.record().await;
    let changed = |change: fn(&mut Value)| {
        let mut message = a_document();
        change(&mut message);
        message.to_string()
    };
    for message in [
        "{}".to_owned(),
        "[]".to_owned(),
        "not JSON".to_owned(),
        changed(|it| it["consultationList"][0]["userID"] = json!({ "dbid": "31" })),
        changed(|it| it["consultationList"][0]["assignedDate"] = json!("06/31/2026")),
        changed(|it| it["consultationList"][0]["assignedDate"] = Value::Null),
        changed(|it| it["consultationList"][0]["locationID"] = json!({ "dbid": "31" })),
        changed(|it| it["consultationList"][0]["fileStatus"] = json!("2")),
        changed(|it| it["consultationList"][0]["guid"] = json!("odd")),
        changed(|it| it["consultationList"][0]["elementList"] = json!([])),
        changed(|it| it["consultationList"][0]["elementList"][0]["item"]["refID"] = json!("2")),
        changed(|it| it["attachmentList"][0]["attachmentData"] = json!("?")),
        changed(|it| it["attachmentList"][0]["address"] = json!(" ")),
        changed(|it| it["allergyList"] = json!([{}])),
        changed(|it| it["eventList"] = json!([{}])),
        changed(|it| it["patientID"] = json!("1")),
        // Unknown members, and members of another type.
        changed(|it| it["horoscope"] = json!("favourable")),
        changed(|it| it["peopleList"][0]["horoscope"] = json!("favourable")),
        changed(|it| it["peopleList"][0]["scripts"] = json!(2)),
        changed(|it| it["peopleList"][0]["scripts"] = json!("Y")),
        changed(|it| it["peopleList"][0]["title"] = json!(3)),
        changed(|it| it["consultationList"][0]["datePart"] = json!(4_294_967_296_i64)),
        changed(|it| it["registration"] = Value::Null),
    ] {
        let answer = desk.file("application/json", &message).await;
        assert_eq!(answer.refusal(), (400, -1), "{message}");
    }
    let entity = "<!DOCTYPE a [<!ENTITY b 'c'>]><MedicalRecord>&b;</MedicalRecord>";
    for message in [
        "",
        "<MedicalRecord",
        "<MedicalRecord/>",
        "<MedicalRecord/><MedicalRecord/>",
        "<MedicalRecord><Horoscope/></MedicalRecord>",
        "<MedicalRecord><PatientID>1</PatientID>text</MedicalRecord>",
        "<Record/>",
        entity,
        &"<a>".repeat(100_000),
    ] {
        let answer = desk.file("application/xml", message).await;
        assert_eq!(answer.refusal(), (400, -1), "{message:.80}");
    }
    for content_type in ["text/plain", "application/octet-stream", "json"] {
        let answer = desk.file(content_type, &a_document().to_string()).await;
        assert_eq!(answer.refusal().0, 415, "{content_type}");
    }
    let nobody = uuid::Uuid::nil().to_string();
    let nothing = [
        ("consultationGuid", nobody.as_str()),
        ("pfsVisibility", "1"),
    ];
    let path = "UpdateConsultationVisibility";
    assert_eq!(desk.change(path, &nothing).await.refusal().0, 404);
    assert_eq!(desk.change(path, &nothing[1..]).await.refusal().0, 400);
    let odd = [nothing[0], ("pfsVisibility", "-1")];
    assert_eq!(desk.change(path, &odd).await.refusal().0, 400);
    let document = [("documentId", nobody.as_str())];
    assert_eq!(
        desk.read("GetBase64AttachmentData", &document)
            .await
            .refusal()
            .0,
        404
    );
    assert_eq!(desk.record().await, before);
}

#[tokio::test]
async fn registers_find_patients_with_the_condition() {
    let desk = Desk::open().await;
    let searches = desk.practice.searches();
    let register = searches
        .iter()
        .find(|search| search.name == "Asthma register");
    let guid = register.expect("a register").guid.to_string();
    let site = desk.practice.sites()[0].name.clone();
    let path = "/api/v1/search/GetPatientSearches";
    let found = |site: &str, report: &str| {
        let query = [
            ("searchGuid", guid.clone()),
            ("site", site.to_owned()),
            ("reportType", report.to_owned()),
        ];
        let caller = desk.caller.clone();
        async move {
            let query = query
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            caller.get(path, &query).await
        }
    };
    let answer = found(&site, "1").await.json();
    let on_register = list(&answer, "patientList");
    assert!(!on_register.is_empty());
    for patient in desk.practice.patients() {
        let id = patient.patient_number;
        let query = [("patientNumber", &*id.to_string())];
        let record = desk
            .caller
            .get("/api/v1/medicalRecord/GetCodedRecord", &query)
            .await
            .json();
        let asthma = |event: &Value| event["code"]["value"] == "195967001";
        let has_it = list(&record, "eventList").iter().any(asthma);
        let gone = patient.deducted_date.is_some()
            || patient.date_of_death.is_some()
            || patient.dead == Some(true);
        let listed = on_register.iter().any(|entry| entry["refID"] == id);
        assert_eq!(listed, has_it && !gone, "{id}");
    }
    assert_eq!(found("Elsewhere", "1").await.refusal().0, 404);
    assert_eq!(found(&site, "4").await.refusal().0, 400);
}

#[tokio::test]
async fn changed_registrations_and_batches() {
    let mut desk = Desk::open().await;
    let day = "02/06/2026";
    assert_eq!(desk.changed_since("GetChangedPatients", day).await, 0);
    let patients = desk.practice.patients();
    let changed = patients[5].patient_number;
    desk.practice
        .set_email(changed, "somebody@example.com")
        .expect("changed");
    assert_eq!(desk.changed_since("GetChangedPatients", day).await, 1);
    assert_eq!(
        desk.changed_since("GetChangedPatients", "03/06/2026").await,
        0
    );
    let all = desk
        .caller
        .get("/api/v1/patientMatching/GetChangedPatients", &[])
        .await
        .json();
    assert_eq!(list(&all, "patientList").len(), patients.len());

    // All batches together have each patient once.
    let (mut start, mut seen) = (0, Vec::new());
    loop {
        let query = [("startId", &*start.to_string()), ("batchSize", "33")];
        let batch = desk
            .caller
            .get("/api/v1/patientMatching/GetPatientSequence", &query)
            .await
            .json();
        let ids: Vec<i32> = list(&batch, "patientList")
            .iter()
            .map(|patient| text(patient, "dbid").parse().expect("a number"))
            .collect();
        let Some(last) = ids.last() else { break };
        assert!(ids.len() <= 33);
        start = last + 1;
        seen.extend(ids);
    }
    let everybody: Vec<_> = patients
        .iter()
        .map(|patient| patient.patient_number)
        .collect();
    assert_eq!(seen, everybody);
    for size in ["0", "-1", "1001"] {
        let query = [("startId", "1"), ("batchSize", size)];
        let answer = desk
            .caller
            .get("/api/v1/patientMatching/GetPatientSequence", &query)
            .await;
        assert_eq!(answer.refusal().0, 400, "{size}");
    }
    desk.patient = "1".to_owned();
    assert_eq!(desk.read("GetMedicalRecord", &[]).await.refusal().0, 404);
    assert!(desk.sim.count(emis_sim::SimOperation::GetPatientSequence) > 3);
}
