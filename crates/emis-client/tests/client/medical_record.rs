//! Medical records: read whole, in either encoding, bad parts apart.

use crate::support::{Scripted, Step, answered, builder, id};
use emis_client::model::medical_record::{
    Consultation, Drug, ElementContent, EventKind, LinkKind, MedicalRecord, MedicationStatus,
    PrescriptionType, ProblemStatus, RequestorKind, Significance,
};
use emis_client::model::{CodeScheme, FileStatus, VitalStatus};
use emis_client::{ClientErrorKind, Response, RetryPolicy};
use emis_types::Sensitive;
use jiff::civil::{date, time};
use serde_json::{Value, json};

async fn record(body: &Value) -> MedicalRecord {
    let client = answered(200, &body.to_string());
    let record = client.medical_record().get_medical_record(id("17")).await;
    record.unwrap()
}

async fn record_in_xml(body: &str) -> MedicalRecord {
    let response = Response::new(200, body).with_content_type("application/xml");
    let client = builder().build_with_transport(Scripted::new([Step::Answer(response)]));
    let record = client.medical_record().get_medical_record(id("17")).await;
    record.unwrap()
}

fn text(text: &str) -> Option<Sensitive<String>> {
    Some(Sensitive::new(text.to_owned()))
}

const GUID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn blood_pressure() -> Value {
    json!({
        "dbid": "501", "refID": "9", "guid": format!("{{{GUID}}}"), "fileStatus": "3",
        "assignedDate": "02/06/2026", "datePart": 0, "datePartSpecified": true,
        "assignedTime": "09:10", "authorID": {"refID": "1"},
        "originalAuthor": {"user": {"dbid": "5"}, "systemDate": "02/06/2026 09:12:30"},
        "displayTerm": "O/E - BP", "descriptiveText": " sitting ",
        "code": {"value": "2469.", "scheme": 0, "schemeSpecified": true, "term": "O/E - Systolic BP"},
        "termID": {"value": "163030003", "scheme": 8, "schemeSpecified": true, "oldCode": null},
        "qualifierList": [{"qualifierItemID": {"value": "14"}, "group": {"value": "3"}}],
        "problem": {
            "problemStatus": 1, "problemStatusSpecified": true, "significance": 2,
            "significanceSpecified": true, "endDate": "06/2026", "endDatePart": 1,
            "endDatePartSpecified": true, "careAimList": [{"goal": "Lower", "targetDate": "2026-09-01T00:00:00"}],
        },
        "problemLinkList": [{"target": {"dbid": "77"}, "linkType1": 2}],
        "groupID": "4", "episodicity": 0, "episodicitySpecified": false,
        "numericValue": {"operator": null, "value": 120.5, "valueSpecified": true, "units": "mmHg",
            "numericMinimum": 0, "numericMinimumSpecified": false},
        "abnormal": "0", "eventType1": 4, "eventType1Specified": true, "textValue": {"any": "thing"},
        "somethingNew": [{"deep": {}}],
    })
}

