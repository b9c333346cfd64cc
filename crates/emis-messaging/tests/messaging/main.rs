//! Tests of messages.

mod sms;
