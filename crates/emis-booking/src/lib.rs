//! Appointment self-booking on EMIS: patients find a slot that their practice offers, book it
//! and cancel it.
//!
//! EMIS books by a call that may be neither repeated nor undone, holds nothing while a patient
//! decides, and shares its slots with reception. So every booking is stored first, sent **once**
//! with a reference in its note, and believed only when that reference was read back.
//!
//! # Examples
//! ```no_run
//! use emis_booking::{Booking, BookingOutcome, BookingRequest, PatientIdentity, SlotSearch};
//! use emis_types::PatientNumber;
//! use jiff::civil::date;
//!
//! # async fn example(
//! #     booking: Booking,
//! #     patient: PatientNumber,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let week = SlotSearch::new(
//!     date(2026, 6, 1).at(0, 0, 0, 0),
//!     date(2026, 6, 8).at(0, 0, 0, 0),
//! );
//! let found = booking.free_slots(&week).await?;
//! let slot = found.slots.first().ok_or("nothing free")?;
//!
//! let known = PatientIdentity::date_of_birth(date(1957, 5, 9));
//! let request = BookingRequest::new(slot.choice(), patient, known);
//! match booking.book(&request).await? {
//!     BookingOutcome::Confirmed(confirmed) => {
//!         println!("booked for {}", confirmed.appointment.starts());
//!         booking.cancel(&confirmed.id).await?;
//!     }
//!     other => println!("{other}"), // a sentence for the patient
//! }
//!
//! // Every few minutes, in any worker: settle what was cut off, and tell the patients.
//! booking.reconcile().await?;
//! for notice in booking.notices().await? {
//!     println!("{notice}");
//!     booking.acknowledge(&notice.id).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | To | See |
//! |---|---|
//! | decide what is offered | [`rules`], [`may_book`]; both pure |
//! | search | [`Booking::free_slots`], [`SlotSearch`], [`SlotCache`] |
//! | book, and learn the outcome | [`Booking::book`], [`Booking::book_or_suggest`], [`BookingOutcome`], [`Rejection`] |
//! | invite, and let patients follow links | [`Booking::invite`], [`Booking::link`], [`Booking::link_to`] |
//! | find a patient | [`Booking::find_patient`] |
//! | list a patient's appointments | [`Booking::appointments_of`] |
//! | cancel | [`Booking::cancel`], [`CancelOutcome`] |
//! | move an appointment | [`Booking::reschedule`], [`Booking::reschedule_or_suggest`], [`MoveOutcome`] |
//! | settle unknown outcomes | [`Booking::reconcile`], [`Booking::settle_by_hand`] |
//! | tell patients what became of their requests | [`Booking::notices`], [`Booking::acknowledge`] |
//! | keep bookings in a database | [`BookingStore`], [`BookingState`] |
//! | watch it | [`telemetry`] |
//!
//! Nothing here holds a slot for a patient while they decide.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod book;
mod booking;
mod cancel;
mod checks;
mod error;
mod id;
mod identity;
mod invitation;
mod late;
mod ledger;
mod matching;
mod memory_store;
mod move_request;
mod moves;
mod notice;
mod notice_kind;
mod outcome;
mod patient;
mod proof;
mod read_back;
mod reconcile;
mod record;
mod rejection;
mod request;
mod reschedule;
pub mod rules;
mod search;
mod slot;
mod state;
mod store;
pub mod telemetry;
mod turns;
mod wording;

pub use booking::Booking;
pub use error::{BookingError, BookingErrorKind};
pub use id::{BookingId, BookingIdError, BookingReference};
pub use identity::admission::{
    AdmissionStore, DayLimits, IdentityAttemptOutcome, IdentityLock, PlaceOutcome,
};
pub use identity::failures::IdentityFailures;
pub use identity::memory::MemoryAdmissionStore;
pub use identity::policy::IdentityPolicy;
pub use identity::subject::IdentitySubject;
pub use invitation::allowance::LinkAllowance;
pub use invitation::answer::{
    LinkAnswer, LinkPatient, LinkRefusal, LinkView, PatientAppointmentView, PatientAppointments,
};
pub use invitation::batch::{InvitationBatch, InvitationCapacity, InviteOutcome, IssuedLink};
pub use invitation::link::{Link, LinkRequest};
pub use invitation::record::{
    DeclineReason, Invitation, InvitationDraft, InvitationId, LinkChange, LinkEvent, LinkPurpose,
    LinkState, LinkStatus,
};
pub use invitation::store::{InvitationStore, StoredInvitations};
pub use invitation::token::{LinkToken, LinkTokenError};
pub use matching::find::{MatchRefusal, MatchedPatient, PatientMatch, PatientQuery};
pub use memory_store::MemoryBookingStore;
pub use move_request::MoveRequest;
pub use moves::{BookingMove, MoveEnd, MovePhase};
pub use notice::{BookingNotice, BookingNoticeId};
pub use notice_kind::BookingNoticeKind;
pub use outcome::{BookingOutcome, CancelOutcome, CancelRefusal, Confirmation, MoveOutcome};
pub use patient::{PatientIdentity, may_book};
pub use reconcile::Reconciliation;
pub use record::{BookingChange, BookingDraft, BookingRecord};
pub use rejection::{BookingCodeError, Rejection};
pub use request::BookingRequest;
pub use search::alternatives::{BookingAnswer, MoveAnswer};
pub use search::cache::SlotCache;
pub use search::details::AppointmentDetails;
pub use search::query::{FreeSlots, ImpossibleStart, SlotSearch, UnreadSession};
pub use slot::{AppointmentKey, FreeSlot, SlotChoice};
pub use state::{
    BOOKING_GIVES_UP_AFTER, BOOKING_INTENT_EXPIRES_AFTER, BOOKING_SETTLES_AFTER,
    BOOKING_WATCHED_FOR, BookingOrigin, BookingState, CancelCause,
};
pub use store::{BeginOutcome, BookingSettlement, BookingStore};
