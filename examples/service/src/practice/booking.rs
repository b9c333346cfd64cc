//! The settings of self-booking.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::settings::{BookingSettings, PracticeSettings, Selection};
use http::StatusCode;
use maud::{Markup, html};

use super::frame::{frame, root};
use super::reference::{EmisLists, number, options, selection, ways};
use super::saving::{Saved, save as save_settings, settings_form};
use crate::app::App;
use crate::page::{Choices, Field, Problems, error_summary};
use crate::web::{AtPractice, Fields, Page};

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let settings = at.practice.settings().load().await?;
    let booking = settings.booking().clone();
    Ok(booking_page(&app, &at, &settings, &booking, &[])
        .await
        .into_response())
}

pub(super) async fn save(State(app): State<App>, at: AtPractice, fields: Fields) -> Page {
    let settings = at.practice.settings().load().await?;
    let (booking, mut problems) = read(&fields, settings.booking().clone());
    if problems.is_empty() {
        let change = at.practice.settings().set_booking(booking.clone());
        match save_settings(
            &at,
            &fields,
            change,
            "The settings of self-booking are stored.",
        )
        .await?
        {
            Saved::Done => {
                let address = format!("{}/booking", root(&at));
                return Ok(Redirect::to(&address).into_response());
            }
            Saved::Refused(refused) => problems = refused,
        }
    }
    let page = booking_page(&app, &at, &settings, &booking, &problems).await;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Reads the form over what is stored: what it does not show stays.
fn read(
    fields: &Fields,
    mut booking: BookingSettings,
) -> (BookingSettings, Vec<(&'static str, String)>) {
    let mut problems = Vec::new();
    booking.enabled = fields.is_ticked("enabled");
    // A form without EMIS's lists says nothing of them.
    if fields.is_ticked("lists") {
        let types = fields.all("booking.slot_types");
        booking.slot_types = types.filter_map(|id| id.parse().ok()).collect();
        booking.sites = selection(fields, "sites-way", "booking.sites");
        booking.booked_by = fields.text("booking.booked_by").parse().ok();
    }
    if let Some(days) = number(fields, "booking.horizon_days", &mut problems) {
        booking.horizon_days = days;
    }
    if let Some(minutes) = number(fields, "booking.minimum_notice_minutes", &mut problems) {
        booking.minimum_notice_minutes = minutes;
    }
    if let Some(minutes) = number(fields, "booking.cancel_cut_off_minutes", &mut problems) {
        booking.cancel_cut_off_minutes = minutes;
    }
    if let Some(most) = number(fields, "booking.max_future_per_patient", &mut problems) {
        booking.max_future_per_patient = most;
    }
    booking.reason = fields.text("booking.reason").to_owned();
    (booking, problems)
}

async fn booking_page(
    app: &App,
    at: &AtPractice,
    settings: &PracticeSettings,
    booking: &BookingSettings,
    problems: &Problems,
) -> Markup {
    let lists = EmisLists::read(app, at).await;
    let numbers = [
        (
            "booking.horizon_days",
            "Days ahead that patients can book",
            "1 to 84.",
            booking.horizon_days.to_string(),
        ),
        (
            "booking.minimum_notice_minutes",
            "Minutes before the start from which an appointment is no longer offered",
            "",
            booking.minimum_notice_minutes.to_string(),
        ),
        (
            "booking.cancel_cut_off_minutes",
            "Minutes before the start from which patients can no longer cancel",
            "At most 10,080 (a week).",
            booking.cancel_cut_off_minutes.to_string(),
        ),
        (
            "booking.max_future_per_patient",
            "Appointments that a patient can have ahead",
            "1 to 10, with those that the practice booked.",
            booking.max_future_per_patient.to_string(),
        ),
    ];
    let fields = html! {
        (Choices::boxes("enabled", "Self-booking", vec![(
            "on".to_owned(), "Patients can book appointments".to_owned(), booking.enabled,
        )]))
        (chosen_from_emis(&lists, booking, problems))
        @for (name, label, hint, value) in &numbers {
            @let field = Field::new(name, label).number().value(value).problems(problems);
            @if hint.is_empty() { (field) } @else { (field.hint(hint)) }
        }
        (Field::new("booking.reason", "Reason that EMIS stores with each booking").value(&booking.reason)
            .problems(problems).hint("1 to 100 characters. It must say nothing about the patient."))
        button type="submit" { "Save self-booking settings" }
    };
    let address = format!("{}/booking", root(at));
    let body = html! {
        (error_summary(problems))
        h1 { "Self-booking" }
        (unread(&lists))
        div #settings tabindex="-1" {}
        section.card aria-label="Settings of self-booking" {
            (settings_form(at, settings, &address, &fields))
        }
    };
    frame(at, "Self-booking", &body)
}

fn chosen_from_emis(lists: &EmisLists, booking: &BookingSettings, problems: &Problems) -> Markup {
    let types = booking.slot_types.iter().map(ToString::to_string);
    let sites = booking.sites.named().map(ToString::to_string);
    let by = booking.booked_by.as_ref().map(ToString::to_string);
    html! {
        @if !lists.unread {
            input type="hidden" name="lists" value="shown";
            (Choices::boxes("booking.slot_types", "Slot types that patients can book", options(&lists.slot_types, types))
                .hint("Only what is ticked here is offered.").problems(problems))
            @if lists.sites.len() > 1 || !matches!(booking.sites, Selection::All) {
                (Choices::one("sites-way", "Sites", ways(&booking.sites, "sites")))
                (Choices::boxes("booking.sites", "These sites", options(&lists.sites, sites)).problems(problems))
            }
            (Choices::one("booking.booked_by", "EMIS user that bookings are recorded under", options(&lists.staff, by))
                .problems(problems))
        }
    }
}

/// Returns the words for lists that could not be read.
pub(super) fn unread(lists: &EmisLists) -> Markup {
    html! {
        @if lists.unread {
            div.note.not-done {
                "EMIS could not be read, so slot types, sites and staff cannot be chosen now. What is stored stays. \
                 The diagnosis says why."
            }
        }
    }
}
