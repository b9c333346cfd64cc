//! Finds the one patient that is meant, or refuses: never a guess.

use std::fmt;

use emis_client::model::{MatchedTerms, Patient};
use emis_types::{NhsNumber, PatientNumber, Sensitive, UkMobile, uk};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::identity::admission::IdentityAttemptOutcome;
use crate::identity::subject::IdentitySubject;
use crate::patient::{PatientIdentity, may_book};
use crate::rejection::Rejection;

/// The number of matches from which EMIS may have left some out: another patient could be among
/// them.
const MOST_MATCHES: usize = 100;

/// A patient's own knowledge, by which they are found.
///
/// # Examples
/// ```
/// use emis_booking::PatientQuery;
/// use jiff::civil::date;
///
/// let born = date(1957, 5, 9);
/// let on_the_web = PatientQuery::nhs_number("999 000 0018".parse()?, born);
/// let on_the_telephone = PatientQuery::telephone("07700 900123".parse()?, born);
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PatientQuery {
    /// An NHS number and a date of birth.
    NhsNumber {
        /// The NHS number.
        #[serde(with = "emis_types::exposed")]
        nhs_number: NhsNumber,
        /// The date of birth.
        #[serde(with = "emis_types::exposed")]
        date_of_birth: Sensitive<Date>,
    },
    /// The number that a patient calls from, which their record must have as their mobile, and a
    /// date of birth.
    Telephone {
        /// The number.
        #[serde(with = "emis_types::exposed")]
        number: UkMobile,
        /// The date of birth.
        #[serde(with = "emis_types::exposed")]
        date_of_birth: Sensitive<Date>,
    },
}

impl PatientQuery {
    /// Searches by NHS number and date of birth.
    pub fn nhs_number(nhs_number: NhsNumber, date_of_birth: Date) -> Self {
        Self::NhsNumber {
            nhs_number,
            date_of_birth: date_of_birth.into(),
        }
    }

    /// Searches by telephone number and date of birth.
    pub fn telephone(number: UkMobile, date_of_birth: Date) -> Self {
        Self::Telephone {
            number,
            date_of_birth: date_of_birth.into(),
        }
    }
}

/// The outcome of [`Booking::find_patient`].
///
/// In JSON: `{"match": "refused", "detail": "several"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "match", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PatientMatch {
    /// Exactly one patient matches.
    One(MatchedPatient),
    /// No patient is certain.
    Refused(MatchRefusal),
}

/// The patient who matches, with what proved it, for a
/// [`BookingRequest`](crate::BookingRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatchedPatient {
    /// The patient.
    pub patient: PatientNumber,
    /// The identity that matched.
    pub identity: PatientIdentity,
}

/// Why no patient is certain. `Display` is a sentence for the patient, the same for most, so that it
/// reveals nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MatchRefusal {
    /// No patient matches.
    NoMatch,
    /// Several patients match.
    Several,
    /// So many match, or a record could not be read, that another may match as well.
    Unclear,
    /// The patient died, left the practice, or is a dummy.
    NotActive,
    /// Too many attempts were wrong. The next can be made after this time.
    Wait(SignedDuration),
    /// Far too many attempts were wrong.
    Locked(SignedDuration),
}

impl fmt::Display for MatchRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait(_) | Self::Locked(_) => Rejection::TooManyAttempts.sentence(),
            _ => Rejection::IdentityMismatch.sentence(),
        })
    }
}

impl Booking {
    /// Finds the patient that is meant. Wrong dates of birth are counted, slowed and locked.
    ///
    /// # Errors
    /// If EMIS or the store fails.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, MatchedPatient, PatientMatch, PatientQuery};
    ///
    /// async fn find(
    ///     booking: &Booking,
    ///     query: &PatientQuery,
    /// ) -> Result<Option<MatchedPatient>, BookingError> {
    ///     Ok(match booking.find_patient(query).await? {
    ///         PatientMatch::One(patient) => Some(patient),
    ///         other => {
    ///             println!("{other:?}");
    ///             None
    ///         }
    ///     })
    /// }
    /// ```
    pub async fn find_patient(&self, query: &PatientQuery) -> Result<PatientMatch, BookingError> {
        let found = match query {
            PatientQuery::NhsNumber {
                nhs_number,
                date_of_birth,
            } => self.by_nhs_number(*nhs_number, *date_of_birth).await?,
            PatientQuery::Telephone {
                number,
                date_of_birth,
            } => self.by_telephone(number, *date_of_birth).await?,
        };
        Ok(match found {
            Ok(matched) => PatientMatch::One(matched),
            Err(refusal) => PatientMatch::Refused(refusal),
        })
    }

