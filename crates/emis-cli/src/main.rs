//! The command `emis`, for the people who run a product: it diagnoses practices, and keeps their
//! settings, bookings, audit logs, stores and sealing keys.
//!
//! ```text
//! emis doctor A20047                    the diagnosis of a practice, with the clicks that mend it
//! emis doctor --all --simulate=40       the diagnosis of 40 simulated practices
//! emis settings api-user A20047 patchs  stores an API user; the password is read from standard input
//! emis store backup copy.db             a copy of the store while it is in use
//! emis keys new sealing.keys            a file with a new sealing key
//! emis worker                           the recurring work of all practices, until it is terminated
//! emis jobs dead                        what failed again and again
//! emis bench fleet --practices 100      the reminders of a morning at 100 simulated practices
//! ```
//!
//! Exit codes: 0 if all is well, 1 if the command found something wrong, 2 if it could not be
//! carried out.

mod arguments;
mod commands;
mod config;
mod error;
mod output;
mod simulation;
mod store;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::output::{Output, complain};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let output = commands::run(arguments)
        .await
        .unwrap_or_else(|error| Output::failure(&error));
    match output.print(json) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("standard output: {error}"));
            ExitCode::from(2)
        }
    }
}
