//! Stories that run, one file each. Begin with `cargo run --example quickstart`.
