//! Which addresses may be told a secret.

use url::{Host, Url};

use crate::{TokenError, TokenErrorKind};

/// Lets an address through that is `https`, or `http` to this machine, and that carries no
/// credentials of its own.
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

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
