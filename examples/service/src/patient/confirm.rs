//! The page before a booking or a move. It changes nothing, so it may be reloaded.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::booking::{BookingId, LinkAnswer, SlotSearch};
use emis_partner::jiff::ToSpan;
use emis_partner::types::uk;
use maud::html;

use super::link::refused;
use super::visit::{Visit, about, choice_value, day_and_time, parse_choice, patient_page};
use crate::app::App;
use crate::page::form_of;
use crate::web::{Failure, Fields, Note, NoteKind, Page, Session};

pub(super) async fn show(State(app): State<App>, session: Session, fields: Fields) -> Page {
    let visit = Visit::of(&app, session)?;
    let moves = fields.text("purpose") == "move";
    let back = if moves {
        "/appointment/move"
    } else {
        "/appointment"
    };
    let again = |text: &str| {
        visit
            .session
            .set_note(Some(Note::new(NoteKind::NotDone, text)));
        Ok(Redirect::to(back).into_response())
    };
    let Some(choice) = parse_choice(fields.text("slot")) else {
        return again("Choose an appointment.");
    };
    let day = uk::at(choice.start).date();
    let search = SlotSearch::new(
        day.at(0, 0, 0, 0),
        day.saturating_add(1.days()).at(0, 0, 0, 0),
    );
    let booking = visit.practice.booking();
    let found = booking
        .invitation(&visit.patient.token)
        .free_slots(&search)
        .await;
    let slots = match found.map_err(Failure::Patient)? {
        LinkAnswer::Allowed(found) => found.slots,
        LinkAnswer::Refused(refusal) => return Ok(refused(refusal)),
    };
    let Some(slot) = slots.iter().find(|slot| choice.matches(slot)) else {
        return again("This appointment has just been taken. Choose another one.");
    };
    visit.session.set_note(None);
    let (value, id) = (choice_value(&choice), BookingId::random().to_string());
    // The ID goes out with the form: pressed twice, the button books once.
    let hidden = [("slot", value.as_str()), ("id", id.as_str())];
    let (title, action, button) = if moves {
        (
            "Check and move",
            "/appointment/change",
            "Move my appointment",
        )
    } else {
        (
            "Check and book",
            "/appointment/book",
            "Book this appointment",
        )
    };
    let body = html! {
        h1 { (title) }
        p { strong { (day_and_time(&slot.start)) } }
        p { (about(slot)) }
        (form_of(&visit.session, action, &hidden, html! { button type="submit" { (button) } }))
        p { a href=(back) { "Choose another one" } }
    };
    Ok(patient_page(title, None, body).into_response())
}
