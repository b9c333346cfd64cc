//! What can be done to a practice's settings.

use std::fmt;

use emis_credentials::Recipients;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::problem::ValidationError;
use crate::{BookingSettings, PracticeDetails, PracticeSettings, ReminderSettings, UpdateOutcome};
use emis_audit::Digest;

/// A change of a practice's settings, as somebody asked for it.
///
/// `Debug` gives the name alone.
#[derive(Clone)]
#[non_exhaustive]
pub enum Command {
    /// See [`PracticeSettings::set_name`].
    SetName(Option<String>),
    /// See [`PracticeSettings::set_details`].
    ChangeDetails(Box<PracticeDetails>),
    /// See [`PracticeSettings::update_organisation_id`].
    UpdateOrganisationId(String),
    /// See [`PracticeSettings::update_api_user`].
    UpdateApiUser {
        /// The username as typed.
        username: String,
        /// The Partner API password as typed.
        password: SecretString,
    },
    /// See [`PracticeSettings::update_connection`].
    UpdateConnection {
        /// The EMIS organisation ID as typed.
        organisation_id: String,
        /// The username as typed.
        username: String,
        /// The Partner API password as typed.
        password: SecretString,
    },
    /// See [`PracticeSettings::set_reminders`].
    ChangeReminders(Box<ReminderSettings>),
    /// See [`PracticeSettings::set_booking`].
    ChangeBooking(Box<BookingSettings>),
    /// Switches a feature on, where nothing is wrong with its settings.
    Enable(Feature),
    /// Switches a feature off, whatever is wrong.
    Disable(Feature),
    /// See [`PracticeSettings::with_toml`].
    Import(String),
}

/// What can be switched on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Appointment reminders.
    Reminders,
    /// Self-booking.
    Booking,
}

/// What a command works with besides the settings.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CommandContext<'a> {
    /// Whom API passwords are sealed to.
    pub recipients: &'a Recipients,
    /// Whether the practice has patients in its register of exclusions.
    pub patients_are_excluded: bool,
}

impl<'a> CommandContext<'a> {
    /// With recipients, and nobody in the register of exclusions.
    pub const fn new(recipients: &'a Recipients) -> Self {
        Self {
            recipients,
            patients_are_excluded: false,
        }
    }

    /// With patients in the register of exclusions, or without.
    #[must_use]
    pub const fn patients_are_excluded(mut self, yes: bool) -> Self {
        self.patients_are_excluded = yes;
        self
    }
}

impl Command {
    /// What the audit trail calls it. It never changes.
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

    /// Makes the change. Pure: it reads and keeps nothing.
    ///
    /// # Errors
    /// Every mistake in it. Nothing is changed then.
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
                outcome = changed.update_organisation_id_with(text, excluded)?;
            }
            Self::UpdateApiUser { username, password } => {
                changed.update_api_user(username, password.clone(), context.recipients.clone())?;
            }
            Self::UpdateConnection {
                organisation_id,
                username,
                password,
            } => {
                outcome = changed.update_connection_with(
                    organisation_id,
                    username,
                    password.clone(),
                    context.recipients.clone(),
                    excluded,
                )?;
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

    /// Whether it can lead to another EMIS organisation, whose patients have other numbers.
    pub(crate) const fn may_change_organisation(&self) -> bool {
        matches!(
            self,
            Self::UpdateOrganisationId(_) | Self::UpdateConnection { .. } | Self::Import(_)
        )
    }

    /// A digest of what it asks for. The password is not in it: what is told apart by it is kept
    /// for years, and a digest of a password can be guessed.
    pub(crate) fn request(&self) -> Digest {
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
