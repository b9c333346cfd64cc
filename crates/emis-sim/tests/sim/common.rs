//! A plain caller, written against the document and not against any client crate.

use std::sync::Arc;

use emis_sim::{Sim, SimBuilder, SimPractice};
use emis_types::ManualClock;
use jiff::civil::{Date, DateTime, date};
use serde_json::Value;

/// Tuesday, 2 June 2026, 10:00.
pub(crate) const NOW: DateTime = DateTime::constant(2026, 6, 2, 10, 0, 0, 0);

/// A small practice whose clock stands at [`NOW`].
pub(crate) fn small() -> SimBuilder {
    Sim::builder()
        .patients(200)
        .clock(Arc::new(ManualClock::at_uk(NOW)))
}

pub(crate) fn tomorrow() -> Date {
    date(2026, 6, 3)
}

/// Status and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    /// Asserts the API's error body and returns `(status, legacyOutcome)`.
    pub(crate) fn refusal(&self) -> (u16, i64) {
        let body = self.json();
        let message_id = body["messageId"].as_str().expect("messageId");
        assert_eq!(message_id.len(), 36, "{message_id}");
        assert!(body["text"]["status"].is_string());
        assert!(body["issue"]["code"].is_string());
        (
            self.status,
            body["legacyOutcome"].as_i64().expect("legacyOutcome"),
        )
    }
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        // Connections are not encrypted, so that no certificates are needed.
        .tls_certs_only([])
        .build()
        .expect("client")
}

/// A caller with a token for one practice.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    api: String,
    application_id: String,
    pub(crate) token: String,
}

impl Caller {
    /// Signs in as the practice's API user.
    pub(crate) async fn of(sim: &Sim, practice: &SimPractice) -> Self {
        let password = practice.password();
        let answer = token(
            sim,
            &[
                ("grant_type", "password"),
                ("username", practice.username()),
                ("password", &password),
            ],
        )
        .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self::with_token(sim, answer.json()["access_token"].as_str().expect("token"))
    }

    pub(crate) async fn first(sim: &Sim) -> Self {
        Self::of(sim, &sim.practice()).await
    }

    pub(crate) fn with_token(sim: &Sim, token: &str) -> Self {
        Self {
            http: http(),
            api: sim.api_url().to_owned(),
            application_id: sim.application_id().to_owned(),
            token: token.to_owned(),
        }
    }

    pub(crate) fn with_application_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.application_id);
        self
    }

    /// A request that accepts JSON.
    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        self.request_in("application/json", method, path, query)
    }

    /// A request with another `Accept` header.
    pub(crate) fn request_in(
        &self,
        accept: &str,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let query = form(query);
        self.http
            .request(method, format!("{}{path}?{query}", self.api))
            .bearer_auth(&self.token)
            .header("applicationId", &self.application_id)
            .header("accept", accept)
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        send(self.request(reqwest::Method::GET, path, query)).await
    }

    pub(crate) async fn patch(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        send(self.request(reqwest::Method::PATCH, path, query)).await
    }

    pub(crate) async fn sessions(&self, from: &str, to: &str) -> Answer {
        let path = "/api/v1/appointments/GetAppointmentSessions";
        self.get(path, &[("startDate", from), ("endDate", to)])
            .await
    }

    pub(crate) async fn slots(&self, session: i32) -> Answer {
        let path = "/api/v1/appointments/GetSlotsForSessionV2";
        self.get(path, &[("appointmentSessionId", &session.to_string())])
            .await
    }

    pub(crate) async fn booked(&self, before: i32, within: i32) -> Answer {
        let path = "/api/v1/appointments/GetBookedPatientsV2";
        let query = [
            ("minutesBefore", &*before.to_string()),
            ("minutesWithin", &*within.to_string()),
        ];
        self.get(path, &query).await
    }

    pub(crate) async fn appointments(&self, patient: i32) -> Answer {
        let path = "/api/v1/appointments/GetPatientAppointmentsV2";
        let query = [
            ("patientNumber", &*patient.to_string()),
            ("startDate", "01/06/2026"),
            ("endDate", "30/06/2026"),
        ];
        self.get(path, &query).await
    }

    pub(crate) async fn demographics(&self, patient: i32) -> Answer {
        let path = "/api/v1/patient/GetPatientDemographics";
        self.get(path, &[("patientNumber", &patient.to_string())])
            .await
    }

    pub(crate) async fn matched(&self, terms: &str) -> Answer {
        let path = "/api/v1/patientMatching/GetMatchedPatients";
        self.get(path, &[("matchedTerms", terms)]).await
    }

    pub(crate) async fn book(&self, slot: i32, patient: i32) -> Answer {
        self.book_by(slot, patient, "1900").await
    }

    pub(crate) async fn book_by(&self, slot: i32, patient: i32, booked_by: &str) -> Answer {
        let query = [
            ("slotId", &*slot.to_string()),
            ("patientNumber", &*patient.to_string()),
            ("reason", "Booked online"),
            ("bookedBy", booked_by),
            ("bookingNote", "ref 17"),
        ];
        self.get("/api/v1/appointments/BookAppointment", &query)
            .await
    }

    pub(crate) async fn cancel(&self, slot: i32, patient: i32) -> Answer {
        let query = [
            ("slotId", &*slot.to_string()),
            ("patientNumber", &*patient.to_string()),
        ];
        self.get("/api/v1/appointments/CancelAppointment", &query)
            .await
    }

    pub(crate) async fn set_status(&self, slot: i32, patient: i32, status: i32) -> Answer {
        let query = [
            ("slotId", &*slot.to_string()),
            ("patientNumber", &*patient.to_string()),
            ("statusId", &*status.to_string()),
        ];
        self.patch("/api/v1/appointments/SetAppointmentStatusEx", &query)
            .await
    }

    pub(crate) async fn comment(&self, slot: i32, comment: &str) -> Answer {
        let query = [("slotId", &*slot.to_string()), ("slotComment", comment)];
        self.patch("/api/v1/appointments/AddSlotComment", &query)
            .await
    }
}

/// Requests a token with the client's id and secret in the form.
pub(crate) async fn token(sim: &Sim, fields: &[(&str, &str)]) -> Answer {
    let client = [
        ("client_id", sim.client_id()),
        ("client_secret", sim.client_secret()),
    ];
    let fields: Vec<_> = client.iter().chain(fields).copied().collect();
    send(token_request(sim, &fields)).await
}

/// A token request with exactly these fields.
pub(crate) fn token_request(sim: &Sim, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    http()
        .post(format!("{}/oauth2/token", sim.identity_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(fields))
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let header = |name| {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("text").to_owned())
    };
    let (retry_after, content_type) = (header("retry-after"), header("content-type"));
    let text = response.text().await.expect("a whole body");
    Answer {
        status,
        retry_after,
        content_type,
        text,
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Yields to other tasks until `done` returns `true`.
pub(crate) async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}
