//! The author of a settlement is kept beside its outcome.

use emis_audit::Provenance;
use emis_reminders::{ClaimOwner, ClaimRequest, ReminderKey, ReminderSettlement, ReminderStore};
use emis_settings::Channel;
use emis_store::SqliteStore;
use jiff::civil::date;
use sqlx::Row;

use super::raw;
use crate::support::{Directory, by_author, ods, second};

#[tokio::test]
async fn a_settlement_keeps_its_author_until_the_next_claim() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let reminder = ReminderKey {
        practice: ods("A20047"),
        slot: "501".parse().unwrap(),
        patient: "41".parse().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
        contact: "00000000000000a1".parse().unwrap(),
    };
    let product = Provenance::product();
    let mut kept = Vec::new();
    for (n, by) in [(1, by_author()), (3, &product)] {
        let request = ClaimRequest::one(reminder.clone(), ClaimOwner::random(), second(n));
        let claimed = ReminderStore::claim(&store, &request).await.unwrap();
        let reference = claimed.granted().unwrap().reference;
        kept.push(settled_by(&directory).await);
        let not_sent = ReminderSettlement::NotSent;
        let practice = &reminder.practice;
        let settled = ReminderStore::settle(
            &store,
            practice,
            reference,
            None,
            not_sent,
            second(n + 1),
            by,
        );
        assert!(settled.await.unwrap());
        kept.push(settled_by(&directory).await);
    }
    let person = Some(r#"{"actor":{"kind":"user","id":"u-117"}}"#.to_owned());
    let system = Some(r#"{"actor":{"kind":"system"}}"#.to_owned());
    assert_eq!(kept, [None, person, None, system]);
}

async fn settled_by(directory: &Directory) -> Option<String> {
    let mut raw = raw(directory).await;
    let row = sqlx::query("SELECT settled_by FROM reminders").fetch_one(&mut raw);
    row.await.unwrap().get(0)
}
