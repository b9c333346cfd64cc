//! The tests of the stores: the contract and the behaviour of each database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper that fails fails its test"
)]

mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod provided;
mod sqlite;
mod support;
