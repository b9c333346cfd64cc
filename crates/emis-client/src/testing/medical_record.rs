//! The operations on the medical record.

use emis_types::PatientNumber;

use super::{Expectation, Json, MockEmis};
use crate::operation::Operation;

/// The medical record.
impl MockEmis {
    /// Expects `GetMedicalRecord`.
    pub fn get_medical_record(&self, patient: PatientNumber) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetMedicalRecord, patient)
    }

    fn of_patient(&self, operation: Operation, patient: PatientNumber) -> Expectation<'_, Json> {
        self.expect(operation).with("patientNumber", patient)
    }
}
