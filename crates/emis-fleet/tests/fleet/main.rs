//! Sweeps and jobs over many practices.

#[cfg(feature = "sqlite")]
mod jobs;
mod practices;
mod sweep;
