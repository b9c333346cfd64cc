//! Senders against doubles of their services, and the doubles against the published documents.

mod callbacks;
mod documents;
mod govuk_notify;
mod guide;
mod ledger;
mod mail_server;
mod nhs_notify;
mod smtp;
mod support;
