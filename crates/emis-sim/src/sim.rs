//! The running simulator.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::SimBuilder;
use crate::conditions::{Api, Identity};
use crate::fault::Faults;
use crate::journal::Call;
use crate::practice::Practice;
use crate::server::serve;
use crate::world::{World, lock};
use crate::{Operation, StartError};

/// A running simulator. Dropping it closes every connection.
pub struct Sim {
    world: Arc<World>,
    api_url: String,
    practices: Vec<Practice>,
    server: Option<Server>,
}

struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

impl Sim {
    /// Starts with the defaults: one practice, seed 7, the machine's clock, a free port.
    ///
    /// # Errors
    ///
    /// If nothing can be listened on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Settings other than the defaults.
    pub fn builder() -> SimBuilder {
        SimBuilder::default()
    }

    pub(crate) fn run(world: Arc<World>, listener: TcpListener, address: SocketAddr) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, Arc::clone(&world), stopped));
        Self {
            api_url: format!("http://{address}/partner"),
            practices: world.practices.iter().cloned().map(Practice::new).collect(),
            server: Some(Server { stop, task }),
            world,
        }
    }

    /// Stops listening, closes every connection, and waits until that is done.
    pub async fn stop(mut self) {
        if let Some(Server { stop, task }) = self.server.take() {
            // Either may be over already; then so is the server.
            let _ = stop.send(());
            let _ = task.await;
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.task.abort();
        }
    }
}

/// How it is reached.
impl Sim {
    /// Base URL of the API: `http://127.0.0.1:PORT/partner`.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Issuer of the tokens: `http://127.0.0.1:PORT/identity`. The discovery document is at
    /// `/.well-known/openid-configuration` below it.
    pub fn identity_url(&self) -> &str {
        &self.world.issuer
    }

    /// The application's party key, for the `applicationId` header.
    pub fn application_id(&self) -> &str {
        &self.world.application.id
    }

    /// The application's OAuth client id.
    pub fn client_id(&self) -> &str {
        &self.world.application.client_id
    }

    /// The application's OAuth client secret.
    pub fn client_secret(&self) -> &str {
        &self.world.application.client_secret
    }

    /// One line of JSON that says how everything is reached, with what the product was given when
    /// it was set up: what the binary prints.
    pub fn ready_line(&self) -> String {
        let practices: Vec<_> = self
            .practices
            .iter()
            .map(|practice| {
                json!({
                    "ods": practice.ods(),
                    "cdb": practice.cdb(),
                    "username": practice.username(),
                    "password": practice.password_handed_over(),
                })
            })
            .collect();
        json!({ "ready": {
            "api": self.api_url(),
            "identity": self.identity_url(),
            "application_id": self.application_id(),
            "client_id": self.client_id(),
            "client_secret": self.client_secret(),
            "practices": practices,
        }})
        .to_string()
    }

    /// The first practice.
    pub fn practice(&self) -> Practice {
        // The builder refuses to start without a practice.
        #[allow(clippy::indexing_slicing, reason = "there is always a first practice")]
        self.practices[0].clone()
    }

    /// Every practice.
    pub fn practices(&self) -> &[Practice] {
        &self.practices
    }
}

/// Trouble, and what was asked.
impl Sim {
    /// Takes every token back that was issued so far: the API answers them with 401.
    pub fn expire_tokens(&self) {
        self.world.tokens.expire();
    }

    /// The identity service's own switches.
    pub fn identity(&self) -> Identity {
        Identity::new(Arc::clone(&self.world))
    }

    /// The API's switches for every practice.
    pub fn api(&self) -> Api {
        Api::new(Arc::clone(&self.world))
    }

    /// The queue of faults.
    pub fn faults(&self) -> Faults {
        self.world.faults.clone()
    }

    /// Every call so far, or the latest ones if the builder says how many, in the order in which
    /// they were decided. A request that is for no
    /// operation, or with the wrong verb, or too large, is not a call.
    pub fn journal(&self) -> Vec<Call> {
        self.world.journal.calls()
    }

    /// How many calls of an operation there have been, however they ended.
    pub fn count(&self, operation: Operation) -> usize {
        self.world.journal.count(operation)
    }

    /// How often a password was tried for a username at the token endpoint, right or wrong.
    pub fn password_attempts(&self, username: &str) -> usize {
        lock(&self.world.password_attempts)
            .get(username)
            .copied()
            .unwrap_or_default()
    }
}
