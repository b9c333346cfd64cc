//! Errors as NHS Notify writes them.

use serde_json::{Value, json};

use super::super::fault::SenderFault;

/// An error of the API: one status and one or more of its codes.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) retry_after: Option<u32>,
    /// The method that is allowed instead.
    pub(super) allow: Option<&'static str>,
    errors: Vec<Value>,
}

const ABOUT: &str = "https://digital.nhs.uk/developer/api-catalogue/nhs-notify";
const NHS_NUMBERS: &str = "https://www.datadictionary.nhs.uk/attributes/nhs_number.html";

/// A problem with a field: code, title and detail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Problem(&'static str, &'static str, &'static str);

pub(super) const MISSING: Problem = Problem(
    "CM_MISSING_VALUE",
    "Missing property",
    "The property at the specified location is required, but was not present in the request.",
);
pub(super) const NULL: Problem = Problem(
    "CM_NULL_VALUE",
    "Property cannot be null",
    "The property at the specified location is required, but a null value was passed in the request.",
);
pub(super) const INVALID: Problem = Problem(
    "CM_INVALID_VALUE",
    "Invalid value",
    "The property at the specified location does not allow this value.",
);
pub(super) const DUPLICATE: Problem = Problem(
    "CM_DUPLICATE_VALUE",
    "Duplicate value",
    "The property at the specified location is a duplicate, duplicated values are not allowed.",
);
pub(super) const TOO_FEW: Problem = Problem(
    "CM_TOO_FEW_ITEMS",
    "Too few items",
    "The property at the specified location contains too few items.",
);
pub(super) const NHS_NUMBER: Problem = Problem(
    "CM_INVALID_NHS_NUMBER",
    "Invalid nhs number",
    "The value provided in this nhsNumber field is not a valid NHS number.",
);
pub(super) const NO_ODS_CODE: Problem = Problem(
    "CM_CANNOT_SET_ODS_CODE",
    "Cannot set ODS code",
    "Your account is not permitted to set originator ODS codes.",
);
pub(super) const NO_CONTACT_DETAILS: Problem = Problem(
    "CM_CANNOT_SET_CONTACT_DETAILS",
    "Cannot set contact details",
    "Your account is not allowed to provide alternative contact details.",
);

fn error(status: u16, code: &str, title: &str, detail: &str) -> Value {
    json!({
        "id": format!("rrt-double-{code}"),
        "code": code,
        "links": { "about": ABOUT },
        "status": status.to_string(),
        "title": title,
        "detail": detail,
    })
}

impl Failure {
    fn new(status: u16, code: &str, title: &str, detail: &str) -> Self {
        Self {
            status,
            retry_after: None,
            allow: None,
            errors: vec![error(status, code, title, detail)],
        }
    }

    /// Returns the refusal of a request with problems at these places.
    pub(super) fn invalid(problems: Vec<(Problem, String)>) -> Self {
        let errors = problems.into_iter().enumerate().take(100);
        let errors = errors.map(|(n, (Problem(code, title, detail), pointer))| {
            let mut error = error(400, code, title, detail);
            error["id"] = json!(format!("rrt-double-{n}"));
            error["source"] = json!({ "pointer": pointer });
            if code == "CM_INVALID_NHS_NUMBER" {
                error["links"]["nhsNumbers"] = json!(NHS_NUMBERS);
            }
            error
        });
        Self {
            status: 400,
            retry_after: None,
            allow: None,
            errors: errors.collect(),
        }
    }

    fn at(mut self, place: &str, of: &str) -> Self {
        for error in &mut self.errors {
            error["source"] = json!({ place: of });
        }
        self
    }

    fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(super) fn unauthorised() -> Self {
        let detail = "Access token missing, invalid or expired, or calling application not configured for this operation.";
        Self::new(401, "CM_DENIED", "Access denied", detail).at("header", "Authorization")
    }

    fn forbidden() -> Self {
        let detail = "Client not recognised or not yet onboarded.";
        Self::new(403, "CM_FORBIDDEN", "Forbidden", detail).at("header", "Authorization")
    }

    pub(super) fn banned() -> Self {
        let detail = "A service ban is in effect on your account.";
        Self::new(403, "CM_SERVICE_BAN", "Service ban in effect", detail)
            .at("header", "Authorization")
    }

    pub(super) fn not_found() -> Self {
        let detail = "The resource at the requested URI was not found.";
        Self::new(404, "CM_NOT_FOUND", "Resource not found", detail)
    }

    pub(super) fn no_plan() -> Self {
        let detail =
            "The routing plan specified either does not exist or is not in a usable state.";
        Self::new(
            404,
            "CM_NO_SUCH_ROUTING_PLAN",
            "No such routing plan",
            detail,
        )
        .at("pointer", "/data/attributes/routingPlan")
    }

