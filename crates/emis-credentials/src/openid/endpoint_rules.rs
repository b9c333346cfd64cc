//! The addresses that may be sent a secret.

use url::{Host, Url};

use crate::error::{TokenError, TokenErrorKind};

/// Accepts an address that is `https`, or `http` to this machine, and that carries no credentials of
/// its own.
pub(super) fn require_secure(url: &Url) -> Result<(), TokenError> {
    let secure = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    };
    if secure && url.username().is_empty() && url.password().is_none() {
        Ok(())
    } else {
        Err(TokenError::new(TokenErrorKind::InsecureUrl))
    }
}

/// Accepts an address in place of the issuer's: `https` is never left for `http`.
pub(super) fn require_as_secure(url: &Url, issuer: &Url) -> Result<(), TokenError> {
    if issuer.scheme() == "https" && url.scheme() != "https" {
        return Err(TokenError::new(TokenErrorKind::InsecureUrl));
    }
    require_secure(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Compares issuers, without the slash that one of them may end with.
pub(super) fn is_same_issuer(a: &Url, b: &Url) -> bool {
    a.as_str().trim_end_matches('/') == b.as_str().trim_end_matches('/')
}
