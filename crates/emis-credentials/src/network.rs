//! How the outside is reached.

use std::error::Error;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The way out to the network: proxy and root certificates. Token requests and calls of EMIS go
/// the same way.
///
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
    /// What the environment names: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    #[default]
    Environment,
    Never,
    Always(Url),
}

impl Network {
    /// The platform's root certificates, and the proxy that the environment names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes through this proxy, an `http` or `https` URL without a user or password; by default
    /// through the one that the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    /// What is meant for this machine never goes through one.
    pub fn proxy(mut self, proxy: Url) -> Self {
        self.proxy = Proxy::Always(proxy);
        self
    }

    /// Signs in to the [proxy](Self::proxy), by HTTP's basic scheme.
    pub fn proxy_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    /// Goes straight out, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::Never;
        self.login = None;
        self
    }

    /// Trusts these root certificates (PEM, one or more) besides those of the platform, for a
    /// proxy that looks into TLS, say.
    ///
    /// # Errors
    /// Where there is no certificate in it.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self, NetworkError> {
        let roots = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
        if roots.is_empty() {
            return Err(NetworkError("the root certificates are not in PEM"));
        }
        self.roots.extend(roots);
        Ok(self)
    }

    /// Whether this can work.
    ///
    /// # Errors
    /// Where it contradicts itself: a proxy that is not `http` or `https`, a user or password in
    /// its URL, a login without a proxy.
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

    /// For the crates of this workspace, which all set up their clients by this one rule: without
    /// redirects, retries and referers; by https only, unless it is to this machine, to which no
    /// proxy is a way.
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
    /// Not where the proxy is, nor who signs in to it.
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

/// Why a [`Network`] can't work. Names no address and no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkError(&'static str);

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for NetworkError {}
