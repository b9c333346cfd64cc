//! Channels of messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A channel of messages to patients. In JSON, `"sms"` or `"email"`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// A text message to a UK mobile.
    Sms,
    /// An email.
    Email,
}

impl Channel {
    /// Returns the channel as JSON and stores write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}
