//! The double, as tests use it.

use std::sync::{Arc, Mutex};

use emis_types::Clock;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::super::callbacks::DoubleCallback;
use super::super::fault::SenderFault;
use super::super::server::{Server, lock};
use super::account::{GovUkNotifyMessage, ReceivedText, State};
use super::desk::Desk;
use super::resources;
use super::templates::Template;

/// The bearer token of the double's callbacks.
const BEARER: &str = "invented-callback-token";

/// A GOV.UK Notify on this machine: real HTTP, tokens verified, messages kept. It stops when it is
/// dropped.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use emis_messaging::senders::testing::GovUkNotifyDouble;
/// use emis_types::SystemClock;
///
/// let double = GovUkNotifyDouble::start(Arc::new(SystemClock)).await?;
/// assert!(double.base_url().as_str().starts_with("http://127.0.0.1:"));
/// assert!(double.messages().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GovUkNotifyDouble {
    desk: Arc<Desk>,
    first: Uuid,
    server: Server,
}

impl GovUkNotifyDouble {
    /// Starts a double with one service. Tokens are verified, and messages dated, by `clock`.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let mut state = State::default();
        let first = state.add_account();
        let desk = Arc::new(Desk {
            state: Mutex::new(state),
            clock,
        });
        let server = Server::start(Arc::clone(&desk)).await?;
        Ok(Self {
            desk,
            first,
            server,
        })
    }

    /// Returns the base URL.
    pub fn base_url(&self) -> Url {
        self.server.url()
    }

    /// Returns the ID of the service that the double started with.
    pub fn service_id(&self) -> Uuid {
        self.first
    }

    /// Adds a service, for products with a key per practice. Returns its ID.
    pub fn add_service(&self) -> Uuid {
        lock(&self.desk.state).add_account()
    }

    /// Returns the API key of a service: `a-double-service-secret`. Empty for an unknown service.
    pub fn api_key(&self, service: Uuid) -> String {
        let state = lock(&self.desk.state);
        let account = state.accounts.get(&service);
        account.map_or_else(String::new, |account| {
            format!("a-double-{service}-{}", account.secret)
        })
    }

    /// Returns the ID of a service's sender of texts, and of the address that replies to its emails go to.
    pub fn sender_id(&self, service: Uuid) -> Option<Uuid> {
        let state = lock(&self.desk.state);
        Some(state.accounts.get(&service)?.sender)
    }

    /// Returns the ID of the service's template of free text for `sms`, `email` or `letter`.
    pub fn template_id(&self, service: Uuid, kind: &str) -> Option<Uuid> {
        let state = lock(&self.desk.state);
        let templates = &state.accounts.get(&service)?.templates;
        Some(templates.iter().find(|it| it.kind == kind)?.id)
    }

    /// Adds a template to a service. Returns its ID.
    pub fn add_template(
        &self,
        service: Uuid,
        kind: &'static str,
        subject: Option<&str>,
        body: &str,
    ) -> Uuid {
        let mut state = lock(&self.desk.state);
        let id = state.draw();
        if let Some(account) = state.accounts.get_mut(&service) {
            account.templates.push(Template {
                id,
                kind,
                subject: subject.map(str::to_owned),
                body: body.to_owned(),
            });
        }
        id
    }

    /// Makes the next call that sends fail; called again, the one after it. `None` lets one pass.
    pub fn fail_next(&self, fault: impl Into<Option<SenderFault>>) {
        lock(&self.desk.state).faults.push(fault.into());
    }

    /// Returns the messages of all services, each service's oldest first.
    pub fn messages(&self) -> Vec<GovUkNotifyMessage> {
        let state = lock(&self.desk.state);
        let all = state.accounts.values().flat_map(|it| &it.messages);
        all.cloned().collect()
    }

    /// Returns the bearer token of the callbacks.
    pub fn callback_token(&self) -> &'static str {
        BEARER
    }

    /// Settles every message that has no final status yet, and returns its receipt: delivered, or as
    /// the contacts for tests say (07700 900002 and 900003, `perm-fail@` and `temp-fail@`). There are
    /// none for the numbers of smoke tests, 07700 900000, 900111 and 900222.
    pub fn settle_all(&self) -> Vec<DoubleCallback> {
        let open = |message: &&GovUkNotifyMessage| {
            let smoke = ["07700900000", "07700900111", "07700900222"];
            let national = message.to.expose().replace("+44", "0");
            !resources::is_final(message.status) && !smoke.contains(&national.as_str())
        };
        let messages = self.messages();
        let due = messages.iter().filter(open);
        due.filter_map(|it| self.settle(it.id, outcome(it.to.expose())))
            .collect()
    }

    /// Gives a message a status, such as `temporary-failure`, and returns its receipt.
    pub fn settle(&self, id: Uuid, status: &'static str) -> Option<DoubleCallback> {
        let mut state = lock(&self.desk.state);
        let mut messages = state.accounts.values_mut().flat_map(|it| &mut it.messages);
        let message = messages.find(|it| it.id == id)?;
        message.status = status;
        let receipt = resources::receipt(message, self.desk.clock.now());
        Some(callback(&receipt))
    }

    /// Receives a text from a patient by the service that the double started with, and returns its
    /// callback. The number is that of a mobile, `447700900123`.
    pub fn receive_text(&self, from: &str, text: &str) -> DoubleCallback {
        let mut state = lock(&self.desk.state);
        let received = ReceivedText {
            id: state.draw(),
            from: from.to_owned(),
            text: text.to_owned(),
            at: self.desk.clock.now(),
        };
        let inbound = callback(&resources::inbound(&received));
        if let Some(account) = state.accounts.get_mut(&self.first) {
            account.received.push(received);
        }
        inbound
    }
}

fn callback(body: &Value) -> DoubleCallback {
    let headers = [
        ("authorization", format!("Bearer {BEARER}")),
        ("content-type", "application/json".to_owned()),
    ];
    DoubleCallback::new(&headers, body.to_string())
}

fn outcome(to: &str) -> &'static str {
    match to.replace("+44", "0").as_str() {
        "07700900002" | "perm-fail@simulator.notify" => "permanent-failure",
        "07700900003" | "temp-fail@simulator.notify" => "temporary-failure",
        _ => "delivered",
    }
}