    async fn by_nhs_number(
        &self,
        nhs_number: NhsNumber,
        born: Sensitive<Date>,
    ) -> Result<Result<MatchedPatient, MatchRefusal>, BookingError> {
        let terms = MatchedTerms::nhs_number(nhs_number);
        let has_number = |patient: &Patient| patient.nhs_number == Some(nhs_number);
        let patient = match self.only(&terms, has_number).await? {
            Ok(patient) => patient,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let subjects = [IdentitySubject::Patient(patient.number)];
        if let Some(refusal) = self.refuse_attempt(&subjects).await? {
            return Ok(Err(refusal));
        }
        let identity =
            PatientIdentity::nhs_number(nhs_number).and_date_of_birth(born.into_exposed());
        self.accept(&patient, identity, &subjects).await
    }

    async fn by_telephone(
        &self,
        number: &UkMobile,
        born: Sensitive<Date>,
    ) -> Result<Result<MatchedPatient, MatchRefusal>, BookingError> {
        let subjects = [IdentitySubject::line(&self.practice, number)];
        if let Some(refusal) = self.refuse_attempt(&subjects).await? {
            return Ok(Err(refusal));
        }
        let terms = MatchedTerms::new(&born.expose().strftime("%d/%m/%Y").to_string())?;
        let has_number = |patient: &Patient| {
            let mobile = patient.mobile.as_ref();
            let mobile = mobile.and_then(|it| it.expose().parse::<UkMobile>().ok());
            mobile.as_ref() == Some(number)
        };
        let patient = match self.only(&terms, has_number).await {
            Ok(Ok(patient)) => patient,
            Ok(Err(refusal)) => return Ok(Err(refusal)),
            Err(error) => {
                self.return_attempt(&subjects).await?;
                return Err(error);
            }
        };
        let identity = PatientIdentity::date_of_birth(born.into_exposed());
        self.accept(&patient, identity, &subjects).await
    }

    /// Returns the only patient of a search who fulfils a condition.
    async fn only(
        &self,
        terms: &MatchedTerms,
        is_meant: impl Fn(&Patient) -> bool + Send,
    ) -> Result<Result<Patient, MatchRefusal>, BookingError> {
        let emis = self.emis().await?;
        let found = emis.patient_matching().get_matched_patients(terms).await?;
        let incomplete = !found.skipped.is_empty() || found.items.len() >= MOST_MATCHES;
        let mut meant = found.items.into_iter().filter(is_meant);
        Ok(match (meant.next(), meant.next()) {
            _ if incomplete => Err(MatchRefusal::Unclear),
            (None, _) => Err(MatchRefusal::NoMatch),
            (Some(_), Some(_)) => Err(MatchRefusal::Several),
            (Some(patient), None) => Ok(patient),
        })
    }

    async fn accept(
        &self,
        patient: &Patient,
        identity: PatientIdentity,
        subjects: &[IdentitySubject],
    ) -> Result<Result<MatchedPatient, MatchRefusal>, BookingError> {
        let today = uk::at(self.now()).date();
        let may_book = may_book(patient, patient.number, &identity, today);
        if may_book == Err(Rejection::IdentityMismatch) {
            return Ok(Err(MatchRefusal::NoMatch));
        }
        self.forget_attempts(subjects).await?;
        Ok(match may_book {
            Ok(()) => Ok(MatchedPatient {
                patient: patient.number,
                identity,
            }),
            Err(_) => Err(MatchRefusal::NotActive),
        })
    }

    async fn refuse_attempt(
        &self,
        subjects: &[IdentitySubject],
    ) -> Result<Option<MatchRefusal>, BookingError> {
        Ok(match self.begin_attempt(subjects).await? {
            IdentityAttemptOutcome::Allowed => None,
            IdentityAttemptOutcome::Wait(time) => Some(MatchRefusal::Wait(time)),
            IdentityAttemptOutcome::Locked(time) => Some(MatchRefusal::Locked(time)),
        })
    }
}
