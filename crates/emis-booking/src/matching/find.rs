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
    /// No patient matches: the number is wrong, or the date of birth.
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

/// The patients of a search who have the number that was stated.
struct Found {
    patients: Vec<Patient>,
    /// `false` if another may have it too.
    is_complete: bool,
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
    /// Finds the patient that is meant. Wrong NHS numbers, telephone numbers and dates of birth are
    /// counted, slowed and locked alike: the answer does not tell which of them was wrong.
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
        // Counted before it is known whether the practice has the number.
        let subjects = [IdentitySubject::nhs_number(&self.practice, nhs_number)];
        if let Some(refusal) = self.refuse_attempt(&subjects).await? {
            return Ok(Err(refusal));
        }
        let terms = MatchedTerms::nhs_number(nhs_number);
        let has_number = |patient: &Patient| patient.nhs_number == Some(nhs_number);
        let identity =
            PatientIdentity::nhs_number(nhs_number).and_date_of_birth(born.into_exposed());
        let found = match self.of_number(&terms, has_number).await {
            Ok(found) => found,
            Err(error) => {
                self.return_attempt(&subjects).await?;
                return Err(error);
            }
        };
        // Each wrong date of birth counts for the patient too, as in a booking or a link.
        if let [patient] = found.patients.as_slice() {
            let patient = [IdentitySubject::Patient(patient.number)];
            if self.refuse_attempt(&patient).await?.is_some() {
                // How long they must wait would tell that the number is right.
                return Ok(Err(MatchRefusal::NoMatch));
            }
        }
        self.accept(found, identity, &subjects).await
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
        let has_number = |patient: &Patient| {
            let mobile = patient.mobile.as_ref();
            let mobile = mobile.and_then(|it| it.expose().parse::<UkMobile>().ok());
            mobile.as_ref() == Some(number)
        };
        let found = async {
            let terms = MatchedTerms::new(&born.expose().strftime("%d/%m/%Y").to_string())?;
            self.of_number(&terms, has_number).await
        };
        let found = match found.await {
            Ok(found) => found,
            Err(error) => {
                self.return_attempt(&subjects).await?;
                return Err(error);
            }
        };
        let identity = PatientIdentity::date_of_birth(born.into_exposed());
        self.accept(found, identity, &subjects).await
    }

    /// Returns the patients of a search who have a number.
    async fn of_number(
        &self,
        terms: &MatchedTerms,
        has_number: impl Fn(&Patient) -> bool + Send,
    ) -> Result<Found, BookingError> {
        let emis = self.emis().await?;
        let found = emis.patient_matching().get_matched_patients(terms).await?;
        Ok(Found {
            is_complete: found.skipped.is_empty() && found.items.len() < MOST_MATCHES,
            patients: found.items.into_iter().filter(has_number).collect(),
        })
    }

    /// Decides on the patients who have the number. Unless one has the date of birth too, all
    /// refusals are the same.
    async fn accept(
        &self,
        found: Found,
        identity: PatientIdentity,
        subjects: &[IdentitySubject],
    ) -> Result<Result<MatchedPatient, MatchRefusal>, BookingError> {
        let mut matching = found.patients.iter().filter(|it| identity.matches(it));
        let Some(patient) = matching.next() else {
            return Ok(Err(MatchRefusal::NoMatch));
        };
        if !found.is_complete {
            return Ok(Err(MatchRefusal::Unclear));
        }
        if found.patients.len() > 1 {
            return Ok(Err(MatchRefusal::Several));
        }
        let number = patient.number;
        let subjects = [subjects, &[IdentitySubject::Patient(number)]].concat();
        self.forget_attempts(&subjects).await?;
        let today = uk::at(self.now()).date();
        Ok(match may_book(patient, number, &identity, today) {
            Ok(()) => Ok(MatchedPatient {
                patient: number,
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
