//! The evidence as sentences. Made of codes and numbers only, so that they are safe to send to
//! anyone.

use std::fmt::Write as _;

use emis_client::{ClientErrorKind, ConnectStep};
use emis_credentials::{ServiceFault, TokenErrorKind};
use emis_types::uk;
use jiff::Timestamp;

use crate::observation::{Failure, FailureKind, Observation, ProbeOutcome};

/// Returns the sentence for an observation.
pub(crate) fn sentence(observation: &Observation) -> String {
    match &observation.outcome {
        ProbeOutcome::Passed => format!("It was checked that {}.", observation.probe),
        ProbeOutcome::ScopesNotStated => "The token names no scopes.".into(),
        ProbeOutcome::RefusedEarlier { at, failure } => format!(
            "On {} UK time: {} The password was not sent again, because attempts are limited.",
            uk_time(*at),
            failure_sentence(failure),
        ),
        ProbeOutcome::NamedEarlier { at, cause } => format!(
            "Since {} UK time, diagnoses have named {cause}. The password was not sent again, \
             because attempts are limited.",
            uk_time(*at),
        ),
        ProbeOutcome::PasswordSent { sent, left: 0 } => format!(
            "This password was sent {}. It is not sent again until another is entered.",
            times(*sent),
        ),
        ProbeOutcome::PasswordSent { sent, left } => format!(
            "This password was sent {}. It can be sent {} more.",
            times(*sent),
            times(*left),
        ),
        ProbeOutcome::WorkFailing(last) => {
            let worked = last.worked_at.map_or_else(
                || "has not worked yet".to_owned(),
                |at| format!("last worked on {} UK time", uk_time(at)),
            );
            let failed = last.failed_at.map(uk_time).unwrap_or_default();
            if last.worked_at >= last.failed_at {
                return format!(
                    "At work: some calls for {} failed on {failed} UK time and have not worked \
                     since. Others work.",
                    last.capability
                );
            }
            format!(
                "At work: {} failed on {failed} UK time and {worked}.",
                last.capability
            )
        }
        ProbeOutcome::NotStated => format!("EMIS did not say whether {}.", observation.probe),
        ProbeOutcome::NothingToCheck => {
            format!("There was nothing to check: {}.", observation.probe)
        }
        ProbeOutcome::NotChecked => format!("It was not checked whether {}.", observation.probe),
        ProbeOutcome::Failed(failure) => failure_sentence(failure),
        ProbeOutcome::WorkFailed { at, failure } => format!(
            "At work, on {} UK time: {} It has not worked since. A diagnosis does not try it.",
            uk_time(*at),
            failure_sentence(failure),
        ),
        ProbeOutcome::ClockDiffers { seconds } => format!(
            "EMIS's identity service is {} seconds {} our clock.",
            seconds.unsigned_abs(),
            if *seconds < 0 { "behind" } else { "ahead of" },
        ),
        ProbeOutcome::SharedUser => {
            "The settings hold the API user that every EMIS organisation has.".into()
        }
        ProbeOutcome::SettingsProblem(problem) => {
            format!("{} ({})", problem.message(), problem.path())
        }
        ProbeOutcome::NoClient => {
            "The settings are complete, and the stored API user does not open.".into()
        }
        ProbeOutcome::OtherOrganisationId { expected, found } => format!(
            "The settings hold the EMIS organisation ID {expected}, and EMIS answers for {found}."
        ),
        ProbeOutcome::OtherOdsCode { expected, found } => {
            format!("The settings are for the ODS code {expected}, and EMIS answers for {found}.")
        }
        ProbeOutcome::ScopeMissing(scope) => format!("The token does not hold the scope {scope}."),
        ProbeOutcome::Gone { choice, id } => format!("EMIS has no {choice} with the id {id}."),
        ProbeOutcome::Slow(seconds) => format!("EMIS took {seconds} seconds for one answer."),
        ProbeOutcome::NotBookable { id } => {
            format!("In EMIS, 'Bookable Slot' is not ticked for the slot type with the id {id}.")
        }
        ProbeOutcome::SlotsEmbargoed(slots) => {
            format!("{slots} slots that patients may book are embargoed, and none is free.")
        }
        ProbeOutcome::NoSessions(days) => {
            format!("EMIS lists no session for the next {days} days.")
        }
        ProbeOutcome::NoSessionsOn(day) => format!(
            "EMIS lists no session for {}, a working day.",
            day.strftime("%d/%m/%Y")
        ),
        ProbeOutcome::RecordsSkipped(1) => format!("1 record was skipped ({}).", observation.probe),
        ProbeOutcome::RecordsSkipped(n) => {
            format!("{n} records were skipped ({}).", observation.probe)
        }
    }
}