#[tokio::test]
async fn an_event_is_read_whole() {
    let record = record(&json!({"patientID": "17", "eventList": [blood_pressure()]})).await;
    assert_eq!(record.patient, Some(id("17")));
    assert!(record.skipped.is_empty(), "{:?}", record.skipped);
    let event = &record.events[0];
    let entry = &event.entry;
    assert_eq!(entry.ident.dbid.unwrap().get(), 501);
    assert_eq!(entry.ident.guid.unwrap().to_string(), GUID);
    let status = entry.ident.file_status.as_ref().unwrap().known();
    assert_eq!(status, Some(FileStatus::Reference));
    assert_eq!(entry.assigned.day(), Some(date(2026, 6, 2)));
    assert_eq!(entry.time, Some(Sensitive::new(time(9, 10, 0, 0))));
    let written = entry.original_author.as_ref().unwrap().at;
    assert_eq!(written.time(), Some(time(9, 12, 30, 0)));
    assert_eq!(entry.descriptive_text, text("sitting"));
    let code = entry.code.as_ref().unwrap();
    assert_eq!(code.value, text("2469."));
    let scheme = |code: &emis_client::model::Code| code.scheme.as_ref().unwrap().known();
    assert_eq!(scheme(code), Some(CodeScheme::Read2));
    assert_eq!(
        scheme(entry.term.as_ref().unwrap()),
        Some(CodeScheme::Snomed)
    );
    assert_eq!(
        entry.qualifiers[0].item.as_ref().unwrap().number(),
        Some(14)
    );
    let link = &entry.problem_links[0];
    assert_eq!(link.kind.as_ref().unwrap().known(), Some(LinkKind::PartOf));
    let problem = entry.problem.as_ref().unwrap();
    assert_eq!(
        problem.status.as_ref().unwrap().known(),
        Some(ProblemStatus::Active)
    );
    let significance = problem.significance.as_ref().unwrap();
    assert_eq!(significance.known(), Some(Significance::Minor));
    assert_eq!(problem.ended.month(), Some(6));
    assert_eq!(problem.ended.day(), None);
    assert_eq!(problem.care_aims[0].target.day(), Some(date(2026, 9, 1)));
    assert_eq!(event.kind.as_ref().unwrap().known(), Some(EventKind::Value));
    assert_eq!(event.abnormal, Some(false));
    assert_eq!(event.text_value, None);
    let value = event.numeric_value.as_ref().unwrap();
    assert_eq!(value.value, Some(120.5));
}

#[tokio::test]
async fn a_part_that_cannot_be_read_costs_itself_alone_and_is_told() {
    let mut bad = blood_pressure();
    bad["originalAuthor"]["systemDate"] = json!("31/02/2026");
    let record = record(&json!({
        "eventList": [blood_pressure(), bad, null, "x", blood_pressure()],
        "allergyList": [{"episodicity": {}}],
        "registrationStatus": {"statusHistoryList": 1},
        "originator": {"system": {"name": "EMIS"}},
    }))
    .await;
    assert_eq!(record.events.len(), 2);
    let told: Vec<String> = record.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "record 0: registrationStatus.statusHistoryList has another form than documented",
            "record 1: eventList.originalAuthor.systemDate is not a date",
            "record 2: eventList.the whole has another form than documented",
            "record 3: eventList.the whole has another form than documented",
            "record 0: allergyList.episodicity has another form than documented",
        ]
    );
    let system = record.originator.unwrap().system.unwrap();
    assert_eq!(system.name.as_deref(), Some("EMIS"));
}

#[tokio::test]
async fn medication_is_read_with_its_drug() {
    let record = record(&json!({
        "medicationList": [
            {"assignedDate": "01/06/2026", "dosage": "One To Be Taken Each Day", "quantity": 28.0,
             "quantitySpecified": true, "quantityUnits": "tablet", "issueCount": "3",
             "mixtureIndicator": "0", "prescriptionType": 1, "prescriptionTypeSpecified": true,
             "status": 0, "statusSpecified": true, "etpIssue": "1",
             "drug": {"item": {"value": "1234", "term": "Invented 5mg tablets"}}},
            {"prescriptionType": 3, "prescriptionTypeSpecified": true,
             "drug": {"item": {"mixtureName": "Mixture", "constituents": [
                {"preparationID": {"value": "7"}, "strengthQuantity": "5ml"}]}}},
            {"drug": {"item": null}},
        ],
        "issueList": [{"assignedDate": "01/06/2026", "dosage": "1 bd", "estimatedCost": 1.25,
            "estimatedCostSpecified": true, "dateTimePrint": "01/06/2026 10:00",
            "medicationLink": {"guid": GUID, "preparationID": "1234"}}],
    }))
    .await;
    assert!(record.skipped.is_empty(), "{:?}", record.skipped);
    let course = &record.medications[0];
    assert_eq!(course.quantity, Some(28.0));
    assert_eq!(course.issue_count, Some(3));
    assert_eq!(
        (course.is_mixture, course.electronic),
        (Some(false), Some(true))
    );
    assert_eq!(
        course.status.as_ref().unwrap().known(),
        Some(MedicationStatus::Current)
    );
    let Some(Drug::Preparation(drug)) = &course.drug else {
        panic!("not a preparation")
    };
    assert_eq!(drug.term, text("Invented 5mg tablets"));
    let Some(Drug::Mixture(mixture)) = &record.medications[1].drug else {
        panic!("not a mixture")
    };
    assert_eq!(mixture.constituents[0].strength, text("5ml"));
    let kind = |index: usize| {
        record.medications[index]
            .prescription_type
            .as_ref()
            .unwrap()
            .known()
    };
    assert_eq!(kind(0), Some(PrescriptionType::Repeat));
    assert_eq!(kind(1), Some(PrescriptionType::Unstated));
    assert_eq!(record.medications[2].drug, None);
    let issue = &record.issues[0];
    assert_eq!(issue.medication.dosage, text("1 bd"));
    assert_eq!(issue.estimated_cost, Some(1.25));
    assert_eq!(issue.printed.time(), Some(time(10, 0, 0, 0)));
    assert_eq!(
        issue.course.as_ref().unwrap().guid.unwrap().to_string(),
        GUID
    );
}

