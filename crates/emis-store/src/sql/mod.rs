//! One interface to both databases.
//!
//! The statements are the same for both: `$1` stands for the first value, integers have 64 bits,
//! times are texts that sort. The differences, in how a transaction begins and how a database is set
//! up, are in the modules `sqlite` and `postgres`.

mod database;
mod fault;
mod migrations;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
mod private_file;
mod row;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod statement;
pub(crate) mod tables;
mod transaction;
mod value;

pub(crate) use database::{Database, Write};
pub(crate) use fault::Fault;
pub(crate) use row::Row;
pub(crate) use value::{Statement, Value, timestamp, values};
