//! Domain types of the Partner API's answers.
//!
//! Fields that EMIS does not promise are `Option`. Structs are `#[non_exhaustive]`; each has a
//! `new` with what it can't do without, and public fields for the rest, so that tests of your own
//! code can make them up.

#[macro_use]
mod redacted;

mod address;
mod appointment;
pub(crate) mod choice;
mod code;
mod configuration;
mod ident;
#[cfg(feature = "medical-record")]
mod in_full;
mod listing;
#[cfg(feature = "medical-record")]
pub mod medical_record;
mod organisation;
pub(crate) mod partial_date;
mod patient;
mod search;
mod session;
mod slot_status;
mod window;

pub use address::Address;
pub use appointment::{
    AppointmentStatus, BookedAppointment, BookedPatient, NewBooking, PatientAppointment,
    StatusChange,
};
pub use choice::Choice;
pub use code::{Code, CodeScheme};
pub use configuration::{
    AppointmentConfiguration, Coding, Holiday, Schedule, SlotType, StaffHolidays,
};
pub use ident::{Dbid, FileStatus, Ident, RefId};
#[cfg(feature = "medical-record")]
pub use in_full::{
    BookedInFull, BookedPatients, OrganisationInformation, PatientMatches, WaitingHolder,
};
pub use listing::{Listing, SkippedRecord};
pub use organisation::{LinkCode, Location, Organisation, Staff, StaffName};
pub use partial_date::{DatePrecision, PartialDate};
pub use patient::{Patient, PatientName, Registration, Standing, VitalStatus};
pub use search::{SearchMatch, SearchReport};
pub use session::{Session, SessionHolder, Site, Slot, SlotTypeCount};
pub use slot_status::{KnownSlotStatus, SlotStatus};
pub use window::{DateRange, MatchedTerms, MinutesWindow};