    pub(super) fn no_templates() -> Self {
        let detail = "The templates required to use the routing plan were not found.";
        Self::new(
            500,
            "CM_MISSING_ROUTING_PLAN_TEMPLATE",
            "Templates missing",
            detail,
        )
        .at("pointer", "/data/attributes/routingPlanId")
    }

    pub(super) fn duplicate_templates() -> Self {
        let detail = "The routing plan specified contains duplicate templates.";
        Self::new(
            500,
            "CM_ROUTING_PLAN_DUPLICATE_TEMPLATES",
            "Duplicate templates",
            detail,
        )
        .at("pointer", "/data/attributes/routingPlanId")
    }

    pub(super) fn method(allowed: &'static str) -> Self {
        let detail = "The method at the requested URI was not allowed.";
        let failure = Self::new(405, "CM_NOT_ALLOWED", "Method not allowed", detail);
        Self {
            allow: Some(allowed),
            ..failure
        }
    }

    pub(super) fn accept() -> Self {
        let detail = "This service can only generate application/vnd.api+json or application/json.";
        Self::new(406, "CM_NOT_ACCEPTABLE", "Not acceptable", detail).at("header", "Accept")
    }

    pub(super) fn content_type() -> Self {
        let detail = "Invalid content-type, this API only supports application/vnd.api+json or application/json.";
        Self::new(415, "CM_UNSUPPORTED_MEDIA", "Unsupported media", detail)
            .at("header", "Content-Type")
    }

    /// Returns the refusal of a reference that is known; `of` is `message` or `batch`.
    pub(super) fn duplicate(of: &str) -> Self {
        let field = if of == "batch" {
            "messageBatchReference"
        } else {
            "messageReference"
        };
        Self::new(
            422,
            "CM_DUPLICATE_REQUEST",
            &format!("Duplicate {of} request"),
            &format!("Request exists with identical {field}"),
        )
        .at("pointer", &format!("/data/attributes/{field}"))
    }

    pub(super) fn ods_code(detail: &'static str) -> Self {
        Self::new(400, "CM_INVALID_REQUEST", "Invalid Request", detail)
    }

    /// Returns the refusal for too many requests for App accounts.
    pub(super) fn accounts_busy() -> Self {
        let detail = "This endpoint is currently receiving a high volume of requests and is being rate limited.";
        Self::new(429, "CM_QUOTA", "Too many requests", detail)
    }

    /// Returns the error with a status.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorised(),
            403 => Self::forbidden(),
            404 => Self::not_found(),
            408 => {
                let detail =
                    "The service was unable to receive your request within the timeout period.";
                Self::new(408, "CM_TIMEOUT", "Request timeout", detail)
            }
            422 => Self::duplicate("message"),
            425 => {
                let detail = "You have retried this request too early, the previous request is still being processed. Re-send the request after the time (in seconds) specified `Retry-After` header.";
                Self::new(425, "CM_RETRY_TOO_EARLY", "Retried too early", detail).after(300)
            }
            429 => {
                let detail = "You have made too many requests. Re-send the request after the time (in seconds) specified `Retry-After` header.";
                Self::new(429, "CM_QUOTA", "Too many requests", detail).after(5)
            }
            502 => {
                let detail = "A downstream service is not responding.";
                Self::new(502, "CM_BAD_GATEWAY", "Unable to call service", detail)
            }
            503 => {
                let detail =
                    "The service is currently not able to process this request, try again later.";
                let title = "The service is currently unavailable";
                Self::new(503, "CM_SERVICE_UNAVAILABLE", title, detail).after(5)
            }
            504 => {
                let detail = "The downstream service has not responded within the configured timeout period.";
                Self::new(504, "CM_TIMEOUT", "Unable to call service", detail)
            }
            status => {
                let detail = "There was an internal error whilst processing this request.";
                let title = "Error processing request";
                let mut failure = Self::new(500, "CM_INTERNAL_SERVER_ERROR", title, detail);
                failure.status = status;
                failure
            }
        }
    }

    /// Returns the error that a fault stands for.
    pub(super) fn of(fault: SenderFault) -> Self {
        Self::of_status(match fault {
            SenderFault::Status(status) | SenderFault::StatusAfterCommit(status) => status,
            SenderFault::RateLimit | SenderFault::DailyLimit => 429,
            SenderFault::TooEarly => 425,
            _ => 500,
        })
    }

    pub(super) fn body(&self) -> Value {
        json!({ "errors": self.errors })
    }
}
