//! Identity checks: counted, slowed and locked.

pub(crate) mod admission;
pub(crate) mod check;
pub(crate) mod failures;
pub(crate) mod memory;
pub(crate) mod policy;
pub(crate) mod same;
pub(crate) mod subject;
