//! The meaning of GOV.UK Notify's answers.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::http::{HttpAnswer, HttpFailure};
use super::wire::{Accepted, Refused};
use crate::{Delivery, MessageReference, NotifyError, NotifyErrorKind as Kind};

/// The reason for which GOV.UK Notify refused a message: the
/// [source](std::error::Error::source) of its [`NotifyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum GovUkNotifyRefusal {
    /// `RateLimitError`: more than 3,000 messages in a minute.
    #[error("the service's limit for a minute is reached")]
    RateLimit,
    /// `TooManyRequestsError`: the day's messages are used up, until midnight UTC.
    #[error("the service's limit for a day is reached")]
    DailyLimit,
    /// `AuthError`: the key is revoked or wrong, or this machine's clock is off by 30 seconds.
    #[error("the key is not accepted, or the clock is more than 30 seconds off")]
    Credentials,
    /// `ValidationError`: the contact is not one that the service sends to.
    #[error("the contact is not valid")]
    Contact,
    /// `BadRequestError`: the service's setup does not allow the message: trial mode, a key for the
    /// team only, a template that is absent or has another placeholder.
    #[error("the setup of the service does not allow the message")]
    Setup,
    /// Any other refusal.
    #[error("the service refused the request")]
    Other,
}

/// Returns the outcome of a call that sends.
pub(super) fn sent(
    answer: Result<HttpAnswer, HttpFailure>,
    reference: MessageReference,
    now: Timestamp,
) -> Result<Delivery, NotifyError> {
    let answer = answer.map_err(|failure| {
        if failure.nothing_was_sent() {
            NotifyError::new(Kind::Temporary, "GOV.UK Notify could not be reached")
                .of_sender()
                .with_source(failure)
        } else {
            NotifyError::new(Kind::Unknown, "GOV.UK Notify's answer did not arrive")
                .with_source(failure)
        }
    })?;
    match answer.status {
        201 => accepted(&answer.body, reference),
        // The service may have taken the message before it, or what stands before it, failed. So may
        // a timeout of a proxy.
        408 | 500.. => Err(NotifyError::new(
            Kind::Unknown,
            "GOV.UK Notify failed to answer",
        )),
        400..500 => Err(refused(&answer, now)),
        _ => Err(NotifyError::new(
            Kind::Unknown,
            "GOV.UK Notify answered with another status than it documents",
        )),
    }
}

/// An answer is believed only if it is the answer to this message.
fn accepted(body: &[u8], reference: MessageReference) -> Result<Delivery, NotifyError> {
    let ours = reference.to_string();
    serde_json::from_slice::<Accepted>(body)
        .ok()
        .filter(|accepted| accepted.reference.as_ref() == Some(&ours))
        .map(|accepted| Delivery::with_id(accepted.id.to_string()))
        .ok_or(NotifyError::new(
            Kind::Unknown,
            "GOV.UK Notify's answer is not one to this message",
        ))
}

/// Returns the error of a refusal. The status and the error's name decide; its message is for people.
pub(super) fn refused(answer: &HttpAnswer, now: Timestamp) -> NotifyError {
    let refusal = refusal(answer);
    let error = |kind| NotifyError::new(kind, "GOV.UK Notify refused the message");
    match refusal {
        GovUkNotifyRefusal::RateLimit => error(Kind::Temporary)
            .of_sender()
            .with_retry_after(answer.retry_after.unwrap_or(Duration::from_secs(60))),
        GovUkNotifyRefusal::DailyLimit => error(Kind::Temporary)
            .of_sender()
            .with_retry_after(until_midnight(now)),
        GovUkNotifyRefusal::Credentials | GovUkNotifyRefusal::Other => {
            error(Kind::Temporary).of_sender()
        }
        GovUkNotifyRefusal::Contact => error(Kind::Permanent),
        GovUkNotifyRefusal::Setup => error(Kind::Rejected).of_sender(),
    }
    .with_source(refusal)
}

fn refusal(answer: &HttpAnswer) -> GovUkNotifyRefusal {
    let body = serde_json::from_slice::<Refused>(&answer.body).ok();
    let names = |name: &str| {
        let errors = body.iter().flat_map(|body| &body.errors);
        errors.into_iter().any(|error| error.error == name)
    };
    match answer.status {
        400 if names("ValidationError") => GovUkNotifyRefusal::Contact,
        400 if names("BadRequestError") => GovUkNotifyRefusal::Setup,
        401 | 403 => GovUkNotifyRefusal::Credentials,
        429 if names("TooManyRequestsError") => GovUkNotifyRefusal::DailyLimit,
        429 => GovUkNotifyRefusal::RateLimit,
        _ => GovUkNotifyRefusal::Other,
    }
}

/// Returns the time until the day's limits are reset.
fn until_midnight(now: Timestamp) -> Duration {
    let now = now.to_zoned(TimeZone::UTC);
    now.tomorrow()
        .and_then(|tomorrow| tomorrow.start_of_day())
        .ok()
        .and_then(|midnight| Duration::try_from(now.duration_until(&midnight)).ok())
        .unwrap_or(Duration::from_secs(24 * 60 * 60))
}
