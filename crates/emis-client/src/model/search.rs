//! Searches that the practice's system runs by itself.

use emis_types::PatientNumber;

/// Which run of a QOF report (Quality and Outcomes Framework) to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SearchReport {
    /// Looks three months ahead (0).
    ThreeMonthLookAhead,
    /// "How am I driving", run each week (1).
    HowAmIDriving,
    /// The end of the financial year (2).
    FinancialYearEnd,
    /// Looks one month ahead (3).
    OneMonthLookAhead,
}

impl SearchReport {
    /// Returns EMIS's number for it.
    pub const fn id(self) -> i32 {
        match self {
            Self::ThreeMonthLookAhead => 0,
            Self::HowAmIDriving => 1,
            Self::FinancialYearEnd => 2,
            Self::OneMonthLookAhead => 3,
        }
    }
}

/// A patient whom a search found, from `GetPatientSearches`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchMatch {
    /// The patient. EMIS calls it `refID`, and nothing says that it is the patient's number; so
    /// it is taken, and to be compared with the patient's demographics before anything is done.
    pub patient: PatientNumber,
    /// The registration status code: see
    /// [`Registration::status_code`](super::Registration::status_code).
    pub status_code: Option<i32>,
}

impl SearchMatch {
    /// Creates a patient with their number.
    pub fn new(patient: PatientNumber) -> Self {
        Self {
            patient,
            status_code: None,
        }
    }
}
