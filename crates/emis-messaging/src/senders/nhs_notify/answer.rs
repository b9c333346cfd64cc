//! The meaning of NHS Notify's answers.

use std::time::Duration;

use super::super::http::{HttpAnswer, HttpFailure};
use super::wire::{Accepted, Refused};
use crate::{Delivery, MessageReference, NotifyError, NotifyErrorKind as Kind};

/// The reason for which NHS Notify refused a message: the
/// [source](std::error::Error::source) of its [`NotifyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NhsNotifyRefusal {
    /// 429 `CM_QUOTA`: more calls than the account may make.
    #[error("the account's rate limit is reached")]
    RateLimit,
    /// 425 `CM_RETRY_TOO_EARLY`: the first call with this reference is still being processed.
    #[error("the first call with this reference is still being processed")]
    TooEarly,
    /// 401 or 403: the token was refused, the application is not onboarded, or the account is banned.
    #[error("the application is not accepted")]
    Credentials,
    /// `CM_INVALID_NHS_NUMBER`.
    #[error("the NHS number is not valid")]
    NhsNumber,
    /// The account's setup does not allow the message: an unknown routing plan, a template that is
    /// absent, an ODS code that may not be set.
    #[error("the setup of the account does not allow the message")]
    Setup,
    /// 503: the service accepts no requests.
    #[error("the service is closed")]
    Closed,
    /// Any other refusal.
    #[error("the service refused the request")]
    Other,
}

/// The least waits that the service documents, for answers that name none.
const TOO_EARLY: Duration = Duration::from_secs(300);
const BUSY: Duration = Duration::from_secs(5);

/// Returns the outcome of a call that sends.
pub(super) fn sent(
    answer: Result<HttpAnswer, HttpFailure>,
    reference: MessageReference,
) -> Result<Delivery, NotifyError> {
    let answer = answer.map_err(|failure| {
        if failure.nothing_was_sent() {
            NotifyError::new(Kind::Temporary, "NHS Notify could not be reached")
                .of_sender()
                .with_source(failure)
        } else {
            NotifyError::new(Kind::Unknown, "NHS Notify's answer did not arrive")
                .with_source(failure)
        }
    })?;
    let refused = serde_json::from_slice::<Refused>(&answer.body);
    let has = |code: &str| {
        let errors = refused.iter().flat_map(|body| &body.errors);
        errors.into_iter().any(|error| error.code == code)
    };
    let error = |kind, refusal| {
        NotifyError::new(kind, "NHS Notify refused the message").with_source(refusal)
    };
    let unknown = |message| Err(NotifyError::new(Kind::Unknown, message));
    Err(match answer.status {
        201 => return accepted(&answer.body, reference),
        // The message was taken under this reference before: that call's outcome.
        422 if has("CM_DUPLICATE_REQUEST") => return Ok(Delivery::new()),
        425 => error(Kind::Unknown, NhsNotifyRefusal::TooEarly)
            .with_retry_after(answer.retry_after.unwrap_or(TOO_EARLY).max(TOO_EARLY)),
        429 => error(Kind::Temporary, NhsNotifyRefusal::RateLimit)
            .of_sender()
            .with_retry_after(answer.retry_after.unwrap_or(BUSY).max(BUSY)),
        503 if has("CM_SERVICE_UNAVAILABLE") => error(Kind::Temporary, NhsNotifyRefusal::Closed)
            .of_sender()
            .with_retry_after(answer.retry_after.unwrap_or(BUSY).max(BUSY)),
        400 if has("CM_INVALID_NHS_NUMBER") => error(Kind::Permanent, NhsNotifyRefusal::NhsNumber),
        400 if refused.is_ok() => error(Kind::Rejected, NhsNotifyRefusal::Setup),
        404 if has("CM_NO_SUCH_ROUTING_PLAN") => {
            error(Kind::Rejected, NhsNotifyRefusal::Setup).of_sender()
        }
        500 if has("CM_MISSING_ROUTING_PLAN_TEMPLATE")
            || has("CM_ROUTING_PLAN_DUPLICATE_TEMPLATES") =>
        {
            error(Kind::Rejected, NhsNotifyRefusal::Setup).of_sender()
        }
        401 | 403 => error(Kind::Temporary, NhsNotifyRefusal::Credentials).of_sender(),
        408 | 500.. => return unknown("NHS Notify failed to answer"),
        400..500 => error(Kind::Temporary, NhsNotifyRefusal::Other).of_sender(),
        _ => return unknown("NHS Notify answered with another status than it documents"),
    })
}

/// An answer is believed only if it is the answer to this message.
fn accepted(body: &[u8], reference: MessageReference) -> Result<Delivery, NotifyError> {
    let ours = reference.to_string();
    serde_json::from_slice::<Accepted>(body)
        .ok()
        .map(|accepted| accepted.data)
        .filter(|data| data.attributes.message_reference == ours && !data.id.is_empty())
        .map(|data| Delivery::with_id(data.id))
        .ok_or(NotifyError::new(
            Kind::Unknown,
            "NHS Notify's answer is not one to this message",
        ))
}