/// The kinds of a consultation's entries.
fn kinds(consultation: &Consultation) -> Vec<&'static str> {
    let content = consultation.elements.iter().map(|element| &element.content);
    content
        .map(|content| match content {
            Some(ElementContent::Event(_)) => "event",
            Some(ElementContent::Medication(_)) => "medication",
            Some(ElementContent::Diary(_)) => "diary",
            Some(ElementContent::Referral(_)) => "referral",
            Some(ElementContent::Allergy(_)) => "allergy",
            Some(ElementContent::Attachment(_)) => "attachment",
            Some(ElementContent::TestRequest(_)) => "test request",
            Some(ElementContent::Investigation(_)) => "investigation",
            Some(ElementContent::Reference(_)) => "reference",
            Some(_) => "other",
            None => "nothing",
        })
        .collect()
}

#[tokio::test]
async fn the_entries_of_a_consultation_are_known_by_their_own_keys() {
    let items = [
        json!({"refID": "9", "dbid": "501"}),
        blood_pressure(),
        json!({"drug": {"item": {"value": "7"}}, "dosage": "1 bd"}),
        json!({"displayTerm": "Review", "durationTerm": "2 weeks"}),
        json!({"displayTerm": "Referral", "requestType": 1, "requestTypeSpecified": true}),
        json!({"code": {}, "allergyType1": 1, "allergyType1Specified": true}),
        json!({"code": {}, "ddsIdentifier": GUID, "title": "Letter"}),
        json!({"ediOrderList": [], "dateForTest": "02/06/2026"}),
        json!({"displayTerm": "FBC", "eventList": [blood_pressure()]}),
        json!(null),
    ];
    let elements: Vec<Value> = items
        .iter()
        .map(|item| json!({"displayOrder": 1, "displayOrderSpecified": true, "item": item}))
        .collect();
    let consultation = json!({"guid": GUID, "elementList": elements, "pfsVisible": true,
        "pfsVisibleSpecified": true});
    let record = record(&json!({"consultationList": [consultation]})).await;
    assert!(record.skipped.is_empty(), "{:?}", record.skipped);
    let consultation = &record.consultations[0];
    assert_eq!(consultation.visible_online, Some(true));
    assert_eq!(
        kinds(consultation),
        [
            "reference",
            "event",
            "medication",
            "diary",
            "referral",
            "allergy",
            "attachment",
            "test request",
            "investigation",
            "nothing",
        ]
    );
    let Some(ElementContent::Reference(ident)) = &consultation.elements[0].content else {
        panic!("not a reference")
    };
    assert!(ident.names_same(&{
        let mut other = ident.clone();
        other.guid = None;
        other
    }));
}

