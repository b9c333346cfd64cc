//! The patient matching group: finding patients.

use std::num::NonZeroU16;

use emis_types::PatientNumber;
use jiff::civil::Date;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::{DateRange, Listing, MatchedTerms, Patient, PatientMatches};
use crate::operation::Operation;
use crate::request::Request;

/// The search for patients: [`Client::patient_matching`]. Needs `papi-subjects.read`.
#[derive(Debug, Clone, Copy)]
pub struct PatientMatching<'a>(&'a Client);

impl<'a> PatientMatching<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// The patients that match a search (`GetMatchedPatients`), of whom there may be none.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_matched_patients(
        self,
        terms: &MatchedTerms,
    ) -> Result<Listing<Patient>, Error> {
        self.patients(matched(terms)).await
    }

    /// The same with their whole registrations (`GetMatchedPatients`).
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_matched_patients_in_full(
        self,
        terms: &MatchedTerms,
    ) -> Result<PatientMatches, Error> {
        self.in_full(matched(terms)).await
    }

    /// The patients whose registration has changed since a day (`GetChangedPatients`). Without a
    /// day, EMIS decides how far back to look.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where a year has not four digits, or
    /// any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_changed_patients(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, Error> {
        let request = self.changed(Operation::GetChangedPatients, since)?;
        self.patients(request).await
    }

    /// The same with their whole registrations (`GetChangedPatients`).
    ///
    /// # Errors
    /// Those of [`get_changed_patients`](Self::get_changed_patients).
    pub async fn get_changed_patients_in_full(
        self,
        since: Option<Date>,
    ) -> Result<PatientMatches, Error> {
        let request = self.changed(Operation::GetChangedPatients, since)?;
        self.in_full(request).await
    }

    /// The patients whose medical record has changed since a day, by the audit trail
    /// (`GetChangedPatientsMR`). Without a day, EMIS decides how far back to look.
    ///
    /// # Errors
    /// Those of [`get_changed_patients`](Self::get_changed_patients).
    #[doc(alias = "GetChangedPatientsMR")]
    pub async fn get_changed_patients_mr(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, Error> {
        let request = self.changed(Operation::GetChangedPatientsMR, since)?;
        self.patients(request).await
    }

    /// The same with their whole registrations (`GetChangedPatientsMR`).
    ///
    /// # Errors
    /// Those of [`get_changed_patients`](Self::get_changed_patients).
    pub async fn get_changed_patients_mr_in_full(
        self,
        since: Option<Date>,
    ) -> Result<PatientMatches, Error> {
        let request = self.changed(Operation::GetChangedPatientsMR, since)?;
        self.in_full(request).await
    }

    /// The next patients of the age-sex register, beginning with the number `start`
    /// (`GetPatientSequence`). For older products: EMIS may refuse it.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_sequence(
        self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Result<Listing<Patient>, Error> {
        self.patients(sequence(start, batch_size)).await
    }

    /// The same with their whole registrations (`GetPatientSequence`).
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_sequence_in_full(
        self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Result<PatientMatches, Error> {
        self.in_full(sequence(start, batch_size)).await
    }

    fn changed(self, operation: Operation, since: Option<Date>) -> Result<Request, Error> {
        let request = Request::new(operation);
        let Some(day) = since else {
            return Ok(request);
        };
        DateRange::day(day).check(operation)?;
        Ok(request.with("fromDate", self.0.dates().write(day)))
    }

    async fn patients(self, request: Request) -> Result<Listing<Patient>, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| codec::matched_patients(response, dead))
            .await
    }

    async fn in_full(self, request: Request) -> Result<PatientMatches, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| {
                codec::matched_patients_in_full(response, dead)
            })
            .await
    }
}

fn matched(terms: &MatchedTerms) -> Request {
    Request::new(Operation::GetMatchedPatients).with("matchedTerms", terms.expose())
}

fn sequence(start: PatientNumber, batch_size: NonZeroU16) -> Request {
    Request::new(Operation::GetPatientSequence)
        .with("startId", start)
        .with("batchSize", batch_size)
}
