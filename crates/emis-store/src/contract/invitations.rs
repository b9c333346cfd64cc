//! Invitations: single use, capacity and history.

use std::sync::Arc;

use emis_audit::{AuditStore, Digest, verify};
use emis_booking::{
    BookingId, DeclineReason, Invitation, InvitationDraft, InvitationStore, LinkAllowance,
    LinkChange, LinkPurpose, LinkState, LinkToken, StoredInvitations,
};
use emis_types::OdsCode;
use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::{by_author, ods};

const WEEK: SignedDuration = SignedDuration::from_hours(168);

fn practice() -> OdsCode {
    ods("A20047")
}

fn draft(patient: i64, valid_for: SignedDuration) -> InvitationDraft {
    let (patient, digest) = (patient.try_into().unwrap(), LinkToken::random().digest());
    let allowance = LinkAllowance::any().of_types(["7".parse().unwrap()]);
    InvitationDraft::new(patient, digest, LinkPurpose::Book, allowance, valid_for)
}

async fn invited<S: InvitationStore>(store: &Arc<S>, valid_for: SignedDuration) -> Invitation {
    let drafts = [draft(41, valid_for)];
    match store
        .invite(&practice(), &drafts, None, by_author())
        .await
        .unwrap()
    {
        StoredInvitations::Stored(mut links) => links.remove(0),
        other => panic!("{other:?}"),
    }
}

async fn change<S: InvitationStore>(
    store: &Arc<S>,
    link: &Invitation,
    change: LinkChange,
) -> (Invitation, bool) {
    store
        .change(&practice(), &link.id, &change, by_author())
        .await
        .unwrap()
        .unwrap()
}

fn claim(booking: BookingId, instead_of: Option<BookingId>) -> LinkChange {
    LinkChange::Claimed {
        booking,
        instead_of,
    }
}

/// A link is found by the digest of its token, at its practice alone.
pub async fn a_link_is_found_by_the_digest_of_its_token<S: InvitationStore>(store: &Arc<S>) {
    let link = invited(store, WEEK).await;
    let (found, now) = store
        .find(&practice(), &link.digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, link);
    assert!(now >= link.made_at && link.expires_at == link.made_at + WEEK);
    let by_id = store.invitation(&practice(), &link.id).await.unwrap();
    assert_eq!(by_id.unwrap().0, link);
    let unknown = Digest::of("another token");
    assert_eq!(store.find(&practice(), &unknown).await.unwrap(), None);
    let elsewhere = ods("B81010");
    assert_eq!(store.find(&elsewhere, &link.digest).await.unwrap(), None);
    let by_id = store.invitation(&elsewhere, &link.id).await.unwrap();
    assert_eq!(by_id, None);
    assert_eq!(
        store
            .change(&elsewhere, &link.id, &LinkChange::Revoked, by_author())
            .await
            .unwrap(),
        None
    );
}

/// An invitation is used once, however many use it at once.
pub async fn of_many_concurrent_claims_of_an_invitation_one_succeeds<S>(store: &Arc<S>)
where
    S: InvitationStore + 'static,
{
    let link = invited(store, WEEK).await;
    let mut claims = JoinSet::new();
    for _ in 0..8 {
        let (store, link) = (Arc::clone(store), link.clone());
        claims.spawn(async move { change(&store, &link, claim(BookingId::random(), None)).await });
    }
    let claims = claims.join_all().await;
    let made = claims.iter().filter(|(_, changed)| *changed);
    assert_eq!(made.count(), 1);
    let state = claims[0].0.state;
    assert!(matches!(state, LinkState::Used(_)));
    assert!(claims.iter().all(|(link, _)| link.state == state));
}

/// A claim is compared with the one that it replaces.
pub async fn a_claim_replaces_a_rejected_one_only<S: InvitationStore>(store: &Arc<S>) {
    let link = invited(store, WEEK).await;
    let [first, second, third] = [(); 3].map(|()| BookingId::random());
    assert!(change(store, &link, claim(first, None)).await.1);
    assert!(!change(store, &link, claim(second, None)).await.1);
    assert!(!change(store, &link, claim(second, Some(third))).await.1);
    assert!(change(store, &link, claim(second, Some(first))).await.1);
    assert!(!change(store, &link, claim(third, Some(first))).await.1);
    // The same claim again is the same claim.
    let again = change(store, &link, claim(second, None)).await;
    assert_eq!(again.0.state, LinkState::Used(second));
}

/// Two batches at once do not invite more patients than there are slots.
pub async fn of_concurrent_batches_no_more_are_open_than_stated<S>(store: &Arc<S>)
where
    S: InvitationStore + 'static,
{
    let mut batches = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(store);
        batches.spawn(async move {
            let drafts = [(); 3].map(|()| draft(41, WEEK));
            store
                .invite(&practice(), &drafts, Some(7), by_author())
                .await
                .unwrap()
        });
    }
    let (mut stored, mut refused) = (0, 0);
    for batch in batches.join_all().await {
        match batch {
            StoredInvitations::Stored(links) => stored += links.len(),
            StoredInvitations::TooManyOpen(open) => refused += usize::from(open == 6),
        }
    }
    assert_eq!((stored, refused), (6, 2));
    let open = store.open_invitations(&practice()).await.unwrap();
    assert_eq!(open.len(), 6);
    // One that was declined leaves room; one that manages an appointment takes none.
    change(
        store,
        &open[0],
        LinkChange::Declined(DeclineReason::NotWanted),
    )
    .await;
    let drafts = [(); 2].map(|()| draft(42, WEEK));
    assert!(matches!(
        store
            .invite(&practice(), &drafts, Some(7), by_author())
            .await
            .unwrap(),
        StoredInvitations::Stored(_)
    ));
}

