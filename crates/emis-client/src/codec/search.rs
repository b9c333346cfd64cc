//! `GetPatientSearches`.

use emis_types::PatientNumber;
use serde::Deserialize;

use super::field_error::FieldError;
use super::list::{Records, listing};
use super::message::{Message, decode_answer};
use super::scalar::{Id, Int, required};
use crate::model::{Listing, SearchMatch};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MatchesWire<'a> {
    #[serde(borrow)]
    patient_list: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MatchWire {
    #[serde(rename = "refID")]
    ref_id: Id<PatientNumber>,
    current_status: Int,
}

pub(crate) fn search_matches(message: &Message) -> Result<Listing<SearchMatch>, FieldError> {
    let wire: MatchesWire<'_> = decode_answer(message)?;
    let mut found = listing(wire.patient_list, |patient: MatchWire| {
        let mut found = SearchMatch::new(required(patient.ref_id.0, "refID")?);
        found.status_code = patient
            .current_status
            .0
            .and_then(|code| code.try_into().ok());
        Ok(found)
    })?;
    found.repaired_characters = message.repaired();
    Ok(found)
}
