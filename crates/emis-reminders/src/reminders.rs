//! The reminders of a practice, with all that a run needs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use emis_client::Client;
use emis_messaging::{Messenger, ReplyRules};
use emis_settings::{
    AppointmentMode, BankHolidays, ExclusionStore, PracticeSettings, ReminderSettings,
    WorkingCalendar,
};
use emis_types::{Clock, SiteId, SlotTypeId};
use jiff::SignedDuration;

use crate::links::AppointmentLinks;
use crate::practice::PracticeIdentity;
use crate::store::ReminderStore;

/// The reminders of a practice.
///
/// Call [`run`](Self::run) every quarter of an hour; it sends what is due. The
/// [store](ReminderStore) guarantees that each reminder is sent once, however often and in however
/// many processes it is called.
#[derive(Clone)]
pub struct Reminders {
    pub(crate) client: Client,
    pub(crate) settings: ReminderSettings,
    pub(crate) calendar: WorkingCalendar,
    pub(crate) sites: Vec<(SiteId, String)>,
    pub(crate) identity: PracticeIdentity,
    pub(crate) modes: BTreeMap<SlotTypeId, AppointmentMode>,
    pub(crate) register: Arc<dyn ExclusionStore>,
    pub(crate) store: Arc<dyn ReminderStore>,
    pub(crate) messenger: Messenger,
    pub(crate) replies: Option<ReplyRules>,
    pub(crate) links: Option<Arc<dyn AppointmentLinks>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) least_between_polls: SignedDuration,
}

impl Reminders {
    /// The default of the least time between two polls of a practice: five minutes.
    pub const LEAST_BETWEEN_POLLS: SignedDuration = SignedDuration::from_mins(5);

    /// Creates the reminders of a practice from its settings and a client of its EMIS. `register` is
    /// read once when a run begins; before each message the patient's own entries are. `messenger`
    /// sends the messages, and keeps them in its ledger.
    ///
    /// # Examples
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use emis_client::Client;
    /// use emis_messaging::Messenger;
    /// use emis_reminders::{ReminderStore, Reminders};
    /// use emis_settings::{ExclusionStore, PracticeSettings};
    /// use emis_types::SystemClock;
    ///
    /// fn reminders(
    ///     client: Client,
    ///     settings: &PracticeSettings,
    ///     exclusions: Arc<dyn ExclusionStore>,
    ///     store: Arc<dyn ReminderStore>,
    ///     messenger: Messenger,
    /// ) -> Reminders {
    ///     let clock = Arc::new(SystemClock);
    ///     Reminders::new(client, settings, exclusions, store, messenger, clock)
    /// }
    /// ```
    pub fn new(
        client: Client,
        settings: &PracticeSettings,
        register: Arc<dyn ExclusionStore>,
        store: Arc<dyn ReminderStore>,
        messenger: Messenger,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client,
            settings: settings.reminders().clone(),
            calendar: settings.working_calendar(),
            sites: settings
                .sites()
                .iter()
                .map(|site| (site.id, site.name.clone()))
                .collect(),
            identity: PracticeIdentity {
                ods_code: settings.ods_code().clone(),
                organisation_id: settings.organisation_id().cloned(),
                name: settings.name_for_patients().map(str::to_owned),
            },
            modes: settings.slot_type_modes().clone(),
            register,
            store,
            messenger,
            replies: None,
            links: None,
            clock,
            least_between_polls: Self::LEAST_BETWEEN_POLLS,
        }
    }

    /// Replaces the bank holidays by which the practice's working days are counted.
    #[must_use]
    pub fn with_bank_holidays(mut self, bank_holidays: BankHolidays) -> Self {
        self.calendar = self.calendar.with_bank_holidays(bank_holidays);
        self
    }

    /// Sets that patients may reply to text messages, and by which rules. A text message then names
    /// the code by which a reply cancels the appointment, where the practice's rule
    /// [allows](emis_settings::ReminderRule::patient_may) a cancellation.
    #[must_use]
    pub fn taking_replies(mut self, rules: ReplyRules) -> Self {
        self.replies = Some(rules);
        self
    }

    /// Sets that messages contain a link to their appointment, where the practice's rule
    /// [allows](emis_settings::ReminderRule::patient_may) the patient to cancel or move it at once
    /// and the sender may carry links. It is made right before the message is sent.
    #[must_use]
    pub fn linking(mut self, links: Arc<dyn AppointmentLinks>) -> Self {
        self.links = Some(links);
        self
    }

    /// Sets the least time between two polls of the practice, whichever worker makes them. A run
    /// that comes sooner sends nothing.
    #[must_use]
    pub fn least_between_polls(mut self, least: SignedDuration) -> Self {
        self.least_between_polls = least;
        self
    }

    /// Returns the time by which the runs of this practice are shifted against the quarter of an
    /// hour, or any other interval, so that the practices of a product do not poll EMIS in one
    /// moment. It is the same in every process.
    ///
    /// # Examples
    /// ```
    /// use emis_reminders::Reminders;
    /// use jiff::SignedDuration;
    ///
    /// let every = SignedDuration::from_mins(15);
    /// let shift = Reminders::jitter(&"A20047".parse()?, every);
    /// assert!(shift < every);
    /// assert_eq!(shift, Reminders::jitter(&"A20047".parse()?, every));
    /// # Ok::<(), emis_types::ParseError>(())
    /// ```
    pub fn jitter(practice: &emis_types::OdsCode, every: SignedDuration) -> SignedDuration {
        let digest = emis_audit::Digest::of(practice.as_str()).to_string();
        let leading = digest.get(..8).unwrap_or_default();
        let number = i64::from_str_radix(leading, 16).unwrap_or_default();
        SignedDuration::from_secs(number % every.as_secs().max(1))
    }
}

impl fmt::Debug for Reminders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reminders")
            .field("practice", &self.identity.ods_code)
            .finish_non_exhaustive()
    }
}
