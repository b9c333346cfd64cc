//! End-to-end tests of the product through its facade, against a simulated practice.

mod account_lockout;
mod audit_trail;
mod booking;
mod confidentiality;
mod connection_failures;
mod errors;
mod heartbeat;
mod key_rotation;
mod links;
mod messages;
mod password_releases;
mod proxy;
mod records;
mod reminders;
mod replies;
mod settings;
mod shared_activity;
mod support;
