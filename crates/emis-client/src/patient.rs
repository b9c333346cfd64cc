//! The patient group: one patient's registration.

use emis_types::PatientNumber;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::Patient;
use crate::model::medical_record::MedicalRecord;
use crate::operation::Operation;
use crate::request::Request;

/// Operations on one patient: [`Client::patient`].
#[derive(Debug, Clone, Copy)]
pub struct PatientGroup<'a>(&'a Client);

impl<'a> PatientGroup<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// A patient's registration, with status and type (`GetPatientDemographics`). Needs
    /// `papi-subjects.read`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the practice has no such patient, or any
    /// other [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_demographics(self, patient: PatientNumber) -> Result<Patient, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(demographics(patient), |response| {
                codec::demographics(response, dead)
            })
            .await
    }

    /// The same with all that EMIS says: addresses, telephones, GPs, the history of the
    /// registration (`GetPatientDemographics`, whose answer is a medical record without the rest).
    ///
    /// # Errors
    /// Those of [`get_patient_demographics`](Self::get_patient_demographics).
    pub async fn get_patient_demographics_in_full(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(demographics(patient), |response| {
                codec::medical_record(response, dead)
            })
            .await
    }
}

fn demographics(patient: PatientNumber) -> Request {
    Request::new(Operation::GetPatientDemographics).with("patientNumber", patient)
}
