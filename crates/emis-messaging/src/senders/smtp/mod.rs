//! Emails by a mail server.

mod mail;
mod notifier;
mod session;

pub use notifier::{SmtpNotifier, SmtpNotifierBuilder};
