//! A practice's settings for EMIS appointment reminders and self-booking.
//!
//! [`PracticeSettings`] is the document that a product keeps for each practice: its connection to
//! EMIS (the EMIS organisation ID and the API user, whose password is sealed as soon as it is
//! entered), its reminders, and its self-booking. The types here do no I/O; settings are kept by
//! implementations of [`SettingsStore`].
//!
//! A practice that enters its EMIS organisation ID and its API user, and nothing else, has a working
//! and careful product: reminders are sent 24 hours before every booked appointment, never at night
//! and never to a child, with a text that names no patient and says nothing clinical; and nothing
//! can be booked until the practice lists the slot types that patients may book.
//!
//! A form is answered with every mistake in it at once.
//!
//! # Examples
//!
//! ```
//! use emis_settings::{PracticeSettings, ProblemCode};
//!
//! let mut settings = PracticeSettings::new("A20047".parse()?);
//!
//! // The most common mistake of a set-up: the ODS code in place of the CDB number.
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
//! | change reminders | [`ReminderSettings`], [`PracticeSettings::set_reminders`] |
//! | change self-booking | [`BookingSettings`], [`PracticeSettings::set_booking`] |
//! | find mistakes | [`PracticeSettings::problems`], [`problems_against`](PracticeSettings::problems_against) |
//! | change stored settings once, with an author | [`Commands`], [`CommandRequest`] |
//! | keep settings | [`SettingsStore`] |
//! | rotate the keys that passwords are sealed to | [`reseal_api_users`], [`practices_needing`] |
//! | keep opt-outs and exclusions | [`ExclusionStore`] |
//! | delete old records, erase a patient, off-board a practice | [`RetentionStore`], [`erase_patient`] |
//! | bring the bank holidays up to date | [`BankHolidays`] |
//! | export and import | [`PracticeSettings::to_toml`], [`with_toml`](PracticeSettings::with_toml) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bank_holidays;
mod booking;
mod calendar;
mod changes;
mod channel;
mod command;
mod command_error;
mod command_request;
mod commands;
mod connection;
mod details;
mod environment;
mod exclusion;
mod exclusion_store;
mod idempotency_key;
mod language;
mod mode;
mod offset;
mod opening;
mod opt_outs;
mod practice;
mod problem;
mod problem_text;
mod quiet_hours;
mod reference_data;
mod reminder_rule;
mod reminders;
mod reseal;
mod retention;
mod secrets;
mod selection;
mod store;
mod stored_form;
mod template;
mod template_check;
mod text;
mod toml;
mod unknown_fields;

pub use emis_audit::{StoreError, StoreErrorKind};

pub use bank_holidays::{BankHolidays, BankHolidaysError};
pub use booking::{BookingSettings, LateArrivalPolicy, MoveOrder};
pub use calendar::WorkingCalendar;
pub use channel::Channel;
pub use command::{Command, CommandContext, Feature};
pub use command_error::{CommandError, CommandErrorKind, SettingsEdit};
pub use command_request::{CommandReceipt, CommandRequest};
pub use commands::Commands;
pub use connection::{UPDATE_API_USER_LABEL, UPDATE_ORGANISATION_ID_LABEL, UpdateOutcome};
pub use details::{PracticeDetails, PracticeSite};
pub use environment::EmisEnvironment;
pub use exclusion::{ActiveExclusions, Exclusion, ExclusionEnd, ExclusionKind, ExclusionKindError};
pub use exclusion_store::{ExclusionStore, MemoryExclusionStore};
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};
pub use language::{Language, LanguageError};
pub use mode::AppointmentMode;
pub use offset::Offset;
pub use opening::{Opening, OpeningHours, PracticeHoliday};
pub use opt_outs::OptOuts;
pub use practice::PracticeSettings;
pub use problem::{SettingsProblem, ValidationError};
pub use problem_text::ProblemCode;
pub use quiet_hours::QuietHours;
pub use reference_data::EmisReferenceData;
pub use reminder_rule::{PatientAction, ReminderRule};
pub use reminders::ReminderSettings;
pub use reseal::{ResealError, ResealErrorKind, ResealReport, practices_needing, reseal_api_users};
pub use retention::{RecordCounts, RemovalOutcome, RetentionPolicy, RetentionStore, erase_patient};
pub use selection::{Selection, SessionHolderRule, SiteRule, SlotTypeRule};
pub use store::{CommandRecord, RevisionFn, SaveOutcome, SettingsRevision, SettingsStore};
pub use template::{ConfirmationKind, Template, TemplatePart, TimeShown};
pub use template_check::TemplateCheck;
pub use unknown_fields::UnknownFields;
