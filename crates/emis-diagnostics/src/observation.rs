//! What the probes saw, typed: no word of EMIS's, no patient, no secret.

use std::fmt;

use emis_client::operation::{Operation, Scope};
use emis_client::{ConnectStep, Error, ErrorKind};
use emis_credentials::{ServiceFault, TokenErrorKind};
use emis_settings::Problem;
use emis_types::{OdsCode, OrganisationId};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A question that the diagnosis asks, in the order in which it asks them. All of them read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Probe {
    /// Are the settings complete? Nothing is sent.
    Settings,
    /// Can the stored API user be opened? Nothing is sent.
    StoredPassword,
    /// Is the API there: name resolution, connection, TLS, an answer?
    Reachable,
    /// The same for the identity service.
    IdentityReachable,
    /// Does the identity service say where it gives tokens?
    Discovery,
    /// Does the identity service give a token?
    Token,
    /// Do our clock and the identity service's agree?
    Clock,
    /// Is the token for the practice that the settings name?
    TokenOrganisation,
    /// Is the organisation that answers that practice?
    Organisation,
    /// Does EMIS still have the slot types, sites and session holders that the settings name?
    AppointmentConfiguration,
    /// Can today's sessions be read?
    Sessions,
    /// Can the slots of one of them be read?
    Slots,
    /// Can it be read who has an appointment within a minute? Reminders need this.
    BookedPatients,
    /// Have the product's own calls worked of late? Nothing is sent.
    RecentWork,
}

impl Probe {
    /// Every probe, in order.
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

    /// Whether it calls an operation of the API that needs a token.
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
            Self::Sessions => "today's sessions can be read",
            Self::Slots => "the slots of a session can be read",
            Self::BookedPatients => "booked appointments can be read",
            Self::RecentWork => "the product's own calls have worked",
        })
    }
}

/// One thing that one probe saw. A probe may see several.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// Which probe saw it.
    pub probe: Probe,
    /// What it saw.
    pub seen: Seen,
}

impl Observation {
    /// Notes what a probe saw.
    pub fn new(probe: Probe, seen: Seen) -> Self {
        Self { probe, seen }
    }
}

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seen {
    /// All is well.
    Passed,
    /// EMIS did not say, which is nothing to complain of yet.
    NotStated,
    /// There is nothing to be checked: no session today, a feature that is off.
    NothingToCheck,
    /// The probe was not carried out, because an earlier one failed.
    NotChecked,
    /// The call failed.
    Failed(Failure),
    /// A call of the product's own work failed, and none like it has worked since.
    WorkFailed {
        /// When.
        at: Timestamp,
        /// How.
        failure: Failure,
    },
    /// A token that was issued just now says that it was issued so many seconds from now, by
    /// our clock; earlier where negative.
    ClockDiffers {
        /// The identity service's time less ours.
        seconds: i64,
    },
    /// The API user in the settings is one that every EMIS organisation has.
    SharedUser,
    /// A mistake in the settings.
    SettingsProblem(Problem),
    /// The settings are complete, and yet no client could be made of them: the stored API user
    /// does not open.
    NoClient,
    /// EMIS answers for another organisation ID.
    OtherOrganisationId {
        /// The one in the settings.
        expected: OrganisationId,
        /// The one that EMIS gave.
        found: OrganisationId,
    },
    /// EMIS answers for another ODS code.
    OtherOdsCode {
        /// The one in the settings.
        expected: OdsCode,
        /// The one that EMIS gave.
        found: OdsCode,
    },
    /// The token lacks a scope that the settings need.
    ScopeMissing(Scope),
    /// EMIS has no such thing any more.
    Gone {
        /// What kind of thing the settings name.
        choice: Choice,
        /// EMIS's id of it.
        id: String,
    },
    /// So many records of an answer could not be read.
    RecordsSkipped(usize),
}

/// A choice in the settings that names something in EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Choice {
    /// A slot type that patients are reminded of.
    ReminderSlotType,
    /// A site that patients are reminded of.
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

impl fmt::Display for Choice {
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

/// A call that failed, reduced to what can be told to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// The operation that failed; none where no token could be had.
    pub operation: Option<Operation>,
    /// How far the connection came, where none could be made.
    pub connect_step: Option<ConnectStep>,
    /// What went wrong between us and the identity service, where it was that.
    pub service_fault: Option<ServiceFault>,
    /// The HTTP status, where there was an answer.
    pub http_status: Option<u16>,
    /// EMIS's outcome code.
    pub legacy_outcome: Option<i32>,
    /// EMIS's id of its answer, to quote to EMIS support.
    pub message_id: Option<Uuid>,
    /// The identity service's code, such as `AADB2C90225`, to quote to EMIS support.
    pub provider_code: Option<String>,
}

/// Which half of the connection failed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The API.
    Api(ErrorKind),
    /// The identity service.
    Token(TokenErrorKind),
}

impl Failure {
    /// A failure of which only the kind is known.
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
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
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
        }
    }
}
