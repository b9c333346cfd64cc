//! Refused passwords are remembered by every store on the file, and by the next process.

use emis_credentials::{ApiUser, RefusedPasswords, SealContext, SealingIdentity};
use emis_store::SqliteStore;

use crate::Directory;

#[tokio::test]
async fn a_refusal_outlives_the_store_and_can_be_forgotten() {
    let scratch = Directory::new();
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-Password-1".to_owned().into()).unwrap();
    let refused = SealingIdentity::generate().fingerprint(&user, &practice);

    let store = SqliteStore::open(scratch.file()).unwrap();
    assert!(!store.contains(&refused).await.unwrap());
    store.remember(&refused).await.unwrap();
    store.remember(&refused).await.unwrap();
    drop(store);

    let store = SqliteStore::open(scratch.file()).unwrap();
    let beside = SqliteStore::open(scratch.file()).unwrap();
    assert!(store.contains(&refused).await.unwrap());
    beside.forget(&refused).await.unwrap();
    assert!(!store.contains(&refused).await.unwrap());
}

#[tokio::test]
async fn a_password_is_claimed_by_one_until_it_is_given_back_or_its_time_is_over() {
    let scratch = Directory::new();
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-Password-1".to_owned().into()).unwrap();
    let password = SealingIdentity::generate().fingerprint(&user, &practice);
    let at = |seconds: i64| jiff::Timestamp::from_second(1_780_000_000 + seconds).unwrap();

    let one = SqliteStore::open(scratch.file()).unwrap();
    let two = SqliteStore::open(scratch.file()).unwrap();
    assert!(one.claim(&password, at(0), at(60)).await.unwrap());
    assert!(!two.claim(&password, at(59), at(119)).await.unwrap());
    // Whoever died in the middle of a try is waited for no longer than its claim lasts.
    assert!(two.claim(&password, at(60), at(120)).await.unwrap());
    // What was given up late is not the other's.
    one.release(&password, at(60)).await.unwrap();
    assert!(!one.claim(&password, at(61), at(121)).await.unwrap());
    two.release(&password, at(120)).await.unwrap();
    assert!(one.claim(&password, at(61), at(121)).await.unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Directory::new();
    let store = SqliteStore::open(scratch.file()).unwrap();
    let mode = std::fs::metadata(scratch.file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(store);
}
