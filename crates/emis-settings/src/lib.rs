//! A practice's settings for EMIS appointment reminders and self-booking.
//!
//! [`PracticeSettings`] is the one document that a product keeps for each practice: how to reach
//! its EMIS (the EMIS organisation ID and the API user, whose password is sealed where it is
//! typed), what is reminded of, and what may be booked. Everything here is pure; settings are
//! kept in whatever implements [`SettingsStore`].
//!
//! A practice that enters its EMIS organisation ID and its API user, and nothing else, has a
//! working and careful product: **reminders go out** 24 hours before every booked appointment,
//! never at night and never to a child, with a text that names no patient and says nothing
//! clinical; and **nothing can be booked** until the practice lists the slot types that patients
//! may book themselves into.
//!
//! A form is answered with everything that is wrong with it at once:
//!
//! ```
//! use emis_settings::{PracticeSettings, ProblemCode};
//!
//! let mut settings = PracticeSettings::new("A20047".parse()?);
//!
//! // The commonest mistake of a set-up: the ODS code instead of the CDB number.
//! let refused = settings.update_organisation_id("A20047").unwrap_err();
//! assert_eq!(refused.problems()[0].code(), ProblemCode::OrganisationIdIsOdsCode);
//!
//! settings.update_organisation_id("50002")?;
//! let missing: Vec<_> = settings.problems().iter().map(|problem| problem.code()).collect();
//! assert_eq!(missing, [ProblemCode::ApiUserMissing]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | To | Use |
//! |---|---|
//! | enter the connection | [`PracticeSettings::update_organisation_id`], [`update_api_user`](PracticeSettings::update_api_user), or both with [`update_connection`](PracticeSettings::update_connection) |
//! | choose what is reminded of | [`ReminderSettings`], [`PracticeSettings::set_reminders`] |
//! | choose what may be booked | [`BookingSettings`], [`PracticeSettings::set_booking`] |
//! | see what is wrong | [`PracticeSettings::problems`], [`problems_against`](PracticeSettings::problems_against) |
//! | change what is kept, once, with who did it | [`Commands`] |
//! | keep settings | [`SettingsStore`] |
//! | change the keys that passwords are sealed to | [`reseal_api_users`], [`practices_needing`] |
//! | keep opt-outs and exclusions | [`ExclusionStore`] |
//! | see who did what | [`emis_audit`] |
//! | read and write TOML | [`PracticeSettings::to_toml`], [`with_toml`](PracticeSettings::with_toml) |

mod booking;
mod calendar;
mod changes;
mod command;
mod commands;
mod connection;
mod document;
mod emis;
mod exchange;
mod exclusions;
mod offset;
mod opening;
mod opt_outs;
mod practice;
mod problem;
mod quiet_hours;
mod reminders;
mod reseal;
mod retention;
mod selection;
mod store;
mod template;
mod text;

pub use emis_audit::{StoreError, StoreErrorKind};

pub use booking::BookingSettings;
pub use calendar::{WorkingCalendar, is_bank_holiday};
pub use command::{Command, CommandContext, Feature};
pub use commands::{
    CommandError, CommandErrorKind, CommandReceipt, CommandRequest, Commands, SettingsEdit,
};
pub use connection::{UPDATE_API_USER_LABEL, UPDATE_ORGANISATION_ID_LABEL, UpdateOutcome};
pub use document::UnknownFields;
pub use emis::{EmisEnvironment, EmisReferenceData};
pub use exclusions::{
    ActiveExclusions, Exclusion, ExclusionEnd, ExclusionKind, ExclusionKindError, ExclusionStore,
    MemoryExclusionStore,
};
pub use offset::Offset;
pub use opening::{Opening, OpeningHours, PracticeHoliday};
pub use opt_outs::OptOuts;
pub use practice::{PracticeDetails, PracticeSettings, PracticeSite};
pub use problem::{ProblemCode, SettingsProblem, ValidationError};
pub use quiet_hours::QuietHours;
pub use reminders::{Channel, ReminderSettings};
pub use reseal::{ResealError, ResealReport, practices_needing, reseal_api_users};
pub use retention::{RecordCounts, RemovalOutcome, RetentionPolicy, RetentionStore, erase_patient};
pub use selection::{Selection, SessionHolderRule, SiteRule, SlotTypeRule};
pub use store::{
    CommandRecord, IdempotencyKey, IdempotencyKeyError, SaveOutcome, SettingsChange,
    SettingsRevision, SettingsStore,
};
pub use template::{Language, LanguageError, Template, TemplatePart, TimeShown};
