//! Sweeps over many practices.

mod practices;
mod sweep;