/// Returns a time as written in the UK: `02/06/2026 10:00`.
pub(crate) fn uk_time(at: Timestamp) -> String {
    uk::at(at).strftime("%d/%m/%Y %H:%M").to_string()
}

/// Returns a count: `once`, `3 times`.
fn times(count: u8) -> String {
    match count {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// Returns the sentence for a practice that neither the token nor the organisation named.
pub(crate) fn practice_unstated() -> String {
    "Neither the token nor the organisation that answered named the practice.".into()
}

fn failure_sentence(failure: &Failure) -> String {
    let mut text = match (failure.kind, failure.operation) {
        (FailureKind::Token(kind), _) => failure
            .service_fault
            .map_or_else(|| token_words(kind), fault_words)
            .to_owned(),
        (FailureKind::Api(kind), Some(operation)) => format!("{operation}: {}", api_words(kind)),
        (FailureKind::Api(kind), None) => api_words(kind).to_owned(),
    };
    if let Some(step) = failure.connect_step {
        text.push_str(match step {
            ConnectStep::NameResolution => " (the host's name could not be resolved)",
            ConnectStep::Connection => " (the host did not take the connection)",
            ConnectStep::Tls => " (TLS failed: a certificate, or a proxy in between)",
            _ => "",
        });
    }
    // Writing to a string cannot fail.
    if let Some(status) = failure.http_status {
        let _ = write!(text, ", HTTP {status}");
    }
    if let Some(outcome) = failure.legacy_outcome {
        let _ = write!(text, ", outcome {outcome}");
    }
    if let Some(id) = failure.message_id {
        let _ = write!(text, ", message id {id}");
    }
    if let Some(code) = &failure.provider_code {
        let _ = write!(text, ", code {code}");
    }
    if let Some(seconds) = failure.retry_after_seconds {
        let _ = write!(text, ", retry after {seconds} s");
    }
    text.push('.');
    text
}

fn api_words(kind: ClientErrorKind) -> &'static str {
    match kind {
        ClientErrorKind::Credentials => "no token came in time",
        ClientErrorKind::Unreachable => "no connection could be made",
        ClientErrorKind::Interrupted => "no answer came in time, or the connection broke",
        ClientErrorKind::Server => "EMIS failed",
        ClientErrorKind::Suspended => {
            "EMIS had only failed before, and was not asked again so soon"
        }
        ClientErrorKind::Busy => "the product's own limits left no room in time",
        ClientErrorKind::Decode => "the answer could not be read",
        ClientErrorKind::InvalidRequest | ClientErrorKind::Configuration => "nothing was sent",
        _ => "EMIS refused the call",
    }
}

fn fault_words(fault: ServiceFault) -> &'static str {
    match fault {
        ServiceFault::NotConnected(_) => "No connection to the identity service could be made",
        ServiceFault::Silent => {
            "The identity service was asked, and no answer came in time, or the connection broke"
        }
        ServiceFault::Failed => "The identity service failed",
        ServiceFault::NoDocument => {
            "There is no discovery document at the address of the identity service"
        }
        ServiceFault::NotADocument => {
            "Something that is no discovery document came from the address of the identity service"
        }
        ServiceFault::OtherIssuer => {
            "The discovery document names another issuer than the address at which it was read"
        }
        ServiceFault::InsecureAddress => {
            "The discovery document names an address that is not https"
        }
        _ => "The identity service could not be used",
    }
}

fn token_words(kind: TokenErrorKind) -> &'static str {
    match kind {
        TokenErrorKind::InvalidUserCredentials => {
            "The identity service refused the username and password"
        }
        TokenErrorKind::HeldBack => {
            "The identity service refused this username and password before, or never answered to \
             them. They were not sent again"
        }
        TokenErrorKind::ClientRefused => "The identity service refused the product's credentials",
        TokenErrorKind::ScopeRefused => "The identity service refused the scopes asked for",
        TokenErrorKind::UserRefused => {
            "The identity service knows the user and did not let it log in"
        }
        TokenErrorKind::Throttled => "The identity service asked for fewer requests",
        TokenErrorKind::Unreachable => "The identity service could not be reached, or failed",
        TokenErrorKind::Busy => {
            "The password was not sent: another process is trying it, or too many attempts failed in \
             the last minutes"
        }
        TokenErrorKind::SignInAgain => "The sign-in of the member of staff has ended",
        TokenErrorKind::StoreUnavailable => {
            "It could not be looked up whether the password was refused before, so it was not sent"
        }
        TokenErrorKind::Configuration => "The way to the identity service is set up wrongly",
        TokenErrorKind::InsecureUrl => "The identity service's address is not https",
        _ => "The identity service's answer could not be read",
    }
}
