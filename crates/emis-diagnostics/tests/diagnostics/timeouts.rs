//! Calls that hang: a diagnosis keeps to its own time limits.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emis_client::{Client, Operation, Request, Response, Transport, TransportError};
use emis_credentials::{AccessToken, Discovery, FixedToken, TokenError, TokenSource};
use emis_diagnostics::{CheckResult, Diagnosis, DiagnosisInput, Probe, Product, Report};
use emis_settings::PracticeSettings;
use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::story::{result_of, summary};

/// Claims `{"ods":"A20047","authorizations":["papi-appt.read","papi-config.read"]}`, the only ones
/// needed here.
const TOKEN: &str = "header.eyJvZHMiOiJBMjAwNDciLCJhdXRob3JpemF0aW9ucyI6WyJwYXBpLWFwcHQucmVhZCIsInBhcGktY29uZmlnLnJlYWQiXX0.signature";

/// The call that hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stuck {
    /// Every call takes so many seconds.
    Slow(u64),
    Discovery,
    Token,
    Call(Operation),
}

#[derive(Debug)]
struct Emis(Stuck);

#[async_trait]
impl Transport for Emis {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        if self.0 == Stuck::Call(request.operation()) {
            pending().await
        }
        if let Stuck::Slow(seconds) = self.0 {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
        Ok(Response::new(
            200,
            r#"{"organisationList": [], "siteList": [], "appointmentSession": [], "slot": [],
                "bookedList": []}"#,
        ))
    }
}

#[async_trait]
impl TokenSource for Emis {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        if self.0 == Stuck::Token {
            pending().await
        }
        FixedToken::new(TOKEN).token().await
    }

    async fn discover(&self) -> Result<Discovery, TokenError> {
        if self.0 == Stuck::Discovery {
            pending().await
        }
        Ok(Discovery::Found)
    }

    fn invalidate(&self, _: &AccessToken) {}
}

/// A clock that goes with the simulated time.
#[derive(Debug)]
struct SimulatedClock(Instant);

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let ten: Timestamp = "2026-06-02T09:00:00Z".parse().unwrap();
        ten + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }
}

/// Returns the report and its duration, in simulated time.
async fn diagnose(stuck: Stuck) -> (Report, Duration) {
    // With the client's own timeout, which is longer, and its retries.
    let client = Client::builder(
        "https://emis.example.com/".parse().unwrap(),
        "application".parse().unwrap(),
        Arc::new(Emis(stuck)),
    )
    .build_with_transport(Arc::new(Emis(stuck)));
    let mut settings = PracticeSettings::new("A20047".parse().unwrap());
    settings.update_organisation_id("50002").unwrap();
    let began = Instant::now();
    let report = Diagnosis::run(&DiagnosisInput {
        settings: &settings,
        refused: &[],
        client: Some(&client),
        product: &Product::new("Patchs", "patchs").unwrap(),
        activity: None,
        releases: None,
        history: &[],
        pulse: None,
        clock: &SimulatedClock(began),
    })
    .await;
    (report, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_ends_the_checks_in_time() {
    let table = [
        (Stuck::Call(Operation::GetHealth), Probe::Reachable, 15),
        (Stuck::Discovery, Probe::IdentityReachable, 15),
        (Stuck::Token, Probe::Token, 15),
        (
            Stuck::Call(Operation::GetOrganisationV2),
            Probe::Organisation,
            15,
        ),
        (
            Stuck::Call(Operation::GetAppointmentConfiguration),
            Probe::AppointmentConfiguration,
            15,
        ),
        (
            Stuck::Call(Operation::GetAppointmentSessions),
            Probe::Sessions,
            15,
        ),
        (
            Stuck::Call(Operation::GetBookedPatientsV2),
            Probe::BookedPatients,
            15,
        ),
    ];
    for (stuck, probe, seconds) in table {
        let (report, took) = diagnose(stuck).await;
        // The client spaces its calls: add the time of those before.
        let limit = Duration::from_secs(seconds + 1);
        assert!(took <= limit, "{stuck:?} took {took:?}");
        assert_eq!(result_of(&report, probe), CheckResult::Failed, "{stuck:?}");
        let codes: Vec<_> = summary(&report).into_iter().map(|(code, _)| code).collect();
        assert!(codes.contains(&"EMIS-D39"), "{stuck:?}: {codes:?}");
        let later = report.checks.iter().filter(|check| check.probe > probe);
        for check in later.filter(|check| check.probe != Probe::RecentWork) {
            assert_eq!(
                check.result,
                CheckResult::NotChecked,
                "{stuck:?}: {}",
                check.probe
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_emis_is_named_and_takes_20_seconds_at_most() {
    for seconds in [5, 6, 9, 14] {
        let (report, took) = diagnose(Stuck::Slow(seconds)).await;
        assert!(took <= Duration::from_secs(20), "{seconds}: {took:?}");
        assert!(!report.healthy);
        assert_eq!(codes(&report), ["EMIS-D49"], "{seconds}");
        let evidence = report.findings.iter().flat_map(|it| &it.evidence);
        let expected = format!("EMIS took {seconds} seconds for one answer.");
        assert!(evidence.into_iter().any(|it| *it == expected));
    }
    // One that takes longer than a call may take does not answer.
    for seconds in [16, 60] {
        let (report, took) = diagnose(Stuck::Slow(seconds)).await;
        assert!(took <= Duration::from_secs(20), "{seconds}: {took:?}");
        assert_eq!(codes(&report), ["EMIS-D39", "EMIS-D07"], "{seconds}");
    }
    let (report, _) = diagnose(Stuck::Slow(1)).await;
    assert!(!codes(&report).contains(&"EMIS-D49"));
}

/// Returns the codes, without those of the sessions and scopes, of which this EMIS has none.
fn codes(report: &Report) -> Vec<&'static str> {
    let codes = summary(report).into_iter().map(|(code, _)| code);
    codes
        .filter(|code| !["EMIS-D21", "EMIS-D28"].contains(code))
        .collect()
}
