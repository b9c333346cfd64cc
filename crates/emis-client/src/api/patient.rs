//! The patient group: one patient's registration.

use emis_types::PatientNumber;

use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::Patient;
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations on one patient's registration: [`Client::patient`]. They need the scope
/// `papi-subjects.read`.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let patient = client.patient().get_patient_demographics("17".parse()?).await?;
/// println!("{:?}", patient.vital_status);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PatientApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations on one patient's registration.
    pub fn patient(&self) -> PatientApi<'_> {
        PatientApi(self)
    }
}

impl PatientApi<'_> {
    /// Returns a patient's registration, with status and type (`GetPatientDemographics`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_patient_demographics(
        self,
        patient: PatientNumber,
    ) -> Result<Patient, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(demographics(patient), |response| {
                codec::demographics(response, deceased)
            })
            .await
    }
}

pub(super) fn demographics(patient: PatientNumber) -> Request {
    Request::new(Operation::GetPatientDemographics).with("patientNumber", patient)
}
