//! The tests of the client: how calls are sent, retried and limited, how responses are decoded, and
//! that nothing about a patient gets into a text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod ambiguity;
mod answers;
mod bad_http;
mod bad_input;
mod breaker;
mod calls;
mod characters;
mod clock_changes;
mod confirm_practice;
mod connections;
mod contract;
mod decoding;
mod details;
mod embedding;
mod every_operation;
mod isolation;
mod leaks;
mod lexical;
mod limits;
mod lying_answers;
mod medical_record;
mod mock;
mod numbers;
mod observer;
mod record_completeness;
mod record_files;
mod record_values;
mod registration;
mod requests;
mod retry_budget;
mod simulator;
mod simulator_in_full;
mod stream_accounting;
mod streaming;
mod support;
mod telemetry;
mod vital_status;
mod windows;
mod writes_once;
mod xml;
mod xml_contract;
mod xml_same_value;
