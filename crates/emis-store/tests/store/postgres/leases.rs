//! Claims go by the server's clock, even if the clocks of the workers differ.

use emis_credentials::{ApiUser, RefusedPasswordStore, SealContext, SealingIdentity};
use jiff::{SignedDuration, Timestamp};

use crate::support::postgres::fresh;
use crate::support::{ods, second};

#[tokio::test]
async fn a_claim_lasts_its_length_for_workers_whose_clocks_differ() {
    let Some(store) = fresh().await else {
        return;
    };
    let context = SealContext::new(ods("A20047"), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-1".to_owned().into()).unwrap();
    let password = SealingIdentity::generate().fingerprint(&user, &context);
    let minute = SignedDuration::from_mins(1);
    let claim = async |now: Timestamp, length| store.claim(&password, now, now + length).await;

    let years_ahead = second(0) + SignedDuration::from_hours(24 * 1000);
    // A claim of a worker that is years ahead ends when its length is over, here at once.
    assert!(claim(years_ahead, SignedDuration::ZERO).await.unwrap());
    assert!(claim(second(0), minute).await.unwrap());
    // To a worker that is ahead, the claim of another does not look over.
    assert!(!claim(years_ahead, minute).await.unwrap());
    assert!(!claim(second(1), minute).await.unwrap());
}
