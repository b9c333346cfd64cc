//! Each fault and its effect on the practice.

use emis_sim::{CallEnd, Distortion, FalseAnswer, Sim, SimFault, SimOperation};

use crate::common::{Answer, Caller, http, send, small, token, until};

struct Story {
    sim: Sim,
    caller: Caller,
    slot: i32,
    patient: i32,
    fault: SimFault,
}

impl Story {
    async fn with(fault: SimFault) -> Self {
        let sim = small().start().await.expect("started");
        let caller = Caller::first(&sim).await;
        let slot = sim.practice().free_slot().expect("free").slot_id;
        let patient = sim.practice().patients()[0].patient_number;
        sim.faults().next(SimOperation::BookAppointment, fault);
        Self {
            sim,
            caller,
            slot,
            patient,
            fault,
        }
    }

    async fn book(&self) -> Answer {
        self.caller.book(self.slot, self.patient).await
    }

    /// Asserts the end of the call, and returns `true` if the booking was made.
    fn booked(&self, end: CallEnd) -> bool {
        let calls = self.sim.journal();
        let call = calls.last().expect("a call");
        assert_eq!(call.operation, SimOperation::BookAppointment);
        assert_eq!(
            (call.slot, call.patient),
            (Some(self.slot), Some(self.patient))
        );
        assert_eq!(call.practice.as_deref(), Some("50002"));
        assert_eq!(call.end, end);
        assert_eq!(call.faults, [self.fault]);
        let booked = self.sim.practice().booking_of(self.slot) == Some(self.patient);
        assert_eq!(call.committed, booked, "the journal knows what was done");
        assert_eq!(self.fault.commits(), booked, "so does the fault");
        booked
    }
}

