//! Stories that run, one file each. Begin with `cargo run --example quickstart`.

/// Compiles the README's code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
