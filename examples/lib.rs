//! Runnable examples, one file each. Start with `cargo run --example quickstart`.

/// Compiles the code in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
