//! Compiles the code of the README. The end-to-end tests are in `e2e`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
