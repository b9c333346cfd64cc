//! Decides whether a patient is the one meant, and can be booked for. Pure.

use emis_client::model::{Patient, Registration, Standing, VitalStatus};
use emis_types::{NhsNumber, PatientNumber, Sensitive};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use subtle::Choice;

use crate::identity::same::{same_date, same_number};
use crate::rejection::Rejection;

/// The caller's knowledge of the patient besides the number: an NHS number, a date of birth, or
/// both. Each that is known must match the record.
///
/// A patient number alone is never enough to book: EMIS has several kinds of them, and a mixed-up
/// number names another patient.
///
/// # Examples
/// ```
/// use emis_booking::PatientIdentity;
/// use jiff::civil::date;
///
/// let nhs_number = "999 000 0018".parse()?;
/// let known = PatientIdentity::nhs_number(nhs_number).and_date_of_birth(date(1957, 5, 9));
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "IdentityFields")]
pub struct PatientIdentity {
    #[serde(with = "emis_types::exposed")]
    nhs_number: Option<NhsNumber>,
    #[serde(with = "emis_types::exposed")]
    date_of_birth: Option<Sensitive<Date>>,
}

/// The fields as a web service takes them in.
#[derive(Deserialize)]
struct IdentityFields {
    nhs_number: Option<NhsNumber>,
    date_of_birth: Option<Sensitive<Date>>,
}

impl TryFrom<IdentityFields> for PatientIdentity {
    type Error = &'static str;

    fn try_from(fields: IdentityFields) -> Result<Self, &'static str> {
        let IdentityFields {
            nhs_number,
            date_of_birth,
        } = fields;
        if nhs_number.is_none() && date_of_birth.is_none() {
            return Err("an NHS number or a date of birth is needed");
        }
        Ok(Self {
            nhs_number,
            date_of_birth,
        })
    }
}

impl PatientIdentity {
    /// Creates an identity from an NHS number.
    pub const fn nhs_number(nhs_number: NhsNumber) -> Self {
        Self {
            nhs_number: Some(nhs_number),
            date_of_birth: None,
        }
    }

    /// Creates an identity from a date of birth.
    pub const fn date_of_birth(date_of_birth: Date) -> Self {
        Self {
            nhs_number: None,
            date_of_birth: Some(Sensitive::new(date_of_birth)),
        }
    }

    /// Adds a date of birth.
    #[must_use]
    pub const fn and_date_of_birth(mut self, date_of_birth: Date) -> Self {
        self.date_of_birth = Some(Sensitive::new(date_of_birth));
        self
    }

    /// Returns everything that is known in one text. It is to be digested, and never shown.
    pub(crate) fn canonical(&self) -> String {
        let nhs_number = self.nhs_number.map(|number| number.expose());
        let date_of_birth = self.date_of_birth.map(|date| date.expose().to_string());
        format!("{nhs_number:?}|{date_of_birth:?}")
    }

    /// Returns whether the record confirms everything that is known. What is known and not on
    /// record does not match. It takes as long for a wrong guess as for the right one.
    pub(crate) fn matches(&self, patient: &Patient) -> bool {
        let known = (self.nhs_number, self.date_of_birth);
        let right = |one: Option<Choice>| one.unwrap_or(Choice::from(1));
        let nhs_number = known.0.map(|it| same_number(it, patient.nhs_number));
        let date_of_birth = known.1.map(|it| same_date(it, patient.date_of_birth));
        (right(nhs_number) & right(date_of_birth)).into()
    }
}

/// Decides whether the patient on record is the one meant, and can be booked for on a day.
///
/// # Errors
/// [`IdentityMismatch`](Rejection::IdentityMismatch) or
/// [`PatientNotActive`](Rejection::PatientNotActive), in this order.
pub fn may_book(
    patient: &Patient,
    number: PatientNumber,
    identity: &PatientIdentity,
    on: Date,
) -> Result<(), Rejection> {
    if patient.number != number || !identity.matches(patient) {
        return Err(Rejection::IdentityMismatch);
    }
    let alive = patient.vital_status == VitalStatus::NoSignOfDeath;
    let on_list = patient.deducted_on.is_none_or(|deducted| on < deducted);
    let registered = patient.registration.is_none_or(|it| is_active(&it));
    if alive && on_list && registered {
        Ok(())
    } else {
        Err(Rejection::PatientNotActive)
    }
}

/// Returns whether a patient with this registration is seen at the practice.
fn is_active(registration: &Registration) -> bool {
    use Standing::{PreRegistered, Registered, Temporary};
    let seen = matches!(
        registration.standing(),
        Registered | Temporary | PreRegistered
    );
    seen && !registration.is_dummy()
}
