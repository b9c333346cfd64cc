//! The operations of the simulator: one table of names, verbs, paths and scopes.

use std::fmt;
use std::str::FromStr;

use http::Method;

/// A scope, which a token carries in its `authorizations` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    AppointmentsRead,
    AppointmentsWrite,
    RecordsRead,
    RecordsWrite,
    SubjectsRead,
    ConfigRead,
    SearchesRead,
}

impl Scope {
    /// All scopes of the Partner API, which the simulator's application holds.
    pub(crate) const HELD: [Self; 7] = [
        Self::AppointmentsRead,
        Self::AppointmentsWrite,
        Self::RecordsRead,
        Self::RecordsWrite,
        Self::SubjectsRead,
        Self::ConfigRead,
        Self::SearchesRead,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AppointmentsRead => "papi-appt.read",
            Self::AppointmentsWrite => "papi-appt.write",
            Self::RecordsRead => "papi-cr.read",
            Self::RecordsWrite => "papi-cr.write",
            Self::SubjectsRead => "papi-subjects.read",
            Self::ConfigRead => "papi-config.read",
            Self::SearchesRead => "papi-searches.read",
        }
    }
}

/// The error for a name that is not a scope of the Partner API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Partner API has no scope of that name")]
#[non_exhaustive]
pub struct UnknownScopeError;

impl FromStr for Scope {
    type Err = UnknownScopeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::HELD
            .into_iter()
            .find(|scope| scope.as_str() == name)
            .ok_or(UnknownScopeError)
    }
}

