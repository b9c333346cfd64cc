//! Errors as GOV.UK Notify writes them.

use http::Method;
use serde_json::json;

use super::super::fault::SenderFault;
use super::super::server::Said;

/// An error with its HTTP status.
#[derive(Debug)]
pub(super) struct Failure {
    status: u16,
    /// The method that is allowed instead.
    allow: Option<String>,
    /// The names and messages.
    errors: Vec<(&'static str, String)>,
}

impl Failure {
    pub(super) fn new(status: u16, name: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            allow: None,
            errors: vec![(name, message.into())],
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequestError", message)
    }

    pub(super) fn validation(messages: impl IntoIterator<Item = String>) -> Self {
        let errors = messages.into_iter().map(|text| ("ValidationError", text));
        Self {
            status: 400,
            allow: None,
            errors: errors.collect(),
        }
    }

    pub(super) fn method(allowed: &Method) -> Self {
        let message = "The method is not allowed for the requested URL.";
        Self {
            allow: Some(allowed.to_string()),
            ..Self::new(405, "MethodNotAllowed", message)
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NoResultFound", "No result found")
    }

    /// The document knows no other status of a token that is absent or wrong.
    pub(super) fn auth(message: &'static str) -> Self {
        Self::new(403, "AuthError", message)
    }

    /// Returns the error that a fault stands for.
    pub(super) fn of(fault: SenderFault) -> Self {
        match fault {
            SenderFault::RateLimit => Self::new(
                429,
                "RateLimitError",
                "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds",
            ),
            SenderFault::DailyLimit => Self::new(
                429,
                "TooManyRequestsError",
                "Exceeded send limits (250000) for today",
            ),
            SenderFault::Status(status) | SenderFault::StatusAfterCommit(status) => {
                let name = match status {
                    400 => "BadRequestError",
                    401 | 403 => "AuthError",
                    404 => "NoResultFound",
                    429 => "RateLimitError",
                    _ => "Exception",
                };
                Self::new(status, name, "a fault of the double")
            }
            _ => Self::new(500, "Exception", "Internal server error"),
        }
    }

    pub(super) fn said(self) -> Said {
        let errors: Vec<_> = self
            .errors
            .iter()
            .map(|(name, message)| json!({ "error": name, "message": message }))
            .collect();
        // The document has a list alone for internal errors.
        let body = match self.status {
            500 => json!(errors),
            status => json!({ "status_code": status, "errors": errors }),
        };
        let said = Said::json(self.status, &body);
        match self.allow {
            Some(method) => said.with_header("allow", method),
            None => said,
        }
    }
}
