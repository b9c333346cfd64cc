//! The patient's appointment, or the slots to choose from.

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use emis_partner::booking::{LinkAnswer, LinkRefusal, LinkStatus, PatientAppointmentView};
use emis_partner::settings::AppointmentMode;
use maud::{Markup, html};

use super::link::{refused, refused_after};
use super::slots::{Week, chooser, radios, read};
use super::visit::{Visit, day_and_time, patient_page};
use crate::app::App;
use crate::page::{form, form_of};
use crate::web::{Failure, Note, Page, Session};

/// Shows the appointment; if there is none yet, the slots.
pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Query(week): Query<Week>,
) -> Page {
    let visit = Visit::of(&app, session)?;
    let last = visit.session.note();
    match appointment(&visit).await? {
        LinkAnswer::Allowed(view) => {
            let body = appointment_body(&visit, &view);
            Ok(patient_page("Your appointment", last.as_ref(), body).into_response())
        }
        LinkAnswer::Refused(LinkRefusal::NothingBooked) => {
            nothing_booked(&app, &visit, week, last.as_ref()).await
        }
        LinkAnswer::Refused(refusal) => Ok(refused_after(refusal, last.as_ref())),
    }
}

/// Shows the slots that the appointment can be moved to.
pub(super) async fn choose_another(
    State(app): State<App>,
    session: Session,
    Query(week): Query<Week>,
) -> Page {
    let visit = Visit::of(&app, session)?;
    let last = visit.session.note();
    let slots = match read(&app, &visit, week).await? {
        LinkAnswer::Allowed(found) => found.slots,
        LinkAnswer::Refused(refusal) => return Ok(refused(refusal)),
    };
    let body = html! {
        h1 { "Move your appointment" }
        p { "You keep your appointment until you confirm another one." }
        (chooser(&visit, &slots, week, "/appointment/move"))
        p { a href="/appointment" { "Keep my appointment" } }
    };
    Ok(patient_page("Move your appointment", last.as_ref(), body).into_response())
}

/// Asks before the appointment is cancelled.
pub(super) async fn ask_cancel(State(app): State<App>, session: Session) -> Page {
    let visit = Visit::of(&app, session)?;
    let view = match appointment(&visit).await? {
        LinkAnswer::Allowed(view) => view,
        LinkAnswer::Refused(refusal) => return Ok(refused(refusal)),
    };
    let body = html! {
        h1 { "Cancel your appointment?" }
        p { "Your appointment is on " strong { (day_and_time(&view.appointment.starts())) } "." }
        (form(&visit.session, "/appointment/cancel", html! { button.stop type="submit" { "Cancel appointment" } }))
        p { a href="/appointment" { "Keep my appointment" } }
    };
    Ok(patient_page("Cancel your appointment", None, body).into_response())
}

async fn appointment(visit: &Visit) -> Result<LinkAnswer<PatientAppointmentView>, Failure> {
    let booking = visit.practice.booking();
    let link = booking.invitation(&visit.patient.token);
    let born = visit.patient.date_of_birth.into_exposed();
    link.appointment(born).await.map_err(Failure::Patient)
}

fn appointment_body(visit: &Visit, view: &PatientAppointmentView) -> Markup {
    let details = view.details.as_ref();
    let mode = details.and_then(|it| it.mode).map(AppointmentMode::words);
    let minutes = details.and_then(|it| it.minutes);
    let holder = details.and_then(|it| it.session_holders.first());
    let site = details
        .and_then(|it| it.site.as_ref())
        .and_then(|site| site.name.as_deref());
    html! {
        h1 { "Your appointment" }
        dl.summary {
            div { dt { "When" } dd { (day_and_time(&view.appointment.starts())) } }
            @if let Some(mode) = mode { div { dt { "How" } dd { (mode) } } }
            @if let Some(minutes) = minutes { div { dt { "Length" } dd { (minutes) " minutes" } } }
            @if let Some(holder) = holder { div { dt { "With" } dd { (holder.name) } } }
            @if let Some(site) = site { div { dt { "Where" } dd { (site) } } }
        }
        @if view.can_be_moved { p { a href="/appointment/move" { "Move this appointment" } } }
        @match view.not_cancelled {
            None => p { a href="/appointment/cancel" { "Cancel this appointment" } },
            Some(refusal) => p { (refusal) },
        }
        (leave(visit))
    }
}

async fn nothing_booked(app: &App, visit: &Visit, week: Week, last: Option<&Note>) -> Page {
    let opened = visit.practice.booking();
    let opened = opened
        .invitation(&visit.patient.token)
        .open()
        .await
        .map_err(Failure::Patient)?;
    let open = matches!(&opened, LinkAnswer::Allowed(view) if view.state == LinkStatus::Open);
    if !visit.patient.books || !open {
        let body = html! {
            h1 { "Your appointment" }
            @if last.is_none() { p { (LinkRefusal::NothingBooked.sentence()) } }
            (leave(visit))
        };
        return Ok(patient_page("Your appointment", last, body).into_response());
    }
    let alternatives = last
        .map(|note| note.alternatives.as_slice())
        .unwrap_or_default();
    let slots = match read(app, visit, week).await? {
        LinkAnswer::Allowed(found) => found.slots,
        LinkAnswer::Refused(refusal) => return Ok(refused(refusal)),
    };
    let hidden = [("purpose", "book")];
    let decline = html! {
        button.second type="submit" name="reason" value="not-wanted" { "I do not need this appointment" }
        button.second type="submit" name="reason" value="not-me" { "This message is not for me" }
    };
    let body = html! {
        h1 { "Choose an appointment" }
        @if !alternatives.is_empty() {
            section.card aria-labelledby="nearest" {
                h2 #nearest { "The nearest free appointments" }
                (form_of(&visit.session, "/appointment/confirm", &hidden, html! {
                    (radios("nearest", alternatives))
                    button type="submit" { "Continue" }
                }))
            }
            details { summary { "All free appointments" } (chooser(visit, &slots, week, "/appointment")) }
        } @else {
            (chooser(visit, &slots, week, "/appointment"))
        }
        (form(&visit.session, "/appointment/decline", decline))
        (leave(visit))
    };
    Ok(patient_page("Choose an appointment", last, body).into_response())
}

fn leave(visit: &Visit) -> Markup {
    form(
        &visit.session,
        "/appointment/leave",
        html! { button.second type="submit" { "Finish" } },
    )
}
