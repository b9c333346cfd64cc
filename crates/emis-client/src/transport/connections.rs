//! Options of HTTP, and connections that many clients share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::Network;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use url::Url;

use crate::error::{ClientError, ClientErrorKind};

const OURS: &str = concat!("emis-client/", env!("CARGO_PKG_VERSION"));

/// Options of the connections to EMIS: proxy, root certificates, timeouts.
///
/// # Examples
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
/// The timeouts of attempts and calls are set on each client:
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
    /// Creates the default options; each method documents its default.
    pub fn new() -> Self {
        Self {
            network: Network::new(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(90),
            max_idle: 128,
            user_agent: None,
        }
    }

    /// Sets a proxy: an `http` or `https` URL without a user or password. The default is the one of
    /// the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). Calls to a loopback host never use
    /// a proxy.
    pub fn proxy(mut self, proxy: Url) -> Self {
        self.network = self.network.proxy(proxy);
        self
    }

    /// Sets the user and password for the [proxy](Self::proxy), in HTTP's basic scheme.
    pub fn proxy_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.network = self.network.proxy_login(user, password);
        self
    }

    /// Disables proxies, those of the environment included.
    pub fn no_proxy(mut self) -> Self {
        self.network = self.network.no_proxy();
        self
    }

    /// Adds root certificates (PEM, one or more) to those of the platform, for example for a proxy
    /// that inspects TLS.
    ///
    /// # Errors
    /// Fails with [`ClientErrorKind::Configuration`] if there is no certificate in `pem`.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self, ClientError> {
        let more = self.network.add_root_certificates(pem);
        self.network = more.map_err(|_| wrong("the root certificates are not PEM"))?;
        Ok(self)
    }

    /// Sets the timeout for connecting, TLS included; 5 seconds by default. A write that fails by it
    /// was provably not sent.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time for which an idle connection is kept for the next read; 90 seconds by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the maximum number of idle connections that are kept for the next reads; 128 by default.
    /// Writes never use a kept connection.
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle = connections;
        self
    }

    /// Sets the product's name and version, such as `product/2.1`, which precede those of this crate
    /// in the `User-Agent` header.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    fn check(&self) -> Result<(), ClientError> {
        if HeaderValue::from_str(&self.user_agent_text()).is_err() {
            return Err(wrong("the user agent is not ASCII"));
        }
        let network = self.network.check();
        network
            .map_err(|_| wrong("the proxy is not an http or https URL, or its login is not valid"))
    }

    /// Returns the network options, for [token
    /// requests](emis_credentials::OpenIdTokenSourceBuilder::network), which should use the same.
    pub fn network(&self) -> &Network {
        &self.network
    }

    fn user_agent_text(&self) -> String {
        match &self.user_agent {
            Some(product) => format!("{product} {OURS}"),
            None => OURS.to_owned(),
        }
    }

    /// Builds clients of reqwest for a [`Route`].
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
    /// Shows neither the proxy nor its user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("network", &self.network)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_idle_connections", &self.max_idle)
            .finish_non_exhaustive()
    }
}

/// Connections to EMIS that many clients share, such as those of all practices of a product. Root
/// certificates are loaded once, and idle connections are pooled.
///
/// Cloning is cheap. Clients share nothing but the connections: the application ID and the token go
/// with each call.
#[derive(Debug, Clone)]
pub struct HttpConnections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: HttpOptions,
    /// Set up on first use. `None` inside if that failed.
    outside: OnceLock<Option<Clients>>,
    loopback: OnceLock<Option<Clients>>,
}

/// Two clients of reqwest, for reads and for writes: see [`HttpTransport`].
///
/// [`HttpTransport`]: crate::transport::http::HttpTransport
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) reads: reqwest::Client,
    pub(crate) writes: reqwest::Client,
}

/// The route of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Over the network, with https only.
    Outside,
    /// To this machine, without a proxy.
    Loopback,
}

impl HttpConnections {
    /// Creates connections with these options. None is opened yet.
    ///
    /// # Errors
    /// Fails with [`ClientErrorKind::Configuration`] if the options are not valid.
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
