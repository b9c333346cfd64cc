//! Diagnoses of a simulated practice with every fault that the simulator has, each repaired by
//! following the steps; and tables for the parts that need no simulator.

mod access;
mod activity;
mod catalogue;
mod cost;
mod emis_faults;
mod failing_operations;
mod failing_store;
mod handover;
mod heartbeat;
mod infer;
mod infer_properties;
mod matrix;
mod middlebox;
mod operator;
mod page;
mod passwords;
mod published;
mod reading;
mod renderings;
mod report;
mod schema;
mod service;
mod settings;
mod story;
mod timeouts;
mod welsh;
mod work;
