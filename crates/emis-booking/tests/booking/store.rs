//! States and records. The contract of a store is in `emis-store`, which compares with the one in
//! memory.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, BOOKING_INTENT_EXPIRES_AFTER, BeginOutcome, BookingChange, BookingDraft,
    BookingId, BookingNoticeKind, BookingOrigin, BookingOutcome, BookingRecord, BookingState,
    BookingStore, CancelCause, LinkToken, MemoryBookingStore, Rejection,
};
use emis_types::{ManualClock, PatientNumber, SessionId, SlotId};
use jiff::{SignedDuration, Timestamp};

static BY: Provenance = Provenance::unknown();

fn draft(slot: i64, patient: i64) -> BookingDraft {
    let appointment = AppointmentKey {
        session: SessionId::new(3).unwrap(),
        slot: SlotId::new(slot).unwrap(),
        patient: PatientNumber::new(patient).unwrap(),
        start: start(),
    };
    BookingDraft::intended(BookingId::random(), "A20047".parse().unwrap(), appointment)
}

fn start() -> Timestamp {
    "2026-06-03T08:00:00Z".parse().unwrap()
}

const NOT_BOOKED: BookingState = BookingState::Rejected(Rejection::NotBooked);

const EVERY_STATE: [BookingState; 8] = [
    BookingState::Intended,
    BookingState::Sending,
    BookingState::Unknown,
    BookingState::Confirmed,
    NOT_BOOKED,
    BookingState::Cancelling,
    BookingState::Cancelled,
    BookingState::Unresolved,
];

#[test]
fn a_state_is_left_only_by_allowed_transitions() {
    let table = [
        "intended: sending rejected/not-booked",
        "sending: unknown confirmed rejected/not-booked unresolved",
        "unknown: confirmed rejected/not-booked unresolved",
        "confirmed: cancelling cancelled",
        "rejected/not-booked: confirmed cancelling unresolved",
        "cancelling: confirmed cancelled unresolved",
        "cancelled: cancelling",
        "unresolved: confirmed rejected/not-booked cancelled",
    ];
    for (from, row) in EVERY_STATE.into_iter().zip(table) {
        let next = EVERY_STATE.iter().filter(|next| from.may_become(**next));
        let next: String = next.map(|next| format!(" {next}")).collect();
        assert_eq!(format!("{from}:{next}"), row);
    }
}

#[tokio::test]
async fn an_intent_whose_worker_died_is_in_the_way_for_a_minute() {
    for (other, busy) in [
        (draft(7, 502), true),
        (draft(8, 501), true),
        (draft(8, 502), false),
    ] {
        let clock = ManualClock::new(start());
        let store = MemoryBookingStore::with_clock(Arc::new(clock.clone()));
        let intent = draft(7, 501);
        let BeginOutcome::Started(intent) = store.begin(&intent, &BY).await.unwrap() else {
            panic!("not begun")
        };
        clock.advance(BOOKING_INTENT_EXPIRES_AFTER - SignedDuration::from_secs(1));
        let mut early = other.clone();
        early.id = BookingId::random();
        let early = store.begin(&early, &BY).await.unwrap();
        assert_eq!(!matches!(early, BeginOutcome::Started(_)), busy);
        if !busy {
            continue;
        }
        clock.advance(SignedDuration::from_secs(1));
        let begun = store.begin(&other, &BY).await.unwrap();
        assert!(matches!(begun, BeginOutcome::Started(_)), "{begun:?}");
        let expired = store.get(&intent.id).await.unwrap().unwrap();
        assert_eq!(expired.state, NOT_BOOKED);
        let notices = store.notices(&intent.practice).await.unwrap();
        assert_eq!(notices.len(), 1);
        assert_eq!(
            (notices[0].kind, notices[0].booking),
            (BookingNoticeKind::NotBooked, intent.id)
        );
        // Its worker, should it wake up, can't send it any more.
        let sending = BookingChange::to(BookingState::Sending);
        let sending = store.settle(&intent, &sending, &BY).await.unwrap();
        assert!(!sending.unwrap().changed);
    }
}

