//! Texts that patients send.

use emis_types::{OdsCode, Sensitive};
use jiff::Timestamp;

use crate::contact::Contact;

/// A text message that a patient sent, as the sender's callback tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundText {
    /// The sender's ID of the text.
    pub id: String,
    /// The contact that it came from.
    pub from: Contact,
    /// The text.
    pub text: Sensitive<String>,
    /// The time at which it was received.
    pub received_at: Timestamp,
    /// The practice whose number it was sent to; `None` if several share the number.
    pub practice: Option<OdsCode>,
}

impl InboundText {
    /// Creates an inbound text to a number that several practices may share.
    pub fn new(
        id: impl Into<String>,
        from: Contact,
        text: impl Into<String>,
        received_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            from,
            text: Sensitive::new(text.into()),
            received_at,
            practice: None,
        }
    }

    /// Sets the practice whose number it was sent to.
    #[must_use]
    pub fn to_practice(mut self, practice: OdsCode) -> Self {
        self.practice = Some(practice);
        self
    }
}
