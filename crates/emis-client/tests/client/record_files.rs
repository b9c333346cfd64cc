//! Files into and out of a record: filing, attachments, visibility.

use std::io::{self, Read as _, Write};
use std::sync::Arc;

use crate::support::{Scripted, Step, answered, builder, id, openapi, schema};
use emis_client::model::medical_record::{
    Attachment, AttachmentData, AttachmentProvisional, AttachmentVisibility, ElementContent, Event,
    EventKind, MedicalRecord, NewAttachment, NewCodedValue, NewConsultation, NewEntry,
    OnlineVisibility,
};
use emis_client::model::{Code, CodeScheme, Dbid};
use emis_client::{
    Client, ClientError, ClientErrorKind, Encoding, Operation, Response, SentStatus,
};
use emis_credentials::FixedToken;
use emis_types::Sensitive;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const GUID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn guid() -> Uuid {
    GUID.parse().unwrap()
}

fn consultation(entry: NewEntry) -> NewConsultation {
    NewConsultation::new(date(2026, 6, 2).at(9, 10, 30, 0), id("5"), entry)
}

fn coded_value() -> NewConsultation {
    let code = Code::new("271649006", CodeScheme::Snomed, "Systolic blood pressure");
    let mut coded = NewCodedValue::new(code);
    coded.value = Some(Sensitive::new(120.5));
    coded.units = Some("mmHg".to_owned());
    coded.text = Some(Sensitive::new("at home".to_owned()));
    let mut new = consultation(NewEntry::Coded(coded));
    new.user_guid = Some(guid());
    new.location = Dbid::new(3);
    new.visibility = Some(OnlineVisibility::NotVisible);
    new
}

fn comment() -> NewConsultation {
    consultation(NewEntry::Comment(Sensitive::new(
        "\"Quoted\" <and>\nmarked & more".to_owned(),
    )))
}

fn attachment() -> NewConsultation {
    let file = NewAttachment::new("Letter", "letter.pdf", vec![0, 255, 1, 254]);
    consultation(NewEntry::Attachment(file))
}

/// Files a consultation, and says what came of it and what was sent.
async fn file(
    new: &NewConsultation,
    encoding: Encoding,
    answer: ResponseTemplate,
) -> (Result<(), ClientError>, Vec<u8>) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/partner/api/v1/medicalRecord/FileRecord"))
        .and(query_param("patientNumber", "17"))
        .and(header("content-type", media_type(encoding)))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let client = Client::builder(
        format!("{}/partner", server.uri()).parse().unwrap(),
        "test-application".parse().unwrap(),
        Arc::new(FixedToken::new("test-bearer")),
    )
    .file_in(encoding)
    .build()
    .unwrap();
    let outcome = client.medical_record().file_record(id("17"), new).await;
    let sent = server.received_requests().await.unwrap();
    (outcome, sent[0].body.clone())
}

fn media_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Xml => "application/xml",
        _ => "application/json",
    }
}

/// The request as EMIS would read it, by the rules of its own answers.
async fn read_back(new: &NewConsultation, encoding: Encoding) -> MedicalRecord {
    let (outcome, body) = file(new, encoding, ResponseTemplate::new(204)).await;
    outcome.unwrap();
    let response = Response::new(200, body).with_content_type(media_type(encoding));
    let client = builder().build_with_transport(Scripted::new([Step::Answer(response)]));
    let record = client.medical_record().get_medical_record(id("17")).await;
    let record = record.unwrap();
    assert!(record.skipped.is_empty(), "{:?}", record.skipped);
    record
}

/// The events of a record, wherever they stand.
fn events(record: &MedicalRecord) -> Vec<Event> {
    let within = record.consultations[0].elements.iter();
    let within = within.filter_map(|element| match &element.content {
        Some(ElementContent::Event(event)) => Some((**event).clone()),
        _ => None,
    });
    record.events.iter().cloned().chain(within).collect()
}

/// The attachments of a record, wherever they stand.
fn attachments(record: &MedicalRecord) -> Vec<Attachment> {
    let within = record.consultations[0].elements.iter();
    let within = within.filter_map(|element| match &element.content {
        Some(ElementContent::Attachment(file)) => Some((**file).clone()),
        _ => None,
    });
    record.attachments.iter().cloned().chain(within).collect()
}

