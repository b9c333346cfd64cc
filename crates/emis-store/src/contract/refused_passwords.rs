//! Refused passwords.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditLogId, AuditStore};
use emis_credentials::{
    ApiUser, PasswordFingerprint, RefusedPasswordStore, SealContext, SealingIdentity,
};

use super::ods;

fn fingerprint(password: &str) -> PasswordFingerprint {
    let practice = SealContext::new(ods("A20047"), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", password.to_owned().into()).unwrap();
    SealingIdentity::generate().fingerprint(&user, &practice)
}

/// A refusal is remembered until it is forgotten; both calls are idempotent.
pub async fn a_refusal_is_remembered_until_it_is_forgotten<S: RefusedPasswordStore>(
    store: &Arc<S>,
) {
    let (refused, other) = (fingerprint("Invented-1"), fingerprint("Invented-2"));
    assert!(!store.contains(&refused).await.unwrap());
    store.remember(&refused).await.unwrap();
    store.remember(&refused).await.unwrap();
    assert!(store.contains(&refused).await.unwrap());
    assert!(!store.contains(&other).await.unwrap());
    store.forget(&refused).await.unwrap();
    store.forget(&other).await.unwrap();
    assert!(!store.contains(&refused).await.unwrap());
}

/// Each refusal is once in the audit log of the product, without the fingerprint.
pub async fn the_audit_log_holds_no_fingerprint<S>(store: &Arc<S>)
where
    S: RefusedPasswordStore + AuditStore,
{
    let refused = fingerprint("Invented-1");
    store.remember(&refused).await.unwrap();
    store.remember(&refused).await.unwrap();
    store.forget(&refused).await.unwrap();
    let entries = store.entries(&AuditLogId::Product, 0, 9).await.unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|e| e.event().unwrap().kind().clone())
        .collect();
    assert_eq!(
        kinds,
        [
            AuditEventKind::CREDENTIALS_REFUSED,
            AuditEventKind::CREDENTIALS_RELEASED
        ]
    );
    let hex: String = refused
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(
        entries
            .iter()
            .all(|entry| !entry.body().contains(&hex[..8]))
    );
}

/// A password is claimed by one, until the claim is released or ends.
pub async fn a_password_is_claimed_by_one_at_a_time<S: RefusedPasswordStore>(store: &Arc<S>) {
    let password = fingerprint("Invented-1");
    let at = super::second;
    // A claim of no length ends at once: a process that dies in the middle of an attempt is waited
    // for no longer than its claim lasts.
    assert!(store.claim(&password, at(0), at(0)).await.unwrap());
    assert!(store.claim(&password, at(0), at(60)).await.unwrap());
    assert!(!store.claim(&password, at(1), at(61)).await.unwrap());
    // A late release does not end the claim of another.
    store.release(&password, at(0)).await.unwrap();
    assert!(!store.claim(&password, at(2), at(62)).await.unwrap());
    store.release(&password, at(60)).await.unwrap();
    assert!(store.claim(&password, at(2), at(62)).await.unwrap());
}
