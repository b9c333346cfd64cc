//! Each setting of EMAS Manager on the wire.

use emis_sim::{Emas, SimOperation};

use crate::common::{Caller, small, token};

/// The answers to a password grant and a call: `(token status, call status, legacy outcome)`.
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
async fn a_changed_password_applies_to_the_next_token() {
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
    // The document requires the header, so that its absence is a bad request.
    assert_eq!(crate::common::send(keyless).await.refusal(), (400, -1));
}

#[tokio::test]
async fn practices_are_independent() {
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
        .filter(|call| call.operation == SimOperation::GetBookedPatientsV2)
        .map(|call| (call.practice, call.end))
        .collect();
    assert_eq!(practices.len(), 2);
    assert_eq!(practices[0].0.as_deref(), Some("50002"));
    assert_eq!(practices[1].0.as_deref(), Some("50003"));
}

#[tokio::test]
async fn deactivated_calls_are_activated_with_the_application() {
    let deactivated = |emas: &Emas| emas.deactivate_call(SimOperation::GetBookedPatientsV2);
    assert_eq!(seen(deactivated).await, (200, 403, 3));
    let other = |emas: &Emas| emas.deactivate_call(SimOperation::BookAppointment);
    assert_eq!(seen(other).await, (200, 200, 0));
    let only_activated = |emas: &Emas| {
        deactivated(emas);
        emas.activate_application();
    };
    assert_eq!(seen(only_activated).await, (200, 403, 3));
    let reset = |emas: &Emas| {
        deactivated(emas);
        emas.deactivate_application();
        emas.activate_application();
        assert!(emas.state().deactivated_calls.is_empty());
    };
    assert_eq!(seen(reset).await, (200, 200, 0));
}

#[tokio::test]
async fn states_of_the_user_are_refused_until_corrected() {
    type Click = fn(&Emas);
    let table: [(Click, (u16, u16, i64), Click); 6] = [
        (Emas::expire_password, (400, 401, 2), |emas| {
            emas.reset_emis_password("Reset-In-Emis-1");
        }),
        (
            |emas| emas.set_must_change_password(true),
            (400, 401, 2),
            |emas| emas.set_must_change_password(false),
        ),
        (Emas::end_contract, (400, 401, 2), Emas::extend_contract),
        (Emas::lock_user, (400, 401, 3), Emas::unlock_user),
        (
            |emas| emas.set_rbac_role(false),
            (200, 403, 2),
            |emas| emas.set_rbac_role(true),
        ),
        (Emas::add_duplicate, (200, 403, 4), Emas::remove_duplicate),
    ];
    for (harm, shows, mend) in table {
        assert_eq!(seen(harm).await, shows);
        let mended = |emas: &Emas| {
            harm(emas);
            mend(emas);
        };
        assert_eq!(seen(mended).await, (200, 200, 0));
    }
}

#[tokio::test]
async fn a_duplicate_user_needs_its_own_ticks() {
    let all_ticked = |emas: &Emas| {
        emas.add_duplicate();
        assert_eq!(emas.edit_users().tick_duplicate(true).ok(), Ok(()));
        emas.login_access().duplicate(true).ok();
    };
    assert_eq!(seen(all_ticked).await, (200, 200, 0));
    let sim = small().start().await.expect("started");
    sim.practice().emas().add_duplicate();
    let names: Vec<_> = sim.practice().staff().into_iter().map(|s| s.name).collect();
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "Partner API User")
            .count(),
        2
    );
}

#[tokio::test]
async fn dialogs_take_effect_with_ok() {
    let opened = |emas: &Emas| {
        let _ = emas
            .edit_users()
            .tick_user(false)
            .password("Another1Password");
        let _ = emas.login_access().allow_login(false);
    };
    assert_eq!(seen(opened).await, (200, 200, 0));
    let closed = |emas: &Emas| {
        assert_eq!(emas.edit_users().tick_user(false).ok(), Ok(()));
    };
    assert_eq!(seen(closed).await, (400, 403, 4));
    let both = |emas: &Emas| {
        emas.login_access()
            .allow_login(false)
            .auto_login(false)
            .ok();
        emas.login_access().allow_login(true).auto_login(true).ok();
    };
    assert_eq!(seen(both).await, (200, 200, 0));
}

#[tokio::test]
async fn a_weak_password_is_refused() {
    let sim = small().start().await.expect("started");
    let emas = sim.practice().emas();
    let before = sim.practice().password();
    for weak in [
        "",
        "Short1",
        "alllowercase1",
        "ALLUPPERCASE1",
        "NoDigitsAtAll",
    ] {
        let box_ = emas.edit_users().tick_user(false).password(weak);
        assert!(box_.ok().is_err(), "{weak}");
    }
    assert_eq!(sim.practice().password(), before);
    assert!(emas.state().in_edit_users);
    assert_eq!(emas.edit_users().password("Long-Enough-1").ok(), Ok(()));
    assert_eq!(sim.practice().password(), "Long-Enough-1");
    assert_eq!(sim.practice().password_handed_over(), before);
}

#[tokio::test]
async fn login_access_can_wait_for_a_log_out() {
    let waiting = |emas: &Emas| {
        emas.let_login_access_wait(true);
        emas.set_allow_login(false);
        assert!(!emas.state().allow_login, "the tick shows at once");
    };
    assert_eq!(seen(waiting).await, (200, 200, 0));
    let logged_out = |emas: &Emas| {
        waiting(emas);
        emas.log_out_and_in();
    };
    assert_eq!(seen(logged_out).await, (200, 403, 4));
    let mended_too_early = |emas: &Emas| {
        logged_out(emas);
        emas.set_allow_login(true);
    };
    assert_eq!(seen(mended_too_early).await, (200, 403, 4));
    let mended = |emas: &Emas| {
        mended_too_early(emas);
        emas.log_out_and_in();
    };
    assert_eq!(seen(mended).await, (200, 200, 0));
}

#[tokio::test]
async fn wrong_passwords_lock_the_user_until_it_is_unlocked() {
    let sim = small().start().await.expect("started");
    sim.identity().lock_users_after(Some(3));
    let practice = sim.practice();
    let (right, emis_password) = (practice.password(), practice.emis_password());
    let log_on = async |password: &str| {
        let fields = [
            ("grant_type", "password"),
            ("username", practice.username()),
            ("password", password),
        ];
        let answer = token(&sim, &fields).await;
        let text = answer.json()["error_description"].to_string();
        (answer.status, text.contains("AADB2C90111"))
    };
    // The EMIS password is not the Partner API password.
    for password in ["wrong", &emis_password] {
        assert_eq!(log_on(password).await, (400, false));
    }
    assert_eq!(
        log_on(&right).await,
        (200, false),
        "which starts the count again"
    );
    for _ in 0..3 {
        assert_eq!(log_on("wrong").await, (400, false));
    }
    assert_eq!(log_on(&right).await, (400, true));
    assert!(practice.emas().state().locked);
    practice.emas().unlock_user();
    assert_eq!(log_on(&right).await, (200, false));
    assert_eq!(sim.password_attempts(practice.username()), 8);
}
