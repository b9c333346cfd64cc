//! A patient's visit, and the frame of their pages.

use emis_partner::Practice;
use emis_partner::booking::{FreeSlot, SlotChoice};
use emis_partner::jiff::{Timestamp, Zoned};
use emis_partner::settings::AppointmentMode;
use emis_partner::types::uk;
use maud::{Markup, html};

use crate::app::App;
use crate::page::{Frame, note, page};
use crate::web::{Failure, Note, PatientVisit, Session};

/// A patient who has proved who they are, at their practice.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) practice: Practice,
    pub(super) patient: PatientVisit,
    pub(super) session: Session,
}

impl Visit {
    pub(super) fn of(app: &App, session: Session) -> Result<Self, Failure> {
        let patient = session.visit().ok_or(Failure::LinkAgain)?;
        Ok(Self {
            practice: app.partner.practice(patient.practice.clone()),
            patient,
            session,
        })
    }
}

/// Returns a page for a patient, with the outcome of their last request.
pub(super) fn patient_page(title: &str, last: Option<&Note>, body: Markup) -> Markup {
    page(&Frame::plain(title), html! { (note(last)) (body) })
}

/// Returns a day and a time as patients read them.
pub(super) fn day_and_time(start: &Zoned) -> String {
    format!("{} at {}", day(start), uk::clock_time(start.time()))
}

pub(super) fn day(start: &Zoned) -> String {
    start.strftime("%A %-d %B %Y").to_string()
}

/// Returns what there is to say about a slot besides its time.
pub(super) fn about(slot: &FreeSlot) -> String {
    let mode = slot.mode.map(AppointmentMode::words).map(str::to_owned);
    let minutes = slot.minutes.map(|minutes| format!("{minutes} minutes"));
    let with = slot
        .session_holders
        .first()
        .map(|holder| format!("with {}", holder.name));
    let site = slot.site.as_ref().and_then(|site| site.name.clone());
    let parts = [mode, minutes, with, site].into_iter().flatten();
    parts.collect::<Vec<_>>().join(", ")
}

/// Writes a choice as the value of a field. It says nothing about a patient.
pub(super) fn choice_value(choice: &SlotChoice) -> String {
    let SlotChoice {
        session,
        slot,
        slot_type,
        start,
    } = choice;
    format!(
        "{}:{}:{}:{slot_type}",
        session.get(),
        slot.get(),
        start.as_second()
    )
}

/// Reads such a value.
pub(super) fn parse_choice(value: &str) -> Option<SlotChoice> {
    let mut parts = value.splitn(4, ':');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (session, slot, start) = (number()?, number()?, number()?);
    Some(SlotChoice {
        session: session.try_into().ok()?,
        slot: slot.try_into().ok()?,
        slot_type: parts.next()?.parse().ok()?,
        start: Timestamp::from_second(start).ok()?,
    })
}
