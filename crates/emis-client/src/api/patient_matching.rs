//! The patient matching group: finding patients.

use std::num::NonZeroU16;

use emis_types::PatientNumber;
use jiff::civil::Date;

use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::{DateRange, Listing, MatchedTerms, Patient};
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations that find patients: [`Client::patient_matching`]. They need the scope
/// `papi-subjects.read`.
///
/// # Examples
///
/// ```no_run
/// use emis_client::model::MatchedTerms;
///
/// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let terms = MatchedTerms::nhs_number("943 476 5919".parse()?);
/// let found = client.patient_matching().get_matched_patients(&terms).await?;
/// println!("{} patients match", found.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PatientMatchingApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations that find patients.
    pub fn patient_matching(&self) -> PatientMatchingApi<'_> {
        PatientMatchingApi(self)
    }
}

impl PatientMatchingApi<'_> {
    /// Returns the patients that match a search (`GetMatchedPatients`). There may be none.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_matched_patients(
        self,
        terms: &MatchedTerms,
    ) -> Result<Listing<Patient>, ClientError> {
        self.patients(matched(terms)).await
    }

    /// Returns the patients whose registration changed since a day (`GetChangedPatients`). Without
    /// a day, EMIS chooses the period.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if a year does not
    /// have four digits, or with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_changed_patients(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, ClientError> {
        let request = self.changed(Operation::GetChangedPatients, since)?;
        self.patients(request).await
    }

    /// Returns the patients whose medical record changed since a day, by EMIS's audit trail
    /// (`GetChangedPatientsMR`). Without a day, EMIS chooses the period.
    ///
    /// # Errors
    /// Fails as [`get_changed_patients`](Self::get_changed_patients) does.
    #[doc(alias = "GetChangedPatientsMR")]
    pub async fn get_changed_patients_mr(
        self,
        since: Option<Date>,
    ) -> Result<Listing<Patient>, ClientError> {
        let request = self.changed(Operation::GetChangedPatientsMR, since)?;
        self.patients(request).await
    }

    /// Returns a batch of the age-sex register that starts at the number `start`
    /// (`GetPatientSequence`). The operation is for older products, and EMIS may refuse it.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_patient_sequence(
        self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Result<Listing<Patient>, ClientError> {
        self.patients(sequence(start, batch_size)).await
    }

    pub(super) fn changed(
        self,
        operation: Operation,
        since: Option<Date>,
    ) -> Result<Request, ClientError> {
        let request = Request::new(operation);
        let Some(day) = since else {
            return Ok(request);
        };
        DateRange::day(day).check(operation)?;
        Ok(request.with("fromDate", self.0.dates().write(day)))
    }

    async fn patients(self, request: Request) -> Result<Listing<Patient>, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(request, |response| {
                codec::matched_patients(response, deceased)
            })
            .await
    }
}

pub(super) fn matched(terms: &MatchedTerms) -> Request {
    Request::new(Operation::GetMatchedPatients).with("matchedTerms", terms.expose())
}

pub(super) fn sequence(start: PatientNumber, batch_size: NonZeroU16) -> Request {
    Request::new(Operation::GetPatientSequence)
        .with("startId", start)
        .with("batchSize", batch_size)
}
