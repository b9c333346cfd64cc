//! `ErrorResponse`, in the form of an OperationOutcome.

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorResponse {
    pub(crate) message_id: String,
    pub(crate) text: Text,
    pub(crate) issue: Issue,
    pub(crate) legacy_outcome: i32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Text {
    pub(crate) status: &'static str,
    pub(crate) div: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Issue {
    pub(crate) severity: u8,
    pub(crate) code: &'static str,
    pub(crate) details: Details,
    pub(crate) diagnostics: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Details {
    pub(crate) text: &'static str,
    pub(crate) coding: Coding,
}

#[derive(Debug, Serialize)]
pub(crate) struct Coding {
    pub(crate) system: Option<String>,
    pub(crate) code: &'static str,
    pub(crate) display: &'static str,
}
