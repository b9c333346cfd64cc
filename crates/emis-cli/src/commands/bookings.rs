//! `emis bookings`: bookings whose outcome is unknown.

use emis_partner::Practice;
use emis_partner::booking::{BookingRecord, BookingState, BookingStore, Rejection};
use emis_partner::types::OdsCode;
use serde_json::json;

use crate::arguments::{BookingsCommand, FoundState};
use crate::error::CliError;
use crate::output::Output;
use crate::store::with_store;
use crate::workspace::Workspace;

pub(super) async fn run(
    workspace: &Workspace,
    command: BookingsCommand,
) -> Result<Output, CliError> {
    match command {
        BookingsCommand::List { practice } => {
            let unsettled = with_store!(&workspace.store, store => {
                BookingStore::unsettled(store.as_ref(), &practice).await
            })?;
            let line = |booking: &BookingRecord| {
                let (id, state, since) = (&booking.id, booking.state, booking.changed_at);
                format!("{id} {state} since {since}")
            };
            let lines: Vec<_> = unsettled.iter().map(line).collect();
            Output::new(lines.join("\n"), unsettled)
        }
        BookingsCommand::Reconcile { practice } => reconcile(workspace, practice).await,
        BookingsCommand::Settle {
            practice,
            booking,
            found,
        } => {
            let practice = workspace.practice(Some(practice))?;
            let state = match found {
                FoundState::Confirmed => BookingState::Confirmed,
                FoundState::NotBooked => BookingState::Rejected(Rejection::NotBooked),
                FoundState::Cancelled => BookingState::Cancelled,
            };
            let settled = practice.booking().settle_by_hand(&booking, state);
            let record = settled.by(workspace.by.clone()).await?;
            Output::new(format!("{booking} {}", record.state), record)
        }
    }
}

async fn reconcile(workspace: &Workspace, named: Option<OdsCode>) -> Result<Output, CliError> {
    let partner = workspace.partner()?;
    let practices: Vec<Practice> = match named {
        Some(ods_code) => vec![partner.practice(ods_code)],
        None => partner.practices().await?,
    };
    let (mut lines, mut values, mut failed) = (Vec::new(), Vec::new(), false);
    for practice in practices {
        let ods_code = practice.ods_code();
        match practice.booking().reconcile().await {
            Ok(report) => {
                lines.push(format!("{ods_code} {} settled", report.settled.len()));
                values.push(json!({ "practice": ods_code, "reconciliation": report }));
            }
            Err(error) => {
                failed = true;
                lines.push(format!("{ods_code} {}", error.report()));
                values.push(json!({ "practice": ods_code, "error": error.report() }));
            }
        }
    }
    Ok(Output::new(lines.join("\n"), values)?.with_code(u8::from(failed)))
}
