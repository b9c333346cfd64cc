//! Tests of the shared test support.
#![allow(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod leaks;
mod openapi;
