//! The controls over HTTP: clock and journal.

use emis_sim::{Sim, SimOperation};
use emis_types::{Clock as _, ManualClock};
use jiff::civil::date;

use crate::common::{Answer, Caller, NOW, http, send, small};

fn url(sim: &Sim, path: &str) -> String {
    format!("{}/sim/{path}", sim.api_url().trim_end_matches("/partner"))
}

async fn set(sim: &Sim, form: &'static str) -> Answer {
    send(http().post(url(sim, "clock")).body(form)).await
}

#[tokio::test]
async fn the_clock_is_read_and_set() {
    let clock = ManualClock::at_uk(NOW);
    let sim = small()
        .manual_clock(clock.clone())
        .start()
        .await
        .expect("started");
    let shown = send(http().get(url(&sim, "clock"))).await.json();
    assert_eq!(shown["now"], "2026-06-02T10:00:00+01:00[Europe/London]");
    let moved = set(&sim, "advance=PT90M").await.json();
    assert_eq!(moved["now"], "2026-06-02T11:30:00+01:00[Europe/London]");
    set(&sim, "advance=-PT1H30M").await;
    assert_eq!(clock.now(), ManualClock::at_uk(NOW).now());
    // The second 01:30 of the night in which the clocks go back.
    let moved = set(&sim, "now=2026-10-25T01:30:00%2B00:00[Europe/London]").await;
    assert_eq!(
        moved.json()["now"],
        "2026-10-25T01:30:00+00:00[Europe/London]"
    );
    set(&sim, "now=2026-03-28T09:15").await;
    let at = ManualClock::at_uk(date(2026, 3, 28).at(9, 15, 0, 0));
    assert_eq!(clock.now(), at.now());
}

#[tokio::test]
async fn invalid_times_do_not_set_the_clock() {
    let clock = ManualClock::at_uk(NOW);
    let sim = small()
        .manual_clock(clock.clone())
        .start()
        .await
        .expect("started");
    for form in [
        "",
        "now=soon",
        "advance=1",
        "advance=P1M",
        "now=2026-06-02T10:00&advance=PT1H",
    ] {
        let answer = set(&sim, form).await;
        assert_eq!(answer.status, 400, "{form}");
        assert!(answer.json()["error"].is_string());
    }
    assert_eq!(clock.now(), ManualClock::at_uk(NOW).now());
    assert_eq!(send(http().put(url(&sim, "clock"))).await.status, 405);
    assert_eq!(send(http().get(url(&sim, "teapot"))).await.status, 404);
    let page = http()
        .post(url(&sim, "clock"))
        .header("origin", "https://example.com");
    assert_eq!(send(page.body("advance=PT1H")).await.status, 403);
    for path in ["clock", "journal"] {
        let elsewhere = http().get(url(&sim, path)).header("host", "example.com");
        assert_eq!(send(elsewhere).await.status, 403, "by another name: {path}");
    }
    assert_eq!(clock.now(), ManualClock::at_uk(NOW).now());
    let sim = Sim::builder().patients(0).start().await.expect("started");
    assert_eq!(
        set(&sim, "advance=PT1H").await.status,
        409,
        "the machine's clock"
    );
}

#[tokio::test]
async fn the_journal_is_served_over_http() {
    let sim = small().keep_calls(3).start().await.expect("started");
    let practice = sim.practice();
    let caller = Caller::first(&sim).await;
    let slot = practice.free_slot().expect("free").slot_id;
    let patient = practice.patients()[0].patient_number;
    for _ in 0..2 {
        caller.booked(0, 0).await;
    }
    caller.book(slot, patient).await;
    caller.book(slot, patient).await;
    let journal = send(http().get(url(&sim, "journal"))).await.json();
    let calls = journal["calls"].as_array().expect("calls");
    assert_eq!(calls.len(), 3, "the latest three");
    assert_eq!(sim.journal().len(), 3);
    assert_eq!(
        sim.count(SimOperation::GetBookedPatientsV2),
        2,
        "all are counted"
    );
    assert_eq!(calls[1]["operation"], "BookAppointment");
    assert_eq!(calls[1]["practice"], "50002");
    assert_eq!(
        (calls[1]["slot"].as_i64(), calls[1]["patient"].as_i64()),
        (Some(slot.into()), Some(patient.into()))
    );
    assert_eq!(
        (&calls[1]["end"], &calls[1]["committed"]),
        (&"answered".into(), &true.into())
    );
    assert_eq!(
        (&calls[2]["status"], &calls[2]["committed"]),
        (&409.into(), &false.into())
    );
}
