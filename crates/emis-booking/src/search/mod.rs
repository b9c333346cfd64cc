//! Searches for slots that may be booked, and the short-lived cache under them.

pub(crate) mod alternatives;
pub(crate) mod cache;
pub(crate) mod details;
pub(crate) mod flight;
pub(crate) mod query;
pub(crate) mod run;
