//! Keys, references, and what the entries of an appointment mean. The contract of stores is a suite
//! of `emis-store`.

use emis_messaging::{Contact, MessageReference};
use emis_reminders::{
    ClaimOutcome, ClaimOwner, ClaimRequest, MemoryReminderStore, RecipientDigest, ReminderEntry,
    ReminderKey, ReminderSettlement, ReminderStanding, ReminderStore, standing,
};
use emis_settings::Channel;
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::{SignedDuration, Timestamp};

use crate::support::wednesday_at;

fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

fn key() -> ReminderKey {
    let contact = Contact::Sms("07700 900123".parse().unwrap());
    ReminderKey {
        practice: practice(),
        slot: SlotId::new(1).unwrap(),
        patient: PatientNumber::new(2).unwrap(),
        start: wednesday_at(9, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
        contact: RecipientDigest::of(&practice(), &contact),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

async fn claimed(store: &MemoryReminderStore, key: &ReminderKey, now: i64) -> MessageReference {
    let request = ClaimRequest::one(key.clone(), ClaimOwner::random(), at(now));
    let claim = store.claim(&request).await.unwrap();
    claim.granted().unwrap().reference
}

#[test]
fn each_part_of_a_key_distinguishes_reminders() {
    let others = [
        ReminderKey {
            practice: "Z90001".parse().unwrap(),
            ..key()
        },
        ReminderKey {
            slot: SlotId::new(9).unwrap(),
            ..key()
        },
        ReminderKey {
            patient: PatientNumber::new(9).unwrap(),
            ..key()
        },
        ReminderKey {
            start: wednesday_at(9, 10),
            ..key()
        },
        ReminderKey {
            minutes_before: 60,
            ..key()
        },
        ReminderKey {
            channel: Channel::Email,
            ..key()
        },
        ReminderKey {
            contact: RecipientDigest::default(),
            ..key()
        },
    ];
    let store = MemoryReminderStore::default();
    for (n, other) in others.iter().enumerate() {
        assert_ne!(*other, key());
        assert_eq!(key().same_appointment(other), n > 3);
    }
    drop(store);
}

#[tokio::test]
async fn a_reference_is_stable() {
    // A changed reference would make messages in doubt impossible to find.
    let store = MemoryReminderStore::default();
    let reference = claimed(&store, &key(), 0).await;
    insta::assert_snapshot!(reference, @"80e34b12-0e76-591b-9eed-b2bcc152d2fd");
}

#[test]
fn a_contact_is_recognised_in_any_notation_and_not_kept() {
    let digest = |contact: Contact| RecipientDigest::of(&practice(), &contact);
    let sms = |text: &str| digest(Contact::Sms(text.parse().unwrap()));
    let email = |text: &str| digest(Contact::Email(text.parse().unwrap()));
    assert_eq!(sms("07700 900123"), sms("+44 7700 900123"));
    assert_ne!(sms("07700 900123"), sms("07700 900124"));
    assert_eq!(email("A.B@example.com"), email("a.b@EXAMPLE.com"));
    let elsewhere = "Z90001".parse().unwrap();
    let contact = Contact::Sms("07700 900123".parse().unwrap());
    assert_ne!(
        RecipientDigest::of(&elsewhere, &contact),
        sms("07700 900123")
    );
    let digest = sms("07700 900123");
    assert_eq!(digest.to_string().parse(), Ok(digest));
    for wrong in ["", "00000000000000zz", "00", "+0000000000000aa"] {
        assert!(wrong.parse::<RecipientDigest>().is_err(), "{wrong}");
    }
}

/// Every state of an entry, and what it means for the reminder.
#[test]
fn each_state_of_an_entry_stands_for_something() {
    let lease = |seconds| (ClaimOwner::random(), at(seconds));
    let entry = |seconds| {
        let reference = MessageReference::sample();
        ReminderEntry::claimed(key(), reference, 0, at(0), lease(seconds))
    };
    let means = |entry: &ReminderEntry| standing(&key(), Timestamp::MAX, at(10), [entry]);
    let until = at(11);
    assert_eq!(means(&entry(11)), ReminderStanding::InFlight { until });
    let doubt = ReminderStanding::InDoubt { since: at(0) };
    assert_eq!(means(&entry(10)), doubt);
    assert_eq!(means(&entry(4_000)), doubt, "written under a wrong clock");
    for (settled, stands) in [
        (ReminderSettlement::Sent, ReminderStanding::Sent),
        (ReminderSettlement::Unknown, ReminderStanding::Sent),
        (ReminderSettlement::Refused, ReminderStanding::Refused),
        (ReminderSettlement::NotSent, ReminderStanding::Free),
        (ReminderSettlement::Superseded, ReminderStanding::Free),
    ] {
        let mut entry = entry(11);
        entry.settled = Some(settled);
        assert_eq!(means(&entry), stands, "{settled:?}");
        let mut other = entry.clone();
        other.key.contact = RecipientDigest::default();
        let stands_for_another = match stands {
            ReminderStanding::Refused => ReminderStanding::Free,
            other => other,
        };
        assert_eq!(means(&other), stands_for_another, "{settled:?}");
    }
    assert_eq!(
        standing(&key(), Timestamp::MAX, at(10), []),
        ReminderStanding::Free
    );
}

#[tokio::test]
async fn an_empty_request_claims_nothing() {
    let store = MemoryReminderStore::default();
    let mut request = ClaimRequest::one(key(), ClaimOwner::random(), at(0));
    request.reminders.clear();
    let nothing = ClaimOutcome::Standing(Vec::new());
    assert_eq!(store.claim(&request).await.unwrap(), nothing);
}

/// A process whose clock was wrong for a while leaves nothing that outlives the correction.
#[tokio::test]
async fn a_wrong_clock_leaves_no_lease_behind() {
    let store = MemoryReminderStore::default();
    let years = SignedDuration::from_hours(24 * 1000);
    let request = ClaimRequest::one(key(), ClaimOwner::random(), at(0) + years);
    store.claim(&request).await.unwrap();
    let owner = ClaimOwner::random();
    let lease = SignedDuration::from_mins(2);
    let taken = store
        .take_over_expired(&practice(), owner, lease, at(0))
        .await;
    assert_eq!(taken.unwrap().len(), 1);
}
