//! What the suites share is itself tested.
#![allow(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod leaks;
mod openapi;
