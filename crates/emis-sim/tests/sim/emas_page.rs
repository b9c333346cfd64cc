//! EMAS Manager in a browser and for programs, at `/emas`.

use emis_sim::{Sim, SimFault, SimOperation};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Answer, Caller, form, http, send, small};

fn at(sim: &Sim, path: &str) -> String {
    let root = sim.api_url().trim_end_matches("/partner");
    format!("{root}/emas{path}")
}

async fn get(sim: &Sim, path: &str) -> Answer {
    send(http().get(at(sim, path))).await
}

/// Submits a form and follows the redirect.
async fn click(sim: &Sim, name: &str, fields: &[(&str, &str)]) -> Answer {
    let url = at(sim, &format!("/{}/{name}", sim.practice().cdb()));
    send(http().post(url).body(form(fields))).await
}

async fn put(sim: &Sim, body: &Value) -> Answer {
    let url = at(sim, &format!("/api/practices/{}", sim.practice().cdb()));
    send(http().put(url).body(body.to_string())).await
}

#[tokio::test]
async fn the_page_shows_the_menu_path_of_the_help_article() {
    let sim = small().start().await.expect("started");
    let page = get(&sim, "").await;
    assert_eq!(page.status, 200);
    for text in [
        "<html lang=\"en-GB\">",
        "EMIS Ball",
        "System Tools",
        "EMAS Manager",
        "<h1>Partner API</h1>",
        "Deactivate Application",
        "Activate Application",
        "Edit Users",
        "Login Access",
        "Appointment book",
        "✓",
        "Patchs",
        "Tuesday 02/06/2026",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    assert!(!page.text.contains("<script"));
    assert!(!page.text.contains(&sim.practice().password()));
    let login_access = get(&sim, "?open=login-access").await;
    assert!(login_access.text.contains("Allow Login") && login_access.text.contains("Auto Login"));
}

#[tokio::test]
async fn buttons_change_the_settings() {
    let sim = small().start().await.expect("started");
    let emas = sim.practice().emas();
    emas.deactivate_call(SimOperation::BookAppointment);
    assert!(get(&sim, "").await.text.contains("BookAppointment"));
    let page = click(&sim, "deactivate", &[]).await;
    assert_eq!(page.status, 200, "the browser was sent on");
    assert!(!emas.state().application_active);
    let page = click(&sim, "activate", &[]).await;
    assert!(emas.state().application_active && !page.text.contains("BookAppointment"));

    click(&sim, "login-access", &[("allow_login", "on")]).await;
    assert_eq!(
        (emas.state().allow_login, emas.state().auto_login),
        (true, false)
    );
    let both = [("allow_login", "on"), ("auto_login", "on")];
    click(&sim, "login-access", &both).await;
    assert!(emas.state().auto_login);

    let weak = click(&sim, "edit-users", &[("user", "on"), ("password", "weak")]).await;
    assert!(weak.text.contains("refuses this password"));
    click(
        &sim,
        "edit-users",
        &[("user", "on"), ("password", "Better-Than-1")],
    )
    .await;
    assert_eq!(sim.practice().password(), "Better-Than-1");
    click(&sim, "edit-users", &[]).await;
    assert!(!emas.state().in_edit_users);
    click(&sim, "edit-users", &[("user", "on")]).await;
    assert_eq!(sim.practice().password(), "Better-Than-1");

    let trouble = [("exists", "on"), ("locked", "on"), ("duplicate", "on")];
    let page = click(&sim, "user", &trouble).await;
    assert!(page.text.contains("locked, RBAC role missing, there twice"));
    assert!(emas.state().locked && emas.state().duplicate.is_some());
    click(&sim, "user", &[("exists", "on"), ("rbac_role_ok", "on")]).await;
    assert_eq!(Caller::first(&sim).await.booked(0, 0).await.status, 200);
}

#[tokio::test]
async fn each_practice_has_its_own_page() {
    let sim = small().practices(2).start().await.expect("started");
    let choice = get(&sim, "").await;
    for practice in sim.practices() {
        assert!(choice.text.contains(practice.name()));
        let page = get(&sim, &format!("/{}", practice.cdb())).await;
        assert!(page.text.contains(practice.ods()));
    }
    click(&sim, "deactivate", &[]).await;
    let active: Vec<_> = sim
        .practices()
        .iter()
        .map(|practice| practice.emas().state().application_active)
        .collect();
    assert_eq!(active, [false, true]);
    assert_eq!(get(&sim, "/49999").await.status, 404);
}

#[tokio::test]
async fn the_diary_shows_bookings_by_the_api() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let slot = practice.free_slot().expect("a slot");
    let patient = practice.patients().swap_remove(3);
    let before = get(&sim, &format!("?day={}", slot.start.date())).await.text;
    let name = format!("{}, {}", patient.family_name, patient.first_names);
    let caller = Caller::first(&sim).await;
    assert_eq!(
        caller
            .book(slot.slot_id, patient.patient_number)
            .await
            .status,
        200
    );
    let after = get(&sim, &format!("?day={}", slot.start.date())).await.text;
    assert_eq!(
        after.matches(&name).count(),
        before.matches(&name).count() + 1
    );
    for day in ["9999-12-31", "-9999-01-01", "yesterday"] {
        assert_eq!(get(&sim, &format!("?day={day}")).await.status, 200, "{day}");
    }
}

