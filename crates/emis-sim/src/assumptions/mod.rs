//! Decisions about what EMIS's published document leaves open.
//!
//! Every entry is listed in `docs/contract-notes.md`. When EMIS says otherwise, this module is what
//! changes.

mod limits;
mod refusal;
mod shape;
mod wire_states;

pub(crate) use limits::{
    EMIS_ACCESS, LARGEST_BATCH, LONGEST_WINDOW_DAYS, MOST_MATCHES, MOST_MINUTES_BEFORE,
    MOST_MINUTES_WITHIN, STATUS_OF_A_BOOKING, STATUS_OF_ARRIVED, STATUSES_OF_SENT_IN,
};
pub(crate) use refusal::Refusal;
pub(crate) use wire_states::WireState;
