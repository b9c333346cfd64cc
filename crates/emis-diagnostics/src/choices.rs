//! Whether EMIS still has what the settings have chosen.

use std::collections::BTreeSet;
use std::fmt::Display;

use emis_client::model::{AppointmentConfiguration, Organisation};
use emis_settings::{PracticeSettings, Selection};
use emis_types::BookedBy;

use crate::observation::Choice;

/// The member of staff in whose name is booked, where EMIS has none such.
pub(crate) fn booked_by_gone(
    settings: &PracticeSettings,
    organisation: &Organisation,
) -> Option<String> {
    if !settings.booking().enabled || !organisation.skipped.is_empty() {
        return None;
    }
    let by = settings.booking().booked_by?;
    let known = organisation.users.iter().any(|user| match by {
        BookedBy::Dbid(id) => user.id == id,
        BookedBy::Guid(guid) => user.guid == Some(guid),
    });
    (!known).then(|| by.to_string())
}

/// What the features that are on have chosen and EMIS does not list.
pub(crate) fn choices_gone(
    settings: &PracticeSettings,
    configuration: &AppointmentConfiguration,
) -> Vec<(Choice, Vec<String>)> {
    let slot_types = configuration.slot_types.iter().map(|it| &it.id).collect();
    let sites = configuration.sites.iter().map(|it| &it.id).collect();
    let holders = configuration
        .session_holders
        .iter()
        .map(|it| &it.id)
        .collect();

    let (reminders, booking) = (settings.reminders(), settings.booking());
    let mut gone = Vec::new();
    if reminders.enabled {
        gone.push((
            Choice::ReminderSlotType,
            missing(named(&reminders.slot_types), &slot_types),
        ));
        gone.push((
            Choice::ReminderSite,
            missing(named(&reminders.sites), &sites),
        ));
    }
    if booking.enabled {
        gone.push((
            Choice::BookingSlotType,
            missing(Some(&booking.slot_types), &slot_types),
        ));
        gone.push((Choice::BookingSite, missing(named(&booking.sites), &sites)));
        gone.push((
            Choice::BookingSessionHolder,
            missing(named(&booking.session_holders), &holders),
        ));
    }
    gone
}

fn named<T>(rule: &Selection<T>) -> Option<&BTreeSet<T>> {
    match rule {
        Selection::All => None,
        // What is left out by a name that EMIS no longer has may be in again by another.
        Selection::Only(items) | Selection::AllBut(items) => Some(items),
    }
}

fn missing<T: Ord + Display>(chosen: Option<&BTreeSet<T>>, present: &BTreeSet<&T>) -> Vec<String> {
    let chosen = chosen.into_iter().flatten();
    chosen
        .filter(|id| !present.contains(id))
        .map(T::to_string)
        .collect()
}
