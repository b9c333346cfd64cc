//! The observations of the probes, as types: no text of EMIS's, no patient, no secret.

use std::fmt;

use emis_client::operation::{Operation, Scope};
use emis_client::{ClientError, ClientErrorKind, ConnectStep};
use emis_credentials::{ServiceFault, TokenErrorKind};
use emis_settings::SettingsProblem;
use emis_types::{OdsCode, OrganisationId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use crate::capability::LastCalls;
use crate::cause::Cause;

/// A check of the diagnosis, in the order of the checks. All of them read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Probe {
    /// Checks that the settings are complete. Sends nothing.
    Settings,
    /// Checks that the stored API user can be opened. Sends nothing.
    StoredPassword,
    /// Checks that the API answers: name resolution, connection, TLS, response.
    Reachable,
    /// Checks that the identity service answers.
    IdentityReachable,
    /// Checks that the identity service names its token endpoint.
    Discovery,
    /// Checks that the identity service issues a token.
    Token,
    /// Compares the product's clock with the identity service's.
    Clock,
    /// Checks that the token is for the practice of the settings.
    TokenOrganisation,
    /// Checks that the organisation that answers is that practice.
    Organisation,
    /// Checks that EMIS lists the slot types, sites and session holders of the settings.
    AppointmentConfiguration,
    /// Checks that the sessions of the coming week can be read and that there are any.
    Sessions,
    /// Checks that the slots of one of them can be read.
    Slots,
    /// Checks that patients with an appointment in the next minute can be read, as reminders need.
    BookedPatients,
    /// Checks that the product's own calls work. Sends nothing.
    RecentWork,
}

impl Probe {
    /// All probes, in order.
    pub const ALL: &'static [Self] = &[
        Self::Settings,
        Self::StoredPassword,
        Self::Reachable,
        Self::IdentityReachable,
        Self::Discovery,
        Self::Token,
        Self::Clock,
        Self::TokenOrganisation,
        Self::Organisation,
        Self::AppointmentConfiguration,
        Self::Sessions,
        Self::Slots,
        Self::BookedPatients,
        Self::RecentWork,
    ];

    /// Returns true if the probe calls an operation of the API that needs a token.
    pub(crate) const fn calls_the_api(self) -> bool {
        matches!(
            self,
            Self::Organisation
                | Self::AppointmentConfiguration
                | Self::Sessions
                | Self::Slots
                | Self::BookedPatients
        )
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings => "the settings are complete",
            Self::StoredPassword => "the stored password can be opened",
            Self::Reachable => "EMIS can be reached",
            Self::IdentityReachable => "EMIS's identity service can be reached",
            Self::Discovery => "the identity service says where it gives tokens",
            Self::Token => "EMIS accepts the API user now, for all that is needed",
            Self::Clock => "the clocks agree",
            Self::TokenOrganisation => "the token that EMIS gave names this practice",
            Self::Organisation => "EMIS names the same practice",
            Self::AppointmentConfiguration => "the chosen slot types, sites and staff exist",
            Self::Sessions => "the sessions of this week can be read",
            Self::Slots => "the slots of a session can be read",
            Self::BookedPatients => "booked appointments can be read",
            Self::RecentWork => "the product's own calls have worked",
        })
    }
}

/// One observation of one probe. A probe may make several.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// The probe.
    pub probe: Probe,
    /// The outcome.
    pub outcome: ProbeOutcome,
}

impl Observation {
    /// Creates an observation.
    pub fn new(probe: Probe, outcome: ProbeOutcome) -> Self {
        Self { probe, outcome }
    }
}

