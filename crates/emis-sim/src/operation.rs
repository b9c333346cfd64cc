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
    ($($name:ident $verb:ident $path:literal $scope:expr, $doc:literal;)*) => {
        /// An operation of EMIS's Partner API, by its own name, or an endpoint of the identity service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum SimOperation {
            $(#[doc = $doc] $name,)*
        }

        impl SimOperation {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name, as in the path: `BookAppointment`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// Returns the HTTP method.
            pub(crate) const fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$verb,)*
                }
            }

            /// Returns the path on the server.
            pub(crate) const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }

            /// Returns the scope that a token must carry.
            pub(crate) const fn scope(self) -> Option<Scope> {
                match self {
                    $(Self::$name => $scope,)*
                }
            }
        }
    };
}

operations! {
    GetHealth GET "/partner/" None,
        "The health of the API; needs no token.";
    GetOrganisation
        GET "/partner/api/v1/organisation/GetOrganisation" Some(Scope::ConfigRead),
        "The practice and its staff.";
    GetOrganisationV2
        GET "/partner/api/v1/organisation/GetOrganisationV2" Some(Scope::ConfigRead),
        "The practice, its staff and its locations.";
    GetUserById
        GET "/partner/api/v1/user/GetUserById" Some(Scope::ConfigRead),
        "One member of staff.";
    GetAppointmentConfiguration
        GET "/partner/api/v1/appointments/GetAppointmentConfiguration" Some(Scope::AppointmentsRead),
        "Sites, session holders, slot types and holidays.";
    GetAppointmentSessions
        GET "/partner/api/v1/appointments/GetAppointmentSessions" Some(Scope::AppointmentsRead),
        "Sessions within at most 90 days, with counts of their slots.";
    GetSlotsForSession
        GET "/partner/api/v1/appointments/GetSlotsForSession" Some(Scope::AppointmentsRead),
        "The slots of one session, without comments.";
    GetSlotsForSessionV2
        GET "/partner/api/v1/appointments/GetSlotsForSessionV2" Some(Scope::AppointmentsRead),
        "The slots of one session.";
    GetBookedPatients
        GET "/partner/api/v1/appointments/GetBookedPatients" Some(Scope::AppointmentsRead),
        "Booked patients around the present moment, without slot types.";
    GetBookedPatientsV2
        GET "/partner/api/v1/appointments/GetBookedPatientsV2" Some(Scope::AppointmentsRead),
        "Booked patients around the present moment.";
    GetArrivedPatients
        GET "/partner/api/v1/appointments/GetArrivedPatients" Some(Scope::AppointmentsRead),
        "Patients who have arrived and wait.";
    GetSentInPatients
        GET "/partner/api/v1/appointments/GetSentInPatients" Some(Scope::AppointmentsRead),
        "Patients who have been sent in.";
    GetPatientAppointments
        GET "/partner/api/v1/appointments/GetPatientAppointments" Some(Scope::AppointmentsRead),
        "One patient's appointments within at most 90 days, without slot types.";
    GetPatientAppointmentsV2
        GET "/partner/api/v1/appointments/GetPatientAppointmentsV2" Some(Scope::AppointmentsRead),
        "One patient's appointments within at most 90 days.";
    BookAppointment
        GET "/partner/api/v1/appointments/BookAppointment" Some(Scope::AppointmentsWrite),
        "Puts a patient into a slot. A GET that writes.";
    CancelAppointment
        GET "/partner/api/v1/appointments/CancelAppointment" Some(Scope::AppointmentsWrite),
        "Takes a patient out of a slot. A GET that writes.";
    SetAppointmentStatus
        PATCH "/partner/api/v1/appointments/SetAppointmentStatus" Some(Scope::AppointmentsWrite),
        "Marks the appointment in a slot as arrived, sent in or left.";
    SetAppointmentStatusEx
        PATCH "/partner/api/v1/appointments/SetAppointmentStatusEx" Some(Scope::AppointmentsWrite),
        "Marks a patient's appointment in a slot as arrived, sent in or left.";
    SetSlotType
        PATCH "/partner/api/v1/appointments/SetSlotType" Some(Scope::AppointmentsWrite),
        "Changes the type and the notes of a slot.";
    SetSlotNotes
        PATCH "/partner/api/v1/appointments/SetSlotNotes" Some(Scope::AppointmentsWrite),
        "Replaces the notes of a slot.";
    AddSlotComment
        PATCH "/partner/api/v1/appointments/AddSlotComment" Some(Scope::AppointmentsWrite),
        "Adds a comment to a slot.";
    GetPatientDemographics
        GET "/partner/api/v1/patient/GetPatientDemographics" Some(Scope::SubjectsRead),
        "One patient's registration.";
    GetMatchedPatients
        GET "/partner/api/v1/patientMatching/GetMatchedPatients" Some(Scope::SubjectsRead),
        "Patients that match a search term.";
    GetChangedPatients
        GET "/partner/api/v1/patientMatching/GetChangedPatients" Some(Scope::SubjectsRead),
        "Patients whose registration changed since a day.";
    GetChangedPatientsMR
        GET "/partner/api/v1/patientMatching/GetChangedPatientsMR" Some(Scope::SubjectsRead),
        "Patients whose medical record changed since a day.";
    GetPatientSequence
        GET "/partner/api/v1/patientMatching/GetPatientSequence" Some(Scope::SubjectsRead),
        "A batch of patients in the order of their numbers.";
    GetPatientSearches
        GET "/partner/api/v1/search/GetPatientSearches" Some(Scope::SearchesRead),
        "Patients that a search of the practice finds.";
    GetMedicalRecord
        GET "/partner/api/v1/medicalRecord/GetMedicalRecord" Some(Scope::RecordsRead),
        "One patient's whole record.";
    GetCodedRecord
        GET "/partner/api/v1/medicalRecord/GetCodedRecord" Some(Scope::RecordsRead),
        "The entries of a record that have a clinical code.";
    GetEvents
        GET "/partner/api/v1/medicalRecord/GetEvents" Some(Scope::RecordsRead),
        "Coded events of the last days.";
    GetMedicationIssues
        GET "/partner/api/v1/medicalRecord/GetMedicationIssues" Some(Scope::RecordsRead),
        "Prescriptions of the last days.";
    GetConsultation
        GET "/partner/api/v1/medicalRecord/GetConsultation" Some(Scope::RecordsRead),
        "One consultation and its entries.";
    GetAttachments
        GET "/partner/api/v1/medicalRecord/GetAttachments" Some(Scope::RecordsRead),
        "The list of documents in a record.";
    GetAttachmentsV2
        GET "/partner/api/v1/medicalRecord/GetAttachmentsV2" Some(Scope::RecordsRead),
        "The list of documents in a record, second version.";
    GetBase64AttachmentData
        GET "/partner/api/v1/medicalRecord/GetBase64AttachmentData" Some(Scope::RecordsRead),
        "A document itself.";
    GetBase64AttachmentDataV2
        GET "/partner/api/v1/medicalRecord/GetBase64AttachmentDataV2" Some(Scope::RecordsRead),
        "A document itself, with the patient's NHS number and the organisation.";
    FileRecord
        POST "/partner/api/v1/medicalRecord/FileRecord" Some(Scope::RecordsWrite),
        "Files a new consultation in a patient's record.";
    UpdateAttachment
        PATCH "/partner/api/v1/medicalRecord/UpdateAttachment" Some(Scope::RecordsWrite),
        "Sets a document's provisional flag and visibility to the patient.";
    UpdateConsultationVisibility
        PATCH "/partner/api/v1/medicalRecord/UpdateConsultationVisibility" Some(Scope::RecordsWrite),
        "Sets a consultation's visibility to the patient.";
    Discovery GET "/identity/.well-known/openid-configuration" None,
        "The identity service's discovery document.";
    Jwks GET "/identity/discovery/keys" None,
        "The identity service's signing keys.";
    Authorize GET "/identity/oauth2/authorize" None,
        "The identity service's authorization endpoint.";
    SignIn POST "/identity/oauth2/signin" None,
        "The form of the identity service's sign-in page.";
    Token POST "/identity/oauth2/token" None,
        "The identity service's token endpoint.";
}

impl SimOperation {
    /// Returns `true` if a call changes the practice. Two of the GETs do.
    pub fn is_write(self) -> bool {
        self.scope()
            .is_some_and(|scope| scope.as_str().ends_with(".write"))
    }

    /// Returns `true` for an endpoint of the identity service.
    pub(crate) const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::Discovery | Self::Jwks | Self::Authorize | Self::SignIn | Self::Token
        )
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