#[tokio::test]
async fn names_are_escaped() {
    let sim = small().start().await.expect("started");
    sim.practice().emas().list_as("<script>alert('x')</script>");
    let page = get(&sim, "").await;
    assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"));
}

#[tokio::test]
async fn other_sites_and_host_names_are_refused() {
    let sim = small().start().await.expect("started");
    let root = sim.api_url().trim_end_matches("/partner").to_owned();
    let deactivate = || http().post(at(&sim, "/50002/deactivate"));
    for origin in ["https://example.com", "null", "http://127.0.0.1:1", ""] {
        let answer = send(deactivate().header("origin", origin)).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    for host in ["example.com", "127.0.0.1.example.com", "", "a b"] {
        assert_eq!(
            send(deactivate().header("host", host)).await.status,
            403,
            "{host}"
        );
        let read = http().get(at(&sim, "/api/practices")).header("host", host);
        assert_eq!(send(read).await.status, 403, "{host}");
    }
    assert!(sim.practice().emas().state().application_active);
    assert_eq!(send(deactivate().header("origin", root)).await.status, 200);
    assert!(!sim.practice().emas().state().application_active);
    // A GET must not change anything.
    assert_eq!(get(&sim, "/50002/activate").await.status, 405);
}

#[tokio::test]
async fn the_json_api_reads_and_sets_the_state() {
    let sim = small().start().await.expect("started");
    let path = format!("/api/practices/{}", sim.practice().cdb());
    let healthy = get(&sim, &path).await.json();
    assert_eq!(healthy["api_user"]["password_matches"], true);
    let trouble = json!({
        "emas": {"deactivated_calls": ["BookAppointment"]},
        "api_user": {"locked": true, "duplicate": true, "password_matches": false},
    });
    let set = put(&sim, &trouble).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(set.json(), get(&sim, &path).await.json());
    assert_eq!(
        set.json()["emas"]["deactivated_calls"],
        json!(["BookAppointment"])
    );
    assert!(sim.practice().emas().state().locked);
    assert_eq!(put(&sim, &json!({})).await.json(), healthy);
    assert_eq!(Caller::first(&sim).await.booked(0, 0).await.status, 200);
    let wrong = put(&sim, &json!({"api_user": {"lockt": true}})).await;
    assert_eq!(
        (wrong.status, &wrong.json()["path"]),
        (400, &json!("api_user.lockt"))
    );
    sim.faults()
        .next(SimOperation::GetHealth, SimFault::Status(500));
    let cleared = send(http().delete(at(&sim, "/api/faults"))).await;
    assert_eq!(
        (cleared.status, sim.faults().queued(SimOperation::GetHealth)),
        (204, 0)
    );
    assert_eq!(get(&sim, "/api/practices").await.json()[0]["cdb"], "50002");
    for (path, status) in [
        ("/api", 404),
        ("/api/practices/1", 404),
        ("/api/faults", 405),
    ] {
        let answer = get(&sim, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["error"].is_string());
    }
}

#[test]
fn any_request_is_answered_and_the_page_still_works() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = runtime
        .block_on(small().patients(20).start())
        .expect("started");
    let clicks = [
        "deactivate",
        "activate",
        "edit-users",
        "login-access",
        "user",
        "log-out-and-in",
        "%00",
        "x",
    ];
    let field = ("[a-z_]{0,12}", any::<String>());
    let wish = (
        prop::sample::select(clicks.to_vec()),
        prop::collection::vec(field, 0..5),
        any::<String>(),
    );
    proptest!(ProptestConfig::with_cases(48), |((name, fields, text) in wish)| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let (clicked, put, page) = runtime.block_on(async {
            let query = form(&[("open", &*text), ("day", &*text), ("refused", &*text)]);
            let url = at(&sim, "/api/practices/50002");
            (
                click(&sim, name, &fields).await.status,
                send(http().put(url).body(text)).await.status,
                get(&sim, &format!("?{query}")).await,
            )
        });
        prop_assert!([200, 404].contains(&clicked), "{}", clicked);
        prop_assert!([200, 400].contains(&put), "{}", put);
        prop_assert_eq!(page.status, 200);
        prop_assert!(page.text.ends_with("</html>"));
    });
}
