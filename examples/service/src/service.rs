//! The running service.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use emis_partner::EmisPartner;
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::types::Clock;
use emis_partner::url::Url;
use emis_sim::Sim;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, Parts, Reports};
use crate::config::{EmisSource, ServiceConfig};
use crate::error::StartError;
use crate::printed::{PrintedLink, PrintedSignIn};
use crate::simulation::Simulation;
use crate::staff::{StaffAccount, StaffDirectory};
use crate::store::Store;
use crate::web::{Sessions, router};
use crate::{metrics, product, worker};

/// A running service.
#[derive(Debug)]
pub struct Service {
    app: App,
    url: String,
    local_address: SocketAddr,
    request_timeout: Duration,
    sign_ins: Vec<PrintedSignIn>,
    links: Vec<PrintedLink>,
    store: Store,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    worker: Option<JoinHandle<()>>,
}

/// The parts that differ between simulated practices and EMIS.
struct Source {
    partner: EmisPartner,
    product: Product,
    accounts: Vec<StaffAccount>,
    sign_ins: Vec<PrintedSignIn>,
    links: Vec<PrintedLink>,
    simulation: Option<Simulation>,
    outbox: Option<Arc<Outbox>>,
}

impl Service {
    /// Starts the service, and serves until [`stop`](Self::stop).
    ///
    /// # Errors
    /// If the store, the keys, an account or the address is unusable.
    pub async fn start(config: ServiceConfig) -> Result<Self, StartError> {
        let store = Store::open(&config.store, &config.clock).await?;
        let clock = Arc::clone(&config.clock);
        let source = match config.emis {
            EmisSource::Simulated { practices } => simulated(practices, &store, &clock).await?,
            EmisSource::Real(emis) => Source {
                partner: product::real(&emis, &store, Arc::clone(&clock))?,
                product: emis.product,
                accounts: emis.staff,
                sign_ins: Vec::new(),
                links: Vec::new(),
                simulation: None,
                outbox: None,
            },
        };
        metrics::install();
        let listener = TcpListener::bind(config.listen).await?;
        let local_address = listener.local_addr()?;
        let url = address(config.public_url.as_ref(), local_address);
        let https = url.starts_with("https:");
        let app = App::new(Parts {
            partner: source.partner,
            product: source.product,
            audit: store.audit(),
            staff: StaffDirectory::new(source.accounts, Arc::clone(&clock))?,
            public_origin: config
                .public_url
                .map(|url| url.origin().ascii_serialization()),
            sessions: Sessions::new(Arc::clone(&clock), https),
            clock,
            govuk_notify: config.callbacks.govuk_notify(),
            nhs_notify: config.callbacks.nhs_notify(),
            metrics_token: config.metrics_token,
            simulation: source.simulation,
            outbox: source.outbox,
            reports: Reports::default(),
            fleet: Mutex::default(),
        });
        let (stop, mut stopping) = watch::channel(false);
        let router = router(&app, https, config.request_timeout);
        let working = stopping.clone();
        let serve = axum::serve(listener, router).with_graceful_shutdown(async move {
            // A dropped service stops it too.
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(serve.into_future());
        let worker = config.worker_pause;
        let worker = worker.map(|pause| tokio::spawn(worker::work(app.clone(), pause, working)));
        Ok(Self {
            app,
            url,
            local_address,
            request_timeout: config.request_timeout,
            sign_ins: source.sign_ins,
            links: source.links,
            store,
            stop,
            server,
            worker,
        })
    }

    /// Returns the address that browsers use, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address that it listens at.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Returns the sign-ins that were made up for simulated practices.
    pub fn sign_ins(&self) -> &[PrintedSignIn] {
        &self.sign_ins
    }

    /// Returns the invitations of invented patients.
    pub fn links(&self) -> &[PrintedLink] {
        &self.links
    }

    /// Returns the product.
    pub fn partner(&self) -> &EmisPartner {
        &self.app.partner
    }

    /// Returns the simulator, with simulated practices.
    pub fn sim(&self) -> Option<&Sim> {
        self.app
            .simulation
            .as_ref()
            .map(|simulation| &simulation.sim)
    }

    /// Does the background work that is due now.
    pub async fn work_once(&self) {
        worker::round(&self.app, || false).await;
    }

    /// Stops: takes no new request, and waits for those in flight as long as a request may take.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(worker) = &mut self.worker
            && tokio::time::timeout(self.request_timeout, &mut *worker)
                .await
                .is_err()
        {
            worker.abort();
        }
        match tokio::time::timeout(self.request_timeout, &mut self.server).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server ended badly"),
            // A connection without a whole request.
            Err(_) => self.server.abort(),
        }
        self.store.close().await;
    }
}

async fn simulated(
    practices: u32,
    store: &Store,
    clock: &Arc<dyn Clock>,
) -> Result<Source, StartError> {
    let simulation = Simulation::start(practices, Arc::clone(clock)).await?;
    let outbox = Arc::new(Outbox::new());
    let partner = product::simulated(&simulation, store, &outbox, Arc::clone(clock))?;
    let links = simulation.set_up(&partner).await?;
    let (accounts, sign_ins) = simulation.accounts()?;
    Ok(Source {
        partner,
        product: product::simulated_product()?,
        accounts,
        sign_ins,
        links,
        simulation: Some(simulation),
        outbox: Some(outbox),
    })
}

fn address(public: Option<&Url>, local: SocketAddr) -> String {
    match public {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{local}"),
    }
}
