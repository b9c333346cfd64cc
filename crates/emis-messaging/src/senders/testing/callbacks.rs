//! Callbacks that a double writes.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A callback as the service would post it: hand it to the function that reads them, in any order and
/// as often as you like.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DoubleCallback {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl DoubleCallback {
    pub(super) fn new(headers: &[(&'static str, String)], body: String) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                map.insert(HeaderName::from_static(name), value);
            }
        }
        Self {
            headers: map,
            body: body.into_bytes(),
        }
    }
}
