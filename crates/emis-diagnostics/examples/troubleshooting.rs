//! Prints the catalogue as a help page:
//!
//! ```text
//! cargo run -p emis-diagnostics --example troubleshooting > docs/troubleshooting.md
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use emis_diagnostics::{Product, ProductError, troubleshooting};

fn main() -> Result<(), ProductError> {
    print!("{}", troubleshooting(&Product::new("Patchs", "patchs")?));
    Ok(())
}
