//! Compares the choices in the settings with EMIS's lists.

use std::collections::BTreeSet;
use std::fmt::Display;

use emis_client::model::{AppointmentConfiguration, Organisation, Session};
use emis_settings::PracticeSettings;
use emis_types::BookedBy;

use crate::observation::SettingsChoice;

/// Returns the member of staff in whose name appointments are booked, if EMIS does not list them.
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

/// Returns the choices of enabled features that EMIS does not list.
pub(crate) fn choices_gone(
    settings: &PracticeSettings,
    configuration: &AppointmentConfiguration,
) -> Vec<(SettingsChoice, Vec<String>)> {
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
            SettingsChoice::ReminderSlotType,
            missing(reminders.slot_types.named(), &slot_types),
        ));
        gone.push((
            SettingsChoice::ReminderSite,
            missing(reminders.sites.named(), &sites),
        ));
    }
    if booking.enabled {
        gone.push((
            SettingsChoice::BookingSlotType,
            missing(booking.slot_types.iter(), &slot_types),
        ));
        gone.push((
            SettingsChoice::BookingSite,
            missing(booking.sites.named(), &sites),
        ));
        gone.push((
            SettingsChoice::BookingSessionHolder,
            missing(booking.session_holders.named(), &holders),
        ));
    }
    gone
}

/// Returns the slot types that patients may book and that EMIS does not call bookable.
pub(crate) fn not_bookable(
    settings: &PracticeSettings,
    configuration: &AppointmentConfiguration,
) -> Vec<String> {
    let booking = settings.booking();
    let types = configuration.slot_types.iter();
    let chosen = types.filter(|it| booking.enabled && booking.slot_types.contains(&it.id));
    let unticked = chosen.filter(|it| it.bookable == Some(false));
    unticked.map(|it| it.id.to_string()).collect()
}

/// Returns the number of embargoed slots that patients may book, if none of them is free.
pub(crate) fn all_embargoed(settings: &PracticeSettings, sessions: &[Session]) -> Option<u32> {
    let booking = settings.booking();
    let counts = sessions.iter().flat_map(|session| &session.slot_types);
    let chosen = counts.filter(|it| booking.enabled && booking.slot_types.contains(&it.id));
    let (embargoed, free) = chosen.fold((0_u32, 0_u32), |(embargoed, free), it| {
        (
            embargoed.saturating_add(it.embargoed),
            free.saturating_add(it.available),
        )
    });
    (embargoed > 0 && free == 0).then_some(embargoed)
}

/// Returns the named items that EMIS does not list. An excluded item counts as well: EMIS may list
/// it again under another ID.
fn missing<'a, T: Ord + Display + 'a>(
    named: impl Iterator<Item = &'a T>,
    present: &BTreeSet<&T>,
) -> Vec<String> {
    named
        .filter(|id| !present.contains(id))
        .map(T::to_string)
        .collect()
}
