//! Sentences for patients.

use emis_booking::{
    AppointmentKey, BookingDraft, BookingErrorKind, BookingId, BookingNotice, BookingNoticeKind,
    BookingOutcome, BookingRecord, CancelOutcome, CancelRefusal, Confirmation, LinkRefusal,
    MatchRefusal, MoveOutcome, Rejection,
};
use emis_types::{PatientNumber, SessionId, SlotId};
use insta::assert_snapshot;
use jiff::SignedDuration;

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
    You already have this appointment.
    You have booked as many appointments today as you can. Try again tomorrow.
    No more appointments can be booked online today. Try again tomorrow.
    This link can no longer be used. Contact your GP practice.
    You have tried too many times. Try again later or contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not book this appointment. Contact your GP practice.
    You cannot move this appointment online. Contact your GP practice.
    We could not book this appointment just now. Choose an appointment again.
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
    all.push(BookingOutcome::Cancelled(BookingId::random()).to_string());
    assert_snapshot!(all.join("\n"), @r"
    It is too late to cancel this appointment online. Contact your GP practice.
    You do not have this appointment, so you do not need to cancel it.
    We could not find this appointment as you booked it. Contact your GP practice.
    This appointment is being changed. Try again in a few minutes.
    We could not cancel this appointment. Contact your GP practice.
    Your appointment is cancelled.
    We do not know if your appointment is cancelled. Contact your GP practice.
    We do not know yet if your appointment is booked. Do not book another one. Check again in a few minutes or contact your GP practice.
    This appointment was booked and is now cancelled.
    ");
}

