//! Who may ask: a browser or a program that names this machine, on nobody else's behalf.

use http::request::Parts;
use url::{Host, Url};

use crate::world::World;

/// Whether `Host` names this machine, and `Origin`, where there is one, the same page.
pub(crate) fn admits(world: &World, head: &Parts) -> bool {
    let text = |name: &str| match head.headers.get(name) {
        Some(value) => value.to_str().map(Some),
        None => Ok(None),
    };
    let (Ok(Some(host)), Ok(origin)) = (text("host"), text("origin")) else {
        return false;
    };
    let Some(asked) = authority(&format!("http://{host}/")) else {
        return false;
    };
    // Whoever listens on another address than this machine's own says so itself.
    let here = is_loopback(&asked) || authority(&world.issuer).as_ref() == Some(&asked);
    here && origin.is_none_or(|origin| origin == format!("http://{host}"))
}

fn authority(url: &str) -> Option<(Host<String>, u16)> {
    let url = Url::parse(url).ok()?;
    Some((url.host()?.to_owned(), url.port_or_known_default()?))
}

fn is_loopback((host, _): &(Host<String>, u16)) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
