//! A message decodes to one value, in JSON and in XML.
//!
//! Messages are drawn at random from shapes that hold both encodings' names side by side, written
//! down in each, and decoded through the whole client.

use crate::support::{Scripted, Step, builder, id};
use emis_client::model::{DateRange, MatchedTerms, MinutesWindow};
use emis_client::{Client, DeceasedFlagEncoding, Response, RetryPolicy};
use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

/// The contents that a place in a message may hold.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// A text drawn by a rule.
    Text(Rule),
    /// One of a list of literals; JSON has its place.
    Literal(&'static [&'static str]),
    /// Contents whose JSON form the client is told: the place or the literal.
    Dead,
    /// Members: the name in XML, the name in JSON, the shape.
    Object(&'static [(&'static str, &'static str, Shape)]),
    /// A list in an element of its own, with items of a name in XML.
    List(&'static str, &'static Shape),
    /// A list of like-named elements.
    Repeated(&'static Shape),
    /// One of several elements, which JSON has as `item`.
    Choice(&'static [(&'static str, Shape)]),
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Words,
    Id,
    Number,
    Day,
    Time,
    YesNo,
    NhsNumber,
}

use Rule::{Day, Id, NhsNumber, Number, Time, Words, YesNo};
use Shape::{Choice, Dead, List, Literal, Object, Repeated, Text};

