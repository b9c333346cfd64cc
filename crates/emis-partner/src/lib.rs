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
//! ```
//! use std::sync::Arc;
//!
//! use emis_partner::booking::{BookingRequest, PatientIdentity, SlotSearch};
//! use emis_partner::client::model::MatchedTerms;
//! use emis_partner::credentials::{ClientCredentials, FileKeySource};
//! use emis_partner::diagnostics::Product;
//! use emis_partner::jiff::civil::date;
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
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // Once per process.
//! let partner = EmisPartner::builder(
//!     Product::new("Patchs", "patchs")?,
//!     Environment {
//!         api_url: "https://api.example.com/partner".parse()?,
//!         identity_url: "https://identity.example.com/tenant/".parse()?,
//!         application_id: "the-party-key".parse()?,
//!         client: ClientCredentials::new("client-id", std::env::var("CLIENT_SECRET")?.into()),
//!     },
//!     FileKeySource::new("/run/secrets/emis-sealing-keys"),
//!     Arc::new(emis_partner::store::SqliteStore::open("practices.sqlite")?),
//!     Arc::new(Gateway(SenderCapabilities::new("gateway"))),
//! )
//! .build()?;
//!
//! // What the practice enters on the settings page.
//! let practice = partner.practice("A20047".parse()?);
//! let settings = practice.settings();
//! settings.update_organisation_id("50002").await?;
//! settings.update_api_user("patchs", std::env::var("API_PASSWORD")?.into()).await?;
//! println!("{}", practice.diagnosis().run().await?);
//!
//! // What a patient does. EMIS knows them by a number of its own.
//! let nhs_number = "999 000 0018".parse()?;
//! let emis = practice.client().await?;
//! let terms = MatchedTerms::nhs_number(nhs_number);
//! let matched = emis.patient_matching().get_matched_patients(&terms).await?;
//! let patient = matched.items.first().ok_or("not a patient here")?.number;
//! let week = SlotSearch::new(date(2026, 6, 1).at(0, 0, 0, 0), date(2026, 6, 8).at(0, 0, 0, 0));
//! if let Some(slot) = practice.booking().free_slots(&week).await?.slots.first() {
//!     let known = PatientIdentity::nhs_number(nhs_number).and_date_of_birth(date(1957, 5, 9));
//!     let request = BookingRequest::new(slot.choice(), patient, known);
//!     println!("{}", practice.booking().book(&request).await?); // a sentence for the patient
//! }
//!
//! // What a scheduler runs every quarter of an hour.
//! let run = practice.reminders().send_due().await?;
//! println!("{} sent, {} suppressed", run.sent.len(), run.suppressed.len());
//! practice.booking().reconcile().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! All are additive.
//!
//! - `sqlite` (default): [`store::SqliteStore`], for one machine.
//! - `postgres`: `store::PostgresStore`, for several.
//! - `medical-record`: reading and filing medical records with [`client`].
//!
//! Without the first two the `store` module is absent, and a store of your own implements the
//! traits that [`EmisPartner::builder`] names.

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
mod reply;
mod settings_api;
mod task_api;
mod work_memory;

pub use async_trait::async_trait;
#[doc(inline)]
pub use emis_audit as audit;
pub use {jiff, secrecy, url, uuid};

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
