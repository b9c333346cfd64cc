//! Checks of a store that an earlier release made.

use emis_audit::{AuditStore, verify};
use emis_booking::{BookingChange, BookingOrigin, BookingState, BookingStore};
use emis_reminders::{RecipientDigest, ReminderKey, ReminderSettlement, ReminderStore};
use emis_settings::{Channel, ExclusionStore, Offset, SettingsStore};
use jiff::civil::{DateTime, date};

use super::{by_author, ods, save};

pub(crate) async fn check<S>(store: &S)
where
    S: SettingsStore + BookingStore + ReminderStore + ExclusionStore + AuditStore,
{
    let practice = ods("A20047");
    let chain = practice.clone().into();
    // The first two releases had no audit log, commands or exclusions.
    let told = verify(store, &chain, &[]).await.unwrap().entries;
    if told > 0 {
        let known = store.command(&practice, &"form-1".parse().unwrap()).await;
        assert_eq!(known.unwrap().unwrap().version, 7);
        let standing = store.active(&practice).await.unwrap();
        assert!(!standing.allow("43".parse().unwrap(), Channel::Sms));
    }
    let mut settings = store.load(&practice).await.unwrap().unwrap();
    assert_eq!(
        (settings.version(), settings.name()),
        (7, Some("Invented Surgery"))
    );
    let reminders = settings.reminders();
    assert_eq!(
        reminders.offsets,
        [Offset::Hours(24), Offset::Hours(72)].into()
    );
    assert!(reminders.opted_out.contains("41".parse().unwrap()));

    let all = store.reminders(&practice, DateTime::MIN, DateTime::MAX);
    let mut all = all.await.unwrap();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    let key = |slot: i64, patient: i64, minute, channel| ReminderKey {
        practice: practice.clone(),
        slot: slot.try_into().unwrap(),
        patient: patient.try_into().unwrap(),
        start: date(2026, 6, 2).at(9, minute, 0, 0),
        minutes_before: 1440,
        channel,
        contact: RecipientDigest::default(),
    };
    let (sent, unknown) = (ReminderSettlement::Sent, ReminderSettlement::Unknown);
    let kept: Vec<_> = all.into_iter().map(|it| (it.key, it.settled)).collect();
    assert_eq!(
        kept,
        [
            (key(501, 41, 30, Channel::Sms), Some(sent)),
            // It was in doubt, and is not sent again.
            (key(502, 42, 40, Channel::Email), Some(unknown)),
        ]
    );

    let unsettled = store.unsettled(&practice).await.unwrap();
    assert_eq!(unsettled.len(), 1);
    // What an earlier release intended, it may have sent.
    assert_eq!(unsettled[0].state, BookingState::Unknown);
    assert_eq!(
        (unsettled[0].origin, unsettled[0].request),
        (BookingOrigin::Here, None)
    );
    let confirmed = BookingChange::to(BookingState::Confirmed);
    let settled = BookingStore::settle(store, &unsettled[0], &confirmed, by_author());
    assert!(settled.await.unwrap().unwrap().changed);

    // Writes continue from there.
    settings.set_name(Some("Another Name")).unwrap();
    assert_eq!(save(store, &settings).await.unwrap().version(), 8);
    let verified = verify(store, &chain, &[]).await.unwrap();
    assert_eq!(verified.entries, told + 2);
}
