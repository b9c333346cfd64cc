//! The operations on the practice and its patients, and `GetHealth`.

use std::num::NonZeroU16;

use emis_types::{PatientNumber, StaffId};
use jiff::civil::Date;
use uuid::Uuid;

use super::{Expectation, MockEmis};
use crate::model::{MatchedTerms, Organisation, Patient, SearchMatch, SearchReport, Staff};
use crate::operation::Operation;

/// The practice and its patients: see [`OrganisationApi`](crate::OrganisationApi),
/// [`UserApi`](crate::UserApi), [`SearchApi`](crate::SearchApi),
/// [`PatientApi`](crate::PatientApi) and [`PatientMatchingApi`](crate::PatientMatchingApi).
impl MockEmis {
    /// Expects `GetHealth`: [`Client::health`](crate::Client::health).
    pub fn health(&self) -> Expectation<'_, ()> {
        self.expect(Operation::GetHealth)
    }

    /// Expects `GetOrganisationV2`.
    pub fn get_organisation(&self) -> Expectation<'_, Organisation> {
        self.expect(Operation::GetOrganisationV2)
    }

    /// Expects `GetOrganisation`.
    pub fn get_organisation_v1(&self) -> Expectation<'_, Organisation> {
        self.expect(Operation::GetOrganisation)
    }

    /// Expects `GetUserById`.
    pub fn get_user_by_id(&self, id: StaffId) -> Expectation<'_, Vec<Staff>> {
        self.expect(Operation::GetUserById).with("userInRoleId", id)
    }

    /// Expects `GetPatientSearches`.
    pub fn get_patient_searches(
        &self,
        search: Uuid,
        site: &str,
        report: SearchReport,
    ) -> Expectation<'_, Vec<SearchMatch>> {
        self.expect(Operation::GetPatientSearches)
            .with("searchGuid", search)
            .with("site", site.trim())
            .with("reportType", report.id())
    }

    /// Expects `GetPatientDemographics`.
    pub fn get_patient_demographics(&self, patient: PatientNumber) -> Expectation<'_, Patient> {
        self.expect(Operation::GetPatientDemographics)
            .with("patientNumber", patient)
    }

    /// Expects `GetMatchedPatients`.
    pub fn get_matched_patients(&self, terms: &MatchedTerms) -> Expectation<'_, Vec<Patient>> {
        self.expect(Operation::GetMatchedPatients)
            .with("matchedTerms", terms.expose())
    }

    /// Expects `GetChangedPatients`.
    pub fn get_changed_patients(&self, since: Option<Date>) -> Expectation<'_, Vec<Patient>> {
        self.changed(Operation::GetChangedPatients, since)
    }

    /// Expects `GetChangedPatientsMR`.
    pub fn get_changed_patients_mr(&self, since: Option<Date>) -> Expectation<'_, Vec<Patient>> {
        self.changed(Operation::GetChangedPatientsMR, since)
    }

    /// Expects `GetPatientSequence`.
    pub fn get_patient_sequence(
        &self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Expectation<'_, Vec<Patient>> {
        self.expect(Operation::GetPatientSequence)
            .with("startId", start)
            .with("batchSize", batch_size)
    }

    fn changed(&self, operation: Operation, since: Option<Date>) -> Expectation<'_, Vec<Patient>> {
        let expectation = self.expect(operation);
        match since {
            Some(day) => expectation.with_day("fromDate", day),
            None => expectation,
        }
    }
}