macro_rules! operations {
    (
        $(#[$health_doc:meta])* $health:ident $health_path:literal;
        api { $($(#[$doc:meta])* $name:ident $verb:ident $group:ident $scope:ident;)* }
        identity { $($(#[$own_doc:meta])* $own:ident $own_verb:ident $own_path:literal;)* }
    ) => {
        /// An operation of EMIS's Partner API, by its own name, or an endpoint of the identity service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum SimOperation {
            $(#[$health_doc])* $health,
            $($(#[$doc])* $name,)*
            $($(#[$own_doc])* $own,)*
        }

        impl SimOperation {
            /// All operations.
            pub const ALL: &'static [Self] = &[Self::$health, $(Self::$name,)* $(Self::$own),*];

            /// Returns the name, as in the path: `BookAppointment`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$health => stringify!($health),
                    $(Self::$name => stringify!($name),)*
                    $(Self::$own => stringify!($own),)*
                }
            }

            /// Returns the HTTP method.
            pub(crate) const fn method(self) -> Method {
                match self {
                    Self::$health => Method::GET,
                    $(Self::$name => Method::$verb,)*
                    $(Self::$own => Method::$own_verb,)*
                }
            }

            /// Returns the path on the server.
            pub(crate) const fn path(self) -> &'static str {
                match self {
                    Self::$health => $health_path,
                    $(Self::$name => {
                        concat!("/partner/api/v1/", stringify!($group), "/", stringify!($name))
                    })*
                    $(Self::$own => concat!("/identity", $own_path),)*
                }
            }

            /// Returns the scope that a token must carry.
            pub(crate) const fn scope(self) -> Option<Scope> {
                match self {
                    $(Self::$name => Some(Scope::$scope),)*
                    _ => None,
                }
            }

            /// Returns `true` for an endpoint of the identity service.
            pub const fn is_identity(self) -> bool {
                matches!(self, $(Self::$own)|*)
            }
        }
    };
}

operations! {
    /// The health of the API; needs no token.
    GetHealth "/partner/";
    api {
        /// The practice and its staff.
        GetOrganisation GET organisation ConfigRead;
        /// The practice, its staff and its locations.
        GetOrganisationV2 GET organisation ConfigRead;
        /// One member of staff.
        GetUserById GET user ConfigRead;
        /// Sites, session holders, slot types and holidays.
        GetAppointmentConfiguration GET appointments AppointmentsRead;
        /// Sessions within at most 90 days, with counts of their slots.
        GetAppointmentSessions GET appointments AppointmentsRead;
        /// The slots of one session, without comments.
        GetSlotsForSession GET appointments AppointmentsRead;
        /// The slots of one session.
        GetSlotsForSessionV2 GET appointments AppointmentsRead;
        /// Booked patients around the present moment, without slot types.
        GetBookedPatients GET appointments AppointmentsRead;
        /// Booked patients around the present moment.
        GetBookedPatientsV2 GET appointments AppointmentsRead;
        /// Patients who have arrived and wait.
        GetArrivedPatients GET appointments AppointmentsRead;
        /// Patients who have been sent in.
        GetSentInPatients GET appointments AppointmentsRead;
        /// One patient's appointments within at most 90 days, without slot types.
        GetPatientAppointments GET appointments AppointmentsRead;
        /// One patient's appointments within at most 90 days.
        GetPatientAppointmentsV2 GET appointments AppointmentsRead;
        /// Puts a patient into a slot. A GET that writes.
        BookAppointment GET appointments AppointmentsWrite;
        /// Takes a patient out of a slot. A GET that writes.
        CancelAppointment GET appointments AppointmentsWrite;
        /// Marks the appointment in a slot as arrived, sent in or left.
        SetAppointmentStatus PATCH appointments AppointmentsWrite;
        /// Marks a patient's appointment in a slot as arrived, sent in or left.
        SetAppointmentStatusEx PATCH appointments AppointmentsWrite;
        /// Changes the type and the notes of a slot.
        SetSlotType PATCH appointments AppointmentsWrite;
        /// Replaces the notes of a slot.
        SetSlotNotes PATCH appointments AppointmentsWrite;
        /// Adds a comment to a slot.
        AddSlotComment PATCH appointments AppointmentsWrite;
        /// One patient's registration.
        GetPatientDemographics GET patient SubjectsRead;
        /// Patients that match a search term.
        GetMatchedPatients GET patientMatching SubjectsRead;
        /// Patients whose registration changed since a day.
        GetChangedPatients GET patientMatching SubjectsRead;
        /// Patients whose medical record changed since a day.
        GetChangedPatientsMR GET patientMatching SubjectsRead;
        /// A batch of patients in the order of their numbers.
        GetPatientSequence GET patientMatching SubjectsRead;
        /// Patients that a search of the practice finds.
        GetPatientSearches GET search SearchesRead;
        /// One patient's whole record.
        GetMedicalRecord GET medicalRecord RecordsRead;
        /// The entries of a record that have a clinical code.
        GetCodedRecord GET medicalRecord RecordsRead;
        /// Coded events of the last days.
        GetEvents GET medicalRecord RecordsRead;
        /// Prescriptions of the last days.
        GetMedicationIssues GET medicalRecord RecordsRead;
        /// One consultation and its entries.
        GetConsultation GET medicalRecord RecordsRead;
        /// The list of documents in a record.
        GetAttachments GET medicalRecord RecordsRead;
        /// The list of documents in a record, second version.
        GetAttachmentsV2 GET medicalRecord RecordsRead;
        /// A document itself.
        GetBase64AttachmentData GET medicalRecord RecordsRead;
        /// A document itself, with the patient's NHS number and the organisation.
        GetBase64AttachmentDataV2 GET medicalRecord RecordsRead;
        /// Files a new consultation in a patient's record.
        FileRecord POST medicalRecord RecordsWrite;
        /// Sets a document's provisional flag and visibility to the patient.
        UpdateAttachment PATCH medicalRecord RecordsWrite;
        /// Sets a consultation's visibility to the patient.
        UpdateConsultationVisibility PATCH medicalRecord RecordsWrite;
    }
    identity {
        /// The identity service's discovery document.
        Discovery GET "/.well-known/openid-configuration";
        /// The identity service's signing keys.
        Jwks GET "/discovery/keys";
        /// The identity service's authorization endpoint.
        Authorize GET "/oauth2/authorize";
        /// The form of the identity service's sign-in page.
        SignIn POST "/oauth2/signin";
        /// The identity service's token endpoint.
        Token POST "/oauth2/token";
    }
}

impl SimOperation {
    /// Returns `true` if a call changes the practice. Two of the GETs do.
    pub fn is_write(self) -> bool {
        self.scope()
            .is_some_and(|scope| scope.as_str().ends_with(".write"))
    }

    /// Returns the operation at a path, for any verb.
    pub(crate) fn at(path: &str) -> Option<Self> {
        let path = if path == "/partner" {
            "/partner/"
        } else {
            path
        };
        Self::ALL.iter().copied().find(|op| op.path() == path)
    }
}

impl fmt::Display for SimOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a name that is not an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the simulator has no operation of that name")]
#[non_exhaustive]
pub struct UnknownOperationError;

impl FromStr for SimOperation {
    type Err = UnknownOperationError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|op| op.as_str() == name)
            .ok_or(UnknownOperationError)
    }
}