const IDENT: Shape = Object(&[("DBID", "dbid", Text(Id)), ("RefID", "refID", Text(Id))]);
const STRING_CODE: Shape = Object(&[
    ("Value", "value", Text(Words)),
    (
        "Scheme",
        "scheme",
        Literal(&["READ2", "READ4", "EMISCLINICAL"]),
    ),
    ("Term", "term", Text(Words)),
]);
const NUMBER_CODE: Shape = Object(&[
    ("Value", "value", Text(Number)),
    ("Term", "term", Text(Words)),
]);
const HOLDER: Shape = Object(&[
    ("DBID", "dbid", Text(Id)),
    ("Title", "title", Text(Words)),
    ("FirstNames", "firstNames", Text(Words)),
    ("LastName", "lastName", Text(Words)),
]);
const PERSON: Shape = Object(&[
    ("DBID", "dbid", Text(Id)),
    ("RefID", "refID", Text(Id)),
    ("ActiveEMISUser", "activeEMISUser", Text(YesNo)),
    ("LastName", "lastName", Text(Words)),
    (
        "Category",
        "category",
        Object(&[("Description", "description", Text(Words))]),
    ),
    ("Scripts", "scripts", Literal(&["Y", "N"])),
]);
const LOCATION: Shape = Object(&[
    ("DBID", "dbid", Text(Id)),
    ("LocationName", "locationName", Text(Words)),
]);
const STATUS: Shape = Object(&[
    ("Code", "code", NUMBER_CODE),
    ("PatientType", "patientType", NUMBER_CODE),
    ("PracticeRegistered", "practiceRegistered", Text(YesNo)),
]);
const REGISTRATION: &[(&str, &str, Shape)] = &[
    ("DBID", "dbid", Text(Id)),
    ("DateOfBirth", "dateOfBirth", Text(Day)),
    ("FamilyName", "familyName", Text(Words)),
    ("CallingName", "callingName", Text(Words)),
    ("FirstNames", "firstNames", Text(Words)),
    ("NhsNumber", "nhsNumber", Text(NhsNumber)),
    ("Mobile", "mobile", Text(Words)),
    ("DeductedDate", "deductedDate", Text(Day)),
    ("DateOfDeath", "dateOfDeath", Text(Day)),
    ("Dead", "dead", Dead),
    ("CurrentStatus", "currentStatus", STATUS),
];
const BOOKED_PATIENTS: Shape = Object(&[
    (
        "BookedList",
        "bookedList",
        List(
            "Booked",
            &Object(&[
                ("Patient", "patient", Object(REGISTRATION)),
                (
                    "Appointment",
                    "appointment",
                    Object(&[
                        ("ID", "id", IDENT),
                        ("AppointmentSite", "appointmentSite", Text(Words)),
                        ("Date", "date", Text(Day)),
                        ("Time", "time", Text(Time)),
                        ("SessionHolder", "sessionHolder", IDENT),
                        (
                            "SessionUsersList",
                            "sessionUsersList",
                            List("IdentType", &IDENT),
                        ),
                        ("SessionId", "sessionId", Text(Id)),
                        ("SlotType", "slotType", Object(&[("ID", "id", Text(Id))])),
                    ]),
                ),
                ("Alert", "alert", Literal(&["0", "1"])),
            ]),
        ),
    ),
    (
        "SessionHolderList",
        "sessionHolderList",
        List("SessionHolder", &PERSON),
    ),
]);
const SESSIONS: Shape = Object(&[(
    "AppointmentSession",
    "appointmentSession",
    Repeated(&Object(&[
        ("DBID", "dbid", Text(Id)),
        ("Name", "name", Text(Words)),
        ("Date", "date", Text(Day)),
        ("StartTime", "startTime", Text(Time)),
        ("SlotLength", "slotLength", Text(Number)),
        (
            "SlotTypeList",
            "slotTypeList",
            List(
                "SlotType",
                &Object(&[
                    ("TypeID", "typeID", Text(Id)),
                    ("Total", "total", Text(Number)),
                ]),
            ),
        ),
        (
            "Site",
            "site",
            Object(&[("DBID", "dbid", Text(Id)), ("Name", "name", Text(Words))]),
        ),
        ("HolderList", "holderList", List("Holder", &HOLDER)),
    ])),
)]);
const SLOTS: Shape = Object(&[(
    "Slot",
    "slot",
    Repeated(&Object(&[
        ("DBID", "dbid", Text(Id)),
        ("StartTime", "startTime", Text(Time)),
        ("SlotLength", "slotLength", Text(Number)),
        (
            "Type",
            "type",
            Object(&[
                ("TypeID", "typeID", Text(Id)),
                ("Description", "description", Text(Words)),
            ]),
        ),
        ("Status", "status", Text(Words)),
        (
            "PatientList",
            "patientList",
            Object(&[("Patient", "patient", IDENT)]),
        ),
        ("Notes", "notes", Text(Words)),
        ("CommentList", "commentList", List("string", &Text(Words))),
    ])),
)]);
const PATIENT_APPOINTMENTS: Shape = Object(&[(
    "Appointment",
    "appointment",
    Repeated(&Object(&[
        ("SlotID", "slotID", Text(Id)),
        ("SiteID", "siteID", Text(Id)),
        ("Date", "date", Text(Day)),
        ("StartTime", "startTime", Text(Time)),
        ("Duration", "duration", Text(Number)),
        ("Reason", "reason", Text(Words)),
        ("SessionDBID", "sessionDBID", Text(Id)),
        ("HolderList", "holderList", List("Holder", &HOLDER)),
        ("Status", "status", Text(Words)),
    ])),
)]);
const ORGANISATION: Shape = Object(&[
    (
        "OrganisationList",
        "organisationList",
        List("Organisation", &LOCATION),
    ),
    ("UserList", "userList", List("User", &PERSON)),
    ("LocationList", "locationList", List("Location", &LOCATION)),
]);
const MATCHES: Shape = Object(&[(
    "PatientList",
    "patientList",
    List("Patient", &Object(REGISTRATION)),
)]);
const CODED: &[(&str, &str, Shape)] = &[
    ("DBID", "dbid", Text(Id)),
    ("AssignedDate", "assignedDate", Text(Day)),
    ("DisplayTerm", "displayTerm", Text(Words)),
    ("Code", "code", STRING_CODE),
    (
        "Problem",
        "problem",
        Object(&[("ProblemType", "problemType1", Text(Number))]),
    ),
    (
        "ProblemLinkList",
        "problemLinkList",
        List(
            "Link",
            &Object(&[
                ("Target", "target", IDENT),
                ("LinkType", "linkType1", Literal(&["0", "1", "2"])),
            ]),
        ),
    ),
    ("EventType", "eventType1", Literal(&["1", "2", "3", "4"])),
];
const PARTY: Shape = Object(&[("DBID", "dbid", Text(Id))]);
const MEDICAL_RECORD: Shape = Object(&[
    ("PatientID", "patientID", Text(Id)),
    ("Registration", "registration", Object(REGISTRATION)),
    (
        "RegistrationStatus",
        "registrationStatus",
        Object(&[
            ("CurrentStatus", "currentStatus", STATUS),
            (
                "StatusHistoryList",
                "statusHistoryList",
                List("StatusHistory", &STATUS),
            ),
        ]),
    ),
    ("EventList", "eventList", List("Event", &Object(CODED))),
    (
        "MedicationList",
        "medicationList",
        List(
            "Medication",
            &Object(&[
                ("DBID", "dbid", Text(Id)),
                ("Dosage", "dosage", Text(Words)),
                (
                    "IssueMethod",
                    "issueMethod",
                    Literal(&["S", "Q", "H", "X", "O", "P", "N"]),
                ),
                (
                    "Drug",
                    "drug",
                    Choice(&[
                        ("PreparationID", NUMBER_CODE),
                        (
                            "Mixture",
                            Object(&[
                                ("MixtureName", "mixtureName", Text(Words)),
                                (
                                    "Constituents",
                                    "constituents",
                                    Repeated(&Object(&[(
                                        "StrengthQuantity",
                                        "strengthQuantity",
                                        Text(Words),
                                    )])),
                                ),
                            ]),
                        ),
                    ]),
                ),
                ("Status", "status", Literal(&["C", "N", "P", "A"])),
            ]),
        ),
    ),
    (
        "EDIPathologyReportList",
        "ediPathologyReportList",
        List(
            "PathologyReport",
            &Object(&[
                ("ReportID", "reportID", Text(Words)),
                (
                    "OriginalRequestor",
                    "originalRequestor",
                    Choice(&[("Organisation", PARTY), ("Person", PARTY)]),
                ),
            ]),
        ),
    ),
    ("PeopleList", "peopleList", List("Person", &PERSON)),
]);

