//! The frame of a practice's pages.

use maud::{Markup, html};

use crate::app::App;
use crate::page::{Frame, note, page};
use crate::web::AtPractice;

pub(super) const PAGES: &[(&str, &str)] = &[
    ("", "EMIS settings"),
    ("/diagnosis", "Diagnosis"),
    ("/reminders", "Reminders"),
    ("/booking", "Self-booking"),
    ("/patients", "Patients"),
    ("/today", "Today"),
    ("/audit", "Audit trail"),
];

/// Returns a page of the practice: with its navigation, and the outcome of the last form.
pub(super) fn frame(at: &AtPractice, here: &str, body: &Markup) -> Markup {
    let root = root(at);
    let mut nav: Vec<_> = PAGES
        .iter()
        .map(|(path, text)| (format!("{root}{path}"), *text))
        .collect();
    if at.staff.may_use_desk() {
        nav.push(("/desk".to_owned(), "Desk"));
    }
    let last = at.session.take_note();
    let body = html! { (note(last.as_ref())) (body) };
    page(
        &Frame::staff(here, nav, here, (&at.staff.name, &at.session)),
        body,
    )
}

/// Returns the address of the practice's first page.
pub(super) fn root(at: &AtPractice) -> String {
    format!("/practices/{}", at.practice.ods_code())
}

/// Returns the address of the simulated EMAS Manager.
pub(super) fn emas(app: &App, at: &AtPractice) -> Option<String> {
    app.simulation.as_ref()?.emas_url(at.practice.ods_code())
}