#[tokio::test]
async fn in_xml_an_entry_is_known_by_its_name() {
    let names = [
        "Event",
        "Medication",
        "Diary",
        "Referral",
        "Allergy",
        "Attachment",
        "TestRequest",
        "Investigation",
    ];
    let elements: String = names
        .iter()
        .map(|name| format!("<ConsultationElement><DisplayOrder>1</DisplayOrder><{name}><DBID>9</DBID></{name}></ConsultationElement>"))
        .collect();
    let record = record_in_xml(&format!(
        "<MedicalRecord><ConsultationList><Consultation><ElementList>{elements}</ElementList>\
         </Consultation></ConsultationList></MedicalRecord>"
    ))
    .await;
    assert_eq!(
        kinds(&record.consultations[0]),
        [
            "event",
            "medication",
            "diary",
            "referral",
            "allergy",
            "attachment",
            "test request",
            "investigation",
        ]
    );
}

#[tokio::test]
async fn a_record_is_the_same_in_json_and_in_xml() {
    let json = record(&json!({
        "patientID": "17",
        "eventList": [{
            "refID": "9", "assignedDate": "06/2026", "datePart": 1, "datePartSpecified": true,
            "code": {"value": "2469.", "scheme": 8, "schemeSpecified": true},
            "eventType1": 13, "eventType1Specified": true,
            "numericValue": {"value": 120.5, "valueSpecified": true},
            "problemLinkList": [{"target": {"dbid": "77"}, "linkType1": 2}],
        }],
        "medicationList": [{"issueMethod": 5, "issueMethodSpecified": true, "quantity": 28,
            "quantitySpecified": true, "drug": {"item": {"value": "1234"}}}],
        "referralList": [{"community": 0, "communitySpecified": true}],
        "peopleList": [{"refID": "1", "scripts": 1, "scriptsSpecified": true,
            "category": {"description": "GP", "purpose": 0, "purposeSpecified": true}}],
        "messageInformation": {"messagePurpose": {"item": {"mrGetType": 3, "dataSet": "x"}}},
        "ediPathologyReportList": [{
            "abnormal": "1", "originalRequestor": {"item": {"refID": "1"}, "itemElementName": 1},
            "currentOwner": {"item": {"codeScheme": "GMC", "code": "1234567"}, "itemElementName": 2},
            "reportTextList": [{"ftx": "Invented"}],
        }],
    }))
    .await;
    let xml = record_in_xml(
        r#"<MedicalRecord xmlns="http://www.e-mis.com/emisopen/MedicalRecord" PatientID="17">
        <EventList><Event><RefID>9</RefID><AssignedDate>06/2026</AssignedDate><DatePart>1</DatePart>
          <Code><Value>2469.</Value><Scheme>SNOMED</Scheme></Code>
          <ProblemLinkList><Link><Target><DBID>77</DBID></Target><LinkType>2</LinkType></Link></ProblemLinkList>
          <NumericValue><Value>120.5</Value></NumericValue><EventType>0</EventType></Event></EventList>
        <ReferralList><Referral><Community>1</Community></Referral></ReferralList>
        <MedicationList><Medication><IssueMethod>P</IssueMethod><Quantity>28</Quantity>
          <Drug><PreparationID><Value>1234</Value></PreparationID></Drug></Medication></MedicationList>
        <EDIPathologyReportList><PathologyReport><ReportTextList><EDIComment><FTX>Invented</FTX>
          </EDIComment></ReportTextList><Abnormal>1</Abnormal>
          <CurrentOwner><NationalCode><CodeScheme>GMC</CodeScheme><Code>1234567</Code></NationalCode></CurrentOwner>
          <OriginalRequestor><Person><RefID>1</RefID></Person></OriginalRequestor>
        </PathologyReport></EDIPathologyReportList>
        <PeopleList><Person><RefID>1</RefID><Category Purpose="UPDATE"><Description>GP</Description>
          </Category><Scripts>N</Scripts></Person></PeopleList>
        <MessageInformation><MessagePurpose><Get><MRGetType>4</MRGetType><DataSet>x</DataSet></Get>
          </MessagePurpose></MessageInformation>
        </MedicalRecord>"#,
    )
    .await;
    assert!(json.skipped.is_empty(), "{:?}", json.skipped);
    let requestor = json.pathology_reports[0].requestor.as_ref().unwrap();
    let kind = requestor.kind.as_ref().unwrap().known();
    assert_eq!(kind, Some(RequestorKind::Person));
    assert_eq!(json.people[0].prescribes, Some(false));
    let part = |one: &MedicalRecord| {
        (
            one.patient,
            one.events.clone(),
            one.medications.clone(),
            one.referrals.clone(),
            one.people.clone(),
            one.message.clone(),
            one.pathology_reports.clone(),
        )
    };
    let (one, other) = (part(&json), part(&xml));
    assert!(one.0 == other.0, "patient");
    assert!(one.1 == other.1, "events");
    assert!(one.2 == other.2, "medications");
    assert!(one.3 == other.3, "referrals");
    assert!(one.4 == other.4, "people");
    assert!(one.5 == other.5, "message");
    assert!(one.6 == other.6, "pathology reports");
    assert!(json == xml, "the whole");
}

