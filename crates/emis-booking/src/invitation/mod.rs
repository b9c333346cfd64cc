//! Invitations and links.

pub(crate) mod allowance;
pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod claim;
pub(crate) mod follow;
pub(crate) mod link;
pub(crate) mod record;
pub(crate) mod store;
pub(crate) mod token;