/// Invitations to other slots do not compete with those of a batch.
pub async fn invitations_to_other_slots_do_not_count<S: InvitationStore>(store: &Arc<S>) {
    let of_type = |slot_type: &str| {
        let mut draft = draft(41, WEEK);
        draft.allowance = LinkAllowance::any().of_types([slot_type.parse().unwrap()]);
        draft
    };
    let invite = async |slot_type: &str| {
        let (practice, drafts) = (practice(), [of_type(slot_type)]);
        let invited = store.invite(&practice, &drafts, Some(1), by_author());
        matches!(invited.await.unwrap(), StoredInvitations::Stored(_))
    };
    assert!(invite("7").await && invite("8").await);
    assert!(!invite("7").await && !invite("8").await);
}

/// A booking that was not made gives its link back, which can expire then.
pub async fn a_link_is_released_by_a_booking_that_was_not_made<S>(store: &Arc<S>)
where
    S: InvitationStore,
{
    let link = invited(store, WEEK).await;
    let [first, second] = [(); 2].map(|()| BookingId::random());
    let released = |booking| LinkChange::Released { booking };
    assert!(change(store, &link, claim(first, None)).await.1);
    assert!(!change(store, &link, released(second)).await.1);
    let (open, changed) = change(store, &link, released(first)).await;
    assert!(changed && open.state == LinkState::Open && open.released == Some(first));
    assert!(change(store, &link, claim(second, None)).await.1);
    assert!(change(store, &link, LinkChange::Booked).await.1);
    // What was booked is not released.
    assert!(!change(store, &link, released(second)).await.1);
    let of_patient = store.links_of_patient(&practice(), link.patient).await;
    let ids: Vec<_> = of_patient.unwrap().iter().map(|it| it.id).collect();
    assert_eq!(ids, [link.id]);
    let history = store.link_history(&practice(), &link.id).await.unwrap();
    let history: Vec<_> = history.iter().map(|event| event.change).collect();
    assert_eq!(history, [LinkChange::Booked]);
}

/// A link that was revoked, declined or has expired is not used, and stays so.
pub async fn a_link_that_is_over_is_not_used<S: InvitationStore>(store: &Arc<S>) {
    let declined = LinkChange::Declined(DeclineReason::AlreadyDone);
    for over in [LinkChange::Revoked, declined] {
        let link = invited(store, WEEK).await;
        let (after, changed) = change(store, &link, over).await;
        assert!(changed && after.state != LinkState::Open);
        for next in [claim(BookingId::random(), None), LinkChange::Sent, declined] {
            let (unchanged, changed) = change(store, &link, next).await;
            assert!(!changed && unchanged == after, "{over:?}, {next:?}");
        }
    }
    let expired = invited(store, SignedDuration::ZERO).await;
    let (_, changed) = change(store, &expired, claim(BookingId::random(), None)).await;
    assert!(!changed);
}

/// An overdue link is marked as expired once; a used one is not.
pub async fn an_overdue_link_expires_once<S: InvitationStore>(store: &Arc<S>) {
    let (overdue, open) = (
        invited(store, SignedDuration::ZERO).await,
        invited(store, WEEK).await,
    );
    let listed = store.open_invitations(&practice()).await.unwrap();
    assert_eq!(listed, [open]);
    let expired = store.expire(&practice()).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(
        (expired[0].id, expired[0].state),
        (overdue.id, LinkState::Expired)
    );
    assert!(store.expire(&practice()).await.unwrap().is_empty());
    let history = store.link_history(&practice(), &overdue.id).await.unwrap();
    assert_eq!(history[0].change, LinkChange::Expired);
}

/// The history of a link is kept in order, and each change is in the audit log.
pub async fn the_history_of_a_link_is_kept_in_order<S>(store: &Arc<S>)
where
    S: InvitationStore + AuditStore,
{
    let link = invited(store, WEEK).await;
    let (booking, moved) = (BookingId::random(), BookingId::random());
    let changes = [
        LinkChange::Sent,
        LinkChange::Opened,
        LinkChange::Booked,
        LinkChange::Moved { to: moved },
        LinkChange::Cancelled,
        LinkChange::Revoked,
    ];
    for (n, next) in changes.into_iter().enumerate() {
        if n == 2 {
            assert!(change(store, &link, claim(booking, None)).await.1);
        }
        assert!(change(store, &link, next).await.1, "{next:?}");
    }
    // It was opened, and moved as often as it may be.
    assert!(!change(store, &link, LinkChange::Opened).await.1);
    let history = store.link_history(&practice(), &link.id).await.unwrap();
    let kept: Vec<_> = history.iter().map(|event| event.change).collect();
    assert_eq!(kept, changes);
    assert!(history.is_sorted_by_key(|event| event.at));
    let log = practice().into();
    verify(&**store, &log, &[]).await.unwrap();
    let bodies = store.entries(&log, 0, 100).await.unwrap();
    assert_eq!(bodies.len(), 8, "made, six changes and a claim");
    assert!(
        bodies
            .iter()
            .all(|entry| entry.body().contains(&link.id.to_string()))
    );
    assert!(
        bodies
            .iter()
            .all(|entry| !entry.body().contains(&link.digest.to_string()))
    );
}