/// The outcome of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeOutcome {
    /// Everything is as it should be.
    Passed,
    /// EMIS did not say, which is no fault yet.
    NotStated,
    /// There is nothing to check: no session today, or a feature that is off.
    NothingToCheck,
    /// The probe was not carried out, because an earlier one failed.
    NotChecked,
    /// The call failed.
    Failed(Failure),
    /// A call of the product's own work failed, and none like it has worked since.
    WorkFailed {
        /// The time of the failure.
        at: Timestamp,
        /// The failure.
        failure: Failure,
    },
    /// A new token's issue time differs from the product's clock.
    ClockDiffers {
        /// The identity service's time minus the product's, in seconds.
        seconds: i64,
    },
    /// The identity service refused the user earlier, and was not asked again.
    RefusedEarlier {
        /// The time of the refusal.
        at: Timestamp,
        /// The refusal.
        failure: Failure,
    },
    /// A diagnosis in another process named a cause in the API user, and the identity service was
    /// not asked again.
    NamedEarlier {
        /// The time since which diagnoses have named it.
        at: Timestamp,
        /// The cause.
        cause: Cause,
    },
    /// The number of times that the refused password was sent.
    PasswordSent {
        /// The number of attempts so far.
        sent: u8,
        /// The number of times that it may still be released.
        left: u8,
    },
    /// The token names no scopes.
    ScopesNotStated,
    /// The last calls of a capability failed.
    WorkFailing(LastCalls),
    /// The settings hold the API user that every EMIS organisation has.
    SharedUser,
    /// A problem in the settings.
    SettingsProblem(SettingsProblem),
    /// The settings are complete, but the stored API user does not open, so there is no client.
    NoClient,
    /// EMIS answers for another organisation ID.
    OtherOrganisationId {
        /// The ID in the settings.
        expected: OrganisationId,
        /// The ID from EMIS.
        found: OrganisationId,
    },
    /// EMIS answers for another ODS code.
    OtherOdsCode {
        /// The code in the settings.
        expected: OdsCode,
        /// The code from EMIS.
        found: OdsCode,
    },
    /// The token lacks a scope that the settings need.
    ScopeMissing(Scope),
    /// EMIS no longer lists a choice of the settings.
    Gone {
        /// The kind of choice.
        choice: SettingsChoice,
        /// Its ID in EMIS.
        id: String,
    },
    /// The number of records that could not be read.
    RecordsSkipped(usize),
    /// The seconds that EMIS took for one answer, if it is slow.
    Slow(u64),
    /// A slot type that patients may book has no tick under "Bookable Slot".
    NotBookable {
        /// Its ID in EMIS.
        id: String,
    },
    /// The number of embargoed slots that patients may book, if none is free.
    SlotsEmbargoed(u32),
    /// The number of days, from today, for which no session is built.
    NoSessions(u8),
    /// A working day for which no session is built, among others that have sessions.
    NoSessionsOn(Date),
}

/// A choice in the settings that refers to EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SettingsChoice {
    /// A slot type for reminders.
    ReminderSlotType,
    /// A site for reminders.
    ReminderSite,
    /// A slot type that patients may book.
    BookingSlotType,
    /// A site at which patients may book.
    BookingSite,
    /// A session holder with whom patients may book.
    BookingSessionHolder,
    /// The member of staff in whose name appointments are booked.
    BookedBy,
}

impl fmt::Display for SettingsChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReminderSlotType => "slot type for reminders",
            Self::ReminderSite => "site for reminders",
            Self::BookingSlotType => "bookable slot type",
            Self::BookingSite => "site for self-booking",
            Self::BookingSessionHolder => "session holder for self-booking",
            Self::BookedBy => "member of staff in whose name appointments are booked",
        })
    }
}

/// A failed call, reduced to codes that are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// The operation that failed; none if there was no token.
    pub operation: Option<Operation>,
    /// The step at which the connection failed.
    pub connect_step: Option<ConnectStep>,
    /// The fault between the product and the identity service.
    pub service_fault: Option<ServiceFault>,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// EMIS's outcome code.
    pub legacy_outcome: Option<i32>,
    /// EMIS's ID of its answer, to quote to EMIS support.
    pub message_id: Option<Uuid>,
    /// The identity service's code, such as `AADB2C90225`, to quote to EMIS support.
    pub provider_code: Option<String>,
    /// The time that EMIS asks to wait, in seconds.
    pub retry_after_seconds: Option<u64>,
}

/// The service that failed, with the kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The API.
    Api(ClientErrorKind),
    /// The identity service.
    Token(TokenErrorKind),
}

impl Failure {
    /// Creates a failure of which only the kind is known.
    pub fn new(kind: FailureKind) -> Self {
        Self {
            kind,
            operation: None,
            connect_step: None,
            service_fault: None,
            http_status: None,
            legacy_outcome: None,
            message_id: None,
            provider_code: None,
            retry_after_seconds: None,
        }
    }

    /// Returns true if EMIS's own error document came with the answer, or a code of its identity
    /// service. Without them, a proxy or a web filter may have answered instead of EMIS.
    pub(crate) fn is_documented(&self) -> bool {
        match self.kind {
            FailureKind::Api(_) => self.message_id.is_some() || self.legacy_outcome.is_some(),
            FailureKind::Token(_) => self.provider_code.is_some(),
        }
    }
}

impl From<&ClientError> for Failure {
    fn from(error: &ClientError) -> Self {
        let token_error = error.token_error();
        let kind = match token_error {
            Some(token_error) => FailureKind::Token(token_error.kind()),
            None => FailureKind::Api(error.kind()),
        };
        let provider_code = token_error.and_then(|token_error| token_error.provider_code());
        let service_fault = token_error.and_then(|token_error| token_error.service_fault());
        let connect_step = match service_fault {
            Some(ServiceFault::NotConnected(step)) => step,
            _ => error.connect_step(),
        };
        let status = token_error.and_then(|token_error| token_error.http_status());
        Self {
            kind,
            operation: error.operation(),
            connect_step,
            service_fault,
            http_status: error.http_status().or(status),
            legacy_outcome: error.legacy_outcome(),
            message_id: error.message_id(),
            provider_code: provider_code.map(str::to_owned),
            retry_after_seconds: error.retry_after().map(|wait| wait.as_secs()),
        }
    }
}
