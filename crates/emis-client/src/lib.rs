//! A typed client for the EMIS Partner API.

mod error;
pub mod model;
pub mod operation;

pub use error::{Error, ErrorKind, SentStatus};
pub use operation::Operation;
