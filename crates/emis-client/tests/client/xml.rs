//! Answers in EMIS Open XML: element by element what the schemas say, and the same values as JSON.

use crate::support::{Scripted, Step, answered, builder, id};
use emis_client::model::{DateRange, MatchedTerms, MinutesWindow, NewBooking, VitalStatus};
use emis_client::{Client, ClientErrorKind, DeceasedFlagEncoding, Encoding, Response, RetryPolicy};
use emis_types::Sensitive;
use jiff::civil::{date, time};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, ResponseTemplate};

const NAMESPACE: &str = "http://www.e-mis.com/emisopen/MedicalRecord";

fn response(status: u16, xml: &str) -> Response {
    Response::new(status, xml).with_content_type("application/xml; charset=utf-8")
}

/// A client that is given one answer in XML.
fn xml(status: u16, xml: &str) -> Client {
    builder()
        .retry(RetryPolicy::never())
        .build_with_transport(Scripted::new([Step::Answer(response(status, xml))]))
}

fn june() -> DateRange {
    DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap()
}

fn hour() -> MinutesWindow {
    MinutesWindow::new(0, 60).unwrap()
}

const BOOKED: &str = r#"<?xml version="1.0" encoding="utf-16"?>
<BookedPatients xmlns="http://www.e-mis.com/emisopen/MedicalRecord"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <BookedList>
    <Booked>
      <Patient>
        <DBID>17</DBID><RefID>1</RefID><GUID/>
        <DateOfBirth>29/02/1980</DateOfBirth><Sex>F</Sex>
        <FamilyName>O&apos;Person &amp; <![CDATA[<Co>]]></FamilyName>
        <CallingName>In&#110;y</CallingName><FirstNames>Invented</FirstNames><Title>Mrs</Title>
        <NhsNumber>999 000 0018</NhsNumber>
        <Address><HouseNameFlat>1</HouseNameFlat><Street>Example Street</Street></Address>
        <DateOfDeath xsi:nil="true"/><Dead>0</Dead>
        <Mobile>07700 900123</Mobile><Email>inny@example.com</Email>
        <CustomRegistrationFields><CustomRegistrationEntry><FieldName>a</FieldName>
          </CustomRegistrationEntry></CustomRegistrationFields>
      </Patient>
      <Appointment>
        <ID><DBID>21</DBID></ID><AppointmentSite>Main Surgery</AppointmentSite>
        <Date>02/06/2026</Date><Time>09:05</Time>
        <SessionHolder><RefID>901</RefID></SessionHolder>
        <SessionUsersList><IdentType><DBID>6</DBID></IdentType></SessionUsersList>
        <SessionLocationsList><IdentType><DBID>1</DBID></IdentType></SessionLocationsList>
        <SessionId>31</SessionId>
        <SlotType><ID>3</ID><Bookable>true</Bookable></SlotType>
        <SomethingNew when="now"><Deep/><Deep/></SomethingNew>
      </Appointment>
      <Alert>1</Alert>
    </Booked>
  </BookedList>
  <SessionHolderList>
    <SessionHolder Security1="x"><DBID>5</DBID><RefID>901</RefID><LastName>Example</LastName>
      <Category Purpose="UPDATE"><Description>GP</Description></Category>
      <Scripts>Y</Scripts><WaitingTime>0</WaitingTime></SessionHolder>
  </SessionHolderList>
  <Time>02/06/2026 08:00</Time>
</BookedPatients>"#;

#[tokio::test]
async fn booked_patients_in_xml() {
    let client = xml(200, BOOKED);
    let booked = client.appointments().get_booked_patients(hour()).await;
    let booked = booked.unwrap();
    assert_eq!(booked.skipped, []);
    let [booked] = booked.items.as_slice() else {
        panic!("one record")
    };
    assert_eq!((booked.slot, booked.session), (id("21"), Some(id("31"))));
    assert_eq!(booked.start, date(2026, 6, 2).at(9, 5, 0, 0));
    assert_eq!(booked.site_name.as_deref(), Some("Main Surgery"));
    assert_eq!(booked.sites, [id("1")]);
    assert_eq!(booked.session_holders, [id("5"), id("6")]);
    assert_eq!(booked.slot_type, Some(id("3")));
    assert_eq!(booked.alert, Some(true));
    let patient = &booked.patient;
    assert_eq!(patient.number, id("17"));
    assert_eq!(patient.nhs_number, Some(id("9990000018")));
    assert_eq!(patient.vital_status, VitalStatus::NoSignOfDeath);
    let name = patient.name.expose();
    let part = |part: &Option<Sensitive<String>>| part.as_ref().map(|part| part.expose().clone());
    assert_eq!(part(&name.family_name).as_deref(), Some("O'Person & <Co>"));
    assert_eq!(part(&name.calling_name).as_deref(), Some("Inny"));
    assert_eq!(
        patient.date_of_birth,
        Some(Sensitive::new(date(1980, 2, 29)))
    );
}

