//! The settings of a practice.

use std::fmt;

use emis_audit::{AuditEventKind, Provenance};
use emis_credentials::ReleaseOutcome;
use emis_settings::{
    BookingSettings, Command, CommandReceipt, CommandRequest, Feature, IdempotencyKey,
    PracticeDetails, PracticeSettings, ReminderSettings,
};
use secrecy::SecretString;

use crate::action::Running;
use crate::{Action, Error, Practice};

/// The settings of a practice: [`Practice::settings`].
#[derive(Debug, Clone, Copy)]
pub struct SettingsApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations on the practice's settings.
    pub fn settings(&self) -> SettingsApi<'_> {
        SettingsApi(self)
    }
}

impl<'a> SettingsApi<'a> {
    /// Loads the settings. Returns the defaults if the practice has set nothing yet.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let settings = practice.settings().load().await?;
    /// println!("version {}", settings.version()); // for `expecting`
    /// # Ok(())
    /// # }
    /// ```
    pub async fn load(self) -> Result<PracticeSettings, Error> {
        self.0.load().await
    }

    /// Sets the practice's name as patients know it: one line of 1 to 60 characters. `None`
    /// removes it, and reminders then use the name that EMIS has.
    pub fn set_name(self, name: Option<&str>) -> SettingsChange<'a> {
        self.change(Command::SetName(name.map(str::to_owned)))
    }

    /// Sets the practice's sites, opening hours, holidays, application ID and environment.
    pub fn set_details(self, details: PracticeDetails) -> SettingsChange<'a> {
        self.change(Command::ChangeDetails(Box::new(details)))
    }

    /// Sets the EMIS organisation ID (CDB number) as it was typed into "Update EMIS Organisation
    /// ID".
    ///
    /// The receipt says what else the change did, such as that the API user must be entered
    /// again. Tell the practice.
    ///
    /// ```
    /// use emis_partner::audit::{Actor, Provenance};
    /// use emis_partner::settings::IdempotencyKey;
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice, key: IdempotencyKey) -> Result<(), Box<dyn std::error::Error>> {
    /// let manager = Provenance::of(Actor::user("u-117")?).from("settings page")?;
    /// let shown = practice.settings().load().await?.version();
    /// let receipt = practice
    ///     .settings()
    ///     .update_organisation_id("50002")
    ///     .expecting(shown) // refused if another person changed the settings since
    ///     .once(key) // applied once, however often the form is submitted
    ///     .by(manager)
    ///     .await?;
    /// if receipt.outcome.api_user_must_be_entered_again {
    ///     println!("Please enter the API user again.");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_organisation_id(self, text: &str) -> SettingsChange<'a> {
        self.change(Command::UpdateOrganisationId(text.to_owned()))
    }

    /// Sets the API user as it was typed into "Update EMIS API user details": the username and
    /// the Partner API password (EMAS Manager > SettingsEdit Users).
    ///
    /// The password is sealed before it is stored and can't be read back. The organisation ID
    /// must be set first.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # use emis_partner::secrecy::SecretString;
    /// # async fn example(practice: Practice, typed: SecretString) -> Result<(), Error> {
    /// practice.settings().update_api_user("patchs", typed).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_api_user(self, username: &str, password: SecretString) -> SettingsChange<'a> {
        let username = username.to_owned();
        self.change(Command::UpdateApiUser { username, password })
    }

    /// Sets the organisation ID and the API user in one change, for a form that holds all three
    /// fields.
    pub fn update_connection(
        self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
    ) -> SettingsChange<'a> {
        self.change(Command::UpdateConnection {
            organisation_id: organisation_id.to_owned(),
            username: username.to_owned(),
            password,
        })
    }

    /// Sets how patients are reminded.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// use emis_partner::settings::ReminderSettings;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let mut reminders = ReminderSettings::default();
    /// reminders.minimum_notice_minutes = 120;
    /// practice.settings().set_reminders(reminders).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_reminders(self, reminders: ReminderSettings) -> SettingsChange<'a> {
        self.change(Command::ChangeReminders(Box::new(reminders)))
    }

    /// Sets what patients may book.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// use emis_partner::settings::BookingSettings;
    /// use emis_partner::types::{BookedBy, SlotTypeId};
    ///
    /// # async fn example(practice: Practice, chosen: SlotTypeId, by: BookedBy) -> Result<(), Error> {
    /// let mut booking = BookingSettings::default();
    /// booking.enabled = true;
    /// booking.slot_types.insert(chosen);
    /// booking.booked_by = Some(by);
    /// practice.settings().set_booking(booking).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_booking(self, booking: BookingSettings) -> SettingsChange<'a> {
        self.change(Command::ChangeBooking(Box::new(booking)))
    }

    /// Switches reminders or self-booking on. Refused if its settings have problems.
    pub fn enable(self, feature: Feature) -> SettingsChange<'a> {
        self.change(Command::Enable(feature))
    }

    /// Switches reminders or self-booking off.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// use emis_partner::settings::Feature;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// practice.settings().disable(Feature::Booking).await?; // what is in flight is settled all the same
    /// # Ok(())
    /// # }
    /// ```
    pub fn disable(self, feature: Feature) -> SettingsChange<'a> {
        self.change(Command::Disable(feature))
    }

    /// Returns the settings as TOML, for support: without the API user and without any patient.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn export(self) -> Result<String, Error> {
        Ok(self.load().await?.to_toml())
    }

    /// Sets everything that a TOML text contains. The API user stays as it is.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(from: Practice, to: Practice) -> Result<(), Error> {
    /// let text = from.settings().export().await?; // without the API user and without any patient
    /// to.settings().import(&text).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn import(self, text: &str) -> SettingsChange<'a> {
        self.change(Command::Import(text.to_owned()))
    }

    /// Lets the stored API user be tried once more after EMIS refused it.
    ///
    /// For a practice that has corrected the user in EMIS instead of typing another password
    /// here. A refused password is otherwise never sent again, by any process that shares the
    /// store, until another one is entered. Other processes follow within half a minute. One
    /// password is released at most twice, ever.
    ///
    /// # Errors
    /// [`Sealed`](crate::ErrorKind::Sealed) if the stored API user can't be opened, or if the
    /// store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the release counts before it takes effect. Only its event in the audit trail may
    /// be missing.
    pub fn try_api_user_again(self) -> Action<'a, ReleaseOutcome> {
        Action::new(async move |author| self.0.release_api_user(&author).await)
    }

    fn change(self, command: Command) -> SettingsChange<'a> {
        SettingsChange {
            practice: self.0,
            command,
            author: Provenance::unknown(),
            expected_version: None,
            key: None,
        }
    }
}

