//! The one table of operations that retry, logging, scope checks and the contract test read.

use std::fmt;

/// An operation of the Partner API, by the name EMIS gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// Is the API there at all?
    GetHealth,
    /// The practice, its staff and its locations.
    GetOrganisationV2,
    /// One member of staff.
    GetUserById,
    /// Sites, session holders, slot types and holidays.
    GetAppointmentConfiguration,
    /// Sessions in up to 90 days.
    GetAppointmentSessions,
    /// The slots of a session.
    GetSlotsForSessionV2,
    /// Patients with appointments ahead.
    GetBookedPatientsV2,
    /// One patient's appointments in up to 90 days.
    GetPatientAppointmentsV2,
    /// One patient's registration.
    GetPatientDemographics,
    /// Patients that match a search.
    GetMatchedPatients,
    /// Puts a patient into a slot.
    BookAppointment,
    /// Takes a patient out of a slot.
    CancelAppointment,
    /// Marks a patient as arrived, sent in or left.
    SetAppointmentStatusEx,
    /// Adds a comment to a slot.
    AddSlotComment,
}

/// The HTTP verb of an operation. It does not say whether the operation writes: see [`Effect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// GET. `BookAppointment` and `CancelAppointment` are GETs, and write.
    Get,
    /// PATCH.
    Patch,
    /// POST.
    Post,
}

/// Whether an operation changes anything at the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing: may be sent again.
    Read,
    /// Changes something: is sent once.
    Write,
}

/// The OAuth scope that an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// `papi-appt.read`
    AppointmentsRead,
    /// `papi-appt.write`
    AppointmentsWrite,
    /// `papi-subjects.read`
    SubjectsRead,
    /// `papi-config.read`
    ConfigRead,
}

impl Scope {
    /// The scope as it stands in a token's `authorizations`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppointmentsRead => "papi-appt.read",
            Self::AppointmentsWrite => "papi-appt.write",
            Self::SubjectsRead => "papi-subjects.read",
            Self::ConfigRead => "papi-config.read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the table says about one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation.
    pub operation: Operation,
    /// EMIS's name for it.
    pub name: &'static str,
    /// Its HTTP verb.
    pub verb: Verb,
    /// Its path below the base URL.
    pub path: &'static str,
    /// Its query parameters, in the document's order, and whether each is required.
    pub parameters: &'static [(&'static str, bool)],
    /// The scope it needs; `None` for `GetHealth`.
    pub scope: Option<Scope>,
    /// Whether it writes.
    pub effect: Effect,
    /// The longest range of dates it serves, in days.
    pub max_days: Option<u16>,
}

macro_rules! operations {
    ($($operation:ident $verb:ident $path:literal ($($parameter:literal $required:literal),*) $scope:expr, $effect:ident, $max_days:expr;)*) => {
        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$operation),*];

            /// What the table says about it.
            pub const fn spec(self) -> &'static OperationSpec {
                match self {
                    $(Self::$operation => &OperationSpec {
                        operation: Self::$operation,
                        name: stringify!($operation),
                        verb: Verb::$verb,
                        path: $path,
                        parameters: &[$(($parameter, $required)),*],
                        scope: $scope,
                        effect: Effect::$effect,
                        max_days: $max_days,
                    },)*
                }
            }
        }
    };
}

operations! {
    GetHealth Get "/" () None, Read, None;
    GetOrganisationV2 Get "/api/v1/organisation/GetOrganisationV2" ()
        Some(Scope::ConfigRead), Read, None;
    GetUserById Get "/api/v1/user/GetUserById" ("userInRoleId" true)
        Some(Scope::ConfigRead), Read, None;
    GetAppointmentConfiguration Get "/api/v1/appointments/GetAppointmentConfiguration"
        ("startDate" true, "endDate" true) Some(Scope::AppointmentsRead), Read, None;
    GetAppointmentSessions Get "/api/v1/appointments/GetAppointmentSessions"
        ("slotType" false, "startDate" true, "endDate" true)
        Some(Scope::AppointmentsRead), Read, Some(90);
    GetSlotsForSessionV2 Get "/api/v1/appointments/GetSlotsForSessionV2"
        ("appointmentSessionId" true) Some(Scope::AppointmentsRead), Read, None;
    GetBookedPatientsV2 Get "/api/v1/appointments/GetBookedPatientsV2"
        ("minutesBefore" true, "minutesWithin" true) Some(Scope::AppointmentsRead), Read, None;
    GetPatientAppointmentsV2 Get "/api/v1/appointments/GetPatientAppointmentsV2"
        ("patientNumber" true, "startDate" true, "endDate" true)
        Some(Scope::AppointmentsRead), Read, Some(90);
    GetPatientDemographics Get "/api/v1/patient/GetPatientDemographics"
        ("patientNumber" true) Some(Scope::SubjectsRead), Read, None;
    GetMatchedPatients Get "/api/v1/patientMatching/GetMatchedPatients"
        ("matchedTerms" false) Some(Scope::SubjectsRead), Read, None;
    BookAppointment Get "/api/v1/appointments/BookAppointment"
        ("reason" true, "bookedBy" true, "bookingNote" false, "slotId" true, "patientNumber" true)
        Some(Scope::AppointmentsWrite), Write, None;
    CancelAppointment Get "/api/v1/appointments/CancelAppointment"
        ("slotId" true, "patientNumber" true) Some(Scope::AppointmentsWrite), Write, None;
    SetAppointmentStatusEx Patch "/api/v1/appointments/SetAppointmentStatusEx"
        ("statusId" true, "slotId" true, "patientNumber" true)
        Some(Scope::AppointmentsWrite), Write, None;
    AddSlotComment Patch "/api/v1/appointments/AddSlotComment"
        ("slotComment" true, "slotId" true) Some(Scope::AppointmentsWrite), Write, None;
}

impl Operation {
    /// EMIS's name for it.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether it writes.
    pub const fn effect(self) -> Effect {
        self.spec().effect
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
