//! Commands: changes of a practice's settings.

use std::fmt;

use emis_audit::Digest;
use emis_credentials::Recipients;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::booking::BookingSettings;
use crate::connection::{UpdateOutcome, parse_organisation_id};
use crate::details::PracticeDetails;
use crate::practice::PracticeSettings;
use crate::problem::ValidationError;
use crate::reminders::ReminderSettings;

/// A change of a practice's settings, as requested.
///
/// `Debug` shows the name alone.
#[derive(Clone)]
#[non_exhaustive]
pub enum Command {
    /// Calls [`PracticeSettings::set_name`].
    SetName(Option<String>),
    /// Calls [`PracticeSettings::set_details`].
    ChangeDetails(Box<PracticeDetails>),
    /// Calls [`PracticeSettings::update_organisation_id`].
    UpdateOrganisationId(String),
    /// Calls [`PracticeSettings::update_api_user`].
    UpdateApiUser {
        /// The username as typed.
        username: String,
        /// The Partner API password as typed.
        password: SecretString,
    },
    /// Calls [`PracticeSettings::update_connection`].
    UpdateConnection {
        /// The EMIS organisation ID as typed.
        organisation_id: String,
        /// The username as typed.
        username: String,
        /// The Partner API password as typed.
        password: SecretString,
    },
    /// Calls [`PracticeSettings::set_reminders`].
    ChangeReminders(Box<ReminderSettings>),
    /// Calls [`PracticeSettings::set_booking`].
    ChangeBooking(Box<BookingSettings>),
    /// Switches a feature on if its settings have no problems.
    Enable(Feature),
    /// Switches a feature off, with or without problems.
    Disable(Feature),
    /// Calls [`PracticeSettings::with_toml`].
    Import(String),
}

/// A feature that can be switched on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// Appointment reminders.
    Reminders,
    /// Self-booking.
    Booking,
}

/// The input of a command besides the settings.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CommandContext<'a> {
    /// The recipients that API passwords are sealed to.
    pub recipients: &'a Recipients,
    /// `true` if the practice has patients in its exclusion store.
    pub patients_are_excluded: bool,
}

impl<'a> CommandContext<'a> {
    /// Creates a context without excluded patients.
    pub const fn new(recipients: &'a Recipients) -> Self {
        Self {
            recipients,
            patients_are_excluded: false,
        }
    }

    /// Sets whether the practice has patients in its exclusion store.
    #[must_use]
    pub const fn patients_are_excluded(mut self, yes: bool) -> Self {
        self.patients_are_excluded = yes;
        self
    }
}

impl Command {
    /// Returns the name in the audit log. It never changes.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SetName(_) => "set-name",
            Self::ChangeDetails(_) => "change-details",
            Self::UpdateOrganisationId(_) => "update-organisation-id",
            Self::UpdateApiUser { .. } => "update-api-user",
            Self::UpdateConnection { .. } => "update-connection",
            Self::ChangeReminders(_) => "change-reminders",
            Self::ChangeBooking(_) => "change-booking",
            Self::Enable(Feature::Reminders) => "enable-reminders",
            Self::Enable(Feature::Booking) => "enable-booking",
            Self::Disable(Feature::Reminders) => "disable-reminders",
            Self::Disable(Feature::Booking) => "disable-booking",
            Self::Import(_) => "import",
        }
    }

    /// Applies the command to settings, and returns the changed ones. Does no I/O.
    ///
    /// # Errors
    /// [`ValidationError`] with every mistake in the command.
    pub fn apply(
        &self,
        settings: &PracticeSettings,
        context: &CommandContext<'_>,
    ) -> Result<(PracticeSettings, UpdateOutcome), ValidationError> {
        let mut changed = settings.clone();
        let mut outcome = UpdateOutcome::default();
        let excluded = context.patients_are_excluded;
        match self {
            Self::SetName(name) => changed.set_name(name.as_deref())?,
            Self::ChangeDetails(details) => changed.set_details((**details).clone())?,
            Self::UpdateOrganisationId(text) => {
                outcome = changed.move_to(parse_organisation_id(text)?, excluded);
            }
            Self::UpdateApiUser { username, password } => {
                changed.update_api_user(username, password.clone(), context.recipients.clone())?;
            }
            Self::UpdateConnection {
                organisation_id,
                username,
                password,
            } => {
                let (password, recipients) = (password.clone(), context.recipients);
                outcome =
                    changed.connect(organisation_id, username, password, recipients, excluded)?;
            }
            Self::ChangeReminders(reminders) => changed.set_reminders((**reminders).clone())?,
            Self::ChangeBooking(booking) => changed.set_booking((**booking).clone())?,
            Self::Enable(Feature::Reminders) => {
                let mut reminders = settings.reminders.clone();
                reminders.enabled = true;
                changed.set_reminders(reminders)?;
            }
            Self::Enable(Feature::Booking) => {
                let mut booking = settings.booking.clone();
                booking.enabled = true;
                changed.set_booking(booking)?;
            }
            Self::Disable(Feature::Reminders) => changed.reminders.enabled = false,
            Self::Disable(Feature::Booking) => changed.booking.enabled = false,
            Self::Import(text) => (changed, outcome) = settings.import(text, excluded)?,
        }
        Ok((changed, outcome))
    }

    /// Returns `true` if the command can lead to another EMIS organisation, whose patients have other
    /// numbers.
    pub(crate) const fn may_change_organisation(&self) -> bool {
        matches!(
            self,
            Self::UpdateOrganisationId(_) | Self::UpdateConnection { .. } | Self::Import(_)
        )
    }

    /// Returns a digest of the request, without the password: it is kept for years, and a password
    /// could be guessed from its digest.
    pub(crate) fn digest(&self) -> Digest {
        let asked = match self {
            Self::SetName(name) => json!(name),
            Self::ChangeDetails(details) => json!(details.as_ref()),
            Self::UpdateOrganisationId(text) | Self::Import(text) => json!(text),
            Self::UpdateApiUser { username, .. } => json!(username),
            Self::UpdateConnection {
                organisation_id,
                username,
                ..
            } => json!([organisation_id, username]),
            Self::ChangeReminders(reminders) => json!(reminders.as_ref()),
            Self::ChangeBooking(booking) => json!(booking.as_ref()),
            Self::Enable(_) | Self::Disable(_) => Value::Null,
        };
        Digest::of(format!("{}\n{asked}", self.name()))
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Command").field(&self.name()).finish()
    }
}
