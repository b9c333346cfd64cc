//! Booking, moving, cancelling and declining. Each ends on the page of the appointment, with a sentence
//! for its outcome.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::booking::{
    BookingOutcome, CancelOutcome, DeclineReason, LinkAnswer, LinkRequest, MoveOutcome,
};
use emis_partner::{Error, ErrorKind};

use super::slots::Week;
use super::visit::{Visit, parse_choice};
use crate::app::App;
use crate::web::{Failure, Fields, Note, NoteKind, Page, Session};

const ON_THE_WAY: &str = "We are finding out if your request reached your GP practice. Do not book \
    another appointment. We will tell you.";

pub(super) async fn book(State(app): State<App>, session: Session, fields: Fields) -> Page {
    let visit = Visit::of(&app, session)?;
    let Some(request) = request(&visit, &fields) else {
        return Err(Failure::StaleForm);
    };
    let search = Week::default().search(&app);
    let booking = visit.practice.booking();
    let answer = booking
        .invitation(&visit.patient.token)
        .book(&request, &search)
        .await;
    let note = match known(answer)? {
        None => unknown(),
        Some(LinkAnswer::Refused(refusal)) => Note::new(NoteKind::NotDone, refusal.sentence()),
        Some(LinkAnswer::Allowed(answer)) => {
            let kind = match answer.outcome {
                BookingOutcome::Confirmed(_) => NoteKind::Done,
                BookingOutcome::Unknown(_) => NoteKind::Unknown,
                _ => NoteKind::NotDone,
            };
            let mut note = Note::new(kind, answer.outcome.to_string());
            note.alternatives = answer.alternatives;
            note
        }
    };
    tell(&visit, note)
}

pub(super) async fn change(State(app): State<App>, session: Session, fields: Fields) -> Page {
    let visit = Visit::of(&app, session)?;
    let Some(request) = request(&visit, &fields) else {
        return Err(Failure::StaleForm);
    };
    let search = Week::default().search(&app);
    let booking = visit.practice.booking();
    let answer = booking
        .invitation(&visit.patient.token)
        .reschedule(&request, &search)
        .await;
    let note = match known(answer)? {
        None => unknown(),
        Some(LinkAnswer::Refused(refusal)) => Note::new(NoteKind::NotDone, refusal.sentence()),
        Some(LinkAnswer::Allowed(answer)) => {
            let kind = match answer.outcome {
                MoveOutcome::Moved(_) => NoteKind::Done,
                MoveOutcome::Unknown(_) => NoteKind::Unknown,
                _ => NoteKind::NotDone,
            };
            let mut note = Note::new(kind, answer.outcome.to_string());
            note.alternatives = answer.alternatives;
            note
        }
    };
    tell(&visit, note)
}

pub(super) async fn cancel(State(app): State<App>, session: Session) -> Page {
    let visit = Visit::of(&app, session)?;
    let born = visit.patient.date_of_birth.into_exposed();
    let booking = visit.practice.booking();
    let answer = booking.invitation(&visit.patient.token).cancel(born).await;
    let note = match known(answer)? {
        None => unknown(),
        Some(LinkAnswer::Refused(refusal)) => Note::new(NoteKind::NotDone, refusal.sentence()),
        Some(LinkAnswer::Allowed(outcome)) => {
            let kind = match outcome {
                CancelOutcome::Cancelled => NoteKind::Done,
                CancelOutcome::Unknown => NoteKind::Unknown,
                _ => NoteKind::NotDone,
            };
            Note::new(kind, outcome.to_string())
        }
    };
    tell(&visit, note)
}

pub(super) async fn decline(State(app): State<App>, session: Session, fields: Fields) -> Page {
    let visit = Visit::of(&app, session)?;
    let reason = match fields.text("reason") {
        "not-me" => DeclineReason::NotMe,
        _ => DeclineReason::NotWanted,
    };
    let booking = visit.practice.booking();
    let answer = booking
        .invitation(&visit.patient.token)
        .decline(reason)
        .await;
    let note = match answer.map_err(Failure::Patient)? {
        LinkAnswer::Allowed(()) => Note::new(
            NoteKind::Done,
            "Thank you for telling us. You need do nothing else.",
        ),
        LinkAnswer::Refused(refusal) => Note::new(NoteKind::NotDone, refusal.sentence()),
    };
    tell(&visit, note)
}

fn request(visit: &Visit, fields: &Fields) -> Option<LinkRequest> {
    let choice = parse_choice(fields.text("slot"))?;
    let id = fields.text("id").parse().ok()?;
    let born = visit.patient.date_of_birth.into_exposed();
    Some(LinkRequest::new(choice, born).with_id(id))
}

/// Returns `None` for an error after which the outcome is unknown.
fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_ambiguous() || error.kind() == ErrorKind::OutcomeUnknown => Ok(None),
        Err(error) => Err(Failure::Patient(error)),
    }
}

fn unknown() -> Note {
    Note::new(NoteKind::Unknown, ON_THE_WAY)
}

fn tell(visit: &Visit, note: Note) -> Page {
    visit.session.set_note(Some(note));
    Ok(Redirect::to("/appointment").into_response())
}