impl Practice {
    pub(crate) async fn release_api_user(
        &self,
        author: &Provenance,
    ) -> Result<ReleaseOutcome, Error> {
        let settings = self.load().await?;
        let outcome = self.parts.connections.try_again(&settings).await?;
        self.record(AuditEventKind::CREDENTIALS_RELEASED, author, |event| {
            event.detail("released", outcome == ReleaseOutcome::Released)
        })
        .await?;
        Ok(outcome)
    }
}

/// One change of a practice's settings. It is applied when it is awaited.
///
/// # Errors
/// [`InvalidSettings`](crate::ErrorKind::InvalidSettings) with every
/// [mistake](Error::problems), [`SettingsConflict`](crate::ErrorKind::SettingsConflict),
/// [`KeyReused`](crate::ErrorKind::KeyReused), or a failure of the store. Nothing is changed
/// then. If the store's connection broke at the very end, the change may have been made: repeat
/// it under the same [key](Self::once).
///
/// # Cancel safety
/// Dropping the future leaves the settings either changed or unchanged, never partly changed.
/// Repeat the change under the same key to find out.
#[must_use = "a change does nothing until it is awaited"]
pub struct SettingsChange<'a> {
    practice: &'a Practice,
    command: Command,
    author: Provenance,
    expected_version: Option<u64>,
    key: Option<IdempotencyKey>,
}

impl SettingsChange<'_> {
    /// Sets the author of the change for the audit trail; unknown by default.
    pub fn by(mut self, author: Provenance) -> Self {
        self.author = author;
        self
    }

    /// Applies the change only if the settings are still at the
    /// [version](PracticeSettings::version) that the author was shown.
    ///
    /// Otherwise it fails with [`SettingsConflict`](crate::ErrorKind::SettingsConflict), and
    /// [`Error::edits`] says who changed what.
    pub fn expecting(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// Applies the change once for each key, however often it is requested. Hand the key out
    /// with the form.
    pub fn once(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }
}

impl<'a> IntoFuture for SettingsChange<'a> {
    type Output = Result<CommandReceipt, Error>;
    type IntoFuture = Running<'a, CommandReceipt>;

    fn into_future(self) -> Self::IntoFuture {
        let mut order = CommandRequest::new(self.command, self.author);
        if let Some(version) = self.expected_version {
            order = order.expecting_version(version);
        }
        if let Some(key) = self.key {
            order = order.with_idempotency_key(key);
        }
        let practice = self.practice;
        Box::pin(async move {
            let commands = &practice.parts.commands;
            Ok(commands.execute(&practice.ods_code, &order).await?)
        })
    }
}

impl fmt::Debug for SettingsChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsChange")
            .field("command", &self.command)
            .field("author", &self.author)
            .finish_non_exhaustive()
    }
}
