//! Patients by search term, by change, and in sequence.

use jiff::civil::Date;

use super::outcome::{Outcome, Refused};
use crate::assumptions::{LARGEST_BATCH, MOST_MATCHES};
use crate::formats;
use crate::model::{Model, Patient, Site, searches};
use crate::protocol::Query;
use crate::wire::Message;
use crate::wire::files::SearchMatches;
use crate::wire::matches::PatientMatches;

/// Answers `GetMatchedPatients`: one kind of term, or "date of birth, first name, last name".
pub(super) fn matched(model: &Model, query: &Query) -> Outcome {
    let term = Term::parse(query.text("matchedTerms")?)?;
    let found = model
        .patients
        .values()
        .filter(|patient| term.matches(patient))
        .take(MOST_MATCHES);
    Ok(Some(Message::Matches(PatientMatches::of(found, model))))
}

/// Answers `GetChangedPatients`: patients whose registration changed on that day or later; all
/// patients without a day.
pub(super) fn changed(model: &Model, query: &Query) -> Outcome {
    let since = query.optional_date("fromDate")?.unwrap_or(Date::MIN);
    let changed = model
        .patients
        .values()
        .filter(|patient| model.registration_changed(patient) >= since);
    Ok(Some(Message::Matches(PatientMatches::of(changed, model))))
}

/// Answers `GetChangedPatientsMR`: patients whose medical record changed on that day or later.
pub(super) fn changed_records(model: &Model, query: &Query) -> Outcome {
    let since = query.optional_date("fromDate")?.unwrap_or(Date::MIN);
    let changed = model
        .patients
        .values()
        .filter(|patient| model.record_changed(patient) >= since);
    Ok(Some(Message::Matches(PatientMatches::of(changed, model))))
}

/// Answers `GetPatientSearches`: the registered patients that a search finds.
pub(super) fn searched(model: &Model, query: &Query) -> Outcome {
    let guid = query.guid("searchGuid")?;
    let site = query.text("site")?;
    // 3 months ahead, how am I driving, end of the financial year, 1 month ahead.
    if !(0..=3).contains(&query.number("reportType")?) {
        return Err(Refused::bad_request("reportType is 0, 1, 2 or 3"));
    }
    let search = searches()
        .find(|search| search.guid == guid)
        .ok_or_else(|| Refused::not_found("no such search"))?;
    let is_site = |it: &Site| it.name == site || it.id.to_string() == site;
    if !model.sites.iter().any(is_site) {
        return Err(Refused::not_found("no such site"));
    }
    let found = model.patients.values().filter(|patient| {
        let gone = patient.is_dead() || patient.registration.deducted.is_some();
        !gone && model.is_found_by(search, patient)
    });
    Ok(Some(Message::SearchMatches(SearchMatches::of(found))))
}

/// Answers `GetPatientSequence`: a batch of patients from a number on.
pub(super) fn sequence(model: &Model, query: &Query) -> Outcome {
    let start = query.number("startId")?;
    let size = query.number("batchSize")?;
    if !(1..=LARGEST_BATCH).contains(&size) {
        return Err(Refused::bad_request("batchSize is 1 to 1000"));
    }
    let batch = model
        .patients
        .range(start..)
        .map(|(_, patient)| patient)
        .take(usize::try_from(size).unwrap_or_default());
    Ok(Some(Message::Matches(PatientMatches::of(batch, model))))
}

/// A search term.
enum Term {
    NhsNumber(String),
    Born(Date),
    BornAndNamed(Date, Vec<String>),
    Named(Vec<String>),
}

impl Term {
    fn parse(text: &str) -> Result<Self, Refused> {
        let allowed = |c: char| c.is_alphanumeric() || " -'/".contains(c);
        if !text.chars().all(allowed) {
            return Err(Refused::bad_request("matchedTerms has special characters"));
        }
        let digits: String = text.split_whitespace().collect();
        if digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::NhsNumber(digits));
        }
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let names = |words: std::str::SplitWhitespace<'_>| -> Vec<String> {
            words.map(str::to_lowercase).collect()
        };
        match formats::parse_date(first) {
            Some(born) if words.clone().next().is_none() => Ok(Self::Born(born)),
            Some(born) => Ok(Self::BornAndNamed(born, names(words))),
            None if first.contains('/') => Err(Refused::bad_request("matchedTerms has a bad date")),
            None => Ok(Self::Named(names(text.split_whitespace()))),
        }
    }

    fn matches(&self, patient: &Patient) -> bool {
        match self {
            Self::NhsNumber(number) => patient.nhs_number.as_ref() == Some(number),
            Self::Born(born) => patient.born == *born,
            Self::BornAndNamed(born, names) => patient.born == *born && is_named(patient, names),
            Self::Named(names) => is_named(patient, names),
        }
    }
}

/// Returns `true` if every word is the start of one of the patient's names.
fn is_named(patient: &Patient, words: &[String]) -> bool {
    let names = format!("{} {}", patient.first_names, patient.family_name).to_lowercase();
    words.iter().all(|word| {
        names
            .split_whitespace()
            .any(|name| name.starts_with(word.as_str()))
    })
}
