//! Limits and fixed values.

use crate::model::SimAppointmentStatus;

/// Longest window of sessions and of a patient's appointments, in days.
pub(crate) const LONGEST_WINDOW_DAYS: i32 = 90;
/// Largest `minutesBefore` of `GetBookedPatients` and its siblings.
pub(crate) const MOST_MINUTES_BEFORE: i32 = 60;
/// Largest `minutesWithin` of the same operations: 30 days.
pub(crate) const MOST_MINUTES_WITHIN: i32 = 43_200;
/// Largest number of patients in the answer to a search.
pub(crate) const MOST_MATCHES: usize = 100;
/// Largest number of patients in the answer to `GetPatientSequence`.
pub(crate) const LARGEST_BATCH: i32 = 1_000;
/// The status of a slot after a booking, and the only one that `GetBookedPatients` lists.
pub(crate) const STATUS_OF_A_BOOKING: SimAppointmentStatus = SimAppointmentStatus::Booked;
/// The status that `GetArrivedPatients` lists.
pub(crate) const STATUS_OF_ARRIVED: SimAppointmentStatus = SimAppointmentStatus::Arrived;
/// The statuses that `GetSentInPatients` lists.
pub(crate) const STATUSES_OF_SENT_IN: [SimAppointmentStatus; 2] = [
    SimAppointmentStatus::SendIn,
    SimAppointmentStatus::QuietSendIn,
];
/// The `emisAccess` of every slot type. Its values are not public.
pub(crate) const EMIS_ACCESS: &str = "All";
