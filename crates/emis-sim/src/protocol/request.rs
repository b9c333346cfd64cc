//! A request for an operation.

use bytes::Bytes;
use http::HeaderMap;
use http::header::AsHeaderName;

use super::encoding::Encoding;
use super::query::Query;
use crate::operation::SimOperation;
use crate::world::Bearer;

/// A request for an operation.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: SimOperation,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The bearer of the caller's token when the request arrived, if the token was valid.
    pub(crate) bearer: Option<Bearer>,
}

impl Request {
    /// Returns a header that is present and text.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the CDB number of the practice that the caller's token is for.
    pub(crate) fn practice(&self) -> Option<&str> {
        Some(&self.bearer.as_ref()?.practice.cdb)
    }

    /// Returns the encoding that the caller accepts, or `None` if it accepts neither.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        Encoding::accepted(&self.headers)
    }
}
