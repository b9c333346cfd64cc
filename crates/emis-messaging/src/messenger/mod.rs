//! Sends messages by the ledger: each once, doubt settled, receipts recorded.

mod doubt;
mod receipts;
mod send;

pub use doubt::{DoubtReport, MessageFate};
pub use send::{Messenger, SendOutcome};