#[tokio::test]
async fn namespaces_and_their_prefixes_do_not_count() {
    let prefixed = BOOKED
        .replace("</", "</e:")
        .replace('<', "<e:")
        .replace("<e:/e:", "</e:")
        .replace("<e:?xml", "<?xml")
        .replace("<e:![CDATA[<e:Co>]]>", "")
        .replace("xmlns=", "xmlns:e=");
    let plain = BOOKED
        .replace(&format!("xmlns=\"{NAMESPACE}\""), "")
        .replace("<![CDATA[<Co>]]>", "");
    let mut answers = Vec::new();
    for text in [prefixed, plain] {
        let client = xml(200, &text);
        let booked = client.appointments().get_booked_patients(hour()).await;
        answers.push(booked.unwrap());
    }
    assert_eq!(answers[0].items.len(), 1);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn lists_without_a_wrapper_are_lists_all_the_same() {
    let sessions = |sessions: &str| {
        xml(
            200,
            &format!("<AppointmentSessionList>{sessions}</AppointmentSessionList>"),
        )
    };
    let session = |dbid: u8| {
        format!(
            "<AppointmentSession><DBID>{dbid}</DBID><Name>Morning</Name><Date>02/06/2026</Date>
               <StartTime>09:00</StartTime><SlotLength>10</SlotLength>
               <SlotTypeList><SlotType><TypeID>3</TypeID><Total>18</Total><Booked>9</Booked>
               </SlotType></SlotTypeList><Site><DBID>1</DBID><Name>Main</Name></Site>
               <HolderList><Holder><DBID>5</DBID><LastName>Example</LastName></Holder>
               <Holder><DBID>6</DBID></Holder></HolderList></AppointmentSession>"
        )
    };
    for count in 0..3u8 {
        let client = sessions(&(1..=count).map(session).collect::<String>());
        let listing = client
            .appointments()
            .get_appointment_sessions(june(), None)
            .await
            .unwrap();
        assert_eq!(listing.skipped, []);
        assert_eq!(listing.items.len(), usize::from(count));
        for found in &listing.items {
            assert_eq!(found.start, Some(time(9, 0, 0, 0)));
            assert_eq!(found.session_holders.len(), 2);
            assert_eq!(
                (found.slot_types[0].total, found.slot_types[0].booked),
                (18, 9)
            );
        }
    }

    let client = xml(
        200,
        "<SlotList><Slot><DBID>41</DBID><StartTime>09:00</StartTime><Type><TypeID>3</TypeID></Type>
           <Status>Booked</Status><PatientList><Patient><DBID>77</DBID></Patient></PatientList>
           <CommentList><string>first</string><string/><string>second</string></CommentList></Slot>
         <Slot><DBID>42</DBID><StartTime>09:10</StartTime><Status>Slot Available</Status>
           <PatientList/></Slot></SlotList>",
    );
    let slots = client.appointments().get_slots_for_session(id("5")).await;
    let slots = slots.unwrap();
    assert_eq!(slots.skipped, []);
    assert_eq!(slots.items[0].patient, Some(id("77")));
    assert_eq!(slots.items[0].comments.len(), 2);
    assert_eq!(
        (slots.items[1].id, slots.items[1].patient),
        (id("42"), None)
    );
    assert!(slots.items[1].status.is_free());
}

#[tokio::test]
async fn the_practice_its_staff_and_its_set_up_in_xml() {
    let client = xml(
        200,
        r#"<OrganisationInformation><OrganisationList><Organisation><DBID>1</DBID>
             <LocationName>Example Surgery</LocationName><NationalCode>A20047</NationalCode>
             </Organisation></OrganisationList>
           <UserList><User><DBID>5</DBID><Title>Dr</Title><LastName>Example</LastName>
             <Category Purpose="REFERENCE"><Description>GP</Description></Category></User></UserList>
           </OrganisationInformation>"#,
    );
    let practice = client.organisation().get_organisation().await.unwrap();
    assert_eq!(practice.ods_code, Some(id("A20047")));
    assert_eq!(practice.users[0].category.as_deref(), Some("GP"));

    let client = xml(
        200,
        "<UserDetails><Person><DBID>5</DBID><LastName>Example</LastName></Person></UserDetails>",
    );
    let staff = client.user().get_user_by_id(id("5")).await.unwrap();
    assert_eq!((staff.items.len(), staff.skipped.len()), (1, 0));

    let client = xml(
        200,
        "<AppointmentConfiguration><SiteList><SiteStruct><DBID>1</DBID><Name>Main</Name></SiteStruct>
           </SiteList><HolderList><Holder><DBID>5</DBID><Surname>Example</Surname></Holder></HolderList>
           <HolidayList><Practice><Holiday><Day>25/12/2026</Day></Holiday></Practice><Staff/>
           </HolidayList><SlotTypeList><Type><ID>3</ID><Bookable>Yes</Bookable></Type></SlotTypeList>
         </AppointmentConfiguration>",
    );
    let configuration = client
        .appointments()
        .get_appointment_configuration(june())
        .await
        .unwrap();
    assert_eq!(configuration.skipped, []);
    assert_eq!(configuration.sites[0].id, id("1"));
    assert_eq!(configuration.session_holders[0].id, id("5"));
    assert_eq!(configuration.slot_types[0].bookable, Some(true));
    assert_eq!(configuration.practice_holidays[0].day, date(2026, 12, 25));
}

#[tokio::test]
async fn in_xml_dead_is_a_literal_however_json_is_read() {
    use VitalStatus::{Conflicting, Deceased, NoSignOfDeath};
    let cases = [
        ("", NoSignOfDeath),
        ("<Dead/>", NoSignOfDeath),
        ("<Dead>0</Dead>", NoSignOfDeath),
        ("<Dead>1</Dead>", Deceased),
        ("<Dead> 1 </Dead>", Deceased),
        ("<Dead>2</Dead>", Conflicting),
        ("<DateOfDeath>01/06/2026</DateOfDeath>", Deceased),
        (
            "<DateOfDeath>01/06/2026</DateOfDeath><Dead>1</Dead>",
            Deceased,
        ),
        (
            "<DateOfDeath>01/06/2026</DateOfDeath><Dead>0</Dead>",
            Conflicting,
        ),
    ];
    for encoding in [DeceasedFlagEncoding::Ordinal, DeceasedFlagEncoding::Literal] {
        for (signs, expected) in cases {
            let text = format!(
                "<PatientMatches><PatientList><Patient><DBID>17</DBID>{signs}
                 </Patient></PatientList></PatientMatches>"
            );
            let client = builder()
                .deceased_flag_encoding(encoding)
                .build_with_transport(Scripted::new([Step::Answer(response(200, &text))]));
            let terms = MatchedTerms::new("Invented Person").unwrap();
            let found = client.patient_matching().get_matched_patients(&terms).await;
            let found = found.unwrap();
            assert_eq!(
                found.items[0].vital_status, expected,
                "{encoding:?} {signs}"
            );
        }
    }
}

#[tokio::test]
async fn a_booking_is_answered_in_xml() {
    let booking = NewBooking::new(id("41"), id("17"), id("5"), "Booked online");
    let client = xml(
        200,
        "<BookedAppointmentType><AppointmentInformation><SessionId>31</SessionId><SlotId>41</SlotId>
           <SlotDateTime>2026-06-02T09:00:00</SlotDateTime></AppointmentInformation>
         <PatientInforamtion><PatientNumber>17</PatientNumber></PatientInforamtion>
         </BookedAppointmentType>",
    );
    let booked = client.appointments().book_appointment(&booking).await;
    let booked = booked.unwrap();
    assert_eq!((booked.slot, booked.patient), (id("41"), Some(id("17"))));
    assert_eq!(booked.start, Some(date(2026, 6, 2).at(9, 0, 0, 0)));

    // What is done and can't be read is not known to be done.
    let client = xml(200, "<BookedAppointmentType><AppointmentInformation>");
    let error = client.appointments().book_appointment(&booking).await;
    let error = error.unwrap_err();
    assert!(error.is_ambiguous());
    assert!(
        error.report().ends_with("the whole breaks off"),
        "{}",
        error.report()
    );

    let client = xml(204, "<html><body>proxy</body></html>");
    let booked = client.appointments().book_appointment(&booking).await;
    assert_eq!(booked.unwrap().slot, id("41"));
}

#[tokio::test]
async fn error_bodies_are_read_in_either_encoding() {
    let message_id = "6f1f2a52-3c7e-4b57-9d5b-0f2f5a1c9e10";
    let body = format!(
        "<ErrorResponse><MessageId>{message_id}</MessageId><Text><Div>Mrs Person</Div></Text>
         <Issue><Severity>1</Severity></Issue><LegacyOutcome>3</LegacyOutcome></ErrorResponse>"
    );
    let client = xml(404, &body);
    let error = client.appointments().get_slots_for_session(id("5")).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::NotFound);
    assert_eq!(error.message_id(), Some(message_id.parse().unwrap()));
    assert_eq!(error.legacy_outcome(), Some(3));
    assert!(!error.report().contains("Person"));

    for body in ["<ErrorResponse><MessageId>", "<html></html>", "", "{}"] {
        let client = xml(404, body);
        let error = client.appointments().get_slots_for_session(id("5")).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), error.message_id()),
            (ClientErrorKind::NotFound, None)
        );
    }
}

