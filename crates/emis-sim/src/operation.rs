//! The operations that the simulator answers: one table of names, verbs, paths and scopes.

use std::fmt;
use std::str::FromStr;

use http::Method;

/// A permission that a token can carry in its `authorizations` claim.
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
    /// Everything that the simulator's application holds.
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

/// The Partner API has no scope of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Partner API has no scope of that name")]
#[non_exhaustive]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::HELD
            .into_iter()
            .find(|scope| scope.as_str() == name)
            .ok_or(UnknownScope)
    }
}

macro_rules! operations {
    ($($name:ident $verb:ident $path:literal $scope:expr, $doc:literal;)*) => {
        /// What a caller asked for, named as EMIS's Partner API names it; the identity service's
        /// endpoints have names of our own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = $doc] $name,)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, as in the path: `BookAppointment`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The verb it is called with.
            pub(crate) const fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$verb,)*
                }
            }

            /// The path on the server.
            pub(crate) const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }

            /// The scope that a token must carry.
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
        "Whether the API is there at all; needs no token.";
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
        "Marks whoever is in a slot as arrived, sent in or left.";
    SetAppointmentStatusEx
        PATCH "/partner/api/v1/appointments/SetAppointmentStatusEx" Some(Scope::AppointmentsWrite),
        "Marks an appointment as arrived, sent in or left.";
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
        "Patients whom a search of the practice found.";
    GetMedicalRecord
        GET "/partner/api/v1/medicalRecord/GetMedicalRecord" Some(Scope::RecordsRead),
        "One patient's whole record.";
    GetCodedRecord
        GET "/partner/api/v1/medicalRecord/GetCodedRecord" Some(Scope::RecordsRead),
        "What has a clinical code in a record.";
    GetEvents
        GET "/partner/api/v1/medicalRecord/GetEvents" Some(Scope::RecordsRead),
        "Coded events of the last days.";
    GetMedicationIssues
        GET "/partner/api/v1/medicalRecord/GetMedicationIssues" Some(Scope::RecordsRead),
        "Prescriptions of the last days.";
    GetConsultation
        GET "/partner/api/v1/medicalRecord/GetConsultation" Some(Scope::RecordsRead),
        "One consultation and what was written in it.";
    GetAttachments
        GET "/partner/api/v1/medicalRecord/GetAttachments" Some(Scope::RecordsRead),
        "The list of documents in a record.";
    GetAttachmentsV2
        GET "/partner/api/v1/medicalRecord/GetAttachmentsV2" Some(Scope::RecordsRead),
        "The same.";
    GetBase64AttachmentData
        GET "/partner/api/v1/medicalRecord/GetBase64AttachmentData" Some(Scope::RecordsRead),
        "A document itself.";
    GetBase64AttachmentDataV2
        GET "/partner/api/v1/medicalRecord/GetBase64AttachmentDataV2" Some(Scope::RecordsRead),
        "A document itself, and whose it is.";
    FileRecord
        POST "/partner/api/v1/medicalRecord/FileRecord" Some(Scope::RecordsWrite),
        "Files a new consultation in a patient's record.";
    UpdateAttachment
        PATCH "/partner/api/v1/medicalRecord/UpdateAttachment" Some(Scope::RecordsWrite),
        "Whether a document is provisional, and shown to the patient.";
    UpdateConsultationVisibility
        PATCH "/partner/api/v1/medicalRecord/UpdateConsultationVisibility" Some(Scope::RecordsWrite),
        "Whether a consultation is shown to the patient.";
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

impl Operation {
    /// Whether a call changes something at the practice, whatever its verb.
    pub fn is_write(self) -> bool {
        self.scope()
            .is_some_and(|scope| scope.as_str().ends_with(".write"))
    }

    /// Whether it belongs to the identity service, whose errors look different.
    pub(crate) const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::Discovery | Self::Jwks | Self::Authorize | Self::SignIn | Self::Token
        )
    }

    /// The operation at `path`, whatever the verb.
    pub(crate) fn at(path: &str) -> Option<Self> {
        let path = if path == "/partner" {
            "/partner/"
        } else {
            path
        };
        Self::ALL.iter().copied().find(|op| op.path() == path)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No operation has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the simulator knows no operation of that name")]
#[non_exhaustive]
pub struct UnknownOperation;

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|op| op.as_str() == name)
            .ok_or(UnknownOperation)
    }
}
