//! Appointment reminders and self-booking for EMIS GP practices, ready to embed.
