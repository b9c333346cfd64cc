//! The patient matching group: finding patients.

use std::num::NonZeroU16;

use emis_types::PatientNumber;
use jiff::civil::Date;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::{Listing, MatchedTerms, Patient};
use crate::operation::Operation;
use crate::request::Request;

/// The search for patients: [`Client::patient_matching`].
#[derive(Debug, Clone, Copy)]
pub struct PatientMatching<'a>(&'a Client);

impl<'a> PatientMatching<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// The patients that match a search (`GetMatchedPatients`), of whom there may be none. Needs
    /// `papi-subjects.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_matched_patients(
        self,
        terms: &MatchedTerms,
    ) -> Result<Listing<Patient>, Error> {
        let request =
            Request::new(Operation::GetMatchedPatients).with("matchedTerms", terms.expose());
        self.patients(request).await
    }

    /// The patients whose registration has changed since a day (`GetChangedPatients`). Without a
    /// day, EMIS decides how far back to look. Needs `papi-subjects.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_changed_patients(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, Error> {
        self.changed(Operation::GetChangedPatients, since).await
    }

    /// The patients whose medical record has changed since a day, by the audit trail
    /// (`GetChangedPatientsMR`). Without a day, EMIS decides how far back to look. Needs
    /// `papi-subjects.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    #[doc(alias = "GetChangedPatientsMR")]
    pub async fn get_changed_patients_mr(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, Error> {
        self.changed(Operation::GetChangedPatientsMR, since).await
    }

    /// The next patients of the age-sex register, beginning with the number `start`
    /// (`GetPatientSequence`). For older products: EMIS may refuse it. Needs `papi-subjects.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_sequence(
        self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Result<Listing<Patient>, Error> {
        let request = Request::new(Operation::GetPatientSequence)
            .with("startId", start)
            .with("batchSize", batch_size);
        self.patients(request).await
    }

    async fn changed(
        self,
        operation: Operation,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, Error> {
        let mut request = Request::new(operation);
        if let Some(day) = since {
            request = request.with("fromDate", self.0.dates().write(day));
        }
        self.patients(request).await
    }

    async fn patients(self, request: Request) -> Result<Listing<Patient>, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| codec::matched_patients(response, dead))
            .await
    }
}
