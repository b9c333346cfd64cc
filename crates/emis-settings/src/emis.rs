//! What a practice's settings say of its EMIS, and what its EMIS says of them.

use std::collections::BTreeSet;

use emis_types::{BookedBy, SiteId, SlotTypeId, StaffId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemCode as Code, SettingsProblem};
use crate::{PracticeSettings, Selection};

/// Which EMIS a practice is in. A product is put together for one of them, and calls nobody for a
/// practice that is in the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmisEnvironment {
    /// The one with patients in it.
    #[default]
    Production,
    /// One for tests, with invented patients.
    Test,
}

/// The slot types, sites and staff that a practice's EMIS has now, as
/// `GetAppointmentConfiguration` lists them: what settings are checked against by
/// [`PracticeSettings::problems_against`].
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
    /// What these settings name and EMIS no longer has: a reminder or a booking rule that was
    /// right when it was entered and covers nothing now.
    ///
    /// Empty lists of EMIS are no evidence: a kind of which EMIS lists nothing is not checked.
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
        let mut problems = Vec::new();
        let mut rule = |kept: bool, code, path, message: &str| {
            if !kept {
                problems.push(SettingsProblem::new(code, path, message));
            }
        };
        let (reminders, booking) = (self.reminders(), self.booking());
        rule(
            all_there(reminders.slot_types.named(), &emis.slot_types),
            Code::ReminderSlotTypeGone,
            "reminders.slot_types",
            "A slot type that is chosen for reminders is no longer in EMIS: choose again.",
        );
        rule(
            all_there(reminders.sites.named(), &emis.sites),
            Code::ReminderSiteGone,
            "reminders.sites",
            "A site that is chosen for reminders is no longer in EMIS: choose again.",
        );
        rule(
            all_there(booking.slot_types.iter(), &emis.slot_types),
            Code::BookingSlotTypeGone,
            "booking.slot_types",
            "A slot type that patients may book is no longer in EMIS: choose again.",
        );
        rule(
            all_there(booking.sites.named(), &emis.sites),
            Code::BookingSiteGone,
            "booking.sites",
            "A site at which patients may book is no longer in EMIS: choose again.",
        );
        rule(
            all_there(booking.session_holders.named(), &emis.staff),
            Code::BookingSessionHolderGone,
            "booking.session_holders",
            "A session holder with whom patients may book is no longer in EMIS: choose again.",
        );
        let booked_by = booking.booked_by.iter().filter_map(|by| match by {
            BookedBy::Dbid(id) => Some(id),
            BookedBy::Guid(_) => None,
        });
        rule(
            all_there(booked_by, &emis.staff),
            Code::BookedByGone,
            "booking.booked_by",
            "The EMIS user in whose name appointments are booked is no longer in EMIS: choose \
             again.",
        );
        rule(
            all_there(self.sites().iter().map(|site| &site.id), &emis.sites),
            Code::SiteGone,
            "sites",
            "A site of the practice is no longer in EMIS: remove it here, too.",
        );
        problems
    }

    /// What the settings say about sites that the practice itself does not list.
    pub(crate) fn site_problems(&self) -> Vec<SettingsProblem> {
        let listed: BTreeSet<SiteId> = self.sites().iter().map(|site| site.id).collect();
        let unlisted = |rule: &Selection<SiteId>| !all_there(rule.named(), &listed);
        let mut problems = Vec::new();
        for (rule, path) in [
            (&self.reminders().sites, "reminders.sites"),
            (&self.booking().sites, "booking.sites"),
        ] {
            if unlisted(rule) {
                problems.push(SettingsProblem::new(
                    Code::SiteNotListed,
                    path,
                    "A site is chosen that is not among the practice's sites: add it to them, or \
                     choose again.",
                ));
            }
        }
        problems
    }
}

fn all_there<'a, T: Ord + 'a>(mut named: impl Iterator<Item = &'a T>, there: &BTreeSet<T>) -> bool {
    there.is_empty() || named.all(|item| there.contains(item))
}