#[tokio::test]
async fn a_registration_is_a_patient_and_more() {
    let record = record(&json!({
        "registration": {
            "dbid": "17", "familyName": "Person", "nhsNumber": "999 000 0018",
            "dateOfBirth": "29/02/1980", "sex": "F", "address": {"postCode": "ZZ99 3CZ"},
            "dead": 0, "deadSpecified": true, "dateOfDeath": "01/06/2026",
            "customRegistrationFields": [{"fieldName": "a", "fieldValue": "b"}],
        },
        "registrationStatus": {
            "currentStatus": {"code": {"value": "11"}, "patientType": {"value": "4"},
                "practiceRegistered": "0"},
            "statusHistoryList": [{"code": {"value": "8"}, "statusDate": "01/06/2020"}],
            "registrationHistoryList": [{"dateRegistered": "01/06/2020"}],
        },
        "registrationChangeHistory": [{"fieldName": "Mobile", "fieldValue": "07700 900123",
            "dateChanged": "01/06/2021 10:00"}],
        "miscellaneousData": {"medicationMessage": "Invented", "automaticWeekNumber": "3"},
    }))
    .await;
    assert!(record.skipped.is_empty(), "{:?}", record.skipped);
    let registration = record.registration.unwrap();
    let patient = registration.patient.unwrap();
    assert_eq!(patient.number, id("17"));
    assert_eq!(patient.vital_status, VitalStatus::Deceased);
    assert_eq!(patient.registration.unwrap().status_code, Some(11));
    assert_eq!(registration.date_of_death.day(), Some(date(2026, 6, 1)));
    assert_eq!(registration.address.unwrap().postcode, text("ZZ99 3CZ"));
    let status = record.registration_status.unwrap();
    assert_eq!(status.current.unwrap().practice_registered, Some(false));
    assert_eq!(status.history[0].code.as_ref().unwrap().number(), Some(8));
    assert_eq!(
        record.registration_changes[0].old_value,
        text("07700 900123")
    );
    let miscellaneous = record.miscellaneous.unwrap();
    assert_eq!(miscellaneous.automatic_week_number, Some(3));
}

#[tokio::test]
async fn nothing_of_a_record_prints() {
    let registration = json!({"dbid": "17", "familyName": "Zebedee"});
    let mut event = blood_pressure();
    event["descriptiveText"] = json!("Zebedee");
    let record = record(&json!({
        "registration": registration,
        "eventList": [event],
        "consultationList": [{"elementList": [{"item": event}]}],
        "medicationList": [{"dosage": "Zebedee", "drug": {"item": {"value": "Zebedee"}}}],
    }))
    .await;
    let event = &record.events[0];
    let shown = format!(
        "{record:?} {event:?} {:?} {:?} {:?} {:?} {:?}",
        event.entry,
        event.entry.assigned,
        record.registration,
        record.consultations[0].elements[0].content,
        record.medications[0].drug,
    );
    for trace in ["Zebedee", "2026", "120", "2469"] {
        assert!(!shown.contains(trace), "{shown}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_record_is_a_decode_error() {
    for body in ["[]", "<html></html>", "", "{\"eventList\": {}}", "{"] {
        let client = builder()
            .retry(RetryPolicy::never())
            .build_with_transport(Scripted::new([crate::support::json(200, body)]));
        let records = client.medical_record();
        let error = records.get_events(id("17"), 30).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{body}");
    }
}
