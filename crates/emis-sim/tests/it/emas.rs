//! Each switch of EMAS Manager, as it shows on the wire.

use emis_sim::{Emas, Operation};

use crate::common::{Caller, small, token};

/// What a password grant and then a call answer: `(token status, call status, legacy outcome)`.
async fn seen(change: impl FnOnce(&Emas)) -> (u16, u16, i64) {
    let sim = small().start().await.expect("started");
    let before = Caller::first(&sim).await;
    let practice = sim.practice();
    let password = practice.password();
    change(&practice.emas());
    let fields = [
        ("grant_type", "password"),
        ("username", practice.username()),
        ("password", &password),
    ];
    let granted = token(&sim, &fields).await.status;
    let answer = before.booked(0, 60).await;
    if answer.status == 200 {
        return (granted, 200, 0);
    }
    let (status, outcome) = answer.refusal();
    (granted, status, outcome)
}

#[tokio::test]
async fn nothing_changed() {
    assert_eq!(seen(|_| {}).await, (200, 200, 0));
}

#[tokio::test]
async fn a_deactivated_application_is_refused_with_outcome_3() {
    assert_eq!(seen(Emas::deactivate_application).await, (200, 403, 3));
    let reset = |emas: &Emas| {
        emas.deactivate_application();
        emas.activate_application();
    };
    assert_eq!(seen(reset).await, (200, 200, 0));
}

#[tokio::test]
async fn login_access_gives_a_token_and_refuses_the_call_with_outcome_4() {
    assert_eq!(
        seen(|emas| emas.set_allow_login(false)).await,
        (200, 403, 4)
    );
    assert_eq!(seen(|emas| emas.set_auto_login(false)).await, (200, 403, 4));
    let ticked_again = |emas: &Emas| {
        emas.set_auto_login(false);
        emas.set_auto_login(true);
    };
    assert_eq!(seen(ticked_again).await, (200, 200, 0));
}

#[tokio::test]
async fn a_missing_or_unticked_user_gets_no_token() {
    assert_eq!(seen(Emas::remove_user).await, (400, 403, 4));
    assert_eq!(seen(Emas::untick_in_edit_users).await, (400, 403, 4));
    let back_again = |emas: &Emas| {
        emas.remove_user();
        emas.untick_in_edit_users();
        emas.tick_in_edit_users();
        emas.add_user();
    };
    assert_eq!(seen(back_again).await, (200, 200, 0));
}

#[tokio::test]
async fn a_changed_password_counts_from_the_next_token_on() {
    assert_eq!(
        seen(|emas| emas.set_user_password("Another1Password")).await,
        (400, 200, 0)
    );
    let sim = small().start().await.expect("started");
    sim.practice().emas().set_user_password("Another1Password");
    assert_eq!(sim.practice().password(), "Another1Password");
    assert_eq!(Caller::first(&sim).await.booked(0, 0).await.status, 200);
}

#[tokio::test]
async fn an_unknown_party_key_looks_like_a_deactivated_application() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim)
        .await
        .with_application_id("somebody else");
    assert_eq!(caller.booked(0, 0).await.refusal(), (403, 3));
    let keyless = reqwest::Client::new()
        .get(format!(
            "{}/api/v1/organisation/GetOrganisationV2",
            sim.api_url()
        ))
        .bearer_auth(&caller.token)
        .header("accept", "application/json");
    // The document requires the header, so that leaving it out is a bad request.
    assert_eq!(crate::common::send(keyless).await.refusal(), (400, -1));
}

#[tokio::test]
async fn one_practice_knows_nothing_of_another() {
    let sim = small().practices(2).start().await.expect("started");
    let [first, second] = sim.practices() else {
        panic!("two")
    };
    second.emas().deactivate_application();
    assert_eq!(Caller::of(&sim, first).await.booked(0, 0).await.status, 200);
    assert_eq!(
        Caller::of(&sim, second).await.booked(0, 0).await.refusal(),
        (403, 3)
    );
    let practices: Vec<_> = sim
        .journal()
        .into_iter()
        .filter(|call| call.operation == Operation::GetBookedPatientsV2)
        .map(|call| (call.practice, call.end))
        .collect();
    assert_eq!(practices.len(), 2);
    assert_eq!(practices[0].0.as_deref(), Some("50002"));
    assert_eq!(practices[1].0.as_deref(), Some("50003"));
}
