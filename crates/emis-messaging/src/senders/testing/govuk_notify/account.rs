//! The services of the double and what they were sent.

use std::collections::BTreeMap;

use emis_types::Sensitive;
use jiff::Timestamp;
use uuid::Uuid;

use super::super::fault::Faults;
use super::templates::Template;

/// A message that the double took. `Debug` shows neither contact nor text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GovUkNotifyMessage {
    /// The service's ID of the message.
    pub id: Uuid,
    /// The ID of the service that was sent it.
    pub service_id: Uuid,
    /// `sms`, `email` or `letter`.
    pub kind: &'static str,
    /// The caller's reference.
    pub reference: Option<String>,
    /// The mobile number or email address.
    pub to: Sensitive<String>,
    /// The subject of an email.
    pub subject: Option<String>,
    /// The text as the patient receives it.
    pub body: Sensitive<String>,
    /// The status, as GOV.UK Notify names it.
    pub status: &'static str,
    /// The time at which it was taken.
    pub created_at: Timestamp,
    pub(super) template: Uuid,
}

/// A text that a patient sent.
#[derive(Debug, Clone)]
pub(super) struct ReceivedText {
    pub(super) id: Uuid,
    pub(super) from: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
}

/// A service: its secret, templates and what it was sent.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) secret: Uuid,
    /// The ID of its sender of texts, and of the address that replies to emails go to.
    pub(super) sender: Uuid,
    pub(super) templates: Vec<Template>,
    /// Oldest first.
    pub(super) messages: Vec<GovUkNotifyMessage>,
    pub(super) received: Vec<ReceivedText>,
}

/// Everything that the double keeps.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<Uuid, Account>,
    pub(super) faults: Faults,
    drawn: u128,
}

impl State {
    /// Returns a new ID; the same ones in every run.
    pub(super) fn draw(&mut self) -> Uuid {
        self.drawn += 1;
        uuid::Builder::from_u128(0x7a3c_0000_0000_0000_8000_0000_0000_0000 | self.drawn)
            .with_version(uuid::Version::Random)
            .into_uuid()
    }

    /// Adds a service with a template of each kind.
    pub(super) fn add_account(&mut self) -> Uuid {
        let body = || "((body))".to_owned();
        let templates = [
            ("sms", None),
            ("email", Some("((subject))".to_owned())),
            ("letter", Some("((subject))".to_owned())),
        ]
        .map(|(kind, subject)| Template {
            id: self.draw(),
            kind,
            subject,
            body: body(),
        });
        let (id, secret, sender) = (self.draw(), self.draw(), self.draw());
        let account = Account {
            secret,
            sender,
            templates: templates.into(),
            messages: Vec::new(),
            received: Vec::new(),
        };
        self.accounts.insert(id, account);
        id
    }
}
