//! Identity checks before anything is shown or written.

use emis_client::model::Patient;
use emis_types::{PatientNumber, uk};
use jiff::SignedDuration;
use tracing::Instrument as _;

use crate::booking::Booking;
use crate::checks::Stop;
use crate::error::{BookingError, BookingErrorKind};
use crate::identity::admission::{IdentityAttemptOutcome, IdentityLock};
use crate::identity::policy::IdentityPolicy;
use crate::identity::subject::IdentitySubject;
use crate::invitation::record::InvitationId;
use crate::patient::{PatientIdentity, may_book};
use crate::rejection::Rejection;
use crate::request::BookingRequest;

/// The result of [`Booking::prove`].
pub(crate) enum IdentityProof {
    /// The identity is the patient's.
    Proved(Box<Patient>),
    /// It is not, or EMIS has no such patient.
    Wrong(Rejection),
    /// Too many were wrong before.
    Wait(SignedDuration),
    /// Far too many were wrong before.
    Locked(SignedDuration),
}

impl Booking {
    /// Checks that the patient's record is theirs, and that they can be booked for.
    pub(crate) async fn check_patient(&self, request: &BookingRequest) -> Result<(), Stop> {
        let link = self.link_of(request).await?.map(|link| link.id);
        let number = request.patient;
        match self.prove(number, link, &request.identity).await? {
            IdentityProof::Proved(patient) => {
                let day = uk::at(request.slot.start).date();
                Ok(may_book(&patient, number, &request.identity, day)?)
            }
            IdentityProof::Wrong(rejection) => Err(rejection.into()),
            IdentityProof::Wait(_) | IdentityProof::Locked(_) => {
                Err(Rejection::TooManyAttempts.into())
            }
        }
    }

    /// Compares an identity with a patient's record. Wrong ones are counted against the patient and
    /// the link, in the store, before they are compared.
    ///
    /// It runs to its end in a task of its own: a right one whose future is dropped is not counted
    /// as wrong.
    pub(crate) async fn prove(
        &self,
        number: PatientNumber,
        link: Option<InvitationId>,
        identity: &PatientIdentity,
    ) -> Result<IdentityProof, BookingError> {
        let (booking, identity) = (self.clone(), *identity);
        let proof = async move { booking.prove_to_the_end(number, link, &identity).await };
        let proof = tokio::spawn(proof.in_current_span()).await;
        proof.unwrap_or_else(|_| {
            let message = "the identity check was interrupted";
            Err(BookingError::new(BookingErrorKind::Interrupted, message))
        })
    }

    async fn prove_to_the_end(
        &self,
        number: PatientNumber,
        link: Option<InvitationId>,
        identity: &PatientIdentity,
    ) -> Result<IdentityProof, BookingError> {
        let mut subjects = vec![IdentitySubject::Patient(number)];
        subjects.extend(link.map(IdentitySubject::Link));
        let _turn = self.cache().patients.take(&self.practice, number).await;
        match self.begin_attempt(&subjects).await? {
            IdentityAttemptOutcome::Allowed => {}
            IdentityAttemptOutcome::Wait(time) => return Ok(IdentityProof::Wait(time)),
            IdentityAttemptOutcome::Locked(time) => return Ok(IdentityProof::Locked(time)),
        }
        match self.demographics(number).await {
            Ok(Some(patient)) if patient.number == number && identity.matches(&patient) => {
                self.forget_attempts(&subjects).await?;
                Ok(IdentityProof::Proved(Box::new(patient)))
            }
            Ok(Some(_)) => Ok(IdentityProof::Wrong(Rejection::IdentityMismatch)),
            Ok(None) => Ok(IdentityProof::Wrong(Rejection::PatientNotFound)),
            Err(error) => {
                // Nothing was compared.
                self.return_attempt(&subjects).await?;
                Err(error)
            }
        }
    }

    async fn demographics(&self, number: PatientNumber) -> Result<Option<Patient>, BookingError> {
        let patient = self.emis().await?.patient();
        match patient.get_patient_demographics(number).await {
            Ok(patient) => Ok(Some(patient)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn begin_attempt(
        &self,
        subjects: &[IdentitySubject],
    ) -> Result<IdentityAttemptOutcome, BookingError> {
        let (practice, policy) = (&self.practice, IdentityPolicy::default());
        let begun = self
            .admissions
            .begin_attempt(practice, subjects, &policy, &self.author);
        Ok(begun.await?)
    }

    pub(crate) async fn return_attempt(
        &self,
        subjects: &[IdentitySubject],
    ) -> Result<(), BookingError> {
        let returned = self.admissions.return_attempt(&self.practice, subjects);
        Ok(returned.await?)
    }

    pub(crate) async fn forget_attempts(
        &self,
        subjects: &[IdentitySubject],
    ) -> Result<(), BookingError> {
        let forgotten = self.admissions.forget_attempts(&self.practice, subjects);
        Ok(forgotten.await?)
    }

    /// Returns the patients and links that too many wrong identities have locked.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn identity_locks(&self) -> Result<Vec<IdentityLock>, BookingError> {
        Ok(self.admissions.locks(&self.practice).await?)
    }

    /// Lifts a lock, for a member of staff who has made sure of the patient. Returns `false` if it
    /// was not locked.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// Safe to drop: the lock is lifted or not.
    pub async fn unlock(&self, subject: &IdentitySubject) -> Result<bool, BookingError> {
        let unlocked = self
            .admissions
            .unlock(&self.practice, subject, &self.author);
        Ok(unlocked.await?)
    }
}
