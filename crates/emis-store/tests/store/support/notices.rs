//! The order of notices, on a store whose clock stands still.

use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingMove,
    BookingNotice, BookingNoticeKind, BookingRecord, BookingState, BookingStore, MoveEnd,
    MovePhase,
};
use emis_types::OdsCode;

use super::{by_author, second};

/// Checks that notices of the same time are listed in the order in which they were written, and that
/// each move that fails is told.
pub(crate) async fn check_order(store: &dyn BookingStore) {
    let practice: OdsCode = "A20047".parse().unwrap();
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: "1".parse().unwrap(),
        patient: "41".parse().unwrap(),
        start: second(100_000),
    };
    let draft = BookingDraft::intended(BookingId::random(), practice.clone(), appointment);
    let BeginOutcome::Started(mut record) = store.begin(&draft, by_author()).await.unwrap() else {
        panic!("not begun")
    };
    let sending = BookingChange::to(BookingState::Sending);
    record = change(store, &record, &sending).await;
    let confirmed = BookingChange::to(BookingState::Confirmed).telling(BookingNoticeKind::Booked);
    record = change(store, &record, &confirmed).await;
    let mut expected = vec![BookingNoticeKind::Booked];
    for _ in 0..8 {
        for (to, told) in [
            (BookingState::Cancelling, BookingNoticeKind::Unresolved),
            (BookingState::Confirmed, BookingNoticeKind::StillBooked),
        ] {
            record = change(store, &record, &BookingChange::to(to).telling(told)).await;
            expected.push(told);
        }
    }
    for _ in 0..2 {
        let (id, phase) = (BookingId::random(), MovePhase::BookFirst);
        let moving = BookingMove::new(id, practice.clone(), record.id, phase);
        assert!(store.begin_move(&moving, by_author()).await.unwrap());
        let mut end = MoveEnd::new(MovePhase::NotMoved);
        let told = BookingNoticeKind::NotMoved;
        end.notice = Some(BookingNotice::of_move(&moving.id, &record, told));
        let ended = store.end_move(&moving, &end, by_author()).await;
        assert!(ended.unwrap());
        expected.push(told);
    }
    let notices = store.notices(&practice).await.unwrap();
    let kinds: Vec<_> = notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, expected);
    assert!(notices.iter().all(|notice| notice.at == second(0)));
}

async fn change(
    store: &dyn BookingStore,
    record: &BookingRecord,
    change: &BookingChange,
) -> BookingRecord {
    let settled = store.settle(record, change, by_author()).await.unwrap();
    let settled = settled.unwrap();
    assert!(settled.changed);
    settled.record
}
