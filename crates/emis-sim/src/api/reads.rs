//! The operations that only look.

use emis_types::{Clock, uk};
use jiff::ToSpan;
use jiff::civil::Date;

use super::outcome::{Outcome, Refused};
use crate::assumptions::{LONGEST_WINDOW_DAYS, MOST_MINUTES_BEFORE, MOST_MINUTES_WITHIN};
use crate::model::{Category, Model, Patient, SimAppointmentStatus, StaffMember};
use crate::protocol::Query;
use crate::wire::appointments::{AppointmentEntry, PatientAppointmentList};
use crate::wire::booked::{BookedPatients, Selection};
use crate::wire::configuration::AppointmentConfiguration;
use crate::wire::organisation::{OrganisationInformation, User, UserDetails};
use crate::wire::person::Person;
use crate::wire::record::MedicalRecord;
use crate::wire::sessions::{AppointmentSession, AppointmentSessionList};
use crate::wire::slots::SlotList;
use crate::wire::{Message, Version};

/// Returns the staff, without the API user if the practice has removed it.
fn users(model: &Model, api_user_exists: bool) -> impl Iterator<Item = &StaffMember> {
    model
        .staff
        .values()
        .filter(move |member| api_user_exists || member.category != Category::ApiUser)
}

pub(super) fn organisation(model: &Model, api_user_exists: bool, version: Version) -> Message {
    let users = users(model, api_user_exists)
        .map(|member| User::from(Person::of(member, model)))
        .collect();
    Message::Organisation(OrganisationInformation::of(model, users, version))
}

pub(super) fn user(model: &Model, query: &Query, api_user_exists: bool) -> Outcome {
    let id = query.number("userInRoleId")?;
    let member = users(model, api_user_exists)
        .find(|member| member.id == id)
        .ok_or_else(|| Refused::not_found("no such user"))?;
    Ok(Some(Message::User(UserDetails {
        person: vec![Person::of(member, model).into()],
    })))
}

pub(super) fn configuration(model: &Model, query: &Query) -> Outcome {
    let (from, to) = window(query)?;
    Ok(Some(Message::Configuration(AppointmentConfiguration::of(
        model, from, to,
    ))))
}

pub(super) fn sessions(model: &Model, query: &Query) -> Outcome {
    let (from, to) = short_window(query)?;
    // An unknown slot type is not an error: no session has it.
    let only = query
        .optional("slotType")?
        .map(|wanted| model.slot_type_named(wanted).map_or(0, |found| found.id));
    let appointment_session = model
        .diary
        .sessions()
        .filter(|session| from <= session.date && session.date <= to)
        .filter_map(|session| AppointmentSession::of(session, model, only))
        .collect();
    Ok(Some(Message::Sessions(AppointmentSessionList {
        appointment_session,
    })))
}

pub(super) fn slots(model: &Model, query: &Query, version: Version) -> Outcome {
    let session = model
        .diary
        .session(query.number("appointmentSessionId")?)
        .ok_or_else(|| Refused::not_found("no such session"))?;
    Ok(Some(Message::Slots(SlotList::of(session, model, version))))
}

/// Answers `GetBookedPatients`, `GetArrivedPatients` and `GetSentInPatients`: appointments around now
/// with one of these statuses.
pub(super) fn booked(
    model: &Model,
    query: &Query,
    clock: &dyn Clock,
    statuses: &[SimAppointmentStatus],
    version: Version,
) -> Outcome {
    let minutes_before = query.number("minutesBefore")?;
    let minutes_within = query.number("minutesWithin")?;
    if !(0..=MOST_MINUTES_BEFORE).contains(&minutes_before) {
        return Err(Refused::bad_request("minutesBefore is 0 to 60"));
    }
    if !(0..=MOST_MINUTES_WITHIN).contains(&minutes_within) {
        return Err(Refused::bad_request("minutesWithin is 0 to 43200"));
    }
    let now = uk::now(clock);
    // Elapsed minutes, also when the clocks change.
    let selection = Selection {
        from: now.saturating_sub(minutes_before.minutes()).timestamp(),
        to: now.saturating_add(minutes_within.minutes()).timestamp(),
        statuses,
        version,
    };
    Ok(Some(Message::Booked(BookedPatients::of(
        model,
        now.datetime(),
        &selection,
    ))))
}

pub(super) fn appointments(model: &Model, query: &Query, version: Version) -> Outcome {
    let patient = patient(model, query)?;
    let (from, to) = short_window(query)?;
    let mut slots: Vec<_> = model
        .diary
        .slots()
        .filter(|slot| from <= slot.start.date() && slot.start.date() <= to)
        .filter(|slot| {
            slot.appointment()
                .is_some_and(|taken| taken.patient == patient.id)
        })
        .collect();
    slots.sort_by_key(|slot| (slot.start, slot.id));
    Ok(Some(Message::Appointments(PatientAppointmentList {
        version,
        appointment: slots
            .into_iter()
            .filter_map(|slot| AppointmentEntry::of(slot, model, version))
            .collect(),
    })))
}

pub(super) fn demographics(model: &Model, query: &Query) -> Outcome {
    let record = MedicalRecord::demographics(patient(model, query)?, model);
    Ok(Some(Message::Record(Box::new(record))))
}

pub(super) fn patient<'a>(model: &'a Model, query: &Query) -> Result<&'a Patient, Refused> {
    model
        .patients
        .get(&query.number("patientNumber")?)
        .ok_or_else(|| Refused::not_found("no such patient"))
}

fn window(query: &Query) -> Result<(Date, Date), Refused> {
    let (from, to) = (query.date("startDate")?, query.date("endDate")?);
    if from > to {
        return Err(Refused::bad_request("endDate is before startDate"));
    }
    Ok((from, to))
}

fn short_window(query: &Query) -> Result<(Date, Date), Refused> {
    let (from, to) = window(query)?;
    if to > from.saturating_add(LONGEST_WINDOW_DAYS.days()) {
        return Err(Refused::bad_request("the window is longer than 90 days"));
    }
    Ok((from, to))
}