#[tokio::test]
async fn without_a_label_the_first_character_tells() {
    for label in [None, Some("text/plain"), Some("application/octet-stream")] {
        for body in [
            "\u{feff} <SlotList/>",
            "\u{feff}{\"slot\": null}",
            "{\"slot\": []}",
        ] {
            let mut answer = Response::new(200, body);
            if let Some(label) = label {
                answer = answer.with_content_type(label);
            }
            let client = builder().build_with_transport(Scripted::new([Step::Answer(answer)]));
            let slots = client.appointments().get_slots_for_session(id("5")).await;
            assert_eq!(slots.unwrap().items.len(), 0, "{label:?} {body}");
        }
    }
}

#[tokio::test]
async fn json_is_asked_for_unless_xml_is() {
    let server = MockServer::start().await;
    for (accept, body) in [
        ("application/json", r#"{"slot": [{"dbid": 7, "startTime": "09:00", "status": "Booked"}]}"#),
        (
            "application/xml",
            "<SlotList><Slot><DBID>7</DBID><StartTime>09:00</StartTime><Status>Booked</Status></Slot>
             </SlotList>",
        ),
    ] {
        Mock::given(header("accept", accept))
            .respond_with(ResponseTemplate::new(200).set_body_raw(body, accept))
            .expect(1)
            .mount(&server)
            .await;
    }
    let mut answers = Vec::new();
    for encoding in [Encoding::default(), Encoding::Xml] {
        let client = Client::builder(
            server.uri().parse().unwrap(),
            "test-application".parse().unwrap(),
            std::sync::Arc::new(emis_credentials::FixedToken::new("test-bearer")),
        )
        .answers_in(encoding)
        .build()
        .unwrap();
        let slots = client.appointments().get_slots_for_session(id("5")).await;
        answers.push(slots.unwrap());
    }
    assert_eq!(answers[0].items.len(), 1);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn what_xml_can_do_and_emis_does_not_need_is_refused() {
    let deep = format!(
        "<SlotList>{}{}</SlotList>",
        "<a>".repeat(200),
        "</a>".repeat(200)
    );
    let cases = [
        (
            "<!DOCTYPE SlotList [<!ENTITY a \"b\">]><SlotList/>",
            "has a document type, which is not read",
        ),
        (
            "<!DOCTYPE html><html/>",
            "has a document type, which is not read",
        ),
        (
            "<SlotList><Slot>&secret;</Slot></SlotList>",
            "has an entity, which is not read",
        ),
        (
            "<SlotList><Slot DBID=\"&secret;\"/></SlotList>",
            "has an entity, which is not read",
        ),
        (&deep, "is nested too deeply"),
        ("<html><body/></html>", "is a web page"),
        ("<SlotList><Slot></SlotList>", "is not XML"),
        ("<SlotList/><SlotList/>", "is not XML"),
        ("<SlotList/>more", "is not XML"),
        ("&lt;<SlotList/>", "is not XML"),
        ("</SlotList>", "is not XML"),
        ("more", "is not XML"),
        ("<!-- nothing -->", "is not XML"),
        ("{\"slot\": []}", "is not XML"),
        ("<SlotList>", "breaks off"),
        ("<SlotList><Slo", "breaks off"),
        ("<SlotList><!-- ", "breaks off"),
    ];
    for (body, problem) in cases {
        let client = xml(200, body);
        let error = client.appointments().get_slots_for_session(id("5")).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode);
        let expected = format!("the whole {problem}");
        assert!(
            error.report().ends_with(&expected),
            "{body}: {}",
            error.report()
        );
    }
    // A text where a list is to be is not a list of nothing.
    let client = xml(
        200,
        "<BookedPatients><BookedList>none today</BookedList></BookedPatients>",
    );
    let booked = client.appointments().get_booked_patients(hour()).await;
    assert_eq!(booked.unwrap_err().kind(), ClientErrorKind::Decode);
    // JSON and XML agree, and nobody reads the one as the other.
    let client = answered(200, "<SlotList/>");
    let slots = client.appointments().get_slots_for_session(id("5")).await;
    assert_eq!(slots.unwrap().items.len(), 0);
}