#[test]
fn every_outcome_of_a_move_is_a_sentence_for_the_patient() {
    let confirmation = serde_json::json!({
        "id": BookingId::random(),
        "appointment": {"session": 3, "slot": 7, "patient": 501, "start": "2026-06-03T08:00:00Z"},
    });
    let confirmation: Confirmation = serde_json::from_value(confirmation).unwrap();
    let all = [
        MoveOutcome::Moved(confirmation.clone()),
        MoveOutcome::NotMoved(Rejection::SlotTaken),
        MoveOutcome::NotMoved(Rejection::NotMovable),
        MoveOutcome::Unknown(BookingId::random()),
        MoveOutcome::BothBooked(confirmation),
        MoveOutcome::Lost,
        MoveOutcome::Cancelled(BookingId::random()),
    ];
    assert_snapshot!(all.map(|it| it.to_string()).join("\n"), @r"
    Your appointment is moved to Wednesday 3 June 2026 at 9am.
    This appointment has just been taken. Choose another one. You still have your earlier appointment.
    You cannot move this appointment online. Contact your GP practice. You still have your earlier appointment.
    We do not know yet if your appointment is moved. Do not book another one. We will tell you as soon as we know.
    Your new appointment is booked for Wednesday 3 June 2026 at 9am, but we could not cancel your earlier one. You have both. Contact your GP practice to cancel one.
    We could not move your appointment, and it is no longer booked. Contact your GP practice.
    This appointment was moved and is now cancelled.
    ");
}

#[test]
fn every_refusal_of_a_link_and_of_a_match_is_a_sentence_for_the_patient() {
    let time = SignedDuration::from_mins(1);
    let links = [
        LinkRefusal::Unknown,
        LinkRefusal::Expired,
        LinkRefusal::Used,
        LinkRefusal::Declined,
        LinkRefusal::Revoked,
        LinkRefusal::OtherPurpose,
        LinkRefusal::WrongIdentity,
        LinkRefusal::Wait(time),
        LinkRefusal::Locked(time),
        LinkRefusal::NothingBooked,
        LinkRefusal::Unread,
        LinkRefusal::MovedTooOften,
        LinkRefusal::TooLateToMove,
    ];
    assert_snapshot!(links.map(|it| it.to_string()).join("\n"), @r"
    This link does not work. Check that you copied all of it, or contact your GP practice.
    This link has expired. Contact your GP practice.
    You have already used this link to book an appointment.
    You told us that you do not need this appointment.
    This link can no longer be used. Contact your GP practice.
    This link does not work. Check that you copied all of it, or contact your GP practice.
    The date of birth is not the one on your record. Try again.
    You have tried too many times. Wait a few minutes, then try again.
    You have tried too many times. Contact your GP practice.
    You do not have an appointment with this link.
    We could not read your appointment. Contact your GP practice.
    You cannot move this appointment online. Contact your GP practice.
    You cannot move this appointment online. Contact your GP practice.
    ");
    let matches = [
        MatchRefusal::NoMatch,
        MatchRefusal::Several,
        MatchRefusal::Unclear,
        MatchRefusal::NotActive,
        MatchRefusal::Wait(time),
        MatchRefusal::Locked(time),
    ];
    assert_snapshot!(matches.map(|it| it.to_string()).join("\n"), @r"
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    We could not match your details. Contact your GP practice.
    You have tried too many times. Try again later or contact your GP practice.
    You have tried too many times. Try again later or contact your GP practice.
    ");
}

#[test]
fn every_error_is_a_sentence_for_the_patient() {
    use BookingErrorKind as Kind;
    let all = [
        Kind::Emis,
        Kind::Store,
        Kind::Settings,
        Kind::WrongPractice,
        Kind::UnknownBooking,
        Kind::IdReused,
        Kind::InvalidSearch,
        Kind::Interrupted,
        Kind::UnknownLink,
        Kind::NoInvitationStore,
    ];
    let all = all.map(|kind| format!("{kind:?}: {}", kind.sentence()));
    assert_snapshot!(all.join("\n"), @r"
    Emis: There is a problem with this service and nothing was changed. Try again in a few minutes or contact your GP practice.
    Store: There is a problem with this service and nothing was changed. Try again in a few minutes or contact your GP practice.
    Settings: You cannot use this service at the moment. Contact your GP practice.
    WrongPractice: You cannot use this service at the moment. Contact your GP practice.
    UnknownBooking: We could not find this appointment as you booked it. Contact your GP practice.
    IdReused: You have used this page before. Go back and start again.
    InvalidSearch: Enter a first day that is not after the last day.
    Interrupted: There is a problem with this service and nothing was changed. Try again in a few minutes or contact your GP practice.
    UnknownLink: This link can no longer be used. Contact your GP practice.
    NoInvitationStore: You cannot use this service at the moment. Contact your GP practice.
    ");
}

#[test]
fn every_notice_is_a_sentence_for_the_patient() {
    let appointment = AppointmentKey {
        session: SessionId::new(3).unwrap(),
        slot: SlotId::new(7).unwrap(),
        patient: PatientNumber::new(501).unwrap(),
        start: "2026-06-03T08:00:00Z".parse().unwrap(),
    };
    let draft = BookingDraft::intended(BookingId::random(), "A20047".parse().unwrap(), appointment);
    let record = BookingRecord::begun(draft, appointment.start);
    let all: Vec<_> = BookingNoticeKind::ALL
        .iter()
        .map(|kind| format!("{}: {}", kind.code(), BookingNotice::of(&record, *kind)))
        .collect();
    assert_snapshot!(all.join("\n"), @r"
    booked: Your appointment is booked for Wednesday 3 June 2026 at 9am.
    not-booked: Your appointment for Wednesday 3 June 2026 at 9am was not booked. Choose an appointment again.
    cancelled: Your appointment for Wednesday 3 June 2026 at 9am is cancelled.
    still-booked: We could not cancel your appointment. It is still booked for Wednesday 3 June 2026 at 9am. Contact your GP practice if you do not need it.
    moved: Your appointment is moved to Wednesday 3 June 2026 at 9am.
    not-moved: We could not move your appointment. It is still booked for Wednesday 3 June 2026 at 9am.
    both-booked: Your new appointment is booked for Wednesday 3 June 2026 at 9am, but we could not cancel your earlier one. You have both. Contact your GP practice to cancel one.
    lost: We could not move your appointment, and your appointment for Wednesday 3 June 2026 at 9am is no longer booked. Contact your GP practice.
    late-kept: Your appointment for Wednesday 3 June 2026 at 9am is booked after all. Contact your GP practice if you do not need it.
    late-cancelled: Your appointment for Wednesday 3 June 2026 at 9am was booked late. We have cancelled it, so you do not have this appointment.
    unresolved: We do not know if your appointment for Wednesday 3 June 2026 at 9am is booked. Your GP practice will check. Contact them if you need to know sooner.
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
