//! Tests of emis-types.

mod contact;
mod govuk_notify;
mod identifiers;
mod invisible;
mod numbering_plan;
mod serialising;
mod time;
