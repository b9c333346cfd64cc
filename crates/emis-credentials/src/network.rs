//! Proxy and root certificates.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The network settings: proxy and root certificates. Token requests and calls of EMIS share them.
///
/// # Examples
/// ```
/// use emis_credentials::Network;
///
/// # fn example(company_root: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let network = Network::new()
///     .proxy("http://proxy.example.com:3128".parse()?)
///     .add_root_certificates(company_root)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Network {
    proxy: Proxy,
    login: Option<(String, SecretString)>,
    roots: Vec<reqwest::Certificate>,
}

#[derive(Clone, Default)]
enum Proxy {
    /// The one that the environment names: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    #[default]
    Environment,
    Never,
    Always(Url),
}

impl Network {
    /// Creates settings with the platform's root certificates and the proxy that the environment names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the proxy, an `http` or `https` URL without a user or password. The default is the one that
    /// the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). Requests to this machine never
    /// go through a proxy.
    pub fn proxy(mut self, proxy: Url) -> Self {
        self.proxy = Proxy::Always(proxy);
        self
    }

    /// Sets the login to the [proxy](Self::proxy), by HTTP's basic scheme.
    pub fn proxy_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    /// Uses no proxy, even if the environment names one.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::Never;
        self.login = None;
        self
    }

    /// Adds root certificates (PEM, one or more) to those of the platform, for a proxy that inspects
    /// TLS for example.
    ///
    /// # Errors
    /// If the text holds no certificate.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self, NetworkError> {
        let roots = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
        if roots.is_empty() {
            return Err(NetworkError("the root certificates are not in PEM"));
        }
        self.roots.extend(roots);
        Ok(self)
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If they contradict each other: a proxy that is not `http` or `https`, a user or password in its
    /// URL, a login without a proxy.
    pub fn check(&self) -> Result<(), NetworkError> {
        let Proxy::Always(url) = &self.proxy else {
            return match self.login {
                Some(_) => Err(NetworkError("there is a login for a proxy, and no proxy")),
                None => Ok(()),
            };
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(NetworkError("the proxy must be an http or https URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NetworkError(
                "the proxy's URL must not hold a user or password",
            ));
        }
        Ok(())
    }

    /// Returns the one client configuration of this workspace: no redirects, retries and referers;
    /// `https` only and through the proxy, except to this machine.
    #[doc(hidden)]
    pub fn client(&self, to_this_machine: bool) -> reqwest::Result<reqwest::ClientBuilder> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connection_verbose(false)
            .tls_certs_merge(self.roots.iter().cloned());
        if to_this_machine {
            return Ok(builder.no_proxy());
        }
        let builder = builder.https_only(true);
        Ok(match &self.proxy {
            Proxy::Environment => builder,
            Proxy::Never => builder.no_proxy(),
            Proxy::Always(url) => {
                let mut proxy = reqwest::Proxy::all(url.as_str())?;
                if let Some((user, password)) = &self.login {
                    proxy = proxy.basic_auth(user, password.expose_secret());
                }
                builder.proxy(proxy)
            }
        })
    }
}

impl fmt::Debug for Network {
    /// Shows neither the proxy's address nor the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match self.proxy {
            Proxy::Environment => "the environment's",
            Proxy::Never => "none",
            Proxy::Always(_) => "one of its own",
        };
        f.debug_struct("Network")
            .field("proxy", &proxy)
            .field("root_certificates", &self.roots.len())
            .finish_non_exhaustive()
    }
}

/// The error of [`Network`] settings that contradict each other. Names no address and no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NetworkError(&'static str);
