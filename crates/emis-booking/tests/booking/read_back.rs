//! An appointment book that contradicts itself. The simulator is always consistent, so these answers
//! are written by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use emis_booking::{AppointmentKey, Booking, CancelOutcome, CancelRefusal, MemoryBookingStore};
use emis_client::{Client, Operation, Request, Response, Transport, TransportError};
use emis_credentials::{AccessToken, FixedToken};
use emis_settings::PracticeSettings;
use emis_types::{ManualClock, PatientNumber, SessionId, SlotId, uk};
use jiff::civil::date;

/// Claims `{"ods":"A20047"}`.
const TOKEN: &str = "header.eyJvZHMiOiJBMjAwNDcifQ.signature";

/// Patient 501 is in slot 7 of session 3, on 3 June 2026 at 09:00.
fn appointment() -> AppointmentKey {
    AppointmentKey {
        session: SessionId::new(3).unwrap(),
        slot: SlotId::new(7).unwrap(),
        patient: PatientNumber::new(501).unwrap(),
        start: uk::zoned(date(2026, 6, 3).at(9, 0, 0, 0)).timestamp(),
    }
}

/// Always returns the same slots and appointments, and refuses every cancellation.
#[derive(Debug)]
struct Script {
    slots: Option<&'static str>,
    list: &'static str,
    cancellations: AtomicUsize,
}

#[async_trait]
impl Transport for Script {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        Ok(match (request.operation(), self.slots) {
            (Operation::GetSlotsForSessionV2, Some(slots)) => {
                Response::new(200, format!(r#"{{"slot":[{slots}]}}"#))
            }
            (Operation::GetSlotsForSessionV2, None) => Response::new(404, ""),
            (Operation::GetPatientAppointmentsV2, _) => {
                Response::new(200, format!(r#"{{"appointment":[{}]}}"#, self.list))
            }
            (Operation::CancelAppointment, _) => {
                self.cancellations.fetch_add(1, Ordering::SeqCst);
                Response::new(409, "")
            }
            (other, _) => panic!("unexpected call of {other}"),
        })
    }
}

/// Returns the outcome of cancelling, and the number of cancellations sent.
async fn cancel(slots: Option<&'static str>, list: &'static str) -> (CancelOutcome, usize) {
    let script = Arc::new(Script {
        slots,
        list,
        cancellations: AtomicUsize::new(0),
    });
    let client = Client::builder(
        "https://emis.example.com/".parse().unwrap(),
        "application".parse().unwrap(),
        Arc::new(FixedToken::new(TOKEN)),
    )
    .build_with_transport(script.clone());
    let booking = Booking::new(
        client,
        &PracticeSettings::new("A20047".parse().unwrap()),
        Arc::new(MemoryBookingStore::new()),
        Arc::new(ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))),
    );
    let outcome = booking.cancel_appointment(&appointment()).await.unwrap();
    (outcome, script.cancellations.load(Ordering::SeqCst))
}

const OURS: &str =
    r#"{"dbid":7,"startTime":"09:00","status":"Booked","patientList":{"patient":{"dbid":501}}}"#;
const THEIRS: &str =
    r#"{"dbid":7,"startTime":"09:00","status":"Booked","patientList":{"patient":{"dbid":502}}}"#;
const FREE: &str = r#"{"dbid":7,"startTime":"09:00","status":"Slot Available"}"#;
const BLOCKED: &str = r#"{"dbid":7,"startTime":"09:00","status":"Blocked"}"#;
const BOOKED_WITHOUT_PATIENT: &str = r#"{"dbid":7,"startTime":"09:00","status":"Booked"}"#;
const UNKNOWN_STATUS: &str = r#"{"dbid":7,"startTime":"09:00","status":"Beamed Up"}"#;
const OTHER_SLOT: &str = r#"{"dbid":8,"startTime":"09:10","status":"Slot Available"}"#;
const BROKEN: &str = r#"{"dbid":{},"startTime":"25:61"}"#;
const NOTHING: &str = "";

const LISTED: &str = r#"{"slotID":7,"date":"03/06/2026","startTime":"09:00","status":"Booked"}"#;
/// EMIS can report this for an appointment that is booked.
const LISTED_AS_FREE: &str =
    r#"{"slotID":7,"date":"03/06/2026","startTime":"09:00","status":"Slot Available"}"#;
const LISTED_LATER: &str = r#"{"slotID":7,"date":"03/06/2026","startTime":"09:30"}"#;
const BROKEN_LISTING: &str = r#"{"slotID":{},"date":"31/02/2026"}"#;

#[tokio::test]
async fn only_the_patients_list_proves_an_appointment() {
    let still_there = (CancelOutcome::Unknown, 1);
    let not_booked = (CancelOutcome::Refused(CancelRefusal::NotBooked), 0);
    let unclear = (CancelOutcome::Refused(CancelRefusal::Unclear), 0);
    let table = [
        (Some(OURS), LISTED, still_there),
        (Some(OURS), LISTED_AS_FREE, still_there),
        (Some(OURS), LISTED_LATER, unclear),
        (Some(OURS), NOTHING, unclear),
        (Some(OURS), BROKEN_LISTING, unclear),
        (Some(THEIRS), LISTED, not_booked),
        (Some(FREE), LISTED, not_booked),
        (Some(BLOCKED), NOTHING, not_booked),
        // The slot is booked without a patient.
        (Some(BOOKED_WITHOUT_PATIENT), LISTED, still_there),
        (Some(BOOKED_WITHOUT_PATIENT), NOTHING, unclear),
        (Some(UNKNOWN_STATUS), NOTHING, unclear),
        // The slot is no longer in its session, or its record can't be read.
        (Some(OTHER_SLOT), LISTED, still_there),
        (Some(OTHER_SLOT), NOTHING, not_booked),
        (Some(OTHER_SLOT), BROKEN_LISTING, unclear),
        (Some(BROKEN), LISTED, still_there),
        (Some(BROKEN), NOTHING, unclear),
        // The session no longer exists.
        (None, LISTED, still_there),
        (None, NOTHING, not_booked),
    ];
    for (row, (slots, list, expected)) in table.into_iter().enumerate() {
        assert_eq!(cancel(slots, list).await, expected, "row {row}");
    }
}