const ENCODINGS: [Encoding; 2] = [Encoding::Json, Encoding::Xml];

#[tokio::test]
async fn a_coded_value_is_read_back_as_it_was_filed() {
    let new = coded_value();
    let NewEntry::Coded(coded) = &new.entry else {
        panic!("not a coded value")
    };
    for encoding in ENCODINGS {
        let record = read_back(&new, encoding).await;
        assert_eq!(record.patient, Some(id("17")));
        let [event] = &events(&record)[..] else {
            panic!("not one event")
        };
        let entry = &event.entry;
        assert!(entry.code.as_ref() == Some(&coded.code), "the code differs");
        assert_eq!(entry.display_term, coded.code.term);
        assert_eq!(entry.descriptive_text, coded.text);
        assert_eq!(entry.assigned.day(), Some(date(2026, 6, 2)));
        let value = event.numeric_value.as_ref().unwrap();
        assert_eq!(value.value, Some(120.5));
        assert_eq!(value.units.as_deref(), Some("mmHg"));
        assert_eq!(event.kind.as_ref().unwrap().known(), Some(EventKind::Value));

        let [consultation] = &record.consultations[..] else {
            panic!("not one consultation")
        };
        assert_eq!(consultation.visible_online, Some(false));
        let moment = date(2026, 6, 2).at(9, 10, 30, 0);
        assert_eq!(consultation.assigned.day(), Some(moment.date()));
        assert_eq!(consultation.assigned.time(), Some(moment.time()));
        let user = consultation.user.as_ref().unwrap();
        assert_eq!(user.guid, Some(guid()));
        assert!(record.people[0].ident.names_same(user));
        let location = consultation.location.as_ref().unwrap();
        assert_eq!(location.dbid, Dbid::new(3));
        assert!(record.locations[0].ident.names_same(location));
    }
}

#[tokio::test]
async fn in_json_a_consultation_refers_to_its_entry() {
    let record = read_back(&coded_value(), Encoding::Json).await;
    let Some(ElementContent::Reference(entry)) = &record.consultations[0].elements[0].content
    else {
        panic!("not a reference")
    };
    assert!(record.events[0].entry.ident.names_same(entry));
}

#[tokio::test]
async fn a_comment_and_a_file_are_read_back_as_they_were_filed() {
    for encoding in ENCODINGS {
        let record = read_back(&comment(), encoding).await;
        let event = &events(&record)[0];
        let text = "\"Quoted\" <and>\nmarked & more";
        let text = Some(Sensitive::new(text.to_owned()));
        assert_eq!(event.entry.descriptive_text, text);
        assert_eq!(event.kind.as_ref().unwrap().known(), Some(EventKind::Text));
        // Nobody decided, so nothing is said.
        assert_eq!(record.consultations[0].visible_online, None);

        let record = read_back(&attachment(), encoding).await;
        assert!(events(&record).is_empty());
        let file = &attachments(&record)[0];
        assert_eq!(file.title, Some(Sensitive::new("Letter".to_owned())));
        assert_eq!(file.address, Some(Sensitive::new("letter.pdf".to_owned())));
        assert_eq!(bytes(file.data.as_ref().unwrap()), [0, 255, 1, 254]);
    }
}

#[tokio::test]
async fn what_is_filed_is_what_the_document_shows() {
    let Some(document) = openapi() else { return };
    let shown = document
        .pointer("/paths/~1api~1v1~1medicalRecord~1FileRecord/post/requestBody/content/application~1json/schema")
        .unwrap();
    for new in [coded_value(), comment(), attachment()] {
        let (_, body) = file(&new, Encoding::Json, ResponseTemplate::new(204)).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(schema::violations(&document, shown, &body), [""; 0]);
    }
}

#[tokio::test]
async fn a_consultation_is_filed_once_and_what_is_unknown_is_said() {
    let new = comment();
    for (answer, expected) in [
        (ResponseTemplate::new(500), ClientErrorKind::Ambiguous),
        (ResponseTemplate::new(404), ClientErrorKind::NotFound),
        (ResponseTemplate::new(400), ClientErrorKind::Rejected),
        (
            ResponseTemplate::new(200).set_body_string("<html></html>"),
            ClientErrorKind::Ambiguous,
        ),
    ] {
        let (outcome, _) = file(&new, Encoding::Json, answer).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), expected);
        assert_eq!(error.operation(), Some(Operation::FileRecord));
        assert!(!error.report().contains("Quoted"));
    }
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_json(json!("filed")),
    ] {
        assert!(file(&new, Encoding::Json, answer).await.0.is_ok());
    }
}

