//! Codes of appointments.

use std::fmt;
use std::str::FromStr;

use emis_types::OdsCode;
use uuid::Uuid;

use crate::reference::derived;
use crate::topic::MessageTopic;

/// The code of an appointment in messages: four digits, of which the first is not 0.
///
/// It tells the appointments of one contact apart; it is no secret. Derived from the appointment,
/// so that every message about it has the same, and another after it was moved. Two appointments
/// of one contact may share a code, one time in 9,000: the practice gets a task then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyCode(u16);

impl ReplyCode {
    const NAMESPACE: Uuid = Uuid::from_u128(0x27c4_9b0d_5f13_4e6e_91a8_3dd7_60ce_fb52);

    /// Returns the code of an appointment; `None` of a topic without one.
    pub fn of(practice: &OdsCode, topic: &MessageTopic) -> Option<Self> {
        let (slot, start) = (topic.slot?.to_string(), topic.start?.to_string());
        let patient = topic.patient.to_string();
        let parts = [practice.as_str(), &slot, &patient, &start];
        let number = derived(&Self::NAMESPACE, parts).as_u128() % 9_000 + 1_000;
        u16::try_from(number).ok().map(Self)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// A text that is not a [`ReplyCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code of an appointment is four digits, of which the first is not 0")]
pub struct ReplyCodeError;

impl FromStr for ReplyCode {
    type Err = ReplyCodeError;

    fn from_str(text: &str) -> Result<Self, ReplyCodeError> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text
            .parse()
            .ok()
            .filter(|number| digits && *number >= 1_000);
        number.map(Self).ok_or(ReplyCodeError)
    }
}

emis_types::serde_as_text!(ReplyCode);
