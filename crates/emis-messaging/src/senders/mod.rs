//! Senders of messages, each behind a feature: GOV.UK Notify, NHS Notify and a mail server.
//!
//! | Feature | Sender | Addresses by | After a lost answer |
//! |---|---|---|---|
//! | `govuk-notify` | `GovUkNotify`: texts and emails | contact | ask the service by reference |
//! | `nhs-notify` | `NhsNotify`: the NHS App, texts and emails | NHS number | send again under the reference |
//! | `smtp` | `SmtpNotifier`: emails | contact | leave it to a person |
//!
//! An answer is believed only if it is the answer to the message: a 201 with anything else leaves the
//! outcome [unknown](crate::NotifyErrorKind::Unknown), as does a timeout after sending.
//!
//! With the feature `testing`, `testing` holds doubles of the two services over HTTP, and the contract of
//! every sender as tests. `docs/messages.md` tells how to choose and set up a sender.

#[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
mod callback;
#[cfg(feature = "govuk-notify")]
mod govuk_notify;
#[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
mod http;
#[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
mod jwt;
#[cfg(feature = "nhs-notify")]
mod nhs_notify;
#[cfg(any(feature = "govuk-notify", feature = "nhs-notify", feature = "smtp"))]
mod setup_error;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
pub use ::http::HeaderMap;
#[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
pub use callback::{CallbackError, CallbackErrorKind};
#[cfg(feature = "govuk-notify")]
pub use govuk_notify::{
    GovUkNotify, GovUkNotifyBuilder, GovUkNotifyCallbacks, GovUkNotifyKey, GovUkNotifyRefusal,
    GovUkNotifyService,
};
#[cfg(feature = "nhs-notify")]
pub use nhs_notify::{
    NhsMessageField, NhsNotify, NhsNotifyBuilder, NhsNotifyCallbacks, NhsNotifyKey,
    NhsNotifyRefusal, NhsReceipt, NhsRoutingPlan,
};
#[cfg(any(feature = "govuk-notify", feature = "nhs-notify", feature = "smtp"))]
pub use setup_error::{SenderSetupError, SenderSetupErrorKind};
#[cfg(feature = "smtp")]
pub use smtp::{SmtpNotifier, SmtpNotifierBuilder};
