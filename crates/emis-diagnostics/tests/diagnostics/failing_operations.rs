//! An operation that fails is not hidden by another that works, nor by the shorter calls of a
//! diagnosis.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use emis_client::model::{DateRange, MatchedTerms, MinutesWindow};
use emis_diagnostics::{
    Capability, Cause, CheckResult, MemoryLastCallsStore, Probe, Report, Style,
};
use emis_sim::{SimFault, SimOperation};
use emis_types::PatientNumber;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::story::{Story, result_of};

fn patient(story: &Story) -> PatientNumber {
    let patients = story.practice().patients();
    PatientNumber::new(patients[0].patient_number.into()).unwrap()
}

/// Reads a patient's appointments, as self-booking does.
async fn read_appointments(story: &Story) -> bool {
    let days = DateRange::new(date(2026, 6, 2), date(2026, 8, 1)).unwrap();
    let client = story.client();
    let appointments = client.appointments();
    let answer = appointments.get_patient_appointments(patient(story), days);
    answer.await.is_ok()
}

/// Reads a day of booked appointments, as reminders do.
async fn read_booked(story: &Story) -> bool {
    let client = story.client();
    let window = MinutesWindow::new(0, 1_440).unwrap();
    let answer = client.appointments().get_booked_patients(window).await;
    answer.is_ok()
}

async fn read_demographics(story: &Story) -> bool {
    let client = story.client();
    let answer = client.patient().get_patient_demographics(patient(story));
    answer.await.is_ok()
}

async fn find_patient(story: &Story) -> bool {
    let terms = MatchedTerms::new("Sample").unwrap();
    let client = story.client();
    let answer = client.patient_matching().get_matched_patients(&terms);
    answer.await.is_ok()
}

fn fail(story: &Story, operation: SimOperation, times: usize) {
    let faults = story.sim().faults();
    faults.times(operation, times, SimFault::Status(500));
}

fn assert_work_fails(report: &Report, capability: Capability) {
    assert!(!report.healthy);
    assert_eq!(report.exit_code(), 1);
    let causes: Vec<_> = report.findings.iter().map(|it| it.cause).collect();
    assert_eq!(causes, [Cause::WorkFails], "{report}");
    let evidence = &report.findings[0].evidence[0];
    assert!(evidence.contains(&capability.to_string()), "{evidence}");
    assert_eq!(result_of(report, Probe::RecentWork), CheckResult::Failed);
}

#[tokio::test]
async fn nine_failed_reads_of_appointments_are_not_healthy() {
    let story = Story::start().await;
    fail(&story, SimOperation::GetPatientAppointmentsV2, 9);
    for _hour in 0..9 {
        assert!(!read_appointments(&story).await);
        story.advance_clock(SignedDuration::from_hours(1));
        // Its own calls for sessions and slots work.
        assert_work_fails(&story.diagnose().await, Capability::Appointments);
    }
    let evidence = &story.diagnose().await.findings[0].evidence[0];
    assert!(
        evidence.contains("failed on 02/06/2026 18:00 UK time and have not worked since"),
        "{evidence}"
    );
    assert!(read_appointments(&story).await);
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_minute_of_booked_appointments_does_not_clear_a_failed_day() {
    let story = Story::start().await;
    assert!(read_booked(&story).await);
    story.advance_clock(SignedDuration::from_hours(1));
    fail(&story, SimOperation::GetBookedPatientsV2, 1);
    assert!(!read_booked(&story).await);
    let report = story.diagnose().await;
    assert_eq!(
        result_of(&report, Probe::BookedPatients),
        CheckResult::Passed
    );
    assert_work_fails(&report, Capability::Reminders);
    assert!(read_booked(&story).await);
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn patients_that_are_found_and_cannot_be_read_are_a_finding_in_every_process() {
    let story = Story::start().await;
    let store = MemoryLastCallsStore::new();
    let practice = story.settings.ods_code().clone();
    fail(&story, SimOperation::GetPatientDemographics, 1);
    assert!(!read_demographics(&story).await);
    story.advance_clock(SignedDuration::from_mins(5));
    assert!(find_patient(&story).await);
    assert_work_fails(&story.diagnose().await, Capability::Patients);

    // Another process finds patients, too, and reads none.
    story.activity.share(&store, &practice).await.unwrap();
    let other = story.in_another_process();
    other.activity.learn(&store, &practice).await.unwrap();
    assert!(find_patient(&other).await);
    assert_work_fails(&other.diagnose().await, Capability::Patients);

    // Read in one process, the failure is over in the other.
    story.advance_clock(SignedDuration::from_mins(5));
    assert!(read_demographics(&other).await);
    assert!(other.diagnose().await.healthy);
    other.activity.share(&store, &practice).await.unwrap();
    story.activity.learn(&store, &practice).await.unwrap();
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_failed_connection_is_over_when_any_call_is_answered() {
    let mut story = Story::start().await;
    let api_url = story.api_url.clone();
    story.api_url = "http://127.0.0.1:1/partner".parse().unwrap();
    assert!(!read_appointments(&story).await);
    story.api_url = api_url;
    story.advance_clock(SignedDuration::from_mins(1));
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_missing_patient_is_an_answer_only_if_emis_says_so() {
    let story = Story::start().await;
    let absent = PatientNumber::new(999_999).unwrap();
    let client = story.client();
    let answer = client.patient().get_patient_demographics(absent).await;
    assert!(answer.is_err());
    assert!(story.diagnose().await.healthy);

    let faults = story.sim().faults();
    let page = SimFault::TrueBodyUnderStatus(404);
    faults.next(SimOperation::GetPatientDemographics, page);
    assert!(!read_demographics(&story).await);
    assert_work_fails(&story.diagnose().await, Capability::Patients);
}

#[tokio::test]
async fn a_failure_that_is_put_right_is_not_called_working() {
    let story = Story::start().await;
    fail(&story, SimOperation::GetPatientDemographics, 1);
    assert!(!read_demographics(&story).await);
    story.advance_clock(SignedDuration::from_mins(5));
    story.activity.put_right(Cause::WorkFails);
    let report = story.diagnose().await;
    assert!(report.healthy, "{report}");
    let work = result_of(&report, Probe::RecentWork);
    assert_eq!(work, CheckResult::NothingToCheck);
}

#[tokio::test]
async fn work_is_not_called_working_while_the_token_fails() {
    let mut story = Story::start().await;
    story.enter_password("Wrong-Password-1");
    let report = story.diagnose().await;
    let work = result_of(&report, Probe::RecentWork);
    assert_eq!(work, CheckResult::NotChecked);
}

#[tokio::test]
async fn a_report_says_until_when_the_failing_work_worked() {
    let story = Story::start().await;
    story.advance_clock(SignedDuration::from_hours(2));
    assert!(read_demographics(&story).await);
    story.advance_clock(SignedDuration::from_hours(1));
    fail(&story, SimOperation::GetPatientDemographics, 1);
    assert!(!read_demographics(&story).await);
    let text = story.diagnose().await.text(Style::Plain);
    assert!(
        text.contains("Patchs worked until 2 June 2026 at 12:00."),
        "{text}"
    );
}
