//! Appointment reminders and self-booking for GP practices on EMIS, ready to embed.
//!
//! This crate is the facade of the workspace. A [`Builder`] puts the parts together once per
//! process, and a [`Practice`] groups everything that the product does for one practice:
//!
//! | To | Call |
//! |---|---|
//! | enter the EMIS connection, reminders and booking rules | [`practice.settings()`](Practice::settings) |
//! | invite patients; let them search, book, move and cancel | [`practice.booking()`](Practice::booking) |
//! | remind patients, and keep their opt-outs | [`practice.reminders()`](Practice::reminders) |
//! | send messages, find them, settle doubt about them | [`practice.messages()`](Practice::messages) |
//! | list and acknowledge tasks | [`practice.tasks()`](Practice::tasks) |
//! | record receipts, answer replies | [`EmisPartner::record_receipt`], [`EmisPartner::receive_reply`] |
//! | find out what is wrong and which click puts it right | [`practice.diagnosis()`](Practice::diagnosis) |
//! | verify and export the audit trail | [`practice.audit()`](Practice::audit) |
//! | erase a patient's records, off-board the practice | [`practice.records()`](Practice::records) |
//! | call EMIS for anything else | [`practice.client()`](Practice::client) |
//!
//! Each crate that this one is built from is re-exported as a module, and so is every crate whose
//! types an embedder must name ([`jiff`], [`secrecy`], [`url`], [`uuid`], [`macro@async_trait`]): a
//! service needs no version of its own of them.
//!
//! # Guided tour
//!
//! The tour follows a product from its first line to its nightly jobs. `docs/getting-started.md` of the
//! project has the same as one program that runs against a simulated practice.
//!
//! ## Set up
//!
//! One [`EmisPartner`] per process: who the product is, what EMIS handed out, the sealing keys, a store
//! and a sender of messages.
//!
//! ```
//! use std::sync::Arc;
//!
//! use emis_partner::credentials::{ClientCredentials, FileKeySource};
//! use emis_partner::diagnostics::Product;
//! use emis_partner::messaging::{
//!     Delivery, Message, Notifier, NotifierFuture, SenderCapabilities,
//! };
//! use emis_partner::{EmisPartner, Environment};
//!
//! /// Hands messages to a text message gateway or a mail server.
//! #[derive(Debug)]
//! struct Gateway(SenderCapabilities);
//!
//! impl Notifier for Gateway {
//!     fn capabilities(&self) -> &SenderCapabilities {
//!         &self.0
//!     }
//!
//!     fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
//!         Box::pin(async move {
//!             let _to_and_text = (message.contact(), message.body().expose_text());
//!             Ok(Delivery::with_id(message.reference().to_string()))
//!         })
//!     }
//! }
//!
//! # #[cfg(feature = "sqlite")]
//! fn product() -> Result<EmisPartner, Box<dyn std::error::Error>> {
//!     let partner = EmisPartner::builder(
//!         Product::new("Patchs", "patchs")?,
//!         Environment {
//!             api_url: "https://api.example.com/partner".parse()?,
//!             identity_url: "https://identity.example.com/tenant/".parse()?,
//!             application_id: "the-party-key".parse()?,
//!             client: ClientCredentials::new("client-id", std::env::var("CLIENT_SECRET")?.into()),
//!         },
//!         FileKeySource::new("/run/secrets/emis-sealing-keys"), // made by `emis keys new`
//!         Arc::new(emis_partner::store::SqliteStore::open("practices.sqlite")?),
//!         Arc::new(Gateway(SenderCapabilities::new("gateway"))),
//!     )
//!     .build()?;
//!     Ok(partner)
//! }
//! ```
//!
//! Senders for GOV.UK Notify, NHS Notify and mail servers are in [`messaging`], behind features of
//! `emis-messaging`. The [`Outbox`](messaging::Outbox) keeps messages, for tests.
//!
//! ## A practice connects
//!
//! A settings page hands on what was typed. A mistake is refused with a sentence for each field; the password
//! is sealed at once, and can't be read back.
//!
//! ```
//! use emis_partner::audit::{Actor, Provenance};
//! use emis_partner::secrecy::SecretString;
//! use emis_partner::EmisPartner;
//!
//! /// Returns what the settings page shows.
//! async fn connect(
//!     partner: &EmisPartner,
//!     ods_code: &str,
//!     (organisation_id, username, password): (&str, &str, SecretString),
//! ) -> Result<String, Box<dyn std::error::Error>> {
//!     let practice = partner.practice(ods_code.parse()?);
//!     let manager = Provenance::of(Actor::user("u-117")?).from("settings page")?;
//!     let settings = practice.settings();
//!     match settings.update_connection(organisation_id, username, password).by(manager).await {
//!         Ok(_) => Ok(practice.diagnosis().run().await?.to_string()),
//!         Err(mistake) if mistake.is_refused() => {
//!             Ok(mistake.problems().iter().map(|problem| format!("{problem}\n")).collect())
//!         }
//!         Err(error) => Err(error.into()),
//!     }
//! }
//! ```
//!
//! ## Patients book
//!
//! Nothing may be booked until the practice has chosen slot types and the user that bookings are recorded
//! under. A patient proves who they are; a booking is stored, sent once, and confirmed when its reference
//! is read back.
//!
//! ```
//! use emis_partner::booking::{
//!     BookingOutcome, BookingRequest, PatientMatch, PatientQuery, SlotSearch,
//! };
//! use emis_partner::jiff::ToSpan;
//! use emis_partner::settings::BookingSettings;
//! use emis_partner::types::{BookedBy, SlotTypeId, uk};
//! use emis_partner::{EmisPartner, Error, Practice};
//!
//! /// What the practice has chosen from `client().await?.appointments()` and `organisation()`.
//! async fn offer(practice: &Practice, slot_type: SlotTypeId, by: BookedBy) -> Result<(), Error> {
//!     let mut booking = BookingSettings::default();
//!     booking.enabled = true;
//!     booking.slot_types.insert(slot_type);
//!     booking.booked_by = Some(by);
//!     practice.settings().set_booking(booking).await?;
//!     Ok(())
//! }
//!
//! /// Returns a sentence for the patient.
//! async fn book_first(
//!     partner: &EmisPartner,
//!     practice: &Practice,
//!     who: &PatientQuery,
//! ) -> Result<String, Error> {
//!     let matched = match practice.booking().find_patient(who).await? {
//!         PatientMatch::One(matched) => matched,
//!         PatientMatch::Refused(refusal) => return Ok(refusal.to_string()),
//!         _ => return Ok("Contact your GP practice.".to_owned()),
//!     };
//!     let now = uk::now(partner.clock()).datetime();
//!     let week = SlotSearch::new(now, now.saturating_add(7.days()));
//!     let Some(slot) = practice.booking().next_available(&week).await? else {
//!         return Ok("There are no appointments.".to_owned());
//!     };
//!     // Keep the request's ID: the same ID gets the same answer, and books once.
//!     let request = BookingRequest::new(slot.choice(), matched.patient, matched.identity);
//!     let outcome = practice.booking().book(&request).await?;
//!     if let BookingOutcome::Unknown(id) = &outcome {
//!         println!("{id} is settled by the next reconcile()"); // never book it again
//!     }
//!     Ok(outcome.to_string())
//! }
//! ```
//!
//! Invitations are links for patients whom the practice chooses:
//! [`invite`](BookingApi::invite), [`send_invitation`](BookingApi::send_invitation) and
//! [`invitation`](BookingApi::invitation), which is what the page behind a link calls.
//!
//! ## Patients are reminded
//!
//! Reminders are on from the start: 24 hours before, by text or email. [`plan`](ReminderApi::plan) shows
//! who would be reminded and sends nothing; [`send_due`](ReminderApi::send_due) sends.
//!
//! ```
//! use emis_partner::settings::ReminderSettings;
//! use emis_partner::types::Clock;
//! use emis_partner::{EmisPartner, Error, Practice};
//!
//! async fn remind(partner: &EmisPartner, practice: &Practice) -> Result<(), Error> {
//!     let mut reminders = ReminderSettings::default();
//!     reminders.practice_name = Some("Quillbrook Surgery".to_owned());
//!     practice.settings().set_reminders(reminders).await?;
//!
//!     println!("{}", practice.reminders().plan(partner.clock().now()).await?);
//!     let run = practice.reminders().send_due().await?;
//!     for suppressed in &run.suppressed {
//!         println!("slot {}: {}", suppressed.appointment.slot, suppressed.reason);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! What senders post afterwards goes to [`record_receipt`](EmisPartner::record_receipt) and
//! [`receive_reply`](EmisPartner::receive_reply). What needs a person is a [task](Practice::tasks).
//!
//! ## A connection breaks
//!
//! An error says by [`needs_diagnosis`](Error::needs_diagnosis) that the connection is its cause. The report
//! names the cause, the person who must act and the clicks; it reads only.
//!
//! ```
//! use emis_partner::{Error, Practice};
//!
//! /// Returns what to show the practice.
//! async fn explain(practice: &Practice, error: &Error) -> Result<Option<String>, Error> {
//!     if !error.needs_diagnosis() {
//!         return Ok(None);
//!     }
//!     let report = practice.diagnosis().run().await?;
//!     Ok(report.findings.first().map(ToString::to_string))
//! }
//! ```
//!
//! After the practice has followed the steps, [`check_again`](DiagnosisApi::check_again) forgets the failures
//! that the cause explains. [`history`](DiagnosisApi::history) says since when a cause stands.
//!
//! ## Day and night
//!
//! A product runs these, in any number of processes that share a store. Each may be run at any time, be stopped
//! at any await, and be run twice.
//!
//! | Every | Call | Does |
//! |---|---|---|
//! | few minutes | [`booking().reconcile()`](BookingApi::reconcile) | settles bookings whose outcome was unknown |
//! | few minutes | [`booking().tell_patients()`](BookingApi::tell_patients) | sends outcomes to patients |
//! | few minutes | [`messages().settle_doubts()`](MessageApi::settle_doubts) | settles messages that may have been sent |
//! | 15 minutes | [`reminders().send_due()`](ReminderApi::send_due) | reminds |
//! | hour | [`diagnosis().heartbeat()`](DiagnosisApi::heartbeat) | finds reminders and bookings that stand still |
//! | hour | [`EmisPartner::anchor_audit_logs`] | notes the heads of the audit logs outside the store |
//! | day | [`booking().expire_invitations()`](BookingApi::expire_invitations) | ends invitations whose time is over |
//! | day | [`EmisPartner::delete_expired`] | deletes what is past its retention period |
//!
//! ```
//! use emis_partner::{EmisPartner, Error};
//!
//! async fn every_quarter_of_an_hour(partner: &EmisPartner) -> Result<(), Error> {
//!     for practice in partner.practices().await? {
//!         // One practice's trouble stays its own.
//!         if let Err(error) = practice.reminders().send_due().await {
//!             eprintln!("{}: {}", practice.ods_code(), error.report());
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Run practices side by side where there are many: each has its own limits, and the process has one for all
//! ([`Builder::process_limits`]).
//!
//! # Errors
//!
//! [`Error`] is one type for everything; [`ErrorKind`] lists the kinds. The predicates are what a server decides by:
//!
//! | Predicate | Then |
//! |---|---|
//! | [`is_refused`](Error::is_refused) | show [`problems`](Error::problems): a sentence for each mistake |
//! | [`is_conflict`](Error::is_conflict) | load again, show the [`edits`](Error::edits), ask again |
//! | [`is_not_found`](Error::is_not_found) | the booking, patient, session or slot does not exist |
//! | [`needs_diagnosis`](Error::needs_diagnosis) | run the diagnosis, show the practice its first finding |
//! | [`is_retryable`](Error::is_retryable) | nothing was changed: try later, after [`retry_after`](Error::retry_after) |
//! | [`is_ambiguous`](Error::is_ambiguous) | a write may have been carried out: read back, **never send it again** |
//! | [`is_internal`](Error::is_internal) | page the people who run the product |
//!
//! [`http_status`](Error::http_status) is a status to answer with, and [`report`](Error::report) a line for the
//! log. No text of an error holds a secret, a URL, a body or anything about a patient. An outcome is not an error:
//! a slot that was taken is a [`BookingOutcome`](booking::BookingOutcome), with a sentence for the patient.
//!
//! # Features
//!
//! All are additive, and no safety depends on one.
//!
//! | Feature | Adds |
//! |---|---|
//! | `sqlite` (default) | [`store::SqliteStore`], for one machine |
//! | `postgres` | `store::PostgresStore`, for several |
//! | `medical-record` | reading and filing medical records with [`client`] |
//! | `govuk-notify`, `nhs-notify`, `smtp` | senders, in `messaging::senders` |
//!
//! Without the first two the `store` module is absent, and a store of your own implements the
//! traits that [`EmisPartner::builder`] names.
//!
//! # Testing
//!
//! The crate `emis-sim` is a practice to test against. Give one [`ManualClock`](types::ManualClock) to it, to
//! [`Builder::clock`] and to the store: reminders are silent at night. For tests of what EMIS can't be made to
//! answer, [`client`] has a mock behind the feature `testing` of `emis-client`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
mod audit_api;
mod audited;
mod booking_api;
mod builder;
mod connections;
mod diagnosis_api;
mod error;
mod invitation_api;
mod link_pattern;
mod message_api;
mod notice_api;
mod partner;
mod parts;
mod practice;
mod records_api;
mod reminder_api;
mod reminder_links;
mod reply;
mod settings_api;
mod task_api;
mod work_memory;

pub use async_trait::async_trait;
#[doc(inline)]
pub use emis_audit as audit;
pub use {jiff, secrecy, serde_json, url, uuid};

pub use emis_booking as booking;
pub use emis_client as client;
pub use emis_credentials as credentials;
pub use emis_diagnostics as diagnostics;
pub use emis_messaging as messaging;
pub use emis_reminders as reminders;
pub use emis_settings as settings;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use emis_store as store;
pub use emis_types as types;

pub use action::Action;
pub use audit_api::AuditApi;
pub use booking_api::BookingApi;
pub use builder::{Builder, Environment};
pub use connections::SignIn;
pub use diagnosis_api::DiagnosisApi;
pub use error::{Error, ErrorKind};
pub use invitation_api::LinkApi;
pub use link_pattern::{LinkPattern, LinkPatternError};
pub use message_api::MessageApi;
pub use notice_api::NoticeReport;
pub use partner::EmisPartner;
pub use practice::Practice;
pub use records_api::RecordsApi;
pub use reminder_api::ReminderApi;
pub use reply::ReplyReport;
pub use settings_api::{SettingsApi, SettingsChange};
pub use task_api::TaskApi;
