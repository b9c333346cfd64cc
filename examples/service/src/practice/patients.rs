//! Patients: opt-outs and invitations. A patient is named by what is typed into a form, never by an
//! address.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::booking::{
    InvitationBatch, InviteOutcome, LinkAllowance, PatientMatch, PatientQuery,
};
use emis_partner::reminders::NewsOutcome;
use emis_partner::settings::ExclusionKind;
use emis_partner::types::{NhsNumber, PatientNumber};
use http::StatusCode;
use maud::{Markup, html};

use super::frame::{frame, root};
use crate::app::App;
use crate::page::{Field, Problems, error_summary, form};
use crate::patient::{date_of_birth, date_of_birth_fields};
use crate::web::{AtPractice, Failure, Fields, Note, NoteKind, Page};

pub(super) async fn show(at: AtPractice) -> Page {
    Ok(patients_page(&at, &[]).into_response())
}

/// Stops or resumes a patient's reminders.
pub(super) async fn opt_out(at: AtPractice, fields: Fields) -> Page {
    let patient = match find(&at, &fields).await? {
        Ok(patient) => patient,
        Err(problems) => return Ok(refused(&at, &problems)),
    };
    let (reminders, kind) = (at.practice.reminders(), ExclusionKind::OptOut);
    let author = at.staff.author();
    let text = if fields.text("action") == "resume" {
        reminders.readmit(patient, kind).by(author).await?;
        "The patient is reminded again."
    } else {
        reminders.exclude(patient, kind).by(author).await?;
        "The patient is not reminded any more, from the next message on."
    };
    done(&at, NoteKind::Done, text)
}

/// Invites a patient to book, and sends the link to the contact that EMIS has.
pub(super) async fn invite(State(app): State<App>, at: AtPractice, fields: Fields) -> Page {
    let patient = match find(&at, &fields).await? {
        Ok(patient) => patient,
        Err(problems) => return Ok(refused(&at, &problems)),
    };
    let author = at.staff.author();
    let batch = InvitationBatch::new([patient], LinkAllowance::any());
    let booking = at.practice.booking();
    let link = match booking.invite(&batch).by(author.clone()).await? {
        InviteOutcome::Invited(links) => links.into_iter().next(),
        _ => None,
    };
    let Some(link) = link else {
        let text =
            "There are more open invitations than free appointments. The patient was not invited.";
        return done(&at, NoteKind::NotDone, text);
    };
    let sent = booking.send_invitation(&link).by(author).await?;
    let (kind, text) = match sent {
        NewsOutcome::Told(_) if app.outbox.is_some() => (
            NoteKind::Done,
            "The invitation was sent. The simulated messages are on the page ‘Today’.",
        ),
        NewsOutcome::Told(_) => (NoteKind::Done, "The invitation was sent."),
        NewsOutcome::Later => (
            NoteKind::NotDone,
            "The invitation could not be sent now, such as at night. Invite the patient again later.",
        ),
        NewsOutcome::NoContact => (
            NoteKind::NotDone,
            "The patient has no mobile number or email address in EMIS that can be used.",
        ),
        _ => (NoteKind::NotDone, "The patient can’t be sent messages."),
    };
    done(&at, kind, text)
}

fn done(at: &AtPractice, kind: NoteKind, text: &str) -> Page {
    at.session.set_note(Some(Note::new(kind, text)));
    Ok(Redirect::to(&format!("{}/patients", root(at))).into_response())
}

fn refused(at: &AtPractice, problems: &Problems) -> axum::response::Response {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        patients_page(at, problems),
    )
        .into_response()
}

/// Finds the one patient whose NHS number and date of birth were typed.
async fn find(
    at: &AtPractice,
    fields: &Fields,
) -> Result<Result<PatientNumber, Vec<(&'static str, String)>>, Failure> {
    let nhs_number: Option<NhsNumber> = fields.text("nhs_number").parse().ok();
    let born = date_of_birth(fields);
    let (Some(nhs_number), Some(born)) = (nhs_number, born) else {
        let mut problems = Vec::new();
        if nhs_number.is_none() {
            let text = "Enter an NHS number of 10 digits, such as 999 000 0018.";
            problems.push(("nhs_number", text.to_owned()));
        }
        if born.is_none() {
            problems.push((
                "day",
                "Enter a date of birth, such as 27 3 1957.".to_owned(),
            ));
        }
        return Ok(Err(problems));
    };
    let query = PatientQuery::nhs_number(nhs_number, born);
    let found = at
        .practice
        .booking()
        .find_patient(&query)
        .by(at.staff.author())
        .await?;
    Ok(match found {
        PatientMatch::One(matched) => Ok(matched.patient),
        _ => Err(vec![(
            "nhs_number",
            "EMIS has no patient with this NHS number and date of birth.".to_owned(),
        )]),
    })
}

fn patients_page(at: &AtPractice, problems: &Problems) -> Markup {
    let root = root(at);
    // One form, so that each field has one ID; each button names what to do.
    let fields = html! {
        (Field::new("nhs_number", "NHS number").problems(problems))
        (date_of_birth_fields(problems))
        button type="submit" formaction={ (root) "/patients/invite" } { "Invite to book" }
        button.second type="submit" name="action" value="stop" { "Stop reminders" }
        button.second type="submit" name="action" value="resume" { "Resume reminders" }
    };
    let body = html! {
        (error_summary(problems))
        h1 { "Patients" }
        p { "Invite a patient to book an appointment, or stop or resume their reminders." }
        section.card aria-label="A patient" {
            (form(&at.session, &format!("{root}/patients/opt-out"), fields))
        }
        p.hint { "Patients who reply STOP to a text message are opted out by themselves." }
    };
    frame(at, "Patients", &body)
}
