//! The helpers of the feature `testing`.

use emis_sim::testing::{BlockingSim, RecordedCalls, rough_day, standing_at};
use emis_sim::{SimFault, SimOperation};

use crate::common::{Caller, NOW};

#[test]
fn a_blocking_simulator_needs_no_runtime() {
    let (builder, clock) = standing_at(NOW);
    let emis = BlockingSim::start(builder).expect("started");
    let address = emis.sim().api_url().trim_start_matches("http://");
    let address = address.trim_end_matches("/partner").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).expect("connected");
    let request = b"GET /partner/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    std::io::Write::write_all(&mut stream, request).expect("sent");
    let answer = std::io::read_to_string(stream).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    clock.advance(jiff::SignedDuration::from_hours(1));
    RecordedCalls::of(emis.sim())
        .to(SimOperation::GetHealth)
        .assert_count(1);
    drop(emis);
    assert!(std::net::TcpStream::connect(address).is_err());
    let nowhere = standing_at(NOW).0.practices(0);
    assert!(BlockingSim::start(nowhere).is_err());
}

#[tokio::test]
async fn calls_are_selected_and_counted() {
    let sim = standing_at(NOW).0.start().await.expect("started");
    let practice = sim.practice();
    let caller = Caller::first(&sim).await;
    let slot = practice.free_slot().expect("free").slot_id;
    let patient = practice.patients()[0].patient_number;
    sim.faults().next(
        SimOperation::BookAppointment,
        SimFault::StatusAfterCommit(500),
    );
    caller.book(slot, patient).await;
    caller.book(slot, patient).await;
    let bookings = RecordedCalls::of(&sim).to(SimOperation::BookAppointment);
    bookings.assert_count(2);
    bookings.clone().committed().assert_count(1);
    bookings
        .clone()
        .about_slot(slot)
        .about_patient(patient)
        .assert_count(2);
    bookings.about_slot(slot + 1).assert_count(0);
    RecordedCalls::of(&sim)
        .that_write()
        .at_practice(practice.cdb())
        .assert_count(2);
    RecordedCalls::of(&sim).at_practice("50003").assert_count(0);
    let writes = RecordedCalls::of(&sim).that_write();
    let one = std::panic::catch_unwind(move || writes.assert_count(1));
    let told = one.expect_err("there are two");
    let told = told.downcast_ref::<String>().expect("a text");
    assert!(told.contains("expected 1 calls, found 2"), "{told}");
    assert!(told.contains("BookAppointment"));
}

#[tokio::test(start_paused = true)]
async fn a_rough_day_has_the_same_faults_each_time() {
    let mut days = Vec::new();
    for _ in 0..2 {
        let sim = standing_at(NOW).0.start().await.expect("started");
        let caller = Caller::first(&sim).await;
        for rule in rough_day() {
            sim.faults().rule(rule).expect("a good rule");
        }
        for _ in 0..60 {
            let query = [("minutesBefore", "0"), ("minutesWithin", "60")];
            let path = "/api/v1/appointments/GetBookedPatientsV2";
            let request = caller.request(reqwest::Method::GET, path, &query);
            if let Ok(answer) = request.send().await {
                let _ = answer.bytes().await;
            }
        }
        let faults: Vec<_> = sim.journal().into_iter().map(|call| call.faults).collect();
        days.push(faults);
    }
    assert_eq!(days[0], days[1]);
    let met = days[0].iter().filter(|faults| !faults.is_empty()).count();
    assert!((5..=35).contains(&met), "{met} of 60");
}
