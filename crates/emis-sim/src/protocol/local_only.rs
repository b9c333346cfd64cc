//! Protection of the pages and controls for this machine.

use http::request::Parts;
use url::{Host, Url};

use crate::world::World;

/// Returns `true` if `Host` names this machine and `Origin`, if present, is the same site.
pub(crate) fn is_local(world: &World, head: &Parts) -> bool {
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
    // A simulator that listens on another address accepts that one as well.
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
