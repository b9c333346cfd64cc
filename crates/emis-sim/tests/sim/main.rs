//! The simulator over HTTP and through its handles.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking, and say loudly what they skip"
)]

mod calls;
mod common;
mod contract;
mod control;
mod diary;
mod emas;
mod emas_page;
mod faults;
mod hostile;
mod identity;
mod limits;
mod lying_answers;
mod practice;
mod program;
mod reception;
mod record;
mod replay;
mod rules;
mod scenario;
mod schema;
mod sign_in;
#[cfg(feature = "testing")]
mod testing;
mod walk;
mod xml;
