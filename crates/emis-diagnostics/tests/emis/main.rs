//! Diagnoses of a practice that is broken in every way that the simulator knows, and mended by
//! carrying out the steps.

mod access;
mod desk;
mod middlebox;
mod notebook;
mod page;
mod report;
#[path = "../schema/check.rs"]
mod schema;
mod service;
mod settings;
mod shown;
mod stuck;
mod support;
