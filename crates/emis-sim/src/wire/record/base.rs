//! The common part of entries: author, time and code.

use jiff::civil::DateTime;
use serde::Serialize;

use super::problem::Problem;
use crate::formats;
use crate::model::record::{Code, Entry, Scheme};
use crate::wire::ident::Ident;
use crate::wire::xml::Choice;

/// `ItemBaseType` and `CodedItemBaseType` in one, because all entries are coded.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coded {
    #[serde(flatten)]
    ident: Ident,
    assigned_date: Option<String>,
    /// 0: the day. The time is a member of its own.
    date_part: i32,
    date_part_specified: bool,
    assigned_time: Option<String>,
    sequence: Option<String>,
    #[serde(rename = "authorID")]
    author_id: Ident,
    original_author: Author,
    external_consultant: Option<String>,
    display_term: Option<String>,
    descriptive_text: Option<String>,
    data_source: Option<String>,
    #[serde(rename = "policyID")]
    policy_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<StringCode>,
    #[serde(rename = "termID", skip_serializing_if = "Option::is_none")]
    term_id: Option<StringCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl Coded {
    pub(super) fn of<T>(entry: &Entry<T>, problem: Option<Problem>) -> Self {
        let code = entry.code.as_ref().map(StringCode::of);
        Self {
            ident: Ident::of(entry.id, entry.guid),
            assigned_date: Some(formats::date(entry.at.date())),
            date_part_specified: true,
            assigned_time: Some(formats::time(entry.at.time())),
            author_id: Ident::reference(entry.author),
            original_author: Author::of(entry.author, entry.at),
            display_term: entry.code.as_ref().and_then(|code| code.term.clone()),
            descriptive_text: entry.text.clone(),
            data_source: Some("0".to_owned()),
            term_id: code.clone(),
            code,
            problem,
            ..Self::default()
        }
    }
}

/// `AuthorType`: the author of an entry and the time.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Author {
    user: Ident,
    system_date: Option<String>,
}

impl Author {
    pub(super) fn of(user: i32, at: DateTime) -> Self {
        Self {
            user: Ident::reference(user),
            system_date: Some(formats::date_time(at)),
        }
    }
}

/// `StringCodeType`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StringCode {
    value: Option<String>,
    scheme: Choice,
    scheme_specified: bool,
    term: Option<String>,
    old_code: Option<String>,
    map_code: Option<String>,
    map_scheme: Option<String>,
}

impl StringCode {
    fn of(code: &Code) -> Self {
        let place = code.scheme.map(|Scheme(place)| place).unwrap_or_default();
        let literal = Scheme::LITERALS.get(usize::from(place)).copied();
        Self {
            value: Some(code.value.clone()),
            scheme: Choice {
                place,
                literal: literal.unwrap_or_default(),
            },
            scheme_specified: code.scheme.is_some(),
            term: code.term.clone(),
            ..Self::default()
        }
    }
}
