//! Requests and answers of the simulator, independent of the operation.

mod answer;
mod encoding;
mod form;
mod local_only;
mod query;
mod request;

pub(crate) use answer::{Answer, HTML};
pub(crate) use encoding::Encoding;
pub(crate) use form::{Form, parse_form};
pub(crate) use local_only::is_local;
pub(crate) use query::{ParameterError, Query};
pub(crate) use request::Request;