#[tokio::test]
async fn what_cannot_be_filed_is_refused_before_it_is_sent() {
    let file = |name: &str, data: &[u8]| NewEntry::Attachment(NewAttachment::new("A", name, data));
    let mut value = NewCodedValue::new(Code::new("1", CodeScheme::Read2, "a"));
    value.value = Some(Sensitive::new(f64::NAN));
    for entry in [
        NewEntry::Comment(Sensitive::new(" \n".to_owned())),
        NewEntry::Comment(Sensitive::new("a\u{1}b".to_owned())),
        NewEntry::Coded(NewCodedValue::new(Code::new("", CodeScheme::Read2, "a"))),
        NewEntry::Coded(value),
        file("", b"x"),
        file("a/b.pdf", b"x"),
        file("C:\\b.pdf", b"x"),
        file("b.pdf", b""),
    ] {
        let script = Scripted::new([]);
        let client = builder().build_with_transport(script.clone());
        let records = client.medical_record();
        let refused = records.file_record(id("17"), &consultation(entry)).await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
        assert_eq!(error.sent(), SentStatus::NotSent);
        assert_eq!(script.count(), 0);
    }
}

#[tokio::test]
async fn nothing_that_is_filed_prints() {
    for new in [coded_value(), comment(), attachment()] {
        let shown = format!("{new:?}");
        for trace in [
            "2026",
            "271649006",
            "120",
            "at home",
            "Quoted",
            "letter",
            "254",
        ] {
            assert!(!shown.contains(trace), "{shown}");
        }
    }
}

/// The request of a write that is answered with a 204.
async fn sent(
    write: impl AsyncFnOnce(&Client) -> Result<(), ClientError>,
) -> (Operation, Vec<(&'static str, String)>) {
    let script = Scripted::new([Step::Answer(Response::new(204, ""))]);
    let client = builder().build_with_transport(script.clone());
    write(&client).await.unwrap();
    let sent = script.sent().remove(0);
    (sent.operation, sent.parameters)
}

#[tokio::test]
async fn visibility_is_sent_in_numbers() {
    use AttachmentProvisional as Provisional;
    use AttachmentVisibility as Visibility;
    for (visibility, provisional, expected) in [
        (Visibility::NoChange, Provisional::Provisional, ["-1", "1"]),
        (Visibility::NotVisible, Provisional::NoChange, ["0", "-1"]),
        (Visibility::Visible, Provisional::NotProvisional, ["1", "0"]),
    ] {
        let (operation, parameters) = sent(async |client: &Client| {
            let records = client.medical_record();
            records
                .update_attachment(id("17"), guid(), visibility, provisional)
                .await
        })
        .await;
        assert_eq!(operation, Operation::UpdateAttachment);
        let [seen, settled] = expected.map(str::to_owned);
        let patient = "17".to_owned();
        assert_eq!(
            parameters,
            [
                ("attachmentGuid", GUID.to_owned()),
                ("pfsVisibility", seen),
                ("provisional", settled),
                ("patientNumber", patient),
            ]
        );
    }
    for (visibility, expected) in [
        (OnlineVisibility::NotVisible, "0"),
        (OnlineVisibility::Visible, "1"),
    ] {
        let (operation, parameters) = sent(async |client: &Client| {
            let records = client.medical_record();
            records
                .update_consultation_visibility(id("17"), guid(), visibility)
                .await
        })
        .await;
        assert_eq!(operation, Operation::UpdateConsultationVisibility);
        assert_eq!(parameters[1], ("pfsVisibility", expected.to_owned()));
    }
}

fn bytes(file: &AttachmentData) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert_eq!(file.write_to(&mut bytes).unwrap(), file.len());
    bytes
}

async fn fetched(body: &str) -> Result<AttachmentData, ClientError> {
    let client = answered(200, body);
    let records = client.medical_record();
    records.get_base64_attachment_data(id("17"), guid()).await
}

