//! The patient matching group: finding patients.

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
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| codec::matched_patients(response, dead))
            .await
    }
}
