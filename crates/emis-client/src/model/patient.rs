//! A patient's registration.

use emis_types::{NhsNumber, PatientNumber, Sensitive, StaffId};
use jiff::civil::Date;

/// A patient, as booked-patient lists, demographics and matches give them.
///
/// Everything about the person is redacted in `Debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patient {
    /// EMIS's number of the patient.
    pub number: PatientNumber,
    /// The NHS number; many patients have none on record.
    pub nhs_number: Option<NhsNumber>,
    /// Their name.
    pub name: Sensitive<PatientName>,
    /// Date of birth.
    pub date_of_birth: Option<Sensitive<Date>>,
    /// The mobile field as the practice keeps it, but for white space around it: free text, maybe
    /// with a note, maybe a landline. Parse it with [`emis_types::UkMobile`].
    pub mobile: Option<Sensitive<String>>,
    /// The email field as the practice keeps it, but for white space around it.
    pub email: Option<Sensitive<String>>,
    /// The patient's usual GP, if EMIS names one.
    pub usual_gp: Option<StaffId>,
    /// True if the patient is alive, as far as EMIS says.
    pub vital_status: VitalStatus,
    /// The day on which the patient left the practice's list.
    pub deducted_on: Option<Date>,
    /// The registration, which only demographics and matches carry.
    pub registration: Option<Registration>,
}

impl Patient {
    /// Creates a patient with their number.
    pub fn new(number: PatientNumber) -> Self {
        Self {
            number,
            nhs_number: None,
            name: Sensitive::default(),
            date_of_birth: None,
            mobile: None,
            email: None,
            usual_gp: None,
            vital_status: VitalStatus::NoSignOfDeath,
            deducted_on: None,
            registration: None,
        }
    }
}

/// A patient's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct PatientName {
    /// Such as "Mrs".
    pub title: Option<Sensitive<String>>,
    /// First names.
    pub first_names: Option<Sensitive<String>>,
    /// The name by which the patient wants to be addressed.
    pub calling_name: Option<Sensitive<String>>,
    /// Family name.
    pub family_name: Option<Sensitive<String>>,
}

/// The vital status of a patient, decoded from three wire fields that can contradict each other.
///
/// The wire's `dead` is an ordinal whose order is inverted in JSON (an assumption, see
/// `docs/contract-notes.md`), so it is never read alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VitalStatus {
    /// Nothing says that the patient died.
    NoSignOfDeath,
    /// A date of death is on record, or the `dead` flag is set.
    Deceased,
    /// The fields contradict each other. Treat as deceased for messages, and tell a person.
    Conflicting,
}

/// A patient's registration with the practice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[non_exhaustive]
pub struct Registration {
    /// EMIS's registration status code: see [`standing`](Self::standing).
    pub status_code: Option<i32>,
    /// EMIS's patient type: 4 is regular, 7 a [dummy](Self::is_dummy).
    pub patient_type: Option<i32>,
    /// True if the practice regards the patient as registered.
    pub practice_registered: Option<bool>,
}

impl Registration {
    /// Returns the standing that the registration amounts to.
    ///
    /// The status code, where there is one, counts for more than the practice's flag: temporary
    /// residents and patients being registered have appointments too. Where there is neither,
    /// nothing speaks against the patient's being registered.
    ///
    /// ```
    /// use emis_client::model::{Registration, Standing};
    /// let mut registration = Registration::default();
    /// registration.status_code = Some(13);
    /// assert_eq!(registration.standing(), Standing::Left);
    /// ```
    pub const fn standing(&self) -> Standing {
        match (self.status_code, self.practice_registered) {
            (Some(1..=3), _) => Standing::PreRegistered,
            // 20 and 23 are registered for some services, 34 left an institute.
            (Some(4..=8 | 20 | 23 | 34), _) => Standing::Registered,
            (Some(9 | 10), _) => Standing::Temporary,
            (Some(11 | 12 | 47 | 48), _) => Standing::Died,
            (Some(13..=19 | 21 | 22 | 24..=33 | 35..=38), _) => Standing::Left,
            (Some(_), _) => Standing::Unclear,
            (None, Some(false)) => Standing::Left,
            (None, _) => Standing::Registered,
        }
    }

    /// Returns whether the patient was made up, for tests and training.
    pub const fn is_dummy(&self) -> bool {
        matches!(self.patient_type, Some(7))
    }
}

/// Where a patient stands with the practice, by their [`Registration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Registered, if only for some services.
    Registered,
    /// A temporary resident.
    Temporary,
    /// About to be registered.
    PreRegistered,
    /// No longer with the practice.
    Left,
    /// Died.
    Died,
    /// EMIS gives a status code that is unknown to us.
    Unclear,
}