/// A value drawn for a shape.
#[derive(Debug, Clone)]
enum Node {
    Absent,
    Text(String),
    Place(usize),
    Members(Vec<Node>),
    Items(Vec<Node>),
    Chosen(usize, Box<Node>),
}

fn node(shape: Shape) -> BoxedStrategy<Node> {
    let drawn = match shape {
        Text(rule) => text(rule).prop_map(Node::Text).boxed(),
        Dead => (0..2usize).prop_map(Node::Place).boxed(),
        Literal(literals) => (0..literals.len()).prop_map(Node::Place).boxed(),
        Object(members) => members
            .iter()
            .map(|(_, _, shape)| node(*shape))
            .collect::<Vec<_>>()
            .prop_map(|nodes| {
                // In XML an object without members is nothing.
                let nothing = nodes.iter().all(|node| matches!(node, Node::Absent));
                if nothing {
                    Node::Absent
                } else {
                    Node::Members(nodes)
                }
            })
            .boxed(),
        List(_, item) | Repeated(item) => {
            // A list has no holes.
            let item = node(*item).prop_filter("nothing", |item| !matches!(item, Node::Absent));
            prop::collection::vec(item, 0..3)
                .prop_map(Node::Items)
                .boxed()
        }
        Choice(options) => {
            let options = options.iter().enumerate().map(|(place, (_, shape))| {
                node(*shape)
                    .prop_map(move |node| match node {
                        Node::Absent => Node::Absent,
                        node => Node::Chosen(place, node.into()),
                    })
                    .boxed()
            });
            proptest::strategy::Union::new(options).boxed()
        }
    };
    prop_oneof![1 => Just(Node::Absent), 7 => drawn].boxed()
}

