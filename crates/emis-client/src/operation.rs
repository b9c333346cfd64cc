//! The table of operations, which retries, telemetry, scope checks and the contract test use.

use std::fmt;

/// The HTTP verb of an operation. It does not tell a read from a write: see [`Effect`].
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

/// The effect of an operation at the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The operation changes nothing and may be retried.
    Read,
    /// The operation changes something and is sent once.
    Write,
}

/// An OAuth scope that operations require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// `papi-appt.read`
    AppointmentsRead,
    /// `papi-appt.write`
    AppointmentsWrite,
    /// `papi-cr.read`
    CareRecordRead,
    /// `papi-cr.write`
    CareRecordWrite,
    /// `papi-subjects.read`
    SubjectsRead,
    /// `papi-config.read`
    ConfigRead,
    /// `papi-searches.read`
    SearchesRead,
}

impl Scope {
    /// Returns the scope as written in a token's `authorizations`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppointmentsRead => "papi-appt.read",
            Self::AppointmentsWrite => "papi-appt.write",
            Self::CareRecordRead => "papi-cr.read",
            Self::CareRecordWrite => "papi-cr.write",
            Self::SubjectsRead => "papi-subjects.read",
            Self::ConfigRead => "papi-config.read",
            Self::SearchesRead => "papi-searches.read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The row of one operation in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation.
    pub operation: Operation,
    /// EMIS's name of the operation.
    pub name: &'static str,
    /// The HTTP verb.
    pub verb: Verb,
    /// The path below the base URL.
    pub path: &'static str,
    /// The query parameters, in the document's order, each with whether it is required.
    pub parameters: &'static [(&'static str, bool)],
    /// The scope that it requires; `None` for `GetHealth`.
    pub scope: Option<Scope>,
    /// The effect: read or write.
    pub effect: Effect,
    /// The longest date range that it serves, in days.
    pub max_days: Option<u16>,
}

