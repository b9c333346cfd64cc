//! The double, as tests use it.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use emis_types::Clock;
use url::Url;

use super::super::callbacks::DoubleCallback;
use super::super::fault::SenderFault;
use super::super::server::{Server, lock};
use super::account::{NhsNotifyMessage, State};
use super::desk::Desk;
use super::{assertion, resources};

const APPLICATION: &str = "invented-application";
const CALLBACK_KEY: &str = "invented-callback-key";

/// An NHS Notify on this machine, with its token service: real HTTP, signatures verified, messages
/// kept. It stops when it is dropped.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use emis_messaging::senders::testing::NhsNotifyDouble;
/// use emis_types::SystemClock;
///
/// let double = NhsNotifyDouble::start(Arc::new(SystemClock)).await?;
/// assert!(double.messages().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct NhsNotifyDouble {
    desk: Arc<Desk>,
    server: Server,
}

impl NhsNotifyDouble {
    /// Starts a double. Tokens and assertions are verified, and messages dated, by `clock`.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        Self::begin(clock, false).await
    }

    /// Starts a double of the sandbox: open to every caller, and without memory.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start_sandbox(clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        Self::begin(clock, true).await
    }

    async fn begin(clock: Arc<dyn Clock>, is_sandbox: bool) -> std::io::Result<Self> {
        let desk = Arc::new(Desk {
            state: Mutex::new(State::default()),
            clock,
            is_sandbox,
        });
        let server = Server::start(Arc::clone(&desk)).await?;
        Ok(Self { desk, server })
    }

    /// Returns the host, below which the API is at `/comms` and the token service at `/oauth2/token`.
    pub fn host(&self) -> Url {
        self.server.url()
    }

    /// Returns the API key of the application.
    pub fn api_key(&self) -> &'static str {
        assertion::API_KEY
    }

    /// Returns the ID of the application's key.
    pub fn key_id(&self) -> &'static str {
        assertion::KEY_ID
    }

    /// Returns the application's private key in PEM.
    pub fn private_key_pem(&self) -> String {
        assertion::private_key_pem()
    }

    /// Returns the application's ID and the API key of its callbacks.
    pub fn callback_secrets(&self) -> (&'static str, &'static str) {
        (APPLICATION, CALLBACK_KEY)
    }

    /// Makes the next call that sends a single message fail; called again, the one after it. `None`
    /// lets one pass.
    pub fn fail_next(&self, fault: impl Into<Option<SenderFault>>) {
        lock(&self.desk.state).faults.push(fault.into());
    }

    /// Revokes every token.
    pub fn revoke_tokens(&self) {
        lock(&self.desk.state).tokens.clear();
    }

    /// Returns the number of tokens that were requested and not revoked.
    pub fn tokens(&self) -> usize {
        lock(&self.desk.state).tokens.len()
    }

    /// Leaves a patient without contact details: their messages fail after they were taken.
    pub fn make_unreachable(&self, nhs_number: &str) {
        let mut state = lock(&self.desk.state);
        state.unreachable.insert(nhs_number.to_owned());
    }

    /// Returns the messages, oldest first.
    pub fn messages(&self) -> Vec<NhsNotifyMessage> {
        lock(&self.desk.state).messages.clone()
    }

    /// Settles every open message, and returns its callback: delivered, or failed for a patient without
    /// contact details.
    pub fn settle_all(&self) -> Vec<DoubleCallback> {
        let mut state = lock(&self.desk.state);
        let State {
            messages,
            unreachable,
            ..
        } = &mut *state;
        let open = messages.iter_mut().filter(|it| it.status == "created");
        open.map(|message| {
            if unreachable.contains(message.nhs_number.expose()) {
                message.status = "failed";
                message.failure = Some("MFR_PDSV_0002");
            } else {
                message.status = "delivered";
            }
            signed(&resources::callback(message, self.desk.clock.now()).to_string())
        })
        .collect()
    }
}

/// Returns a callback with this body, signed.
fn signed(body: &str) -> DoubleCallback {
    let secret = format!("{APPLICATION}.{CALLBACK_KEY}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let headers = [
        ("x-api-key", CALLBACK_KEY.to_owned()),
        ("x-hmac-sha256-signature", hex),
        ("content-type", "application/vnd.api+json".to_owned()),
    ];
    DoubleCallback::new(&headers, body.to_owned())
}