#[tokio::test]
async fn a_file_is_decoded_however_its_text_is_written() {
    for text in [
        "+/+/AP8=",
        "\\u002B/\\u002b\\/AP8=",
        "+/+/\\r\\n AP8=\\n",
        " +/+/AP8= ",
    ] {
        let body = format!(
            r#"{{"filename": "letter.pdf", "filedata": "{text}", "patientNHS": "999 000 0018",
                "organisationNACS": "Z99999", "more": 1}}"#
        );
        let file = fetched(&body).await.unwrap();
        assert_eq!(bytes(&file), [0xfb, 0xff, 0xbf, 0x00, 0xff], "{text}");
        assert_eq!(
            file.file_name,
            Some(Sensitive::new("letter.pdf".to_owned()))
        );
        assert_eq!(file.nhs_number, Some(id("9990000018")));
        assert_eq!(file.ods_code, Some(id("Z99999")));
        let shown = format!("{file:?}");
        assert!(
            !shown.contains("letter") && !shown.contains("AP8"),
            "{shown}"
        );
    }
    let file = fetched("\u{feff}{\"filedata\": \"\"}").await.unwrap();
    assert!(file.is_empty());
    let mut read = Vec::new();
    file.reader().read_to_end(&mut read).unwrap();
    assert!(read.is_empty());
}

#[tokio::test]
async fn a_file_that_is_none_is_a_decode_error_that_names_the_field() {
    for (body, told) in [
        (r#"{"filename": "a"}"#, "filedata is missing"),
        (r#"{"filedata": null}"#, "filedata is missing"),
        (
            r#"{"filedata": 5}"#,
            "filedata has another form than documented",
        ),
        (
            r#"{"filedata": ["AP8="]}"#,
            "filedata has another form than documented",
        ),
        (r#"{"filedata": "AP8"}"#, "filedata is not base 64"),
        (r#"{"filedata": "Zeb*dee="}"#, "filedata is not base 64"),
        (r#"{"filedata": "\u0105AAA"}"#, "filedata is not base 64"),
    ] {
        let error = fetched(body).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{body}");
        assert!(error.report().ends_with(told), "{}", error.report());
    }
}

#[tokio::test]
async fn a_file_comes_in_xml_too() {
    let body = "<root><filedata>+/+/\nAP8=</filedata><filename>letter.pdf</filename></root>";
    let response = Response::new(200, body).with_content_type("application/xml");
    let client = builder().build_with_transport(Scripted::new([Step::Answer(response)]));
    let records = client.medical_record();
    let file = records
        .get_base64_attachment_data_v1(id("17"), guid())
        .await;
    let file = file.unwrap();
    assert_eq!(bytes(&file), [0xfb, 0xff, 0xbf, 0x00, 0xff]);
    assert_eq!(file.nhs_number, None);
}

/// Takes what it is given and remembers the largest piece.
#[derive(Default)]
struct Pieces {
    largest: usize,
    whole: usize,
}

impl Write for Pieces {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.largest = self.largest.max(piece.len());
        self.whole += piece.len();
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_large_file_is_written_in_small_pieces() {
    let body = format!(r#"{{"filedata": "{}"}}"#, "AAAA".repeat(1_000_000));
    let file = fetched(&body).await.unwrap();
    let mut pieces = Pieces::default();
    file.write_to(&mut pieces).unwrap();
    assert_eq!((file.len(), pieces.whole), (3_000_000, 3_000_000));
    assert!(pieces.largest <= 8 * 1024, "{}", pieces.largest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_file_comes_back_as_it_was_filed(data in prop::collection::vec(any::<u8>(), 1..4000)) {
        let new = consultation(NewEntry::Attachment(NewAttachment::new("A", "a", data.clone())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let record = runtime.block_on(read_back(&new, Encoding::Json));
        prop_assert_eq!(bytes(record.attachments[0].data.as_ref().unwrap()), data);
    }

    #[test]
    fn no_text_of_a_file_makes_the_codec_panic(text in "\\PC*", near in "[A-Za-z0-9+/= \\\\un0]{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for text in [text, near] {
            let _ = runtime.block_on(fetched(&format!(r#"{{"filedata": "{text}"}}"#)));
        }
    }
}