macro_rules! operations {
    ($(
        $(#[$about:meta])+
        $operation:ident $verb:ident $path:literal
        ($($parameter:literal $required:literal),*)
        $scope:expr, $effect:ident, $max_days:expr;
    )*) => {
        /// An operation of the Partner API, by EMIS's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$about])+ $operation,)*
        }

        impl Operation {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$operation),*];

            /// Returns the row of the operation in the table.
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
    /// A check that the API is up.
    GetHealth Get "/" () None, Read, None;
    /// The practice, its staff and its locations: the older response.
    GetOrganisation Get "/api/v1/organisation/GetOrganisation" ()
        Some(Scope::ConfigRead), Read, None;
    /// The practice, its staff and its locations.
    GetOrganisationV2 Get "/api/v1/organisation/GetOrganisationV2" ()
        Some(Scope::ConfigRead), Read, None;
    /// One member of staff.
    GetUserById Get "/api/v1/user/GetUserById" ("userInRoleId" true)
        Some(Scope::ConfigRead), Read, None;
    /// Sites, session holders, slot types and holidays.
    GetAppointmentConfiguration Get "/api/v1/appointments/GetAppointmentConfiguration"
        ("startDate" true, "endDate" true) Some(Scope::AppointmentsRead), Read, None;
    /// Sessions in up to 90 days.
    GetAppointmentSessions Get "/api/v1/appointments/GetAppointmentSessions"
        ("slotType" false, "startDate" true, "endDate" true)
        Some(Scope::AppointmentsRead), Read, Some(90);
    /// The slots of a session, without their comments.
    GetSlotsForSession Get "/api/v1/appointments/GetSlotsForSession" ("appointmentSessionId" true)
        Some(Scope::AppointmentsRead), Read, None;
    /// The slots of a session.
    GetSlotsForSessionV2 Get "/api/v1/appointments/GetSlotsForSessionV2"
        ("appointmentSessionId" true) Some(Scope::AppointmentsRead), Read, None;
    /// Patients with appointments ahead, without slot types.
    GetBookedPatients Get "/api/v1/appointments/GetBookedPatients"
        ("minutesBefore" true, "minutesWithin" true) Some(Scope::AppointmentsRead), Read, None;
    /// Patients with appointments ahead.
    GetBookedPatientsV2 Get "/api/v1/appointments/GetBookedPatientsV2"
        ("minutesBefore" true, "minutesWithin" true) Some(Scope::AppointmentsRead), Read, None;
    /// Patients who are in the waiting room.
    GetArrivedPatients Get "/api/v1/appointments/GetArrivedPatients"
        ("minutesBefore" true, "minutesWithin" true) Some(Scope::AppointmentsRead), Read, None;
    /// Patients who are with the clinician.
    GetSentInPatients Get "/api/v1/appointments/GetSentInPatients"
        ("minutesBefore" true, "minutesWithin" true) Some(Scope::AppointmentsRead), Read, None;
    /// One patient's appointments in up to 90 days, without slot types.
    GetPatientAppointments Get "/api/v1/appointments/GetPatientAppointments"
        ("patientNumber" true, "startDate" true, "endDate" true)
        Some(Scope::AppointmentsRead), Read, Some(90);
    /// One patient's appointments in up to 90 days.
    GetPatientAppointmentsV2 Get "/api/v1/appointments/GetPatientAppointmentsV2"
        ("patientNumber" true, "startDate" true, "endDate" true)
        Some(Scope::AppointmentsRead), Read, Some(90);
    /// Books a slot for a patient.
    BookAppointment Get "/api/v1/appointments/BookAppointment"
        ("reason" true, "bookedBy" true, "bookingNote" false, "slotId" true, "patientNumber" true)
        Some(Scope::AppointmentsWrite), Write, None;
    /// Cancels a patient's appointment in a slot.
    CancelAppointment Get "/api/v1/appointments/CancelAppointment"
        ("slotId" true, "patientNumber" true) Some(Scope::AppointmentsWrite), Write, None;
    /// Marks the patient in a slot, whichever it is, as arrived, sent in or left.
    SetAppointmentStatus Patch "/api/v1/appointments/SetAppointmentStatus"
        ("statusId" true, "slotId" true) Some(Scope::AppointmentsWrite), Write, None;
    /// Marks a patient as arrived, sent in or left.
    SetAppointmentStatusEx Patch "/api/v1/appointments/SetAppointmentStatusEx"
        ("statusId" true, "slotId" true, "patientNumber" true)
        Some(Scope::AppointmentsWrite), Write, None;
    /// Changes a slot's type and booking note.
    SetSlotType Patch "/api/v1/appointments/SetSlotType"
        ("slotType" false, "bookingNote" false, "slotId" true)
        Some(Scope::AppointmentsWrite), Write, None;
    /// Replaces a slot's notes.
    SetSlotNotes Patch "/api/v1/appointments/SetSlotNotes" ("slotNotes" false, "slotId" true)
        Some(Scope::AppointmentsWrite), Write, None;
    /// Adds a comment to a slot.
    AddSlotComment Patch "/api/v1/appointments/AddSlotComment" ("slotComment" true, "slotId" true)
        Some(Scope::AppointmentsWrite), Write, None;
    /// One patient's registration.
    GetPatientDemographics Get "/api/v1/patient/GetPatientDemographics" ("patientNumber" true)
        Some(Scope::SubjectsRead), Read, None;
    /// Patients that match a search.
    GetMatchedPatients Get "/api/v1/patientMatching/GetMatchedPatients" ("matchedTerms" false)
        Some(Scope::SubjectsRead), Read, None;
    /// Patients whose registration has changed.
    GetChangedPatients Get "/api/v1/patientMatching/GetChangedPatients" ("fromDate" false)
        Some(Scope::SubjectsRead), Read, None;
    /// Patients whose medical record has changed.
    GetChangedPatientsMR Get "/api/v1/patientMatching/GetChangedPatientsMR" ("fromDate" false)
        Some(Scope::SubjectsRead), Read, None;
    /// The age-sex register, batch by batch. EMIS may refuse it.
    GetPatientSequence Get "/api/v1/patientMatching/GetPatientSequence"
        ("startId" true, "batchSize" true) Some(Scope::SubjectsRead), Read, None;
    /// The patients of a QOF report as it last ran.
    GetPatientSearches Get "/api/v1/search/GetPatientSearches"
        ("searchGuid" true, "site" true, "reportType" true) Some(Scope::SearchesRead), Read, None;
    /// A patient's whole record.
    GetMedicalRecord Get "/api/v1/medicalRecord/GetMedicalRecord" ("patientNumber" true)
        Some(Scope::CareRecordRead), Read, None;
    /// A patient's coded record, without medication and registration.
    GetCodedRecord Get "/api/v1/medicalRecord/GetCodedRecord" ("patientNumber" true)
        Some(Scope::CareRecordRead), Read, None;
    /// A patient's coded events of some days, counting back from today.
    GetEvents Get "/api/v1/medicalRecord/GetEvents" ("noOfDays" true, "patientNumber" true)
        Some(Scope::CareRecordRead), Read, None;
    /// Medication issued to a patient in some days, counting back from today.
    GetMedicationIssues Get "/api/v1/medicalRecord/GetMedicationIssues"
        ("noOfDays" true, "patientNumber" true) Some(Scope::CareRecordRead), Read, None;
    /// One consultation.
    GetConsultation Get "/api/v1/medicalRecord/GetConsultation"
        ("consultationGuid" true, "patientNumber" true) Some(Scope::CareRecordRead), Read, None;
    /// The attachments of a patient's record: the older response.
    GetAttachments Get "/api/v1/medicalRecord/GetAttachments" ("patientNumber" true)
        Some(Scope::CareRecordRead), Read, None;
    /// The attachments of a patient's record.
    GetAttachmentsV2 Get "/api/v1/medicalRecord/GetAttachmentsV2" ("patientNumber" true)
        Some(Scope::CareRecordRead), Read, None;
    /// The content of an attachment, without patient and practice.
    GetBase64AttachmentData Get "/api/v1/medicalRecord/GetBase64AttachmentData"
        ("documentId" true, "patientNumber" true) Some(Scope::CareRecordRead), Read, None;
    /// The content of an attachment.
    GetBase64AttachmentDataV2 Get "/api/v1/medicalRecord/GetBase64AttachmentDataV2"
        ("documentId" true, "patientNumber" true) Some(Scope::CareRecordRead), Read, None;
    /// Files a new consultation. The only operation with a body.
    FileRecord Post "/api/v1/medicalRecord/FileRecord" ("patientNumber" true)
        Some(Scope::CareRecordWrite), Write, None;
    /// Changes the visibility and the provisional status of an attachment.
    UpdateAttachment Patch "/api/v1/medicalRecord/UpdateAttachment"
        ("attachmentGuid" true, "pfsVisibility" true, "provisional" true, "patientNumber" true)
        Some(Scope::CareRecordWrite), Write, None;
    /// Changes the visibility of a consultation.
    UpdateConsultationVisibility Patch "/api/v1/medicalRecord/UpdateConsultationVisibility"
        ("consultationGuid" false, "pfsVisibility" true, "patientNumber" true)
        Some(Scope::CareRecordWrite), Write, None;
}

impl Operation {
    /// Returns EMIS's name of the operation.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Returns the effect: read or write.
    pub const fn effect(self) -> Effect {
        self.spec().effect
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
