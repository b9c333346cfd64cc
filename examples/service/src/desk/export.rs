//! The state of all practices as a file.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::IntoResponse;
use emis_fleet::PracticeHealth;
use http::header;

use crate::app::App;
use crate::web::{AtDesk, Failure, Page};

/// Returns ODS codes, states and codes of causes: nothing that a spreadsheet could take for a formula.
pub(super) async fn csv(State(app): State<App>, _: AtDesk) -> Page {
    let sweep = app.fleet().clone().ok_or(Failure::NotFound)?;
    let mut text = "ods_code,state,causes\r\n".to_owned();
    for (ods_code, health) in &sweep.report.practices {
        let (state, causes) = match health {
            PracticeHealth::Healthy => ("healthy", String::new()),
            PracticeHealth::Unhealthy { causes } => {
                let codes: Vec<_> = causes.iter().map(|cause| cause.code()).collect();
                ("unhealthy", codes.join(" "))
            }
            _ => ("not checked", String::new()),
        };
        let _ = write!(text, "{ods_code},{state},{causes}\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"practices.csv\"",
        ),
    ];
    Ok((headers, text).into_response())
}
