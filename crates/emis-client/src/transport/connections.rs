//! How calls get out to the network, and the connections that many clients share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::Network;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use url::Url;

use crate::error::{ClientError, ClientErrorKind};

const OURS: &str = concat!("emis-client/", env!("CARGO_PKG_VERSION"));

/// Settings of the connections to EMIS: proxy, root certificates, timeouts.
///
/// ```
/// use std::time::Duration;
/// use emis_client::{HttpConnections, HttpOptions};
///
/// # fn example(company_root: &[u8]) -> Result<(), emis_client::ClientError> {
/// let connections = HttpConnections::new(
///     HttpOptions::new()
///         .proxy("http://proxy.example.com:3128".parse().expect("a URL"))
///         .add_root_certificates(company_root)?
///         .connect_timeout(Duration::from_secs(3)),
/// )?;
/// # Ok(())
/// # }
/// ```
///
/// How long an attempt and a call may take is set on each client:
/// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout),
/// [`deadline`](crate::ClientBuilder::deadline).
#[derive(Clone)]
#[must_use]
pub struct HttpOptions {
    network: Network,
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_idle: usize,
    user_agent: Option<String>,
}

impl HttpOptions {
    /// The defaults, each named at its method.
    pub fn new() -> Self {
        Self {
            network: Network::new(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(90),
            max_idle: 128,
            user_agent: None,
        }
    }

    /// Goes through this proxy, an `http` or `https` URL without a user or password; by default
    /// through the one that the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    /// Calls of this machine never go through one.
    pub fn proxy(mut self, proxy: Url) -> Self {
        self.network = self.network.proxy(proxy);
        self
    }

    /// Signs in to the [proxy](Self::proxy), by HTTP's basic scheme.
    pub fn proxy_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.network = self.network.proxy_login(user, password);
        self
    }

    /// Goes straight to EMIS, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.network = self.network.no_proxy();
        self
    }

    /// Trusts these root certificates (PEM, one or more) besides those of the platform, for a
    /// proxy that looks into TLS, say.
    ///
    /// # Errors
    /// [`ClientErrorKind::Configuration`] where there is no certificate in it.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self, ClientError> {
        let more = self.network.add_root_certificates(pem);
        self.network = more.map_err(|_| wrong("the root certificates are not in PEM"))?;
        Ok(self)
    }

    /// How long connecting may take, TLS included; 5 seconds by default. A connection that was
    /// not made in time has carried nothing, so that even a write then provably did not happen.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an idle connection is kept for the next read; 90 seconds by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How many idle connections are kept for the next reads; 128 by default. (Writes use no kept
    /// connection: see the crate's documentation.)
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle = connections;
        self
    }

    /// The product's name and version, such as `patchs/2.1`, which go before this crate's in the
    /// `User-Agent` header.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    fn check(&self) -> Result<(), ClientError> {
        if HeaderValue::from_str(&self.user_agent_text()).is_err() {
            return Err(wrong("the user agent is not ASCII"));
        }
        let network = self.network.check();
        network.map_err(|_| wrong("the proxy is no http or https URL, or its login is amiss"))
    }

    /// The way out to the network, for [token
    /// requests](emis_credentials::OpenIdTokenSourceBuilder::network), which should go the same way.
    pub fn network(&self) -> &Network {
        &self.network
    }

    fn user_agent_text(&self) -> String {
        match &self.user_agent {
            Some(product) => format!("{product} {OURS}"),
            None => OURS.to_owned(),
        }
    }

    /// Clients of reqwest by these options, which are those of a [`Route`].
    fn connect(&self, route: Route) -> reqwest::Result<Clients> {
        let builder = || {
            let builder = self.network.client(route == Route::Loopback)?;
            Ok::<_, reqwest::Error>(
                builder
                    .user_agent(self.user_agent_text())
                    .http1_only()
                    .connect_timeout(self.connect_timeout)
                    .pool_idle_timeout(self.idle_timeout),
            )
        };
        Ok(Clients {
            reads: builder()?.pool_max_idle_per_host(self.max_idle).build()?,
            writes: builder()?.pool_max_idle_per_host(0).build()?,
        })
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpOptions {
    /// Not where the proxy is, nor who signs in to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("network", &self.network)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_idle_connections", &self.max_idle)
            .finish_non_exhaustive()
    }
}

/// Connections to EMIS that many clients share: one for each practice of a product, say. Roots are
/// loaded and connections kept once, not once for each practice.
///
/// Cheap to clone. Nothing of one client gets into another's calls but the connection: the party
/// key and the token go with each call.
#[derive(Debug, Clone)]
pub struct HttpConnections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: HttpOptions,
    /// Set up by whoever needs them first. Empty inside where that failed.
    outside: OnceLock<Option<Clients>>,
    loopback: OnceLock<Option<Clients>>,
}

/// Two clients of reqwest, for reads and for writes: see [`crate::transport::http`].
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) reads: reqwest::Client,
    pub(crate) writes: reqwest::Client,
}

/// Which way calls go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Over the network, by https only.
    Outside,
    /// To this machine, to which a proxy is no way.
    Loopback,
}

impl HttpConnections {
    /// Connections by these options. None is made yet.
    ///
    /// # Errors
    /// [`ClientErrorKind::Configuration`] where the options contradict themselves.
    pub fn new(options: HttpOptions) -> Result<Self, ClientError> {
        options.check()?;
        Ok(Self(Arc::new(Shared {
            options,
            outside: OnceLock::new(),
            loopback: OnceLock::new(),
        })))
    }

    pub(crate) fn clients(&self, route: Route) -> Result<Clients, ClientError> {
        let cell = match route {
            Route::Outside => &self.0.outside,
            Route::Loopback => &self.0.loopback,
        };
        cell.get_or_init(|| self.0.options.connect(route).ok())
            .clone()
            .ok_or_else(|| wrong("TLS could not be set up"))
    }
}

fn wrong(message: &'static str) -> ClientError {
    ClientError::new(ClientErrorKind::Configuration, message)
}
