//! Tests of emis-types.

mod contact;
mod identifiers;
mod serialising;
mod time;
