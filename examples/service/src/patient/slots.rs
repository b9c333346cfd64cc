//! The slots of a week.

use emis_partner::booking::{FreeSlot, FreeSlots, LinkAnswer, SlotSearch};
use emis_partner::jiff::ToSpan;
use emis_partner::types::{Clock, uk};
use maud::{Markup, html};
use serde::Deserialize;

use super::visit::{Visit, about, choice_value, day};
use crate::app::App;
use crate::page::form_of;
use crate::web::Failure;

/// The week that is shown: 0 is the next seven days.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Week {
    #[serde(default)]
    pub(super) week: u8,
}

/// No practice offers more weeks.
const LAST_WEEK: u8 = 12;

impl Week {
    /// Returns the search of this week.
    pub(super) fn search(self, app: &App) -> SlotSearch {
        let now = uk::now(&app.clock as &dyn Clock).datetime();
        let day = now
            .date()
            .saturating_add((7 * i32::from(self.week.min(LAST_WEEK))).days());
        let from = if self.week == 0 {
            now
        } else {
            day.at(0, 0, 0, 0)
        };
        SlotSearch::new(from, day.saturating_add(7.days()).at(0, 0, 0, 0))
    }
}

/// Reads the free slots of a week.
pub(super) async fn read(
    app: &App,
    visit: &Visit,
    week: Week,
) -> Result<LinkAnswer<FreeSlots>, Failure> {
    let search = week.search(app);
    let booking = visit.practice.booking();
    let found = booking
        .invitation(&visit.patient.token)
        .free_slots(&search)
        .await;
    found.map_err(Failure::Patient)
}

/// Returns the form to choose a slot, and the links to other weeks.
pub(super) fn chooser(visit: &Visit, slots: &[FreeSlot], week: Week, page: &str) -> Markup {
    let purpose = if page == "/appointment" {
        "book"
    } else {
        "move"
    };
    html! {
        @if slots.is_empty() {
            p { "There are no free appointments in these seven days." }
        } @else {
            (form_of(&visit.session, "/appointment/confirm", &[("purpose", purpose)], html! {
                (radios("slot", slots))
                button type="submit" { "Continue" }
            }))
        }
        p {
            @if week.week > 0 { a href={ (page) "?week=" (week.week - 1) } { "Earlier appointments" } " " }
            @if week.week < LAST_WEEK { a href={ (page) "?week=" (week.week + 1) } { "Later appointments" } }
        }
    }
}

/// Returns a radio button for each slot, by day.
pub(super) fn radios(prefix: &str, slots: &[FreeSlot]) -> Markup {
    let days = slots.chunk_by(|one, next| one.start.date() == next.start.date());
    html! {
        @for (number, of_day) in days.enumerate() {
            @let name = of_day.first().map(|first| day(&first.start)).unwrap_or_default();
            details.day open[number == 0] {
                summary { (name) " (" (of_day.len()) ")" }
                fieldset.field {
                    legend.hidden { (name) }
                    @for (place, slot) in of_day.iter().enumerate() {
                        @let id = format!("{prefix}-{number}-{place}");
                        div.choice {
                            input id=(id) type="radio" name="slot" value=(choice_value(&slot.choice()));
                            label for=(id) {
                                strong { (uk::clock_time(slot.start.time())) }
                                " " (about(slot))
                            }
                        }
                    }
                }
            }
        }
    }
}
