//! Checks of settings against what EMIS has.

use std::collections::BTreeSet;

use emis_types::{BookedBy, SiteId, SlotTypeId, StaffId};

use crate::practice::PracticeSettings;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::reminder_rule::RULES;
use crate::selection::all_in;

/// The slot types, sites and staff of a practice's EMIS, as `GetAppointmentConfiguration` lists
/// them: settings are checked against it by [`PracticeSettings::problems_against`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmisReferenceData {
    /// The slot types.
    pub slot_types: BTreeSet<SlotTypeId>,
    /// The sites.
    pub sites: BTreeSet<SiteId>,
    /// The session holders and other staff.
    pub staff: BTreeSet<StaffId>,
}

impl PracticeSettings {
    /// Returns the problems of rules that name something that EMIS no longer has: they were right
    /// when they were entered, and cover nothing now.
    ///
    /// An empty list of EMIS proves nothing: ids of that kind are not checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use emis_settings::{EmisReferenceData, PracticeSettings, ProblemCode, Selection};
    ///
    /// let mut settings = PracticeSettings::new("A20047".parse()?);
    /// let mut reminders = settings.reminders().clone();
    /// reminders.slot_types = Selection::only(["3".parse()?]);
    /// settings.set_reminders(reminders)?;
    ///
    /// let mut emis = EmisReferenceData::default();
    /// emis.slot_types.insert("4".parse()?);
    /// let gone = settings.problems_against(&emis);
    /// assert_eq!(gone[0].code(), ProblemCode::ReminderSlotTypeGone);
    /// assert_eq!(gone[0].path(), "reminders.slot_types");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn problems_against(&self, emis: &EmisReferenceData) -> Vec<SettingsProblem> {
        let (reminders, booking) = (self.reminders(), self.booking());
        let rules = &reminders.rules;
        let booked_by = booking.booked_by.iter().filter_map(|by| match by {
            BookedBy::Dbid(id) => Some(id),
            BookedBy::Guid(_) => None,
        });
        let sites = self.sites().iter().map(|site| &site.id);
        let mut problems = Problems::default();
        for (present, code, path) in [
            (
                all_in(
                    rules.iter().flat_map(|rule| rule.slot_types.named()),
                    &emis.slot_types,
                ),
                Code::ReminderSlotTypeGone,
                RULES,
            ),
            (
                all_in(
                    rules.iter().flat_map(|rule| rule.sites.named()),
                    &emis.sites,
                ),
                Code::ReminderSiteGone,
                RULES,
            ),
            (
                all_in(
                    rules.iter().flat_map(|rule| rule.clinicians.named()),
                    &emis.staff,
                ),
                Code::ReminderClinicianGone,
                RULES,
            ),
            (
                all_in(reminders.slot_types.named(), &emis.slot_types),
                Code::ReminderSlotTypeGone,
                "reminders.slot_types",
            ),
            (
                all_in(reminders.sites.named(), &emis.sites),
                Code::ReminderSiteGone,
                "reminders.sites",
            ),
            (
                all_in(booking.slot_types.iter(), &emis.slot_types),
                Code::BookingSlotTypeGone,
                "booking.slot_types",
            ),
            (
                all_in(booking.sites.named(), &emis.sites),
                Code::BookingSiteGone,
                "booking.sites",
            ),
            (
                all_in(booking.session_holders.named(), &emis.staff),
                Code::BookingSessionHolderGone,
                "booking.session_holders",
            ),
            (
                all_in(booked_by, &emis.staff),
                Code::BookedByGone,
                "booking.booked_by",
            ),
            (all_in(sites, &emis.sites), Code::SiteGone, "sites"),
        ] {
            problems.add_if(!present, code, path);
        }
        problems.into_vec()
    }
}
