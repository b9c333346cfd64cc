//! Sentences for patients.

use emis_booking::{BookingId, BookingOutcome, CancelOutcome, CancelRefusal, Rejection};
use insta::assert_snapshot;

#[test]
fn every_rejection_is_a_sentence_for_the_patient() {
    let all: Vec<_> = Rejection::ALL.iter().map(|it| it.sentence()).collect();
    assert_snapshot!(all.join("\n"), @r"
    This appointment has just been taken. Choose another one.
    This appointment has changed. Choose another one.
    You cannot book this appointment online. Choose another one.
    This appointment starts too soon to book online. Choose a later one.
    You cannot book this far ahead online yet. Choose an earlier appointment.
    You already have as many appointments as you can book online.
    We are still dealing with your last request. Try again in a few minutes.
    You have already booked this appointment. If you cancelled it, choose again.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not book this appointment. Contact your GP practice.
    Your appointment was not booked. Choose an appointment again.
    ");
}

#[test]
fn every_other_outcome_is_a_sentence_for_the_patient() {
    let refusals = [
        CancelRefusal::TooLate,
        CancelRefusal::NotBooked,
        CancelRefusal::Unclear,
        CancelRefusal::BookingInProgress,
        CancelRefusal::Refused,
    ];
    let mut all: Vec<_> = refusals
        .map(|refusal| CancelOutcome::Refused(refusal).to_string())
        .into();
    all.push(CancelOutcome::Cancelled.to_string());
    all.push(CancelOutcome::Unknown.to_string());
    all.push(BookingOutcome::Unknown(BookingId::random()).to_string());
    assert_snapshot!(all.join("\n"), @r"
    It is too late to cancel this appointment online. Contact your GP practice.
    You do not have this appointment, so you do not need to cancel it.
    We could not find this appointment as you booked it. Contact your GP practice.
    This appointment is being changed. Try again in a few minutes.
    We could not cancel this appointment. Contact your GP practice.
    Your appointment is cancelled.
    We do not know if your appointment is cancelled. Contact your GP practice.
    We do not know yet if your appointment is booked. Do not book another one. Check again in a few minutes or contact your GP practice.
    ");
}

#[test]
fn outcomes_are_json_for_a_web_service() {
    let taken = BookingOutcome::Rejected(Rejection::SlotTaken);
    let json = serde_json::to_string(&taken).unwrap();
    assert_eq!(json, r#"{"outcome":"rejected","detail":"slot-taken"}"#);
    assert_eq!(
        serde_json::from_str::<BookingOutcome>(&json).unwrap(),
        taken
    );
    let late = CancelOutcome::Refused(CancelRefusal::TooLate);
    let json = serde_json::to_string(&late).unwrap();
    assert_eq!(json, r#"{"outcome":"refused","detail":"too_late"}"#);
}