/// Mostly what belongs there, sometimes what does not.
fn text(rule: Rule) -> BoxedStrategy<String> {
    let words = "[ -~£éŵ\u{2019}\n\t\r]{0,12}";
    let right: BoxedStrategy<String> = match rule {
        Words => words.boxed(),
        Id | Number => (0..2_000_000u32)
            .prop_map(|number| number.to_string())
            .boxed(),
        Day => (1..29u8, 1..13u8, 1900..2040u16)
            .prop_map(|(day, month, year)| format!("{day:02}/{month:02}/{year}"))
            .boxed(),
        Time => (0..24u8, 0..60u8)
            .prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"))
            .boxed(),
        YesNo => select(&["true", "false", "0", "1", "Y", "N"])
            .prop_map(str::to_owned)
            .boxed(),
        NhsNumber => select(&["9990000018", "999 000 0026", "not known"])
            .prop_map(str::to_owned)
            .boxed(),
    };
    prop_oneof![15 => right, 1 => words].boxed()
}

/// Members in the order of the shape: which of two faults is named depends on it.
fn as_json(shape: Shape, node: &Node, dead: DeceasedFlagEncoding) -> String {
    match (shape, node) {
        (_, Node::Absent) => "null".to_owned(),
        (_, Node::Text(text)) => json!(text).to_string(),
        // The schema has 1, dead, before 0.
        (Dead, Node::Place(place)) if dead == DeceasedFlagEncoding::Literal => {
            (1 - place).to_string()
        }
        (_, Node::Place(place)) => place.to_string(),
        (Object(shapes), Node::Members(nodes)) => {
            let members = shapes.iter().zip(nodes).map(|((_, name, shape), node)| {
                let value = as_json(*shape, node, dead);
                match (shape, node) {
                    // .NET writes 0 for what is not there, and says so beside it.
                    (Dead | Literal(_), Node::Absent) => {
                        format!(r#""{name}":0,"{name}Specified":false"#)
                    }
                    (Dead | Literal(_), _) => {
                        format!(r#""{name}":{value},"{name}Specified":true"#)
                    }
                    _ => format!(r#""{name}":{value}"#),
                }
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        (List(_, shape) | Repeated(shape), Node::Items(items)) => {
            let items = items.iter().map(|item| as_json(*shape, item, dead));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        (Choice(options), Node::Chosen(place, node)) => {
            let value = as_json(options[*place].1, node, dead);
            format!(r#"{{"item":{value},"itemElementName":{place}}}"#)
        }
        other => panic!("{other:?}"),
    }
}

fn as_xml(name: &str, shape: Shape, node: &Node, to: &mut String) {
    let mut element = |write: &dyn Fn(&mut String)| {
        to.push_str(&format!("<{name}>"));
        write(to);
        to.push_str(&format!("</{name}>"));
    };
    match (shape, node) {
        (_, Node::Absent) => {}
        (_, Node::Text(text)) => element(&|to| escape(text, to)),
        (Dead, Node::Place(place)) => element(&|to| to.push_str(["1", "0"][*place])),
        (Literal(literals), Node::Place(place)) => element(&|to| to.push_str(literals[*place])),
        (Object(shapes), Node::Members(nodes)) => element(&|to| {
            for ((name, _, shape), node) in shapes.iter().zip(nodes) {
                as_xml(name, *shape, node, to);
            }
        }),
        (List(item, shape), Node::Items(items)) => element(&|to| {
            for node in items {
                as_xml(item, *shape, node, to);
            }
        }),
        (Repeated(shape), Node::Items(items)) => {
            for node in items {
                as_xml(name, *shape, node, to);
            }
        }
        (Choice(options), Node::Chosen(place, node)) => element(&|to| {
            let (name, shape) = options[*place];
            as_xml(name, shape, node, to);
        }),
        other => panic!("{other:?}"),
    }
}

fn escape(text: &str, to: &mut String) {
    for character in text.chars() {
        match character {
            '<' => to.push_str("&lt;"),
            '&' => to.push_str("&amp;"),
            '"' => to.push_str("&quot;"),
            '>' => to.push_str("]]&gt;".get(2..).unwrap()),
            '\r' | 'é' => to.push_str(&format!("&#x{:X};", u32::from(character))),
            plain => to.push(plain),
        }
    }
}

/// Clients that are given the two writings of a message.
fn both(root: &str, shape: Shape, node: &Node, dead: DeceasedFlagEncoding) -> [Client; 2] {
    let mut xml = String::from("<?xml version=\"1.0\"?>\n");
    as_xml(root, shape, node, &mut xml);
    if matches!(node, Node::Absent) {
        xml.push_str(&format!("<{root}/>"));
    }
    let mut json = as_json(shape, node, dead);
    // XML leaves out what is empty; JSON has to say it.
    let first = match root {
        "BookedPatients" => "bookedList",
        "AppointmentSessionList" => "appointmentSession",
        "SlotList" => "slot",
        "PatientAppointmentList" => "appointment",
        "PatientMatches" => "patientList",
        "OrganisationInformation" => "organisationList",
        _ => "patientID",
    };
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    if value.is_null() {
        value = json!({});
    }
    if value.get(first).is_none() {
        value[first] = serde_json::Value::Null;
        json = value.to_string();
    }
    [
        Response::new(200, json).with_content_type("application/json"),
        Response::new(200, xml).with_content_type("text/xml"),
    ]
    .map(|response| {
        builder()
            .retry(RetryPolicy::never())
            .deceased_flag_encoding(dead)
            .build_with_transport(Scripted::new([Step::Answer(response)]))
    })
}

/// The results of both encodings, errors by their text.
macro_rules! same {
    ($root:literal, $shape:expr, $node:expr, |$client:ident| $call:expr) => {
        for dead in [DeceasedFlagEncoding::Ordinal, DeceasedFlagEncoding::Literal] {
            let mut values = Vec::new();
            for $client in both($root, $shape, &$node, dead) {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build()
                    .unwrap();
                let value = runtime.block_on(async { $call.await });
                values.push(value.map_err(|error| error.report()));
            }
            prop_assert!(values[0] == values[1], "{dead:?} {:?}", values);
        }
    };
}

fn june() -> DateRange {
    DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn booked_patients(node in node(BOOKED_PATIENTS)) {
        let window = MinutesWindow::new(0, 60).unwrap();
        same!("BookedPatients", BOOKED_PATIENTS, node, |client| {
            client.appointments().get_booked_patients(window)
        });
    }

    #[test]
    fn sessions(node in node(SESSIONS)) {
        same!("AppointmentSessionList", SESSIONS, node, |client| {
            client.appointments().get_appointment_sessions(june(), None)
        });
    }

    #[test]
    fn slots(node in node(SLOTS)) {
        same!("SlotList", SLOTS, node, |client| {
            client.appointments().get_slots_for_session(id("5"))
        });
    }

    #[test]
    fn patient_appointments(node in node(PATIENT_APPOINTMENTS)) {
        same!("PatientAppointmentList", PATIENT_APPOINTMENTS, node, |client| {
            client.appointments().get_patient_appointments(id("17"), june())
        });
    }

    #[test]
    fn organisations(node in node(ORGANISATION)) {
        same!("OrganisationInformation", ORGANISATION, node, |client| {
            client.organisation().get_organisation()
        });
    }

    #[test]
    fn matches(node in node(MATCHES)) {
        let terms = MatchedTerms::new("Invented Person").unwrap();
        same!("PatientMatches", MATCHES, node, |client| {
            client.patient_matching().get_matched_patients(&terms)
        });
    }

    #[test]
    fn demographics(node in node(MEDICAL_RECORD)) {
        same!("MedicalRecord", MEDICAL_RECORD, node, |client| {
            client.patient().get_patient_demographics(id("17"))
        });
    }

    #[test]
    fn medical_records(node in node(MEDICAL_RECORD)) {
        same!("MedicalRecord", MEDICAL_RECORD, node, |client| {
            client.medical_record().get_medical_record(id("17"))
        });
    }
}
