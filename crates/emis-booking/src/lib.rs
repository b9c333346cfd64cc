//! Appointment self-booking on EMIS: search, book once, read back, cancel.

mod ledger;
mod record;
mod rejection;

pub use ledger::{Begin, BookingLedger, MemoryLedger, Settlement};
pub use record::{BookingId, BookingRecord, BookingState, Intent, InvalidBookingId};
pub use rejection::{Rejection, UnknownCode};
