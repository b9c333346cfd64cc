//! The capabilities of a sender, as plain data.

use emis_settings::Channel;
use serde::{Deserialize, Serialize};

use crate::route::DeliveryRoute;
use crate::text_rules::TextRules;

/// The capabilities of a sender. Plain data: planners take it as input and decide by it.
///
/// # Examples
/// ```
/// use emis_messaging::{Addressing, SenderCapabilities};
/// use emis_settings::Channel;
///
/// let gateway = SenderCapabilities::new("gateway"); // any channel, at any time
/// assert_eq!(gateway.addressing, Addressing::Contact);
/// assert!(gateway.route(Channel::Sms).is_some_and(|route| route.may_carry_link()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SenderCapabilities {
    /// The sender's name, for reports: `govuk-notify`.
    pub name: String,
    /// The form in which it takes the addressee.
    pub addressing: Addressing,
    /// The form in which it takes bodies.
    pub body: BodyForm,
    /// The routes by which it delivers, one for each channel at most.
    pub routes: Vec<DeliveryRoute>,
    /// The rules by which it writes, counts and limits text messages.
    pub text: TextRules,
    /// The effect of sending a message again.
    pub repeat: RepeatSafety,
}

impl SenderCapabilities {
    /// Creates the capabilities of a plain gateway: free text by SMS and email to a contact, at any
    /// time, with links, counted as networks count. It can neither be searched nor asked twice.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            addressing: Addressing::Contact,
            body: BodyForm::Text,
            routes: vec![
                DeliveryRoute::direct(Channel::Sms),
                DeliveryRoute::direct(Channel::Email),
            ],
            text: TextRules::default(),
            repeat: RepeatSafety::None,
        }
    }

    /// Returns the route that serves a channel; `None` if the sender does not serve it.
    pub fn route(&self, channel: Channel) -> Option<&DeliveryRoute> {
        let mut routes = self.routes.iter();
        routes.find(|route| route.channel == channel && !route.legs.is_empty())
    }
}

/// The form in which a sender takes the addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Addressing {
    /// By a contact: a mobile number or an email address.
    Contact,
    /// By the patient's NHS number; the sender looks their contact up.
    NhsNumber,
}

/// The form in which a sender takes the body of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyForm {
    /// Free text.
    Text,
    /// One of its templates, with values for the placeholders.
    Template,
    /// Either.
    Either,
}

/// The effect of sending a message again under its reference, after the first outcome was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RepeatSafety {
    /// The sender sends one message of a reference: doubt is settled by sending again.
    Idempotent,
    /// The sender finds messages by reference: doubt is settled by asking it.
    Searchable,
    /// Neither: a person settles doubt.
    None,
}
