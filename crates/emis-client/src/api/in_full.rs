//! The `…_in_full` forms of reads: everything that EMIS sends, in the types that medical records
//! share.

use std::num::NonZeroU16;

use emis_types::{PatientNumber, StaffId};
use jiff::civil::Date;

use super::appointments::{AppointmentsApi, window_request};
use super::organisation::OrganisationApi;
use super::patient::{PatientApi, demographics};
use super::patient_matching::{PatientMatchingApi, matched, sequence};
use super::user::{UserApi, user};
use crate::codec;
use crate::error::ClientError;
use crate::model::medical_record::{MedicalRecord, Person};
use crate::model::{
    BookedPatients, Listing, MatchedTerms, MinutesWindow, OrganisationInformation, PatientMatches,
};
use crate::operation::Operation;
use crate::transport::message::Request;

impl OrganisationApi<'_> {
    /// Returns the practice with all its details, and the other organisations and people it
    /// refers to (`GetOrganisationV2`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_organisation_in_full(self) -> Result<OrganisationInformation, ClientError> {
        let request = Request::new(Operation::GetOrganisationV2);
        self.0.call(request, codec::organisation_in_full).await
    }
}

impl UserApi<'_> {
    /// Returns a member of staff with all details (`GetUserById`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_user_by_id_in_full(self, id: StaffId) -> Result<Listing<Person>, ClientError> {
        self.0.call(user(id), codec::staff_in_full).await
    }
}

impl PatientApi<'_> {
    /// Returns a patient's registration with addresses, telephones, GPs and its history
    /// (`GetPatientDemographics`, whose response is a medical record without the rest).
    ///
    /// # Errors
    /// Fails as [`get_patient_demographics`](Self::get_patient_demographics) does.
    pub async fn get_patient_demographics_in_full(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(demographics(patient), |response| {
                codec::medical_record(response, deceased)
            })
            .await
    }
}

impl PatientMatchingApi<'_> {
    /// Returns the patients that match a search, with their whole registrations
    /// (`GetMatchedPatients`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_matched_patients_in_full(
        self,
        terms: &MatchedTerms,
    ) -> Result<PatientMatches, ClientError> {
        self.in_full(matched(terms)).await
    }

    /// Returns the patients whose registration changed since a day, with their whole registrations
    /// (`GetChangedPatients`).
    ///
    /// # Errors
    /// Fails as [`get_changed_patients`](Self::get_changed_patients) does.
    pub async fn get_changed_patients_in_full(
        self,
        since: Option<Date>,
    ) -> Result<PatientMatches, ClientError> {
        let request = self.changed(Operation::GetChangedPatients, since)?;
        self.in_full(request).await
    }

    /// Returns the patients whose medical record changed since a day, with their whole
    /// registrations (`GetChangedPatientsMR`).
    ///
    /// # Errors
    /// Fails as [`get_changed_patients`](Self::get_changed_patients) does.
    pub async fn get_changed_patients_mr_in_full(
        self,
        since: Option<Date>,
    ) -> Result<PatientMatches, ClientError> {
        let request = self.changed(Operation::GetChangedPatientsMR, since)?;
        self.in_full(request).await
    }

    /// Returns a batch of the age-sex register, with whole registrations (`GetPatientSequence`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_patient_sequence_in_full(
        self,
        start: PatientNumber,
        batch_size: NonZeroU16,
    ) -> Result<PatientMatches, ClientError> {
        self.in_full(sequence(start, batch_size)).await
    }

    async fn in_full(self, request: Request) -> Result<PatientMatches, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(request, |response| {
                codec::matched_patients_in_full(response, deceased)
            })
            .await
    }
}

impl AppointmentsApi<'_> {
    /// Returns the patients with appointments around now, with their whole registrations and the
    /// delays of their session holders (`GetBookedPatientsV2`). The call is a heavy one for the
    /// practice's system: keep the window small.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_booked_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, ClientError> {
        self.in_full(Operation::GetBookedPatientsV2, window).await
    }

    /// Returns the patients who have arrived, with their whole registrations and without slot types
    /// (`GetArrivedPatients`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_arrived_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, ClientError> {
        self.in_full(Operation::GetArrivedPatients, window).await
    }

    /// Returns the patients who were sent in, with their whole registrations and without slot types
    /// (`GetSentInPatients`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_sent_in_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, ClientError> {
        self.in_full(Operation::GetSentInPatients, window).await
    }

    async fn in_full(
        self,
        operation: Operation,
        window: MinutesWindow,
    ) -> Result<BookedPatients, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(window_request(operation, window), |response| {
                codec::booked_patients_in_full(response, deceased)
            })
            .await
    }
}