/// The caller's error for a booking without a complete answer.
async fn broken_off(story: &Story) -> reqwest::Error {
    let query = [
        ("slotId", story.slot.to_string()),
        ("patientNumber", story.patient.to_string()),
        ("reason", "Review".to_owned()),
        ("bookedBy", "1900".to_owned()),
    ];
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let path = "/api/v1/appointments/BookAppointment";
    let request = story.caller.request(reqwest::Method::GET, path, &query);
    match request.send().await {
        Ok(response) => response.text().await.expect_err("cut off"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_status_before_or_after_the_commit() {
    let story = Story::with(SimFault::Status(503)).await;
    assert_eq!(story.book().await.refusal().0, 503);
    assert!(!story.booked(CallEnd::Answered(503)));
    assert_eq!(story.book().await.status, 200, "a fault strikes once");

    let story = Story::with(SimFault::StatusAfterCommit(500)).await;
    assert_eq!(story.book().await.refusal().0, 500);
    assert!(story.booked(CallEnd::Answered(500)));
    assert_eq!(story.book().await.refusal(), (409, 2));
}

#[tokio::test]
async fn a_connection_dropped_before_or_after_the_commit() {
    for (fault, booked) in [
        (SimFault::DropBeforeCommit, false),
        (SimFault::DropAfterCommit, true),
    ] {
        let story = Story::with(fault).await;
        let error = broken_off(&story).await;
        assert!(error.is_request() && !error.is_connect(), "{error:?}");
        assert_eq!(story.booked(CallEnd::Dropped), booked, "{fault:?}");
        assert_eq!(
            story.sim.count(SimOperation::BookAppointment),
            1,
            "nothing asked again"
        );
    }
}

#[tokio::test]
async fn a_stall_before_or_after_the_commit() {
    for (fault, booked) in [
        (SimFault::StallBeforeCommit, false),
        (SimFault::StallAfterCommit, true),
    ] {
        let story = Story::with(fault).await;
        let (caller, slot, patient) = (story.caller.clone(), story.slot, story.patient);
        let waiting = tokio::spawn(async move { caller.book(slot, patient).await });
        until(|| story.sim.count(SimOperation::BookAppointment) == 1).await;
        assert_eq!(story.booked(CallEnd::Stalled), booked, "{fault:?}");
        assert!(!waiting.is_finished());
        waiting.abort();
        assert!(waiting.await.expect_err("hung up").is_cancelled());
        let again = story.book().await.status;
        assert_eq!(
            again,
            if booked { 409 } else { 200 },
            "others are served meanwhile"
        );
    }
}

#[tokio::test]
async fn an_answer_cut_off_half_way() {
    let story = Story::with(SimFault::TruncatedBody).await;
    let error = broken_off(&story).await;
    assert!(
        error.is_body() || error.is_decode(),
        "the headers had come: {error:?}"
    );
    assert!(story.booked(CallEnd::Truncated(200)));
}

#[tokio::test]
async fn a_page_from_a_proxy() {
    for (fault, booked) in [
        (SimFault::Instead(FalseAnswer::HtmlPage), false),
        (SimFault::InsteadAfterCommit(FalseAnswer::HtmlPage), true),
    ] {
        let story = Story::with(fault).await;
        let answer = story.book().await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.starts_with("<!DOCTYPE html>"));
        assert_eq!(story.booked(CallEnd::Answered(200)), booked);
    }
}

#[tokio::test]
async fn an_answer_with_a_wrong_content_type() {
    let story = Story::with(SimFault::Distort(Distortion::WrongContentType)).await;
    let answer = story.book().await;
    assert_eq!(
        answer.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    let slot = &answer.json()["appointmentInformation"]["slotId"];
    assert_eq!(slot.as_i64(), Some(story.slot.into()));
    assert!(story.booked(CallEnd::Answered(200)));
}

#[tokio::test]
async fn a_token_that_is_revoked_by_a_call() {
    let story = Story::with(SimFault::RevokeToken).await;
    assert_eq!(story.book().await.refusal().0, 401);
    assert!(!story.booked(CallEnd::Answered(401)));
    assert_eq!(story.book().await.status, 401, "and it stays so");
    let again = Caller::first(&story.sim).await;
    assert_eq!(again.book(story.slot, story.patient).await.status, 200);
}

#[tokio::test]
async fn a_retry_after_date() {
    let fault = SimFault::RetryAfterDate {
        status: 503,
        seconds: 90,
    };
    let story = Story::with(fault).await;
    let answer = story.book().await;
    // 10:00 in summer time, and 90 seconds.
    let date = "Tue, 02 Jun 2026 09:01:30 GMT";
    assert_eq!(answer.retry_after.as_deref(), Some(date));
    assert!(!story.booked(CallEnd::Answered(503)));
}

#[tokio::test]
async fn a_connection_that_closes_before_a_byte_is_read() {
    let sim = small().start().await.expect("started");
    sim.faults().hang_up_on(2);
    let health = format!("{}/", sim.api_url());
    for _ in 0..2 {
        assert!(http().get(&health).send().await.is_err());
    }
    assert_eq!(send(http().get(&health)).await.status, 200);
    assert_eq!(sim.count(SimOperation::GetHealth), 1);
}

#[tokio::test]
async fn a_retry_after_in_seconds() {
    let fault = SimFault::RetryAfter {
        status: 429,
        seconds: 17,
    };
    let story = Story::with(fault).await;
    let answer = story.book().await;
    assert_eq!(answer.refusal().0, 429);
    assert_eq!(answer.retry_after.as_deref(), Some("17"));
    assert!(!story.booked(CallEnd::Answered(429)));
}

#[tokio::test]
async fn one_record_of_a_list_is_malformed() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let sound = caller.booked(0, 43_200).await.json();
    sim.faults().next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    let broken = caller.booked(0, 43_200).await.json();
    let (sound, broken) = (&sound["bookedList"], &broken["bookedList"]);
    let differing: Vec<_> = sound
        .as_array()
        .expect("list")
        .iter()
        .zip(broken.as_array().expect("list"))
        .filter(|(sound, broken)| sound != broken)
        .collect();
    assert_eq!(differing.len(), 1);
    let broken = differing[0].1;
    assert_eq!(broken["appointment"]["date"], "31/02/2026");
    assert_eq!(broken["appointment"]["time"], "25:61");
    assert_eq!(broken["appointment"]["sessionId"], "not a number");
    assert!(broken["patient"]["dbid"].is_object());
}

#[tokio::test]
async fn a_malformed_answer_to_a_booking_still_books() {
    let story = Story::with(SimFault::Distort(Distortion::MalformedRecord)).await;
    let body = story.book().await.json();
    assert_eq!(body["appointmentInformation"]["slotId"], "not a number");
    assert_eq!(body["appointmentInformation"]["slotDateTime"], "31/02/2026");
    assert!(story.booked(CallEnd::Answered(200)));
}

#[tokio::test]
async fn faults_of_the_identity_service() {
    let sim = small().start().await.expect("started");
    let grant = [("grant_type", "client_credentials")];
    sim.faults()
        .times(SimOperation::Token, 2, SimFault::Status(503));
    assert_eq!(sim.faults().queued(SimOperation::Token), 2);
    for _ in 0..2 {
        let answer = token(&sim, &grant).await;
        assert_eq!(answer.status, 503);
        assert!(
            answer.json()["error_description"]
                .as_str()
                .is_some_and(|text| text.starts_with("AADB2C"))
        );
    }
    assert_eq!(token(&sim, &grant).await.status, 200);
    sim.faults().next(
        SimOperation::Discovery,
        SimFault::Instead(FalseAnswer::HtmlPage),
    );
    let url = format!("{}/.well-known/openid-configuration", sim.identity_url());
    assert!(send(http().get(&url)).await.text.starts_with("<!DOCTYPE"));
    assert_eq!(
        send(http().get(&url)).await.json()["issuer"],
        sim.identity_url()
    );
    // A faulty call still counts as a password attempt.
    sim.faults()
        .next(SimOperation::Token, SimFault::StatusAfterCommit(500));
    let fields = [
        ("grant_type", "password"),
        ("username", "patchs"),
        ("password", "wrong"),
    ];
    assert_eq!(token(&sim, &fields).await.status, 500);
    assert_eq!(sim.password_attempts("patchs"), 1);
}

#[tokio::test]
async fn faults_are_queued_by_operation_and_can_be_cleared() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    sim.faults()
        .next(SimOperation::GetHealth, SimFault::Status(500));
    sim.faults()
        .next(SimOperation::GetHealth, SimFault::Status(502));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(caller.get("/", &[]).await.status, 500);
    sim.faults().clear();
    assert_eq!(caller.get("/", &[]).await.status, 200);
}

#[tokio::test]
async fn stopping_closes_stalled_connections() {
    let story = Story::with(SimFault::StallAfterCommit).await;
    let waiting = {
        let (caller, slot, patient) = (story.caller.clone(), story.slot, story.patient);
        let query = [
            ("slotId", slot.to_string()),
            ("patientNumber", patient.to_string()),
        ];
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let path = "/api/v1/appointments/BookAppointment";
        tokio::spawn(caller.request(reqwest::Method::GET, path, &query).send())
    };
    until(|| story.sim.count(SimOperation::BookAppointment) == 1).await;
    let url = format!("{}/", story.sim.api_url());
    story.sim.stop().await;
    assert!(waiting.await.expect("joined").is_err());
    assert!(http().get(url).send().await.expect_err("gone").is_connect());
}

#[tokio::test]
async fn dropping_releases_the_port() {
    let sim = small().start().await.expect("started");
    let address: std::net::SocketAddr = sim
        .api_url()
        .trim_start_matches("http://")
        .trim_end_matches("/partner")
        .parse()
        .expect("an address");
    drop(sim);
    loop {
        // The port is free when the task has ended.
        tokio::task::yield_now().await;
        if small().listen(address).start().await.is_ok() {
            break;
        }
    }
}
