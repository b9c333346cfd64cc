//! The running simulator.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fault::FaultInjector;
use crate::operation::SimOperation;
use crate::practice::SimPractice;
use crate::server::serve;
use crate::switches::{ApiSwitches, IdentitySwitches};
use crate::sync::lock;
use crate::world::{RecordedCall, World};

/// A running simulator. Dropping it closes every connection.
///
/// # Examples
///
/// ```
/// use emis_sim::{Sim, SimOperation};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = Sim::start().await?;
/// let (api, identity) = (sim.api_url(), sim.identity_url());
/// // … the client under test connects here …
/// assert_eq!(sim.count(SimOperation::BookAppointment), 0);
/// # Ok(())
/// # })
/// # }
/// ```
pub struct Sim {
    world: Arc<World>,
    api_url: String,
    practices: Vec<SimPractice>,
    server: Option<Server>,
}

struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

opaque_debug!(Sim { api_url });

impl Sim {
    pub(crate) fn run(world: Arc<World>, listener: TcpListener, address: SocketAddr) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, Arc::clone(&world), stopped));
        Self {
            api_url: format!("http://{address}/partner"),
            practices: world
                .practices
                .iter()
                .cloned()
                .map(SimPractice::new)
                .collect(),
            server: Some(Server { stop, task }),
            world,
        }
    }

    /// Stops listening and closes every connection. Returns when both are done.
    pub async fn stop(mut self) {
        if let Some(Server { stop, task }) = self.server.take() {
            // An error means that the server has ended already.
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

/// Access.
impl Sim {
    /// Returns the base URL of the API: `http://127.0.0.1:PORT/partner`.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Returns the issuer of the tokens: `http://127.0.0.1:PORT/identity`. The discovery document is at
    /// `/.well-known/openid-configuration` below it.
    pub fn identity_url(&self) -> &str {
        &self.world.issuer
    }

    /// Returns the application's party key, for the `applicationId` header.
    pub fn application_id(&self) -> &str {
        &self.world.application.id
    }

    /// Returns the application's OAuth client id.
    pub fn client_id(&self) -> &str {
        &self.world.application.client_id
    }

    /// Returns the application's OAuth client secret.
    pub fn client_secret(&self) -> &str {
        &self.world.application.client_secret
    }

    /// Returns a line of JSON with the addresses, the secrets that the product received at set-up, and a
    /// patient of each practice who can book. The program prints it.
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
                    "patient": practice.patient_who_can_book().map(|patient| json!({
                        "number": patient.patient_number,
                        "nhs_number": patient.nhs_number,
                        "date_of_birth": patient.dob.to_string(),
                    })),
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

    /// Returns the first practice.
    pub fn practice(&self) -> SimPractice {
        #[allow(clippy::indexing_slicing, reason = "there is always a first practice")]
        self.practices[0].clone()
    }

    /// Returns all practices.
    pub fn practices(&self) -> &[SimPractice] {
        &self.practices
    }
}

/// Faults and the journal.
impl Sim {
    /// Revokes every token issued so far: the API answers them with 401.
    pub fn expire_tokens(&self) {
        self.world.tokens.expire();
    }

    /// Returns a handle to the identity service's settings.
    pub fn identity(&self) -> IdentitySwitches {
        IdentitySwitches::new(Arc::clone(&self.world))
    }

    /// Returns a handle to the API's settings for all practices.
    pub fn api(&self) -> ApiSwitches {
        ApiSwitches::new(Arc::clone(&self.world))
    }

    /// Returns a handle to the faults.
    pub fn faults(&self) -> FaultInjector {
        self.world.faults.clone()
    }

    /// Performs the calls with [`SimFault::CommitLater`](crate::SimFault::CommitLater) whose time has
    /// come by the simulator's clock. The next request does so as well.
    pub fn perform_late_commits(&self) {
        self.world.perform_late_commits();
    }

    /// Returns the calls so far in the order in which they were decided, or the latest ones that
    /// [`SimBuilder::keep_calls`](crate::SimBuilder::keep_calls) keeps. A request that is too large, for
    /// an unknown path or with another verb is not a call.
    pub fn journal(&self) -> Vec<RecordedCall> {
        self.world.journal.calls()
    }

    /// Returns the number of calls of an operation, however they ended.
    pub fn count(&self, operation: SimOperation) -> usize {
        self.world.journal.count(operation)
    }

    /// Returns the number of password attempts for a username at the token endpoint, failed ones
    /// included.
    pub fn password_attempts(&self, username: &str) -> usize {
        lock(&self.world.password_attempts)
            .get(username)
            .copied()
            .unwrap_or_default()
    }
}
