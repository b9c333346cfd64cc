//! Tests of messages.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, in its helpers too"
)]

mod messenger;
mod replies;
mod routes;
#[cfg(all(
    feature = "testing",
    feature = "govuk-notify",
    feature = "nhs-notify",
    feature = "smtp"
))]
mod senders;
mod sms;
mod templates;
