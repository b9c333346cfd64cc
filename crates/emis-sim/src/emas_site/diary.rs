//! The appointment book of a day.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::facts::SlotFacts;
use crate::practice::SimPractice;

/// Renders the sessions of a day with their slots.
pub(super) fn of_day(practice: &SimPractice, day: Date, at: &str) -> Markup {
    let mut slots = practice.slots_on(day);
    slots.sort_by_key(|slot| (slot.session_id, slot.start));
    let sessions: Vec<&[SlotFacts]> = slots
        .chunk_by(|one, next| one.session_id == next.session_id)
        .collect();
    let link = |label: &str, day: Date| {
        html! { a href={ (at) "?day=" (day) } { (label) } }
    };
    html! {
        aside aria-labelledby="diary" {
            h2 id="diary" { "Appointment book" }
            p.days {
                (link("Day before", day.saturating_sub(1.day())))
                " " strong { (day.strftime("%A %d/%m/%Y")) } " "
                (link("Day after", day.saturating_add(1.day())))
            }
            @if sessions.is_empty() { p { "No sessions." } }
            @for (index, slots) in sessions.iter().enumerate() {
                (session(practice, slots, index == 0))
            }
        }
    }
}

fn session(practice: &SimPractice, slots: &[SlotFacts], open: bool) -> Markup {
    let taken = slots.iter().filter(|slot| slot.patient.is_some()).count();
    let Some(first) = slots.first() else {
        return html! {};
    };
    let staff = practice.staff();
    let holder = staff.iter().find(|member| member.id == first.holder_id);
    let holder = holder.map_or("No holder", |member| &member.name);
    html! {
        details open[open] {
            summary {
                (first.start.strftime("%H:%M")) " " (holder) ": " (taken) " of " (slots.len()) " taken"
            }
            table {
                thead { tr { th scope="col" { "Time" } th scope="col" { "Status" } th scope="col" { "Patient" } } }
                tbody {
                    @for slot in slots {
                        tr {
                            td { (slot.start.strftime("%H:%M")) }
                            td { (slot.status) }
                            td { (patient(practice, slot)) }
                        }
                    }
                }
            }
        }
    }
}

fn patient(practice: &SimPractice, slot: &SlotFacts) -> String {
    let Some(patient) = slot.patient.and_then(|number| practice.patient(number)) else {
        return String::new();
    };
    let name = format!("{}, {}", patient.family_name, patient.first_names);
    if patient.title.is_empty() {
        name
    } else {
        format!("{name} ({})", patient.title)
    }
}
