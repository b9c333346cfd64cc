//! A typed client for the EMIS Partner API that never doubles a booking.
