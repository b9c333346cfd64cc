//! A practice's settings for EMIS appointment reminders and self-booking.
