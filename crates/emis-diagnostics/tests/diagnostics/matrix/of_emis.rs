//! The faults of EMIS itself, as the simulator begins them.

#![allow(clippy::unwrap_used, reason = "a test fails as tests do")]

use emis_diagnostics::Cause;
use emis_sim::{Distortion, FalseAnswer, Sim, SimFault, SimOperation};
use jiff::SignedDuration;

use super::trouble::Trouble;
use crate::emis_faults::EmisFault;

/// More often than a diagnosis calls.
const ALWAYS: usize = 1000;

fn at(sim: &Sim, operation: SimOperation, fault: SimFault) {
    sim.faults().times(operation, ALWAYS, fault);
}

fn every_call(sim: &Sim, fault: SimFault) {
    for operation in [
        SimOperation::GetOrganisationV2,
        SimOperation::GetAppointmentConfiguration,
        SimOperation::GetAppointmentSessions,
        SimOperation::GetSlotsForSessionV2,
        SimOperation::GetBookedPatientsV2,
    ] {
        at(sim, operation, fault);
    }
}

const WAIT: SimFault = SimFault::RetryAfter {
    status: 503,
    seconds: 120,
};
const PAGE: SimFault = SimFault::Instead(FalseAnswer::HtmlPage);
const MALFORMED: SimFault = SimFault::Distort(Distortion::MalformedRecord);

impl Trouble {
    /// Returns the cause on EMIS's side, if it is one.
    pub(crate) fn of_emis(self) -> Option<EmisFault> {
        use SimOperation::{Discovery, Token};
        Some(match self {
            // These two are in the store and in the session of one practice.
            Self::PasswordTriedElsewhere => (Cause::PasswordBeingTried, |_| {}),
            Self::StaffSignedOut => (Cause::SignInEnded, |_| {}),
            Self::ApiClosesConnections => (Cause::Unreachable, |sim| {
                sim.api().set_reachable(false);
            }),
            Self::IdentityClosesConnections => (Cause::Unreachable, |sim| {
                sim.identity().set_reachable(false);
            }),
            Self::IdentityFails => (Cause::EmisFailed, |sim| {
                at(sim, Discovery, SimFault::Status(503));
                at(sim, Token, SimFault::Status(503));
            }),
            Self::TokenEndpointFails => (Cause::EmisFailed, |sim| {
                at(sim, Token, SimFault::Status(500));
            }),
            Self::DiscoveryIsAPage => (Cause::UnexpectedAnswer, |sim| at(sim, Discovery, PAGE)),
            Self::ApplicationIdStruckOff => (Cause::ApplicationIdNotMatched, |sim| {
                sim.api().set_application_id_ok(false);
            }),
            Self::ScopeTakenAway => (Cause::TokenRefused, |sim| {
                sim.identity().hold_scopes(&["papi-config.read"]).unwrap();
            }),
            Self::IdentityClockWrong => (Cause::ClocksDiffer, |sim| {
                let behind = SignedDuration::from_mins(-90);
                sim.identity().set_clock_skew(behind);
            }),
            Self::EmisFails => (Cause::EmisFailed, |sim| {
                every_call(sim, SimFault::Status(503));
            }),
            Self::EmisAsksToWait => (Cause::EmisFailed, |sim| every_call(sim, WAIT)),
            Self::EmisFallsSilent => (Cause::EmisSilent, |sim| {
                every_call(sim, SimFault::DropBeforeCommit);
            }),
            Self::EmisAsksForFewerCalls => (Cause::TooManyCalls, |sim| {
                every_call(sim, SimFault::Status(429));
            }),
            Self::SomethingElseAnswers => (Cause::UnexpectedAnswer, |sim| every_call(sim, PAGE)),
            Self::WebFilterRefuses => (Cause::UnexpectedAnswer, |sim| {
                every_call(sim, SimFault::PageUnderStatus(403));
            }),
            Self::ProxyFails => (Cause::UnexpectedAnswer, |sim| {
                every_call(sim, SimFault::PageUnderStatus(502));
            }),
            Self::MediaTypeRefused => (Cause::MediaTypeRefused, |sim| {
                every_call(sim, SimFault::Status(415));
            }),
            Self::RequestRefused => (Cause::RequestRefused, |sim| {
                every_call(sim, SimFault::Status(400));
            }),
            Self::RecordsUnreadable => (Cause::RecordsUnreadable, |sim| every_call(sim, MALFORMED)),
            _ => return None,
        })
    }
}
