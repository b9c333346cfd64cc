//! Appointment self-booking on EMIS: search, book once, read back, cancel.
