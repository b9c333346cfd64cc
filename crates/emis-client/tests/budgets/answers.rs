//! Answers that come to much memory, for every operation that has a body.

use emis_client::Operation;

/// The operations that decode differently, with the lists of their messages and the root in XML.
pub(crate) const OPERATIONS: [(Operation, &[&str], &str); 14] = [
    (
        Operation::GetBookedPatientsV2,
        &["bookedList", "sessionHolderList"],
        "BookedPatients",
    ),
    (
        Operation::GetAppointmentSessions,
        &["appointmentSession"],
        "AppointmentSessionList",
    ),
    (Operation::GetSlotsForSessionV2, &["slot"], "SlotList"),
    (
        Operation::GetPatientAppointmentsV2,
        &["appointment"],
        "PatientAppointmentList",
    ),
    (
        Operation::GetAppointmentConfiguration,
        &["siteList", "holderList", "scheduleList", "slotTypeList"],
        "AppointmentConfiguration",
    ),
    (
        Operation::BookAppointment,
        &["appointmentInformation"],
        "BookedAppointmentType",
    ),
    (Operation::SetSlotNotes, &["dbid"], "Slot"),
    (
        Operation::GetOrganisationV2,
        &[
            "organisationList",
            "userList",
            "externalPersonList",
            "locationTypeList",
        ],
        "OrganisationInformation",
    ),
    (Operation::GetUserById, &["person"], "UserDetails"),
    (
        Operation::GetPatientDemographics,
        &["registration"],
        "MedicalRecord",
    ),
    (
        Operation::GetMatchedPatients,
        &["patientList", "peopleList"],
        "PatientMatches",
    ),
    (
        Operation::GetPatientSearches,
        &["patientList"],
        "PatientMatches",
    ),
    (Operation::GetBase64AttachmentDataV2, &["filedata"], "root"),
    (
        Operation::GetMedicalRecord,
        &[
            "eventList",
            "consultationList",
            "medicationList",
            "issueList",
            "peopleList",
            "noteList",
        ],
        "MedicalRecord",
    ),
];

/// Lists within records.
const NESTED: [&str; 9] = [
    "holderList",
    "slotTypeList",
    "commentList",
    "dates",
    "qualifierList",
    "problemLinkList",
    "elementList",
    "roleList",
    "customRegistrationFields",
];

/// `begin`, an item as often as fits, `end`.
pub(crate) fn filled(begin: &str, item: &str, end: &str, length: usize) -> Vec<u8> {
    let times = (length - begin.len() - end.len()) / item.len() - 1;
    let last = item.trim_end_matches(',');
    let body = [begin, &item.repeat(times), last, end].concat();
    body.into_bytes().into_boxed_slice().into_vec()
}

/// The smallest record of each list that can be read.
pub(crate) fn smallest(list: &str) -> &'static str {
    match list {
        "bookedList" => {
            r#"{"patient":{"dbid":1},"appointment":{"id":{"dbid":2},"date":"2/6/2026","time":"9:05"}},"#
        }
        "slot" => r#"{"dbid":1,"startTime":"9:00","status":"DNA"},"#,
        "appointment" => r#"{"slotID":1,"date":"2/6/2026","startTime":"9:00"},"#,
        "appointmentSession" => r#"{"dbid":1,"date":"2/6/2026"},"#,
        _ => r#"{"dbid":1,"refID":1,"id":"1"},"#,
    }
}

