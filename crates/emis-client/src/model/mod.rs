//! What the Partner API's answers mean: strict types, decoded leniently.
//!
//! Fields that EMIS does not promise are `Option`. Structs are `#[non_exhaustive]`; each has a
//! `new` with what it can't do without, and public fields for the rest, so that tests of your own
//! code can make them up.

mod appointment;
mod configuration;
mod listing;
mod organisation;
mod patient;
mod search;
mod session;
mod slot_status;
mod window;

pub use appointment::{
    AppointmentStatus, BookedAppointment, BookedPatient, NewBooking, PatientAppointment,
    StatusChange,
};
pub use configuration::{AppointmentConfiguration, Holiday, SlotType};
pub use listing::{Listing, SkippedRecord};
pub use organisation::{Location, Organisation, Staff, StaffName};
pub use patient::{Patient, PatientName, Registration, VitalStatus};
pub use search::{SearchMatch, SearchReport};
pub use session::{Session, SessionHolder, Site, Slot, SlotTypeCount};
pub use slot_status::{KnownSlotStatus, SlotStatus};
pub use window::{DateRange, MatchedTerms, MinutesWindow};
