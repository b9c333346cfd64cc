//! Appointment self-booking on EMIS: search, book once, read back, cancel.

mod error;
mod ledger;
mod outcome;
mod patient;
mod record;
mod rejection;
pub mod rules;
mod slot;

pub use error::{BookingError, BookingErrorKind};
pub use ledger::{Begin, BookingLedger, MemoryLedger, Settlement};
pub use outcome::{BookingOutcome, CancelOutcome, CancelRefusal, Confirmation};
pub use patient::{Identity, may_book};
pub use record::{BookingId, BookingRecord, BookingState, Intent, InvalidBookingId};
pub use rejection::{Rejection, UnknownCode};
pub use slot::{Appointment, ChosenSlot, FreeSlot};