pub(crate) fn hostile(list: &str, root: Option<&str>, length: usize) -> Vec<(String, Vec<u8>)> {
    let mut bodies = Vec::new();
    let mut add = |name: &str, begin: &str, item: &str, end: &str| {
        bodies.push((name.to_owned(), filled(begin, item, end, length)));
    };
    let (begin, end) = (format!(r#"{{"{list}":["#), "]}");
    for item in [
        "{},",
        "[],",
        "null,",
        "0,",
        r#""","#,
        r#"{"a":0},"#,
        r#"{"dbid":"x"},"#,
        smallest(list),
    ] {
        add(item, &begin, item, end);
    }
    let Some(root) = root else {
        return bodies;
    };
    let nested = match list {
        "appointmentSession" | "appointment" => &NESTED[..4],
        "eventList" => &NESTED[4..],
        _ => &[],
    };
    for nested in nested {
        let begin = format!(r#"{begin}{{"{nested}":["#);
        add(nested, &begin, "{},", "]}]}");
        let many = format!(
            r#"{{"{nested}":[{}]}},"#,
            "{},".repeat(20).trim_end_matches(',')
        );
        add("many lists", &format!(r#"{{"{list}":["#), &many, end);
    }
    add(
        "a long text",
        &format!(r#"{{"{list}":[{{"notes":""#),
        "x",
        r#""}]}"#,
    );
    add(
        "escapes",
        &format!(r#"{{"{list}":[{{"notes":""#),
        r"\u00e9",
        r#""}]}"#,
    );
    add(
        "raw controls",
        &format!(r#"{{"{list}":[{{"notes":""#),
        "\n",
        r#""}]}"#,
    );
    add(
        "fields",
        &format!(r#"{{"{list}":[{{"#),
        r#""aSpecified":false,"#,
        "}]}",
    );
    // XML is put into the same JSON for all of them.
    let (open, close) = (format!("<{root}>"), format!("</{root}>"));
    match list {
        "slot" => {
            for item in ["<A/>", "<Slot/>", "&quot;", "\r\n"] {
                add(item, &open, item, &close);
            }
        }
        "eventList" => {
            let (open, close) = (format!("{open}<EventList>"), format!("</EventList>{close}"));
            add("events", &open, "<A><DBID>1</DBID></A>", &close);
        }
        _ => {}
    }
    let damage = |byte: u8, (name, mut body): (String, Vec<u8>)| {
        for place in &mut body {
            *place = if *place == b'x' { byte } else { *place };
        }
        (format!("{name} of {byte:x}"), body)
    };
    let long = filled(
        &format!(r#"{{"{list}":[{{"notes":""#),
        "x",
        r#""}]}"#,
        length,
    );
    bodies.push(damage(0xe9, ("no characters".to_owned(), long)));
    bodies
}

/// The operations that are not in [`OPERATIONS`] and have a body, with the list that an answer of
/// theirs has. None: the answer is a text.
pub(crate) fn alike() -> impl Iterator<Item = (Operation, Option<&'static str>)> {
    let is_measured = |operation: &Operation| OPERATIONS.iter().any(|it| it.0 == *operation);
    let others = Operation::ALL.iter().copied();
    let others = others.filter(move |operation| !is_measured(operation));
    others.filter_map(|operation| {
        let list = match operation {
            Operation::GetHealth => return None,
            Operation::GetBookedPatients
            | Operation::GetArrivedPatients
            | Operation::GetSentInPatients => "bookedList",
            Operation::GetSlotsForSession => "slot",
            Operation::GetPatientAppointments => "appointment",
            Operation::CancelAppointment => "appointmentInformation",
            Operation::SetAppointmentStatus | Operation::SetAppointmentStatusEx => "sessionId",
            Operation::AddSlotComment => "dbid",
            Operation::GetOrganisation => "organisationList",
            Operation::GetChangedPatients
            | Operation::GetChangedPatientsMR
            | Operation::GetPatientSequence => "patientList",
            Operation::GetBase64AttachmentData => "filedata",
            Operation::SetSlotType
            | Operation::FileRecord
            | Operation::UpdateAttachment
            | Operation::UpdateConsultationVisibility => return Some((operation, None)),
            _ => "eventList",
        };
        Some((operation, Some(list)))
    })
}

/// Answers that come to much memory, for an operation that decodes like another.
pub(crate) fn hostile_alike(list: Option<&str>, length: usize) -> Vec<(String, Vec<u8>)> {
    let (begin, end) = match list {
        None => (String::from("\""), "\""),
        Some(list) => (format!(r#"{{"{list}":["#), "]}"),
    };
    let items = match list {
        None => ["x", r"\u00e9", "\n"],
        Some(list) => ["{},", r#"{"a":0},"#, smallest(list)],
    };
    let body = |item: &str| (item.to_owned(), filled(&begin, item, end, length));
    items.map(body).into()
}
