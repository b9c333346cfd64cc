//! Claims that were written under a wrong clock.

use std::sync::Arc;

use emis_credentials::{
    ApiUser, MemoryRefusedPasswordStore, RefusedPasswordStore, SealContext, SealingIdentity,
};
use emis_store::SqliteStore;
use jiff::{SignedDuration, Timestamp};

use crate::support::{ods, second};

#[tokio::test]
async fn a_claim_that_ends_later_than_any_can_is_ignored_and_replaced() {
    let store = SqliteStore::in_memory().unwrap();
    let context = SealContext::new(ods("A20047"), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-1".to_owned().into()).unwrap();
    let password = SealingIdentity::generate().fingerprint(&user, &context);
    let minute = SignedDuration::from_mins(1);
    let claim = async |now: Timestamp| store.claim(&password, now, now + minute).await.unwrap();

    let years_ahead = second(0) + SignedDuration::from_hours(24 * 1000);
    assert!(claim(years_ahead).await);
    assert!(claim(second(0)).await, "the clock was corrected");
    assert!(
        !claim(second(1)).await,
        "this one is a claim like any other"
    );
    // The owner of the replaced claim can't release this one.
    store
        .release(&password, years_ahead + minute)
        .await
        .unwrap();
    assert!(!claim(second(2)).await);
}

/// Both stores of this library go by one limit: 30 minutes.
#[tokio::test]
async fn a_claim_counts_up_to_half_an_hour_ahead() {
    let context = SealContext::new(ods("A20047"), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-1".to_owned().into()).unwrap();
    let password = SealingIdentity::generate().fingerprint(&user, &context);
    let minute = SignedDuration::from_mins(1);
    let stores: [Arc<dyn RefusedPasswordStore>; 2] = [
        Arc::new(SqliteStore::in_memory().unwrap()),
        Arc::new(MemoryRefusedPasswordStore::new()),
    ];
    for store in stores {
        let claim = async |now: Timestamp| store.claim(&password, now, now + minute).await;
        assert!(claim(second(29 * 60)).await.unwrap());
        assert!(!claim(second(0)).await.unwrap());
        let until = second(29 * 60) + minute;
        store.release(&password, until).await.unwrap();
        assert!(claim(second(30 * 60)).await.unwrap());
        assert!(claim(second(0)).await.unwrap());
    }
}
