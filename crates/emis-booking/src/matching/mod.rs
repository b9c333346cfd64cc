//! Patients by what they know of themselves, and their appointments.

pub(crate) mod appointments;
pub(crate) mod find;