#[test]
fn codes_round_trip_through_storage() {
    let rejected = Rejection::ALL
        .iter()
        .map(|rejection| BookingState::Rejected(*rejection));
    for state in EVERY_STATE.into_iter().chain(rejected) {
        assert_eq!(state.to_string().parse(), Ok(state));
    }
    for text in ["", "Confirmed", "rejected", "rejected/", "rejected/no-such"] {
        assert!(text.parse::<BookingState>().is_err(), "{text}");
    }
    for kind in BookingNoticeKind::ALL {
        assert_eq!(kind.code().parse(), Ok(*kind));
    }
    for origin in BookingOrigin::ALL {
        assert_eq!(origin.code().parse(), Ok(*origin));
    }
    for cause in CancelCause::ALL {
        assert_eq!(cause.code().parse(), Ok(*cause));
    }
}

#[test]
fn ids_round_trip_through_storage() {
    let id = BookingId::random();
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(BookingId::from(*id.as_uuid()), id);
    assert_eq!(
        serde_json::from_str::<BookingId>(&format!("\"{id}\"")).unwrap(),
        id
    );
    assert!("7".parse::<BookingId>().is_err());
    assert_ne!(BookingId::random(), id);
}

#[test]
fn a_reference_is_found_in_a_note_and_no_other_is() {
    let (id, other) = (BookingId::random(), BookingId::random());
    let reference = id.reference();
    let text = reference.to_string();
    assert_eq!(text.len(), 26);
    for note in [
        text.clone(),
        text.to_uppercase(),
        format!("please call first. {text} wheelchair"),
        // As earlier releases wrote it.
        id.to_string(),
    ] {
        assert!(reference.is_in(&note), "{note}");
        assert!(!other.reference().is_in(&note), "{note}");
    }
    for note in ["", &text[1..], &text[..25], "Booked by reception"] {
        assert!(!reference.is_in(note), "{note}");
    }
    // Every bit of the ID counts.
    for bit in 0..128 {
        let near = uuid::Uuid::from_u128(id.as_uuid().as_u128() ^ 1 << bit);
        assert_ne!(BookingId::from(near).reference().to_string(), text);
    }
}

#[test]
fn outcomes_follow_the_state() {
    let mut record = BookingRecord::begun(draft(7, 501), start());
    for (state, outcome) in [
        (BookingState::Intended, BookingOutcome::Unknown(record.id)),
        (BookingState::Sending, BookingOutcome::Unknown(record.id)),
        (BookingState::Unknown, BookingOutcome::Unknown(record.id)),
        (BookingState::Unresolved, BookingOutcome::Unknown(record.id)),
        (BookingState::Cancelling, BookingOutcome::Unknown(record.id)),
        (
            BookingState::Cancelled,
            BookingOutcome::Cancelled(record.id),
        ),
        (NOT_BOOKED, BookingOutcome::Rejected(Rejection::NotBooked)),
    ] {
        record.state = state;
        assert_eq!(BookingOutcome::of(&record), outcome);
    }
    record.state = BookingState::Confirmed;
    let BookingOutcome::Confirmed(confirmation) = BookingOutcome::of(&record) else {
        panic!("not confirmed")
    };
    assert_eq!(confirmation.appointment, record.appointment);
    let text = BookingOutcome::Confirmed(confirmation).to_string();
    assert_eq!(
        text,
        "Your appointment is booked for Wednesday 3 June 2026 at 9am."
    );
}

#[test]
fn a_link_token_has_a_digest_of_its_own_and_does_not_print() {
    let (one, other) = (LinkToken::random(), LinkToken::random());
    assert_ne!(one.digest(), other.digest());
    let back: LinkToken = one.expose().parse().unwrap();
    assert_eq!(back.digest(), one.digest());
    assert!(!one.digest().to_string().contains(&one.expose()));
    assert!(!format!("{one:?}").contains(&one.expose()));
    for broken in ["", "a", &one.expose()[1..], &format!("{}A", one.expose())] {
        assert!(broken.parse::<LinkToken>().is_err(), "{broken}");
    }
}
