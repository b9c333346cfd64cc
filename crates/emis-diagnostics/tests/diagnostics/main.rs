//! Diagnoses of a simulated practice that is broken in every way that the simulator knows, and put
//! right by following the steps; and tables for what needs no simulator.

mod access;
mod activity;
mod catalogue;
mod desk;
mod failing_store;
mod heartbeat;
mod infer;
mod infer_properties;
mod matrix;
mod middlebox;
mod page;
mod passwords;
mod published;
mod renderings;
mod report;
mod schema;
mod service;
mod settings;
mod story;
mod timeouts;
mod work;
