//! Contacts that a message can be sent to.

use emis_settings::Channel;
use emis_types::{EmailAddress, UkMobile};

/// A contact that a message can be sent to. `Debug` is redacted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Contact {
    /// A UK mobile, for a text message.
    Sms(UkMobile),
    /// An email address.
    Email(EmailAddress),
}

impl Contact {
    /// Returns the channel.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// Returns a text that is equal for equal mailboxes: mail systems ignore case.
    pub fn mailbox_key(&self) -> emis_types::Sensitive<String> {
        match self {
            Self::Sms(mobile) => mobile.expose().to_owned(),
            Self::Email(email) => email.expose().to_lowercase(),
        }
        .into()
    }
}
