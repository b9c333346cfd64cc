//! Appointment reminders for EMIS practices: who is due, who is passed over and why.
