//! The memory that decoding takes, for any answer: at most four times its length, and 256
//! MiB. A binary of its own, because it measures with the allocator of the whole process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod answers;

use std::sync::{Arc, Mutex};

use answers::{OPERATIONS, alike, filled, hostile, hostile_alike, smallest};
use async_trait::async_trait;
use emis_client::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, MedicalRecord, NewConsultation, NewEntry,
    OnlineVisibility,
};
use emis_client::model::{
    AppointmentStatus, DateRange, Listing, MatchedTerms, MinutesWindow, NewBooking, SearchReport,
};
use emis_client::{
    BodyStream, Client, ClientError, ClientErrorKind, Operation, Request, Response, RetryPolicy,
    StreamingResponse, Transport, TransportError,
};
use emis_credentials::{AccessToken, FixedToken};
use jiff::civil::date;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1024 * 1024;

/// Answers once.
#[derive(Debug)]
struct Answer(Mutex<Option<Response>>);

#[async_trait]
impl Transport for Answer {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        Ok(self.0.lock().unwrap().take().expect("asked once"))
    }
}

/// A client that is given this body.
fn client(body: Vec<u8>) -> Client {
    let tokens = Arc::new(FixedToken::new("test-bearer"));
    let url = "http://127.0.0.1:9/partner".parse().unwrap();
    Client::builder(url, id("test-application"), tokens)
        .retry(RetryPolicy::never())
        .build_with_transport(Arc::new(Answer(Mutex::new(Some(Response::new(200, body))))))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns how many records there were, all of them dropped.
async fn call(client: &Client, operation: Operation, in_full: bool) -> Result<usize, ClientError> {
    let appointments = client.appointments();
    let matching = client.patient_matching();
    let records = client.medical_record();
    let window = MinutesWindow::new(0, 60)?;
    let days = DateRange::day(date(2026, 6, 2));
    let (patient, slot) = (id("17"), id("21"));
    fn length<T>(listing: &Listing<T>) -> usize {
        listing.items.len()
    }
    fn events(record: &MedicalRecord) -> usize {
        record.events.len()
    }
    let terms = MatchedTerms::new("Person")?;
    Ok(match (operation, in_full) {
        (Operation::GetBookedPatientsV2, false) => {
            length(&appointments.get_booked_patients(window).await?)
        }
        (Operation::GetBookedPatientsV2, true) => appointments
            .get_booked_patients_in_full(window)
            .await?
            .appointments
            .len(),
        (Operation::GetAppointmentSessions, _) => {
            length(&appointments.get_appointment_sessions(days, None).await?)
        }
        (Operation::GetSlotsForSessionV2, _) => {
            length(&appointments.get_slots_for_session(id("5")).await?)
        }
        (Operation::GetPatientAppointmentsV2, _) => {
            length(&appointments.get_patient_appointments(patient, days).await?)
        }
        (Operation::GetAppointmentConfiguration, _) => appointments
            .get_appointment_configuration(days)
            .await?
            .sites
            .len(),
        (Operation::BookAppointment, _) => {
            let booking = NewBooking::new(slot, patient, id("5"), "Booked online");
            appointments.book_appointment(&booking).await.map(|_| 1)?
        }
        (Operation::SetSlotNotes, _) => appointments
            .set_slot_notes(slot, Some("x"))
            .await
            .map(|_| 1)?,
        (Operation::GetOrganisationV2, false) => {
            client.organisation().get_organisation().await?.users.len()
        }
        (Operation::GetOrganisationV2, true) => client
            .organisation()
            .get_organisation_in_full()
            .await?
            .users
            .len(),
        (Operation::GetUserById, false) => length(&client.user().get_user_by_id(id("5")).await?),
        (Operation::GetUserById, true) => {
            length(&client.user().get_user_by_id_in_full(id("5")).await?)
        }
        (Operation::GetPatientDemographics, _) => client
            .patient()
            .get_patient_demographics(patient)
            .await
            .map(|_| 1)?,
        (Operation::GetMatchedPatients, false) => {
            length(&matching.get_matched_patients(&terms).await?)
        }
        (Operation::GetMatchedPatients, true) => matching
            .get_matched_patients_in_full(&terms)
            .await?
            .patients
            .len(),
        (Operation::GetPatientSearches, _) => {
            let report = SearchReport::HowAmIDriving;
            let search = client.search();
            length(
                &search
                    .get_patient_searches(uuid::Uuid::nil(), "1", report)
                    .await?,
            )
        }
        (Operation::GetBase64AttachmentDataV2, _) => records
            .get_base64_attachment_data(patient, uuid::Uuid::nil())
            .await
            .map(|_| 1)?,
        (Operation::GetMedicalRecord, _) => events(&records.get_medical_record(patient).await?),
        (other, _) => call_alike(client, other).await?,
    })
}

/// Calls an operation whose answer has the form of another's.
async fn call_alike(client: &Client, operation: Operation) -> Result<usize, ClientError> {
    let appointments = client.appointments();
    let matching = client.patient_matching();
    let records = client.medical_record();
    let window = MinutesWindow::new(0, 60)?;
    let days = DateRange::day(date(2026, 6, 2));
    let (patient, slot, guid) = (id("17"), id("21"), uuid::Uuid::nil());
    let status = AppointmentStatus::Arrive;
    match operation {
        Operation::GetBookedPatients => drop(appointments.get_booked_patients_v1(window).await?),
        Operation::GetArrivedPatients => drop(appointments.get_arrived_patients(window).await?),
        Operation::GetSentInPatients => drop(appointments.get_sent_in_patients(window).await?),
        Operation::GetSlotsForSession => {
            drop(appointments.get_slots_for_session_v1(id("5")).await?);
        }
        Operation::GetPatientAppointments => {
            drop(
                appointments
                    .get_patient_appointments_v1(patient, days)
                    .await?,
            );
        }
        Operation::CancelAppointment => {
            drop(appointments.cancel_appointment(slot, patient).await?);
        }
        Operation::SetAppointmentStatus => {
            let set = appointments.set_appointment_status_v1(slot, status);
            set.await.map(drop)?;
        }
        Operation::SetAppointmentStatusEx => {
            let set = appointments.set_appointment_status(slot, patient, status);
            set.await.map(drop)?;
        }
        Operation::SetSlotType => appointments.set_slot_type(slot, &id("5"), None).await?,
        Operation::AddSlotComment => {
            appointments.add_slot_comment(slot, "x").await.map(drop)?;
        }
        Operation::GetOrganisation => drop(client.organisation().get_organisation_v1().await?),
        Operation::GetChangedPatients => drop(matching.get_changed_patients(None).await?),
        Operation::GetChangedPatientsMR => drop(matching.get_changed_patients_mr(None).await?),
        Operation::GetPatientSequence => {
            let size = 50.try_into().unwrap();
            drop(matching.get_patient_sequence(patient, size).await?);
        }
        Operation::GetCodedRecord => drop(records.get_coded_record(patient).await?),
        Operation::GetEvents => drop(records.get_events(patient, 30).await?),
        Operation::GetMedicationIssues => {
            drop(records.get_medication_issues(patient, 30).await?);
        }
        Operation::GetConsultation => drop(records.get_consultation(patient, guid).await?),
        Operation::GetAttachments => drop(records.get_attachments_v1(patient).await?),
        Operation::GetAttachmentsV2 => drop(records.get_attachments(patient).await?),
        Operation::GetBase64AttachmentData => {
            drop(records.get_base64_attachment_data_v1(patient, guid).await?);
        }
        Operation::FileRecord => {
            let at = date(2026, 6, 2).at(9, 10, 0, 0);
            let comment = NewEntry::Comment("Invented".to_owned().into());
            let consultation = NewConsultation::new(at, id("5"), comment);
            records
                .file_record(patient, &consultation)
                .await
                .map(drop)?;
        }
        Operation::UpdateAttachment => {
            let (shown, settled) = (
                AttachmentVisibility::Visible,
                AttachmentProvisional::NoChange,
            );
            let update = records.update_attachment(patient, guid, shown, settled);
            update.await.map(drop)?;
        }
        Operation::UpdateConsultationVisibility => {
            let shown = OnlineVisibility::NotVisible;
            let update = records.update_consultation_visibility(patient, guid, shown);
            update.await.map(drop)?;
        }
        other => panic!("{other} is not in this test"),
    }
    Ok(0)
}

/// Returns the peak of the memory that an answer takes, itself included.
fn peak_of(
    body: Vec<u8>,
    operation: Operation,
    in_full: bool,
) -> (usize, Result<usize, ClientError>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let length = body.len();
    let client = client(body);
    let before = MEMORY.current_usage() - length;
    MEMORY.reset_peak_usage();
    let result = runtime.block_on(call(&client, operation, in_full));
    (MEMORY.peak_usage() - before, result)
}

#[test]
fn decoding_takes_at_most_four_times_the_length_of_the_answer() {
    let mut worst = Vec::new();
    let mut measure = |operation: Operation, list, in_full, (name, body): (String, Vec<u8>)| {
        let length = body.len();
        let (peak, result) = peak_of(body, operation, in_full);
        if let Err(error) = result {
            let kinds = [ClientErrorKind::Decode, ClientErrorKind::Ambiguous];
            assert!(kinds.contains(&error.kind()), "{}", error.report());
        }
        let ratio = peak as f64 / length as f64;
        worst.push((ratio, format!("{operation} {list} {in_full}: {name}")));
    };
    for (operation, list) in alike() {
        for answer in hostile_alike(list, MIB) {
            measure(operation, list.unwrap_or("text"), false, answer);
        }
    }
    for (operation, lists, root) in OPERATIONS {
        let has_more = matches!(
            operation,
            Operation::GetBookedPatientsV2
                | Operation::GetOrganisationV2
                | Operation::GetUserById
                | Operation::GetMatchedPatients
        );
        let (first, others) = lists.split_first().unwrap();
        let mut answers = vec![(*first, false)];
        answers.extend(has_more.then_some((*first, true)));
        answers.extend(others.iter().map(|list| (*list, has_more)));
        for (list, in_full) in answers {
            // What the operations do alike is measured with some of them.
            let is_thorough = matches!(
                operation,
                Operation::GetBookedPatientsV2
                    | Operation::GetSlotsForSessionV2
                    | Operation::GetAppointmentSessions
                    | Operation::GetMedicalRecord
            );
            let root = (is_thorough && list == *first).then_some(root);
            for answer in hostile(list, root, MIB) {
                measure(operation, list, in_full, answer);
            }
        }
    }
    worst.sort_by(|one, other| other.0.total_cmp(&one.0));
    assert!(worst[0].0 <= 4.0, "{:#?}", &worst[..12]);
    // In the same test: what runs beside a measurement is measured, too.
    excess_is_an_error();
    the_longest_answer_takes_at_most_256_mib();
    a_stream_holds_nothing_that_grows_with_the_answer();
}

/// An answer that does not fit is an error, and no list that is too short.
fn excess_is_an_error() {
    let length = MIB;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    for (operation, list, item, problem) in [
        (
            Operation::GetMedicalRecord,
            "eventList",
            "{},",
            "is too large",
        ),
        (
            Operation::GetSlotsForSessionV2,
            "slot",
            "{},",
            "holds more unreadable records than are noted",
        ),
        (
            Operation::GetSlotsForSessionV2,
            "slot",
            smallest("slot"),
            "is too large",
        ),
    ] {
        let body = filled(&format!(r#"{{"{list}":["#), item, "]}", length);
        let client = client(body);
        let error = runtime
            .block_on(call(&client, operation, false))
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode);
        assert!(error.report().ends_with(problem), "{}", error.report());
    }
}

/// Measured with the longest answer that is decoded: for every operation and in every form where
/// `EMIS_LONG_ANSWERS` is set, and otherwise for one long list.
fn the_longest_answer_takes_at_most_256_mib() {
    const LONGEST: usize = 64 * MIB;
    let all = std::env::var_os("EMIS_LONG_ANSWERS").is_some();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let at_most = |has: usize| if all { has } else { 1 };
    for (operation, list) in alike().take(if all { usize::MAX } else { 0 }) {
        for (name, body) in hostile_alike(list, LONGEST) {
            let peak = peak_of(body, operation, false).0 / MIB;
            assert!(peak <= 256, "{operation} {name}: {peak} MiB");
        }
    }
    for (operation, lists, root) in OPERATIONS.iter().take(at_most(OPERATIONS.len())) {
        for list in lists.iter().take(at_most(lists.len())) {
            let json = format!(r#"{{"{list}":["#);
            let (open, close) = (format!("<{root}>"), format!("</{root}>"));
            let forms = [
                (&*json, smallest(list), "]}"),
                (&json, "{},", "]}"),
                (&json, r#"{"a":0},"#, "]}"),
                (&open, "<A/>", &*close),
            ];
            for (begin, item, end) in forms.into_iter().take(at_most(4)) {
                let body = filled(begin, item, end, LONGEST);
                let peak = peak_of(body, *operation, false).0 / MIB;
                assert!(peak <= 256, "{operation} {item}: {peak} MiB");
            }
        }
    }
    let client = client(vec![b' '; LONGEST + 1]);
    let longer = runtime.block_on(call(&client, Operation::GetSlotsForSessionV2, false));
    let report = longer.unwrap_err().report();
    assert!(report.ends_with("is too large"), "{report}");
}

/// Sends `record` so many times between `begin` and `end`.
#[derive(Debug)]
struct Records {
    begin: &'static str,
    record: &'static str,
    end: &'static str,
    times: usize,
}

#[async_trait]
impl BodyStream for Records {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let piece = match (std::mem::take(&mut self.begin), self.times) {
            ("", 0) => std::mem::take(&mut self.end),
            ("", _) => {
                self.times -= 1;
                self.record
            }
            (begin, _) => begin,
        };
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

/// Opens one stream.
#[derive(Debug)]
struct Opening(Mutex<Option<Records>>);

#[async_trait]
impl Transport for Opening {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        panic!("nothing here is to be held as a whole")
    }

    async fn open(
        &self,
        _: &Request,
        _: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        let records = self.0.lock().unwrap().take().expect("asked once");
        Ok(StreamingResponse::begun(
            Response::new(200, ""),
            Box::new(records),
        ))
    }
}

fn a_stream_holds_nothing_that_grows_with_the_answer() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let peak = |begin, record, end, times| {
        let records = Records {
            begin,
            record,
            end,
            times,
        };
        let tokens = Arc::new(FixedToken::new("test-bearer"));
        let url = "http://127.0.0.1:9/partner".parse().unwrap();
        let client = Client::builder(url, id("test-application"), tokens)
            .build_with_transport(Arc::new(Opening(Mutex::new(Some(records)))));
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let read = runtime.block_on(async {
            let window = MinutesWindow::new(0, 60).unwrap();
            let appointments = client.appointments();
            let mut stream = appointments.stream_booked_patients(window).await.unwrap();
            let mut read = 0;
            while let Some(record) = stream.next().await.unwrap() {
                read += usize::from(record.is_ok());
            }
            read
        });
        assert_eq!(read, times);
        MEMORY.peak_usage() - before
    };
    const XML: &str = "<Booked><Patient><DBID>1</DBID></Patient><Appointment><ID><DBID>2</DBID></ID>\
        <Date>2/6/2026</Date><Time>9:05</Time></Appointment></Booked>";
    let record = smallest("bookedList");
    let json = |times| peak(r#"{"bookedList":["#, record, r#"{}]}"#, times);
    let xml = |times| {
        let (begin, end) = (
            "<BookedPatients><BookedList>",
            "</BookedList></BookedPatients>",
        );
        peak(begin, XML, end, times)
    };
    for (few, many) in [(json(1_000), json(100_000)), (xml(1_000), xml(100_000))] {
        // A byte for each record would be 100 KB. Other threads of the test take a little, too.
        assert!(many <= few + 16 * 1024, "{few} became {many}");
        assert!(many < 64 * 1024, "{many}");
    }
}
